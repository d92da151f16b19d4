// Deletion: what hangs on the rows is found first, then all goes in one transaction (django.db.models.deletion).
//
// Rows that nothing refers to are deleted by their condition, without being read. Others are read by key only, unless
// somebody listens to the signals of their model.
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/detail/steps.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/signals.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <list>
#include <map>
#include <set>

namespace nuages::db::models {

namespace {
struct RefusedObjects : RefCounted {
    std::vector<Ref<Instance>> list;
    explicit RefusedObjects(std::vector<Ref<Instance>> objects) : list(std::move(objects)) {}
};
}  // namespace

DeletionRefused::DeletionRefused(std::string message, std::vector<Ref<Instance>> objects)
    : IntegrityError(std::move(message)), objects_(make_ref<RefusedObjects>(std::move(objects))) {}

const std::vector<Ref<Instance>>& DeletionRefused::objects() const {
    return static_cast<const RefusedObjects&>(*objects_).list;
}

QNode has_key_among(const ModelMeta& meta, const std::vector<Literal>& keys) {
    if (!meta.pk().is_composite()) return QNode(Name::borrow("pk__in"), Literal(keys));
    QNode any;
    any.op = QNode::Op::or_;
    for (const Literal& key : keys) {
        QNode all;
        for (std::size_t i = 0; i < meta.pk_columns().size(); ++i)
            all.children.emplace_back(Name(meta.pk_columns()[i]->attname), key.list()[i]);
        any.children.push_back(std::move(all));
    }
    return any;
}

namespace {

bool has_listeners(const ModelMeta& meta) {
    return !meta.auto_created &&
           (signals::pre_delete().has_listeners(&meta) || signals::post_delete().has_listeners(&meta));
}

bool left_to_database(OnDelete rule) {
    return rule == DO_NOTHING || rule == DB_CASCADE || rule == DB_SET_NULL || rule == DB_SET_DEFAULT;
}

class Collector {
public:
    Collector(std::string_view database, const void* origin, bool keep_parents = false)
        : database_(database), origin_(origin), keep_parents_(keep_parents) {}

    void collect(const Query& query) {
        const ModelMeta& meta = query.meta();
        if (can_fast_delete(meta, nullptr)) {
            fast_.push_back({query.using_(database_), QNode()});
        } else {
            found_.push_back({&meta, read(query.using_(database_).order_by({})), nullptr, true});
            collect_found();
        }
    }
    void collect_object(const ModelMeta& meta, void* object) {
        Row row;
        row.key = meta.pk().get(object);
        for (const Field* field : referenced_fields(meta)) row.others.push_back(field->get(object));
        row.object = object;
        found_.push_back({&meta, {}, nullptr, true});
        found_.back().rows.push_back(std::move(row));
        collect_found();
    }

    Deleted run() {
        refuse_restricted();
        sort();
        Deleted result;
        if (fast_.size() == 1 && data_.empty() && updates_.empty()) {
            count(result, fast_[0].query.meta(), fast_[0].rows().raw_delete());
            return result;
        }
        if (fast_.empty() && updates_.empty() && data_.size() == 1 && data_.front().rows.size() == 1 &&
            can_fast_delete(*data_.front().meta, nullptr)) {
            delete_rows(result, data_.front());
            return result;
        }
        run_atomic(
            [&] {
                for (ModelRows& model : data_) send(signals::pre_delete(), model);
                for (const Fast& fast : fast_) count(result, fast.query.meta(), fast.rows().raw_delete());
                for (const Update& update : updates_)
                    Query(*update.field->model)
                        .using_(database_)
                        .filter(update.condition)
                        .update({Assignment(Name(update.field->attname), update.value)});
                for (ModelRows& model : data_) {
                    delete_rows(result, model);
                    send(signals::post_delete(), model);
                }
            },
            {.using_ = database_, .savepoint = false});
        return result;
    }

private:
    struct Row {
        Literal key;                  // a list where it is composite
        std::vector<Literal> others;  // of referenced_fields()
        Ref<Instance> instance;       // where signals are heard
        void* object = nullptr;
    };
    struct ModelRows {
        const ModelMeta* meta;
        std::vector<Row> rows;
        std::set<Literal> keys;
        std::set<const ModelMeta*> waits_for;  // models whose rows go first
    };
    struct Found {
        const ModelMeta* meta;
        std::vector<Row> rows;
        const ModelMeta* source;
        bool after_source;  // false: the rows must go before those of the source
    };
    struct Fast {
        Query query;
        QNode condition;
        Query rows() const { return condition.empty() ? query : query.filter(condition); }
    };
    struct Update {
        const Field* field;
        Literal value;
        QNode condition;
    };
    struct Restricted {
        const ModelMeta* target;
        const Field* field;
        std::vector<Ref<Instance>> objects;
    };

    static std::vector<const Field*> references(const ModelMeta& meta) {
        std::vector<const Field*> found;
        if (!meta.registry) return found;
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (relation.field->is_foreign_key()) found.push_back(relation.field);
        }
        return found;
    }

    // The columns that foreign keys of others refer to.
    static std::vector<const Field*> referenced_fields(const ModelMeta& meta) {
        std::vector<const Field*> fields;
        for (const Field* reference : references(meta)) {
            const Field* target = &reference->target_field();
            if (std::find(fields.begin(), fields.end(), target) == fields.end()) fields.push_back(target);
        }
        for (const Field* link : meta.parent_links()) fields.push_back(link);
        return fields;
    }

    static bool can_fast_delete(const ModelMeta& meta, const Field* from) {
        if (from && from->relation.on_delete != CASCADE) return false;
        if (has_listeners(meta)) return false;
        for (const Field* link : meta.parent_links()) {
            if (link != from) return false;
        }
        for (const Field* reference : references(meta)) {
            if (!left_to_database(reference->relation.on_delete)) return false;
        }
        return true;
    }

    std::vector<Row> read(const Query& query) {
        const ModelMeta& meta = query.meta();
        const std::vector<const Field*> others = referenced_fields(meta);
        std::vector<Row> rows;
        if (has_listeners(meta)) {
            InstanceList list(meta);
            query.fetch(list);
            for (Ref<Instance>& instance : list.items) {
                Row& row = rows.emplace_back();
                row.object = instance->object();
                row.key = meta.pk().get(row.object);
                for (const Field* field : others) row.others.push_back(field->get(row.object));
                row.instance = std::move(instance);
            }
            return rows;
        }
        const Ref<Instance> holder = Instance::create(meta);
        std::vector<const Field*> fields = meta.pk_columns();
        fields.insert(fields.end(), others.begin(), others.end());
        std::vector<Name> names;
        for (const Field* field : fields) names.push_back(Name::borrow(field->attname));
        query.select_related({}).values(names).each([&](std::span<const Cell> cells) {
            for (std::size_t i = 0; i < fields.size(); ++i)
                fields[i]->ops->decode(fields[i]->member(holder->object()), cells[i]);
            Row& row = rows.emplace_back();
            row.key = meta.pk().get(holder->object());
            for (const Field* field : others) row.others.push_back(field->get(holder->object()));
        });
        return rows;
    }

    std::vector<Ref<Instance>> read_objects(const Query& query) {
        InstanceList list(query.meta());
        query.select_related({}).fetch(list);
        return std::move(list.items);
    }

    ModelRows& rows_of(const ModelMeta& meta) {
        for (ModelRows& entry : data_) {
            if (entry.meta == &meta) return entry;
        }
        data_.push_back({&meta, {}, {}, {}});
        return data_.back();
    }

    // Depth first, but with a list of what is still to do: rows may refer to each other in chains of any length, and
    // the stack of a fiber is small.
    void collect_found() {
        while (!found_.empty()) {
            Found next = std::move(found_.back());
            found_.pop_back();
            if (next.source && !next.rows.empty()) {
                if (next.after_source)
                    rows_of(*next.meta).waits_for.insert(next.source);
                else
                    rows_of(*next.source).waits_for.insert(next.meta);
            }
            const auto before = static_cast<std::ptrdiff_t>(found_.size());
            collect_rows(*next.meta, std::move(next.rows));
            std::reverse(found_.begin() + before, found_.end());  // the first one found is the next
        }
    }

    void collect_rows(const ModelMeta& meta, std::vector<Row> rows) {
        std::vector<Row> fresh;
        ModelRows& known = rows_of(meta);
        for (Row& row : rows) {
            if (!known.keys.insert(row.key).second) continue;
            known.rows.push_back(row);
            fresh.push_back(std::move(row));
        }
        if (fresh.empty()) return;
        const std::vector<const Field*> fields = referenced_fields(meta);
        const auto column_of = [&](const Field& field) {
            return static_cast<std::size_t>(std::find(fields.begin(), fields.end(), &field) - fields.begin());
        };
        for (const Field* link : keep_parents_ ? std::vector<const Field*>() : meta.parent_links())
            follow_parent(meta, *link, fresh, column_of(*link));
        std::vector<std::pair<const ModelMeta*, QNode>> fast;  // one DELETE per model, whichever keys lead here
        std::vector<std::string> protectors;
        std::vector<Ref<Instance>> protecting;
        for (const Field* reference : references(meta)) {
            if (left_to_database(reference->relation.on_delete)) continue;
            in_batches(fresh, column_of(reference->target_field()), [&](std::vector<Literal> keys) {
                QNode condition(Name(reference->attname + "__in"), Literal(std::move(keys)));
                if (reference->relation.on_delete == CASCADE && can_fast_delete(*reference->model, reference)) {
                    const auto known_fast =
                        std::find_if(fast.begin(), fast.end(), [&](auto& entry) { return entry.first == reference->model; });
                    if (known_fast == fast.end())
                        fast.emplace_back(reference->model, std::move(condition));
                    else
                        known_fast->second = std::move(known_fast->second) || std::move(condition);
                    return;
                }
                follow(meta, *reference, std::move(condition), protectors, protecting);
            });
        }
        for (auto& [model, condition] : fast) fast_.push_back({Query(*model).using_(database_), std::move(condition)});
        if (protectors.empty()) return;
        throw ProtectedError("Cannot delete some instances of model '" + meta.object_name +
                                 "' because they are referenced through protected foreign keys: " +
                                 joined(protectors) + ".",
                             std::move(protecting));
    }

    template <class Run> void in_batches(const std::vector<Row>& rows, std::size_t column, Run run) {
        const std::size_t most = db::connection(database_).features().max_query_params;
        const std::size_t batch = most > 10 ? most - 5 : most;
        for (std::size_t at = 0; at < rows.size(); at += batch) {
            std::vector<Literal> keys;
            for (std::size_t i = at; i < std::min(rows.size(), at + batch); ++i)
                keys.push_back(rows[i].others[column]);
            run(std::move(keys));
        }
    }

    // A row of a table that extends another goes with the row that it extends.
    void follow_parent(const ModelMeta& meta, const Field& link, const std::vector<Row>& rows, std::size_t column) {
        in_batches(rows, column, [&](std::vector<Literal> keys) {
            const Query parents = Query(link.target())
                                      .using_(database_)
                                      .filter(QNode(Name(link.target_field().attname + "__in"), Literal(std::move(keys))));
            found_.push_back({&link.target(), read(parents.order_by({})), &meta, true});
        });
    }

    void follow(const ModelMeta& meta, const Field& reference, QNode condition, std::vector<std::string>& protectors,
                std::vector<Ref<Instance>>& protecting) {
        const Query children = Query(*reference.model).using_(database_).filter(condition);
        switch (reference.relation.on_delete) {
            case CASCADE: found_.push_back({reference.model, read(children), &meta, false}); break;
            case PROTECT: {
                std::vector<Ref<Instance>> objects = read_objects(children);
                if (objects.empty()) break;
                protectors.push_back(name_of(reference));
                protecting.insert(protecting.end(), objects.begin(), objects.end());
                break;
            }
            case RESTRICT: {
                std::vector<Ref<Instance>> objects = read_objects(children);
                if (!objects.empty()) restricted_.push_back({&meta, &reference, std::move(objects)});
                break;
            }
            case SET_NULL: add_update(reference, Literal(), std::move(condition)); break;
            case SET_DEFAULT:
                add_update(reference, reference.default_call ? reference.default_call() : reference.default_value,
                           std::move(condition));
                break;
            case SET: {
                const Relation& relation = reference.relation;
                add_update(reference, relation.set_call ? relation.set_call() : relation.set_value, std::move(condition));
                break;
            }
            default: break;
        }
    }

    void add_update(const Field& field, Literal value, QNode condition) {
        for (Update& known : updates_) {
            if (known.field == &field && known.value == value) {
                known.condition = std::move(condition) || std::move(known.condition);
                return;
            }
        }
        updates_.push_back({&field, std::move(value), std::move(condition)});
    }

    // Those of the rows in the way that would stay.
    std::vector<Ref<Instance>> staying(const Restricted& entry) {
        const ModelMeta& meta = *entry.field->model;
        std::map<Literal, Ref<Instance>> kept;
        for (const Ref<Instance>& object : entry.objects) kept.emplace(meta.pk().get(object->object()), object);
        for (const Literal& key : rows_of(meta).keys) kept.erase(key);
        for (const Fast& fast : fast_) {
            if (kept.empty()) break;
            if (&fast.query.meta() != &meta) continue;
            for (const Row& row : read(fast.rows())) kept.erase(row.key);
        }
        std::vector<Ref<Instance>> objects;
        for (auto& [key, object] : kept) objects.push_back(std::move(object));
        return objects;
    }

    // RESTRICT allows what is deleted anyway along another way.
    void refuse_restricted() {
        std::vector<std::string> names;
        std::vector<Ref<Instance>> objects;
        const ModelMeta* model = nullptr;
        for (const Restricted& entry : restricted_) {
            std::vector<Ref<Instance>> kept = staying(entry);
            if (kept.empty()) continue;
            model = entry.target;
            names.push_back(name_of(*entry.field));
            objects.insert(objects.end(), kept.begin(), kept.end());
        }
        data_.remove_if([](const ModelRows& entry) { return entry.rows.empty(); });
        if (!model) return;
        throw RestrictedError("Cannot delete some instances of model '" + model->object_name +
                                  "' because they are referenced through restricted foreign keys: " + joined(names) + ".",
                              std::move(objects));
    }

    // Models whose rows others wait for come first; where they wait for each other the order stays.
    void sort() {
        std::list<ModelRows> sorted, left;
        left.swap(data_);
        std::set<const ModelMeta*> placed;
        const auto ready = [&](const ModelRows& entry) {
            return std::all_of(entry.waits_for.begin(), entry.waits_for.end(), [&](const ModelMeta* model) {
                return model == entry.meta || placed.contains(model) ||
                       std::none_of(left.begin(), left.end(), [&](const ModelRows& other) { return other.meta == model; });
            });
        };
        while (!left.empty()) {
            auto next = std::find_if(left.begin(), left.end(), ready);
            if (next == left.end()) next = std::prev(left.end());
            placed.insert(next->meta);
            sorted.splice(sorted.end(), left, next);
        }
        data_.swap(sorted);
    }

    static std::string name_of(const Field& field) { return "'" + field.model->object_name + "." + field.name + "'"; }
    static std::string joined(std::vector<std::string>& names) {
        names.erase(std::unique(names.begin(), names.end()), names.end());
        std::string text;
        for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
        return text;
    }

    void send(const nuages::signals::Signal<const signals::Delete&>& signal, const ModelRows& model) {
        if (!signal.has_listeners(model.meta) || model.meta->auto_created) return;
        for (const Row& row : model.rows) {
            if (row.object) signal.send_from(model.meta, {*model.meta, row.object, database_, origin_});
        }
    }

    void delete_rows(Deleted& result, const ModelRows& model) {
        const std::size_t most =
            db::connection(database_).features().max_query_params / model.meta->pk_columns().size();
        for (std::size_t end = model.rows.size(); end > 0;) {  // the last one found goes first
            const std::size_t begin = end > most ? end - most : 0;
            std::vector<Literal> keys;
            for (std::size_t i = end; i-- > begin;) keys.push_back(model.rows[i].key);
            count(result, *model.meta,
                  Query(*model.meta).using_(database_).filter(has_key_among(*model.meta, keys)).raw_delete());
            end = begin;
        }
    }

    static void count(Deleted& result, const ModelMeta& meta, std::int64_t rows) {
        if (rows == 0) return;
        result.total += rows;
        const std::string label = meta.label();
        for (auto& entry : result.per_model) {
            if (entry.first == label) {
                entry.second += rows;
                return;
            }
        }
        result.per_model.emplace_back(label, rows);
    }

    std::string_view database_;
    const void* origin_;
    bool keep_parents_;
    std::vector<Found> found_;  // the last one is the next to follow
    std::vector<Fast> fast_;
    std::vector<Update> updates_;
    std::vector<Restricted> restricted_;
    std::list<ModelRows> data_;
};

}  // namespace

Deleted Query::delete_() const {
    if (is_combined()) throw NotSupportedError("Calling QuerySet.delete() after " + combined_by() + "() is not supported.");
    if (is_sliced()) throw TypeError("Cannot use 'limit' or 'offset' with delete().");
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::values)
            throw TypeError("Cannot call delete() after .values() or .values_list()");
        if (step->kind == steps::Kind::distinct) throw TypeError("Cannot call delete() after .distinct().");
    }
    Collector collector(write_database(*this), this);
    collector.collect(*this);
    return collector.run();
}

Deleted delete_object(const ModelMeta& meta, void* object, const DeleteOptions& options) {
    if (has_no_key(meta, object))
        throw ValueError(meta.object_name + " object can't be deleted because its " + meta.pk().attname +
                         " attribute is set to None.");
    Collector collector(object_database(meta, object, options.using_), object, options.keep_parents);
    collector.collect_object(meta, object);
    Deleted result = collector.run();
    meta.pk().set(object, Literal());
    return result;
}

}  // namespace nuages::db::models
