// INSERT: the rows of save() and bulk_create().
//
// Where the values of a model's columns are plain (no expressions, no defaults of the database, nothing rewritten on
// its way), the text and the list of columns are the same each time: a thread makes them once and keeps them.
#include <nuages/db/models/detail/compiled_queries.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/field_type.hpp>

#include <algorithm>
#include <unordered_map>

namespace nuages::db::models {

namespace {

struct InsertPlan : RefCounted {
    Insertion insertion;
    std::string head;              // INSERT INTO t (a, b) VALUES
    std::string one_row;           // "(?, ?)", where placeholders have no numbers
    std::string tail;              // RETURNING, maybe empty
    std::string sql;               // head, one row, tail
    std::size_t returning_at = 0;  // of sql
    bool returns_key_only = false;
};

constexpr std::size_t kPlansMax = 1024;  // per thread; when they are more, all are forgotten
constexpr std::size_t kParamsInPlace = 32;

bool is_plain(const Field& field) {
    if (field.kind == FieldKind::ip_address || (field.type && field.type->get_prep_value)) return false;
    return !(field.ops->is_unset && field.db_default);
}

/// The one generated key of the table: what a database may tell without RETURNING.
bool is_key_only(const ModelMeta& meta, const std::vector<const Field*>& returning) {
    return returning.size() == 1 && returning[0]->is_auto() && meta.pk_columns().size() == 1 &&
           returning[0] == meta.pk_columns()[0];
}

void write_head(SqlWriter& out, const ModelMeta& meta, const std::vector<const Field*>& columns, std::string_view before) {
    out << "INSERT " << before << (before.empty() ? "INTO " : " INTO ");
    out.name(meta.db_table);
    if (columns.empty()) {
        out << ' ' << out.operations().insert_defaults();
        return;
    }
    out << " (";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i) out << ", ";
        out.name(columns[i]->column);
    }
    out << ") VALUES ";
}

void write_placeholders(std::string& out, const Operations& operations, std::size_t columns, std::size_t first) {
    out += '(';
    for (std::size_t i = 0; i < columns; ++i) {
        if (i) out += ", ";
        operations.placeholder(out, first + i);
    }
    out += ')';
}

Ref<const InsertPlan> make_plan(const Connection& connection, const ModelMeta& meta, bool no_key) {
    auto plan = make_ref<InsertPlan>();
    plan->insertion = insertion_of(meta, {}, no_key);
    const std::vector<const Field*>& columns = plan->insertion.columns;
    if (columns.empty() || !std::all_of(columns.begin(), columns.end(), [](const Field* field) { return is_plain(*field); }))
        return {};
    if (!plan->insertion.returning.empty() && !connection.features().can_return_rows_from_bulk_insert) return {};
    SqlWriter out(connection);
    write_head(out, meta, columns, {});
    plan->head = out.text();
    write_placeholders(plan->one_row, out.operations(), columns.size(), 1);
    out << plan->one_row;
    plan->returning_at = out.text().size();
    if (!plan->insertion.returning.empty()) write_returning(out, meta, plan->insertion.returning);
    plan->tail = out.text().substr(plan->returning_at);
    plan->sql = out.text();
    plan->returns_key_only = is_key_only(meta, plan->insertion.returning);
    return plan;
}

struct PlanKey {
    const ModelMeta* meta;
    const Operations* operations;
    const Features* features;
    bool no_key;
    bool operator==(const PlanKey&) const = default;
};
struct PlanHash {
    std::size_t operator()(const PlanKey& key) const {
        const auto bits = [](const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) >> 4; };
        return (bits(key.meta) * 31 + bits(key.operations)) * 31 + bits(key.features) + key.no_key;
    }
};

/// None where what the objects say decides.
Ref<const InsertPlan> insert_plan(const Connection& connection, const ModelMeta& meta, bool no_key) {
    if (meta.is_record()) return {};
    struct Plans {
        std::uint64_t made_for = 0;
        std::unordered_map<PlanKey, Ref<const InsertPlan>, PlanHash> all;
    };
    thread_local Plans plans;
    const std::uint64_t now = compiled_generation();
    if (plans.made_for != now || plans.all.size() > kPlansMax) {
        plans.all.clear();
        plans.made_for = now;
    }
    const PlanKey key{&meta, &connection.operations(), &connection.features(), no_key};
    const auto found = plans.all.find(key);
    if (found != plans.all.end()) return found->second;
    return plans.all.emplace(key, make_plan(connection, meta, no_key)).first->second;
}

void decode_returned(const std::vector<const Field*>& returning, void* object, std::span<const Cell> cells) {
    for (std::size_t i = 0; i < returning.size(); ++i) returning[i]->ops->decode(returning[i]->member(object), cells[i]);
}

/// Sends the INSERT, and sets what it returns in the objects.
void send(const Connection& connection, std::string_view sql, std::size_t returning_at, bool key_only,
          std::span<const Param> params, std::span<void* const> objects, const std::vector<const Field*>& returning) {
    std::size_t row = 0;
    const auto set_row = [&](std::span<const Cell> cells) {
        if (row < objects.size()) decode_returned(returning, objects[row++], cells);
    };
    if (key_only)
        connection.insert(sql, returning_at, params, set_row);
    else
        connection.execute(sql, params, set_row);
}

// Rows of values that are bound as they are.
void insert_plain(const Connection& connection, const InsertPlan& plan, std::span<void* const> objects) {
    const std::vector<const Field*>& columns = plan.insertion.columns;
    const auto bind_row = [&](const void* object, Param* to) {
        for (const Field* field : columns) field->ops->bind(field->member(object), *to++);
    };
    if (objects.size() == 1 && columns.size() <= kParamsInPlace) {
        Param params[kParamsInPlace];
        bind_row(objects[0], params);
        return send(connection, plan.sql, plan.returning_at, plan.returns_key_only, {params, columns.size()}, objects,
                    plan.insertion.returning);
    }
    std::vector<Param> params(objects.size() * columns.size());
    const bool numbered = connection.features().has_numbered_placeholders;
    std::string sql;
    sql.reserve(plan.head.size() + objects.size() * (plan.one_row.size() + 2 + (numbered ? 4 * columns.size() : 0)) +
                plan.tail.size());
    sql = plan.head;
    for (std::size_t row = 0; row < objects.size(); ++row) {
        if (row) sql += ", ";
        if (numbered)
            write_placeholders(sql, connection.operations(), columns.size(), row * columns.size() + 1);
        else
            sql += plan.one_row;
        bind_row(objects[row], params.data() + row * columns.size());
    }
    const std::size_t returning_at = sql.size();
    sql += plan.tail;
    send(connection, sql, returning_at, plan.returns_key_only, params, objects, plan.insertion.returning);
}

void write_conflicts(SqlWriter& out, const ModelMeta& meta, const BulkCreateOptions& conflicts) {
    out << " ON CONFLICT(";
    bool first = true;
    for (const Name& name : conflicts.unique_fields) {
        const Field& field = meta.field(name);
        std::vector<const Field*> columns{&field};
        if (field.is_composite()) columns = meta.pk_columns();
        for (const Field* column : columns) {
            if (!first) out << ", ";
            first = false;
            out.name(column->column);
        }
    }
    out << ") DO UPDATE SET ";
    for (std::size_t i = 0; i < conflicts.update_fields.size(); ++i) {
        if (i) out << ", ";
        const std::string& column = meta.field(conflicts.update_fields[i]).column;
        out.name(column);
        out << " = EXCLUDED.";
        out.name(column);
    }
}

// The long way: what each object says decides.
void insert_written(const Connection& connection, const ModelMeta& meta, std::span<void* const> objects,
                    const std::vector<const Field*>& columns, const std::vector<const Field*>& returning,
                    const BulkCreateOptions* conflicts) {
    SqlWriter out(connection);
    Select scope(meta, nullptr);
    scope.base();
    out.scope = &scope;
    const bool ignore = conflicts && conflicts->ignore_conflicts;
    const LookupOperator skip = ignore ? connection.operations().ignore_conflicts() : LookupOperator{};
    write_head(out, meta, columns, skip.before);
    for (std::size_t row = 0; !columns.empty() && row < objects.size(); ++row) {
        out << (row ? ", (" : "(");
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i) out << ", ";
            write_value(out, *columns[i], objects[row], scope, true);
        }
        out << ')';
    }
    if (ignore && !skip.after.empty()) out << ' ' << skip.after;
    const bool upsert = conflicts && conflicts->update_conflicts;
    if (upsert) write_conflicts(out, meta, *conflicts);
    if (returning.empty() || ignore) {
        connection.execute(out.text(), out.params());
        return;
    }
    if (objects.size() == 1 ? connection.features().can_return_columns_from_insert
                            : connection.features().can_return_rows_from_bulk_insert) {
        const std::size_t returning_at = out.text().size();
        write_returning(out, meta, returning);
        // A row that was there is updated, not inserted: only RETURNING has its key.
        return send(connection, out.text(), returning_at, !upsert && is_key_only(meta, returning), out.params(), objects,
                    returning);
    }
    const ExecuteResult result = connection.execute(out.text(), out.params());
    const Field& pk = meta.pk();
    if (objects.size() == 1 && pk.is_auto())
        pk.ops->decode(pk.member(objects[0]), Cell::from_integer(result.last_insert_id));
}

}  // namespace

Insertion insertion_of(const ModelMeta& meta, std::span<void* const> objects, bool no_key) {
    Insertion made;
    for (const Field* field : meta.columns()) {
        if (field->is_generated() || (no_key && field->is_auto())) {
            made.returning.push_back(field);
            continue;
        }
        made.columns.push_back(field);
        if (std::any_of(objects.begin(), objects.end(), [&](void* object) { return holds_expression(*field, object); }))
            made.returning.push_back(field);
    }
    return made;
}

void insert_row(const Connection& connection, const ModelMeta& meta, void* object, bool no_key) {
    void* const objects[] = {object};
    if (const Ref<const InsertPlan> plan = insert_plan(connection, meta, no_key))
        return insert_plain(connection, *plan, objects);
    const Insertion insertion = insertion_of(meta, objects, no_key);
    insert_written(connection, meta, objects, insertion.columns, insertion.returning, nullptr);
}

void insert_rows(const Connection& connection, const ModelMeta& meta, std::span<void* const> objects, bool no_key,
                 const Insertion& insertion, const BulkCreateOptions& options) {
    const bool conflicts = options.ignore_conflicts || options.update_conflicts;
    if (!conflicts) {
        if (const Ref<const InsertPlan> plan = insert_plan(connection, meta, no_key))
            return insert_plain(connection, *plan, objects);
    }
    const bool upsert_keyed = options.update_conflicts && !no_key;
    insert_written(connection, meta, objects, insertion.columns, upsert_keyed ? meta.pk_columns() : insertion.returning,
                   &options);
}

}  // namespace nuages::db::models
