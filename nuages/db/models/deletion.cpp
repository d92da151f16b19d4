// Deletion: what hangs on the rows is found first, then all goes in one transaction (django.db.models.deletion).
//
// Rows that nothing refers to are deleted by their condition, without being read. Others are read by key only.
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/detail/steps.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace nuages::db::models {

namespace {

class Collector {
public:
    explicit Collector(std::string_view database) : database_(database) {}

    void collect(const Query& query) {
        if (can_fast_delete(query.meta(), nullptr)) {
            fast_.push_back(query);
        } else {
            found_.push_back({&query.meta(), read(query)});
            collect_found();
        }
    }
    void collect_object(const ModelMeta& meta, const void* object) {
        std::vector<const Field*> fields = key_fields(meta);
        Row row;
        for (const Field* field : fields) row.push_back(field->get(object));
        found_.push_back({&meta, {std::move(row)}});
        collect_found();
    }

    Deleted run() {
        refuse_restricted();
        Deleted result;
        if (fast_.size() == 1 && data_.empty() && updates_.empty()) {
            count(result, fast_[0].meta(), fast_[0].raw_delete());
            return result;
        }
        if (fast_.empty() && updates_.empty() && data_.size() == 1 && data_[0].rows.size() == 1 &&
            can_fast_delete(*data_[0].meta, nullptr)) {
            delete_rows(result, data_[0]);
            return result;
        }
        run_atomic(
            [&] {
                for (const Query& query : fast_) count(result, query.meta(), query.raw_delete());
                for (const Update& update : updates_) update.query.update({update.assignment});
                for (auto model = data_.rbegin(); model != data_.rend(); ++model) delete_rows(result, *model);
            },
            {.using_ = database_, .savepoint = false});
        return result;
    }

private:
    using Row = std::vector<Literal>;  // the primary key, then other columns that foreign keys refer to
    struct ModelRows {
        const ModelMeta* meta;
        std::vector<Row> rows;
        std::set<Literal> keys;
    };
    struct Found {
        const ModelMeta* meta;
        std::vector<Row> rows;
    };
    struct Update {
        Query query;
        Assignment assignment;
    };
    struct Restricted {
        const ModelMeta* target;
        const Field* field;
        std::vector<Literal> keys;
    };

    static std::vector<const Field*> references(const ModelMeta& meta) {
        std::vector<const Field*> found;
        if (!meta.registry) return found;
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (relation.field->is_foreign_key()) found.push_back(relation.field);
        }
        return found;
    }

    static std::vector<const Field*> key_fields(const ModelMeta& meta) {
        std::vector<const Field*> fields{&meta.pk()};
        for (const Field* reference : references(meta)) {
            const Field* target = &reference->target_field();
            if (std::find(fields.begin(), fields.end(), target) == fields.end()) fields.push_back(target);
        }
        return fields;
    }

    static bool can_fast_delete(const ModelMeta& meta, const Field* from) {
        if (from && from->relation.on_delete != CASCADE) return false;
        for (const Field* reference : references(meta)) {
            if (reference->relation.on_delete != DO_NOTHING) return false;
        }
        return true;
    }

    std::vector<Row> read(const Query& query) {
        const std::vector<const Field*> fields = key_fields(query.meta());
        const Ref<Instance> holder = Instance::create(query.meta());
        std::vector<Name> names;
        for (const Field* field : fields) names.push_back(Name::borrow(field->attname));
        std::vector<Row> rows;
        query.order_by({}).select_related({}).values(names).each([&](std::span<const Cell> cells) {
            Row& row = rows.emplace_back();
            for (std::size_t i = 0; i < fields.size(); ++i) {
                fields[i]->ops->decode(fields[i]->member(holder->object()), cells[i]);
                row.push_back(fields[i]->get(holder->object()));
            }
        });
        return rows;
    }

    ModelRows& rows_of(const ModelMeta& meta) {
        for (ModelRows& entry : data_) {
            if (entry.meta == &meta) return entry;
        }
        return data_.emplace_back(ModelRows{&meta, {}, {}});
    }

    // Depth first, but with a list of what is still to do: rows may refer to each other in chains of any length, and
    // the stack of a fiber is small.
    void collect_found() {
        while (!found_.empty()) {
            Found next = std::move(found_.back());
            found_.pop_back();
            const auto before = static_cast<std::ptrdiff_t>(found_.size());
            collect_rows(*next.meta, std::move(next.rows));
            std::reverse(found_.begin() + before, found_.end());  // the first one found is the next
        }
    }

    void collect_rows(const ModelMeta& meta, std::vector<Row> rows) {
        std::vector<Row> fresh;
        ModelRows& known = rows_of(meta);
        for (Row& row : rows) {
            if (!known.keys.insert(row[0]).second) continue;
            known.rows.push_back(row);
            fresh.push_back(std::move(row));
        }
        if (fresh.empty()) return;
        const std::vector<const Field*> fields = key_fields(meta);
        std::vector<std::string> protectors;
        for (const Field* reference : references(meta)) {
            if (reference->relation.on_delete == DO_NOTHING) continue;
            const auto column = static_cast<std::size_t>(
                std::find(fields.begin(), fields.end(), &reference->target_field()) - fields.begin());
            follow(meta, *reference, fresh, column, protectors);
        }
        if (protectors.empty()) return;
        throw ProtectedError("Cannot delete some instances of model '" + meta.object_name +
                             "' because they are referenced through protected foreign keys: " + joined(protectors) +
                             ".");
    }

    void follow(const ModelMeta& meta, const Field& reference, const std::vector<Row>& rows, std::size_t column,
                std::vector<std::string>& protectors) {
        const std::size_t most = db::connection(database_).features().max_query_params;
        const std::size_t batch = most > 10 ? most - 5 : most;
        for (std::size_t at = 0; at < rows.size(); at += batch) {
            std::vector<Literal> keys;
            for (std::size_t i = at; i < std::min(rows.size(), at + batch); ++i) keys.push_back(rows[i][column]);
            const Query children = Query(*reference.model)
                                       .using_(database_)
                                       .filter(QNode(Name(reference.attname + "__in"), Literal(std::move(keys))));
            switch (reference.relation.on_delete) {
                case CASCADE:
                    if (can_fast_delete(*reference.model, &reference))
                        fast_.push_back(children);
                    else
                        found_.push_back({reference.model, read(children)});
                    break;
                case PROTECT:
                    if (children.exists()) protectors.push_back(name_of(reference));
                    break;
                case RESTRICT: {
                    std::vector<Literal> found;
                    for (Row& row : read(children)) found.push_back(std::move(row[0]));
                    if (!found.empty()) restricted_.push_back({&meta, &reference, std::move(found)});
                    break;
                }
                case SET_NULL: updates_.push_back({children, Assignment(Name(reference.attname), Literal())}); break;
                case SET_DEFAULT:
                    updates_.push_back({children, Assignment(Name(reference.attname), reference.default_call
                                                                                          ? reference.default_call()
                                                                                          : reference.default_value)});
                    break;
                case DO_NOTHING: break;
            }
        }
    }

    // Whether some of the rows that refer to deleted ones would stay.
    bool leaves_rows(const Restricted& entry) {
        const ModelMeta& meta = *entry.field->model;
        std::set<Literal> kept(entry.keys.begin(), entry.keys.end());
        for (const Literal& key : rows_of(meta).keys) kept.erase(key);
        for (const Query& query : fast_) {
            if (kept.empty()) break;
            if (&query.meta() != &meta) continue;
            for (const Row& row : read(query)) kept.erase(row[0]);
        }
        return !kept.empty();
    }

    // RESTRICT allows what is deleted anyway along another way.
    void refuse_restricted() {
        std::vector<std::string> names;
        const ModelMeta* model = nullptr;
        for (const Restricted& entry : restricted_) {
            if (!leaves_rows(entry)) continue;
            model = entry.target;
            names.push_back(name_of(*entry.field));
        }
        std::erase_if(data_, [](const ModelRows& entry) { return entry.rows.empty(); });
        if (!model) return;
        throw RestrictedError("Cannot delete some instances of model '" + model->object_name +
                              "' because they are referenced through restricted foreign keys: " + joined(names) + ".");
    }

    static std::string name_of(const Field& field) { return "'" + field.model->object_name + "." + field.name + "'"; }
    static std::string joined(std::vector<std::string>& names) {
        names.erase(std::unique(names.begin(), names.end()), names.end());
        std::string text;
        for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
        return text;
    }

    void delete_rows(Deleted& result, const ModelRows& model) {
        const std::size_t most = db::connection(database_).features().max_query_params;
        for (std::size_t at = 0; at < model.rows.size(); at += most) {
            std::vector<Literal> keys;
            for (std::size_t i = at; i < std::min(model.rows.size(), at + most); ++i) keys.push_back(model.rows[i][0]);
            count(result, *model.meta,
                  Query(*model.meta)
                      .using_(database_)
                      .filter(QNode(Name::borrow("pk__in"), Literal(std::move(keys))))
                      .raw_delete());
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
    std::vector<Found> found_;  // the last one is the next to follow
    std::vector<Query> fast_;
    std::vector<Update> updates_;
    std::vector<Restricted> restricted_;
    std::vector<ModelRows> data_;
};

}  // namespace

Deleted Query::delete_() const {
    if (is_sliced()) throw TypeError("Cannot use 'limit' or 'offset' with delete().");
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::values)
            throw TypeError("Cannot call delete() after .values() or .values_list()");
        if (step->kind == steps::Kind::distinct) throw TypeError("Cannot call delete() after .distinct().");
    }
    Collector collector(database());
    collector.collect(*this);
    return collector.run();
}

Deleted delete_object(const ModelMeta& meta, void* object, std::string_view database) {
    if (has_no_key(meta, object))
        throw ValueError(meta.object_name + " object can't be deleted because its " + meta.pk().attname +
                         " attribute is set to None.");
    Collector collector(database_or_default(database));
    collector.collect_object(meta, object);
    Deleted result = collector.run();
    meta.pk().set(object, Literal());
    return result;
}

}  // namespace nuages::db::models
