// Querysets and managers: their rows, and the methods that make longer queries or read rows. What writes is in writing.cpp.
#include <nuages/shell/detail/methods.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/grouping.hpp>
#include <nuages/db/models/detail/peers.hpp>

#include <algorithm>

namespace nuages::shell {

namespace expr = models::expr;

Ref<RowSet> RowSet::then(Query longer) const {
    auto next = make_ref<RowSet>(std::move(longer));
    next->shape = shape;
    next->names = names;
    next->owner = owner;
    next->relation = relation;
    next->backward = backward;
    return next;
}

namespace {

// Rows of a reverse manager know the object that they were asked from.
void link_to_owner(const RowSet& rows, const std::vector<Ref<Instance>>& list) {
    if (!rows.owner || !rows.backward || !rows.relation || !rows.relation->is_foreign_key()) return;
    Ref<Instance> copy;
    for (const Ref<Instance>& instance : list) {
        models::RelatedCache* cache = rows.relation->ops->related(rows.relation->member(instance->object()));
        if (!cache || cache->instance()) continue;
        if (!copy) copy = Instance::copy_of(rows.owner->meta(), rows.owner->object());
        cache->set(copy);
    }
}

Object row_object(const RowSet& rows, const std::vector<models::ColumnInfo>& columns, std::vector<Literal>& row) {
    if (rows.shape == RowSet::Shape::flat) return value_object(row.front());
    if (rows.shape == RowSet::Shape::dicts) {
        auto mapping = make_ref<Mapping>();
        for (std::size_t i = 0; i < row.size(); ++i) mapping->items.emplace_back(Literal(columns[i].name), value_object(row[i]));
        return mapping;
    }
    auto tuple = make_ref<Sequence>(Sequence::Kind::tuple);
    for (std::size_t i = 0; i < row.size(); ++i) {
        tuple->items.push_back(value_object(row[i]));
        if (rows.shape == RowSet::Shape::named) tuple->names.push_back(columns[i].name);
    }
    return tuple;
}

}  // namespace

const std::vector<Object>& RowSet::fetched() {
    if (cache) return *cache;
    std::vector<Object> found;
    if (shape == Shape::objects) {
        const std::vector<Ref<Instance>> list = raw ? models::raw_instances(query.meta(), *raw, translations, query.database(), query.fetch_mode()) : query.instances();
        if (raw && query.has_prefetches()) models::prefetch_related_objects(list, query.prefetches(), query.database(), query.fetch_mode());
        link_to_owner(*this, list);
        for (const Ref<Instance>& instance : list) found.push_back(wrap(instance));
    } else {
        const std::vector<models::ColumnInfo> columns = query.columns();
        for (std::vector<Literal>& row : query.rows()) found.push_back(row_object(*this, columns, row));
    }
    cache = std::move(found);
    return *cache;
}

Object wrap(Ref<Instance> instance) { return instance; }

namespace {

using Rows = Ref<RowSet>;

std::vector<Name> names_of(const std::vector<Object>& values) {
    std::vector<Name> names;
    for (const Object& value : values) names.emplace_back(text_of(value));
    return names;
}

Object next(const Rows& rows, Query query) { return rows->then(std::move(query)); }

Object annotated(const Rows& rows, const Arguments& a, bool selected) {
    Query query = rows->query;
    const auto add = [&](const std::string& alias, const Object& value) {
        if (value.is_literal()) throw Raised("TypeError", "QuerySet." + a.function + "() received non-expression(s): " + str(value) + ".");
        Expr expression = expression_of(value);
        query = selected ? query.annotate(Name(alias), expression) : query.alias(Name(alias), expression);
    };
    for (const Object& value : a.positional) {
        if (value.is_literal()) add("", value);
        const std::string alias = expression_of(value)->default_alias();
        if (alias.empty()) throw Raised("TypeError", "Complex annotations require an alias");
        if (a.has(alias))
            throw Raised("ValueError", "The named annotation '" + alias + "' conflicts with the default name for another annotation.");
        add(alias, value);
    }
    for (const auto& [alias, value] : a.named) add(alias, value);
    query.check();
    return next(rows, std::move(query));
}

// Expressions among the columns of values() become annotations with names of their own.
Object values(const Rows& rows, const Arguments& a, bool list) {
    Query query = rows->query;
    std::vector<Name> columns;
    std::vector<std::string> used;
    for (const Object& value : a.positional) {
        if (value.is_literal()) used.push_back(text_of(value));
    }
    for (const Object& value : a.positional) {
        if (value.is_literal()) {
            columns.emplace_back(text_of(value));
            continue;
        }
        const auto* expression = value.as<Expression>();
        if (!expression) throw Raised("TypeError", "values() takes names and expressions.");
        std::string prefix = expression->expr->default_alias();
        if (prefix.empty()) {
            for (const char c : expression->class_name) prefix += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        std::string alias;
        std::size_t counter = 1;
        do alias = prefix + std::to_string(counter++);
        while (std::find(used.begin(), used.end(), alias) != used.end());
        used.push_back(alias);
        query = query.annotate(Name(alias), expression->expr);
        columns.emplace_back(alias);
    }
    bool flat = false, named = false;
    for (const auto& [name, value] : a.named) {
        if (list && name == "flat") {
            flat = truthy(value);
        } else if (list && name == "named") {
            named = truthy(value);
        } else {
            query = query.annotate(Name(name), expression_of(value));
            columns.emplace_back(name);
        }
    }
    if (flat && named) throw Raised("TypeError", "'flat' and 'named' can't be used together.");
    if (flat && columns.size() > 1)
        throw Raised("TypeError", "'flat' is not valid when values_list is called with more than one field.");
    Rows made = rows->then(query.values(columns));
    made->query.check();
    made->shape = !list ? RowSet::Shape::dicts : flat ? RowSet::Shape::flat : named ? RowSet::Shape::named : RowSet::Shape::tuples;
    return made;
}

Object moments(const Rows& rows, const Arguments& a, bool clock) {
    const Object* order = a.find(2, "order");
    const Object* zone = a.find(3, "tzinfo");
    const std::string field = text_of(a.at(0, "field_name")), kind = text_of(a.at(1, "kind"));
    const std::string direction = order ? text_of(*order) : "ASC";
    Query query = clock ? rows->query.datetimes(field, kind, direction, zone && !zone->is_none() ? zone_name(*zone) : std::string())
                        : rows->query.dates(field, kind, direction);
    query.check();
    Rows made = rows->then(std::move(query));
    made->shape = RowSet::Shape::flat;
    return made;
}

std::vector<Query> queries_of(const Arguments& a) {
    std::vector<Query> list;
    for (const Object& value : a.positional) {
        const auto* rows = value.as<RowSet>();
        if (!rows) throw Raised("TypeError", "'" + type_name(value) + "' is no queryset");
        list.push_back(rows->query);
    }
    return list;
}

Object select_related(const Rows& rows, const Arguments& a) {
    if (rows->shape != RowSet::Shape::objects)
        throw Raised("TypeError", "Cannot call select_related() after .values() or .values_list()");
    if (a.positional.empty()) return next(rows, rows->query.select_all_related());
    if (a.positional.size() == 1 && a.positional[0].is_none()) return next(rows, rows->query.select_related({}));
    return next(rows, rows->query.select_related(names_of(a.positional)));
}

Object prefetch_related(const Rows& rows, const Arguments& a) {
    std::vector<models::Prefetch> lookups;
    if (a.positional.size() == 1 && a.positional[0].is_none()) return next(rows, rows->query.prefetch_lookups({}));
    for (const Object& value : a.positional) {
        if (const auto* lookup = value.as<PrefetchObject>())
            lookups.push_back(lookup->prefetch);
        else
            lookups.emplace_back(Name(text_of(value)));
    }
    Rows made = rows->then(rows->query.prefetch_lookups(std::move(lookups)));
    made->raw = rows->raw;
    made->translations = rows->translations;
    return made;
}

Object choose(const Rows& rows, const Arguments& a, bool only) {
    if (rows->shape != RowSet::Shape::objects)
        throw Raised("TypeError", "Cannot call " + a.function + "() after .values() or .values_list()");
    if (a.positional.size() == 1 && a.positional[0].is_none()) {
        if (only) throw Raised("TypeError", "Cannot pass None as an argument to only().");
        return next(rows, rows->query.defer({}));
    }
    Query query = only ? rows->query.only(names_of(a.positional)) : rows->query.defer(names_of(a.positional));
    return next(rows, std::move(query));
}

Object lock(const Rows& rows, const Arguments& a) {
    models::LockOptions options;
    options.nowait = a.flag(0, "nowait");
    options.skip_locked = a.flag(1, "skip_locked");
    options.no_key = a.flag(3, "no_key");
    if (const Object* of = a.find(2, "of")) options.of = names_of(items_of(*of));
    return next(rows, rows->query.select_for_update(std::move(options)));
}

Object aggregate(const Rows& rows, const Arguments& a) {
    if (rows->query.is_combined())
        throw db::NotSupportedError("Calling QuerySet.aggregate() after " + rows->query.combined_by() + "() is not supported.");
    std::vector<models::Assignment> list;
    for (const Object& value : a.positional) {
        const Expr expression = expression_of(value);
        const std::string alias = expression->default_alias();
        if (alias.empty()) throw Raised("TypeError", "Complex aggregates require an alias");
        list.emplace_back(Name(alias), expression);
    }
    for (const auto& [alias, value] : a.named) {
        if (value.is_literal()) throw Raised("TypeError", "QuerySet.aggregate() received non-expression(s): " + str(value) + ".");
        list.emplace_back(Name(alias), expression_of(value));
    }
    auto mapping = make_ref<Mapping>();
    for (auto& [name, value] : rows->query.aggregate(list)) mapping->items.emplace_back(Literal(name), value_object(value));
    return mapping;
}

Object first_or_last(const Rows& rows, bool last) {
    Query query = rows->query;
    if (query.ordered()) {
        if (last) query = query.reverse();
    } else {
        if (models::groups_without_key(rows->query))
            throw Raised("TypeError", std::string("Cannot use QuerySet.") + (last ? "last" : "first") +
                                          "() on an unordered queryset performing aggregation. Add an ordering with order_by().");
        query = query.order_by({OrderBy(last ? "-pk" : "pk")});
    }
    const std::vector<Object> found = rows->then(query.slice(0, 1))->fetched();
    return found.empty() ? Object() : found.front();
}

Object latest(const Rows& rows, const Arguments& a, bool earliest) {
    if (rows->query.is_sliced()) throw Raised("TypeError", "Cannot change a query once a slice has been taken.");
    std::vector<std::string> names;
    for (const Object& value : a.positional) names.push_back(text_of(value));
    if (names.empty()) names = rows->meta().get_latest_by;
    if (names.empty())
        throw Raised("ValueError", "earliest() and latest() require either fields as positional arguments or 'get_latest_by' in the model's Meta.");
    std::vector<OrderBy> order;
    for (const std::string& name : names) order.emplace_back(Name(name));
    Query query = rows->query.order_by(std::move(order));
    if (!earliest) query = query.reverse();
    const std::vector<Object> found = rows->then(query.slice(0, 1))->fetched();
    if (found.empty()) throw does_not_exist(rows->meta());
    return found.front();
}

Object key_of_row(const RowSet& rows, const Object& row, const Field& field, std::string_view path, const std::vector<std::string>& columns) {
    if (auto* instance = row.as<Instance>()) {
        if (field.is_foreign_key() && path == field.name) return attribute(row, field.name);
        return value_object(instance->value(field));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i] != field.name && columns[i] != field.attname && columns[i] != "pk") continue;
        if (rows.shape == RowSet::Shape::dicts) return *row.as<Mapping>()->find(Literal(columns[i]));
        if (rows.shape == RowSet::Shape::flat) return row;
        return row.as<Sequence>()->items[i];
    }
    throw Raised("ValueError", "in_bulk() of these columns needs the field '" + field.name + "' among them.");
}

Object in_bulk(const Rows& rows, const Arguments& a) {
    if (rows->query.is_sliced()) throw Raised("TypeError", "Cannot use 'limit' or 'offset' with in_bulk().");
    const Object* name = a.find(1, "field_name");
    const std::string path = name ? text_of(*name) : "pk";
    const Field& field = rows->meta().field(path);
    bool unique = field.has_unique();
    for (const models::Constraint& constraint : rows->meta().constraints)
        unique |= constraint.fields.size() == 1 && constraint.fields[0] == field.name && !constraint.condition;
    if (!unique) throw Raised("ValueError", "in_bulk()'s field_name must be a unique field but '" + path + "' isn't.");
    auto mapping = make_ref<Mapping>();
    const Object* ids = a.find(0, "id_list");
    Rows chosen = rows->then(rows->query);
    if (ids && !ids->is_none()) {
        std::vector<Object> list = items_of(*ids);
        if (list.empty()) return mapping;
        chosen = rows->then(rows->query.filter(QNode(Name(path + "__in"), to_literal(list_of(std::move(list))))).unordered());
    }
    std::vector<std::string> columns;
    if (rows->shape != RowSet::Shape::objects) {
        for (const models::ColumnInfo& column : chosen->query.columns()) columns.push_back(column.name);
    }
    for (const Object& row : chosen->fetched()) mapping->items.emplace_back(key_of_row(*chosen, row, field, path, columns), row);
    return mapping;
}

Object contains(const Rows& rows, const Arguments& a) {
    if (rows->query.is_combined()) throw db::NotSupportedError("Calling QuerySet.contains() after " + rows->query.combined_by() + "() is not supported.");
    if (rows->shape != RowSet::Shape::objects)
        throw Raised("TypeError", "Cannot call QuerySet.contains() after .values() or .values_list().");
    const auto* instance = a.at(0, "obj").as<Instance>();
    if (!instance) throw Raised("TypeError", "'obj' must be a model instance.");
    if (&instance->meta() != &rows->meta()) return Literal(false);
    const Literal key = instance->meta().pk().get(instance->object());
    if (key.is_null()) throw Raised("ValueError", "QuerySet.contains() cannot be used on unsaved objects.");
    if (rows->cache) return Literal(std::any_of(rows->cache->begin(), rows->cache->end(), [&](const Object& row) { return equal(row, a.at(0, "obj")); }));
    return Literal(rows->query.filter(QNode(Name("pk"), key)).exists());
}

Object iterator(const Rows& rows, const Arguments& a) {
    const Object* size = a.find(0, "chunk_size");
    if (!size || size->is_none()) {
        if (rows->query.has_prefetches())
            throw Raised("ValueError", "chunk_size must be provided when using QuerySet.iterator() after prefetch_related().");
        return list_of(rows->then(rows->query)->fetched());
    }
    const std::int64_t chunk = integer_of(*size);
    if (chunk <= 0) throw Raised("ValueError", "Chunk size must be strictly positive.");
    if (!rows->query.has_prefetches()) return list_of(rows->then(rows->query)->fetched());
    const std::vector<models::Prefetch> lookups = rows->query.prefetches();
    const std::vector<Object> list = rows->then(rows->query.prefetch_lookups({}))->fetched();
    for (std::size_t at = 0; at < list.size(); at += static_cast<std::size_t>(chunk)) {
        std::vector<Ref<Instance>> part;
        for (std::size_t i = at; i < std::min(list.size(), at + static_cast<std::size_t>(chunk)); ++i) part.emplace_back(list[i].as<Instance>());
        models::prefetch_related_objects(part, lookups, rows->query.database(), rows->query.fetch_mode());
    }
    return list_of(list);
}

Object explain(const Rows& rows, const Arguments& a) {
    std::vector<std::pair<std::string, std::string>> options;
    std::string format;
    for (const auto& [name, value] : a.named) {
        if (name == "format")
            format = value.is_none() ? std::string() : text_of(value);
        else
            options.emplace_back(name, str(value));
    }
    if (!a.positional.empty()) format = text_of(a.positional[0]);
    return Literal(rows->query.explain(format, options));
}

Object fetch_mode(const Rows& rows, const Arguments& a) {
    const std::string mode = text_of(a.at(0, "fetch_mode"));
    return next(rows, rows->query.fetch_mode(mode == "FETCH_PEERS" ? models::FetchMode::peers
                                             : mode == "RAISE"     ? models::FetchMode::raise
                                                                   : models::FetchMode::one));
}

Object count(const Rows& rows) {
    return Literal(rows->cache ? static_cast<std::int64_t>(rows->cache->size()) : rows->query.count());
}

Object exists(const Rows& rows) { return Literal(rows->cache ? !rows->cache->empty() : rows->query.exists()); }

Object filtered(const Rows& rows, const Arguments& a) {
    QNode condition = conditions_of(a);
    Query query = a.function == "exclude" ? rows->query.exclude(std::move(condition)) : rows->query.filter(std::move(condition));
    query.check();
    return next(rows, std::move(query));
}

Object ordered(const Rows& rows, const Arguments& a) {
    for (const Object& value : a.positional) {
        if (value.is_literal() && value.literal().kind() != Literal::Kind::text)
            throw models::FieldError("Invalid order_by arguments: [" + repr(value) + "]");
    }
    Query query = rows->query.order_by(orders_of(a.positional));
    if (!query.is_combined()) query.check();
    return next(rows, std::move(query));
}

struct Method {
    std::string_view name;
    Object (*call)(const Rows&, const Arguments&);
};

constexpr Method kMethods[] = {
    {"all", [](const Rows& r, const Arguments&) { return next(r, r->query); }},
    {"get_queryset", [](const Rows& r, const Arguments&) { return next(r, r->query); }},
    {"db_manager", [](const Rows& r, const Arguments& a) -> Object {
         if (!r->manager) throw Raised("AttributeError", "'QuerySet' object has no attribute 'db_manager'");
         Rows manager = r->then(r->query.using_(text_of(a.at(0, "using"))));
         manager->manager = true;
         manager->accessor = r->accessor;
         return manager;
     }},
    {"filter", filtered},
    {"exclude", filtered},
    {"complex_filter", [](const Rows& r, const Arguments& a) { return next(r, r->query.filter(conditions_of(a))); }},
    {"annotate", [](const Rows& r, const Arguments& a) { return annotated(r, a, true); }},
    {"alias", [](const Rows& r, const Arguments& a) { return annotated(r, a, false); }},
    {"order_by", ordered},
    {"reverse", [](const Rows& r, const Arguments&) { return next(r, r->query.reverse()); }},
    {"distinct", [](const Rows& r, const Arguments& a) {
         return next(r, a.positional.empty() ? r->query.distinct() : r->query.distinct(names_of(a.positional)));
     }},
    {"none", [](const Rows& r, const Arguments&) { return next(r, r->query.none()); }},
    {"values", [](const Rows& r, const Arguments& a) { return values(r, a, false); }},
    {"values_list", [](const Rows& r, const Arguments& a) { return values(r, a, true); }},
    {"dates", [](const Rows& r, const Arguments& a) { return moments(r, a, false); }},
    {"datetimes", [](const Rows& r, const Arguments& a) { return moments(r, a, true); }},
    {"union", [](const Rows& r, const Arguments& a) {
         return next(r, r->query.union_(queries_of(a), a.flag(99, "all")));
     }},
    {"intersection", [](const Rows& r, const Arguments& a) { return next(r, r->query.intersection(queries_of(a))); }},
    {"difference", [](const Rows& r, const Arguments& a) { return next(r, r->query.difference(queries_of(a))); }},
    {"select_related", select_related},
    {"prefetch_related", prefetch_related},
    {"only", [](const Rows& r, const Arguments& a) { return choose(r, a, true); }},
    {"defer", [](const Rows& r, const Arguments& a) { return choose(r, a, false); }},
    {"using", [](const Rows& r, const Arguments& a) { return next(r, r->query.using_(text_of(a.at(0, "alias")))); }},
    {"select_for_update", lock},
    {"fetch_mode", fetch_mode},
    {"aggregate", aggregate},
    {"count", [](const Rows& r, const Arguments&) { return count(r); }},
    {"exists", [](const Rows& r, const Arguments&) { return exists(r); }},
    {"first", [](const Rows& r, const Arguments&) { return first_or_last(r, false); }},
    {"last", [](const Rows& r, const Arguments&) { return first_or_last(r, true); }},
    {"latest", [](const Rows& r, const Arguments& a) { return latest(r, a, false); }},
    {"earliest", [](const Rows& r, const Arguments& a) { return latest(r, a, true); }},
    {"in_bulk", in_bulk},
    {"contains", contains},
    {"iterator", iterator},
    {"explain", explain},
    {"get", [](const Rows& r, const Arguments& a) { return get_row(r, a); }},
    {"raw", [](const Rows& r, const Arguments& a) { return raw_queryset(r->meta(), a); }},
    {"extra", [](const Rows&, const Arguments&) -> Object {
         throw db::NotSupportedError("extra() is not supported: use RawSQL in annotate(), filter() or order_by().");
     }},
};

Object property(const Rows& rows, std::string_view name, bool& found) {
    found = true;
    if (rows->manager && name != "db" && name != "model") return found = false, Object();
    if (name == "ordered") return Literal(rows->query.ordered_rows());
    if (name == "totally_ordered") return Literal(rows->query.totally_ordered());
    if (name == "db") return Literal(rows->query.database());
    if (name == "model") return make_ref<ModelClass>(rows->meta());
    if (name == "query")
        return make_ref<Namespace>("Query", [rows](std::string_view inner) -> Object {
            if (inner == "sql") return Literal(rows->query.sql().text);
            if (inner == "order_by") {
                std::vector<Object> names;
                for (std::string& entry : rows->query.order_names()) names.emplace_back(Literal(std::move(entry)));
                return tuple_of(std::move(names));
            }
            throw Raised("AttributeError", "'Query' object has no attribute '" + std::string(inner) + "'");
        });
    if (name == "columns" && rows->raw) {
        std::vector<Object> columns;
        for (std::string& column : models::raw_columns(db::connection(), *rows->raw)) columns.emplace_back(Literal(std::move(column)));
        return list_of(std::move(columns));
    }
    found = false;
    return {};
}

}  // namespace

Raised does_not_exist(const ModelMeta& meta) {
    return {meta.object_name + ".DoesNotExist", meta.object_name + " matching query does not exist."};
}

Object get_row(const Rows& rows, const Arguments& a) {
    constexpr std::int64_t kMost = 21;
    if (rows->query.is_combined() && (!a.positional.empty() || !a.named.empty()))
        throw db::NotSupportedError("Calling QuerySet.get(...) with filters after " + rows->query.combined_by() + "() is not supported.");
    Query query = rows->query;
    if (!a.positional.empty() || !a.named.empty()) query = query.filter(conditions_of(a));
    if (!query.is_sliced()) {
        if (!query.is_combined()) query = query.unordered();
        query = query.slice(0, kMost);
    }
    const Rows limited = rows->then(std::move(query));
    const std::vector<Object>& found = limited->fetched();
    const std::string& name = rows->meta().object_name;
    if (found.empty()) throw does_not_exist(rows->meta());
    if (found.size() > 1)
        throw Raised(name + ".MultipleObjectsReturned",
                     "get() returned more than one " + name + " -- it returned " +
                         (found.size() < static_cast<std::size_t>(kMost) ? std::to_string(found.size()) : "more than 20") + "!");
    return found.front();
}

Object raw_queryset(const ModelMeta& meta, const Arguments& a) {
    auto rows = make_ref<RowSet>(Query(meta).fetch_mode(default_fetch_mode()));
    Arguments renamed = a;
    for (auto& entry : renamed.named) {
        if (entry.first == "raw_query") entry.first = "sql";
    }
    rows->raw = raw_statement(renamed);
    if (const Object* given = a.find(2, "translations"); given && given->as<Mapping>()) {
        for (const auto& item : given->as<Mapping>()->items) rows->translations.emplace_back(text_of(item.first), text_of(item.second));
    }
    return rows;
}

Object queryset_attribute(const Rows& rows, std::string_view name) {
    if (Object found; related_method(rows, name, found)) return found;
    bool known = false;
    Object value = property(rows, name, known);
    if (known) return value;
    if (writing_method(rows, name, value)) return value;
    for (const Method& method : kMethods) {
        if (method.name != name) continue;
        return callable(std::string(name), [rows, call = method.call](const Arguments& a) {
            if (rows->raw && a.function != "prefetch_related" && a.function != "using" && a.function != "iterator")
                throw Raised("AttributeError", "'RawQuerySet' object has no attribute '" + a.function + "'");
            // A manager keeps no rows, and a related one gives those that were prefetched.
            return call(rows->manager && a.function != "db_manager" ? from_manager(rows) : rows, a);
        });
    }
    if (name == "__iter__") return callable("__iter__", [rows](const Arguments&) { return list_of(rows->fetched()); });
    throw Raised("AttributeError", "'" + std::string(rows->manager ? "Manager" : "QuerySet") + "' object has no attribute '" + std::string(name) + "'");
}

std::vector<std::string> queryset_names() {
    std::vector<std::string> names;
    for (const Method& method : kMethods) names.emplace_back(method.name);
    return names;
}

}  // namespace nuages::shell
