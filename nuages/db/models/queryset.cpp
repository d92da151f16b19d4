#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/grouping.hpp>
#include <nuages/db/models/detail/compiled_queries.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/keyed_rows.hpp>
#include <nuages/db/models/prefetch.hpp>
#include <nuages/db/models/raw.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/queryset_base.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace detail {

QNode conjunction(std::initializer_list<const QNode*> conditions) {
    if (conditions.size() == 1) return **conditions.begin();
    QNode all;
    all.children.reserve(conditions.size());
    for (const QNode* condition : conditions) all.children.push_back(*condition);
    return all;
}

Query annotated(const Query& query, std::initializer_list<const QNode*> aliases) {
    Query longer = query;
    for (const QNode* alias : aliases)
        longer = longer.annotate(alias->path, alias->expression ? alias->expression : expr::value(alias->value));
    return longer;
}

std::vector<Name> with_columns(Query& query, std::initializer_list<Selected> columns) {
    std::vector<Name> names;
    for (const Selected& column : columns) {
        if (!column.expression) {
            names.push_back(column.name);
            continue;
        }
        Name alias("expression" + std::to_string(names.size() + 1));
        query = query.annotate(alias, column.expression);
        names.push_back(std::move(alias));
    }
    return names;
}

Query aliased(const Query& query, std::initializer_list<const QNode*> aliases) {
    Query longer = query;
    for (const QNode* alias : aliases)
        longer = longer.alias(alias->path, alias->expression ? alias->expression : expr::value(alias->value));
    return longer;
}

Query prefetched(const Query& query, std::string_view path, const Query& rows, std::string_view to_attr) {
    return query.prefetch_lookups({Prefetch{Name::borrow(path), rows, std::string(to_attr)}});
}

Query ordered(const Query& query, std::initializer_list<std::string_view> names) { return ordered(query, {}, nullptr, names); }

Query ordered(const Query& query, std::string_view before, const OrderBy* expression, std::initializer_list<std::string_view> names) {
    std::vector<OrderBy> ordering;
    if (!before.empty()) ordering.emplace_back(Name::borrow(before));
    if (expression) ordering.push_back(*expression);
    for (std::string_view name : names) {
        if (!name.empty()) ordering.emplace_back(Name::borrow(name));
    }
    return query.order_by(std::move(ordering));
}

std::vector<Name> names(std::initializer_list<std::string_view> texts) {
    std::vector<Name> list;
    for (std::string_view text : texts) {
        if (!text.empty()) list.push_back(Name::borrow(text));
    }
    return list;
}

void fetch_aggregates(const Query& query, std::initializer_list<const QNode*> aliases, void* result,
                      ExtraColumns columns) {
    std::vector<Assignment> aggregates;
    for (const QNode* alias : aliases) aggregates.emplace_back(alias->path, alias->expression);
    query.aggregate(aggregates, [&](std::span<const Cell> row, const std::vector<OutputType>& types) {
        check_columns(row.size(), columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            void* const member = static_cast<char*>(result) + columns[i].offset;
            if (columns[i].decode_as)
                columns[i].decode_as(member, row[i], types[i]);
            else
                columns[i].decode(member, row[i]);
        }
    });
}

namespace {
struct PositionList : RefCounted {
    std::vector<std::size_t> list;
};
}  // namespace

Positions::Positions(std::size_t count, FunctionRef<bool(std::size_t, std::size_t)> less) : size_(count) {
    const auto owner = make_ref<PositionList>();
    for (std::size_t i = 0; i < count; ++i) owner->list.push_back(i);
    std::stable_sort(owner->list.begin(), owner->list.end(), [&](std::size_t a, std::size_t b) { return less(a, b); });
    first_ = owner->list.data();
    owner_ = owner;
}

const Field& field_called(const ModelMeta& meta, std::string_view name) { return meta.field(name); }

const void* owner_of(const void* member, const Field& field) {
    return static_cast<const char*>(member) - field.offset;
}

void point_to(const ModelMeta& meta, std::vector<Literal> keys, std::string_view via, Literal key,
              std::string_view database) {
    Query(meta)
        .using_(database)
        .filter(QNode(Name::borrow("pk__in"), Literal(std::move(keys))))
        .update({Assignment(Name::borrow(via), std::move(key))});
}

void set_related(const ModelMeta& meta, const Query& related, std::vector<Literal> keys, std::string_view via, Literal key,
                 std::string_view database) {
    const Literal wanted(keys);
    const Query others = keys.empty() ? related : related.exclude(QNode(Name::borrow("pk__in"), wanted));
    const Field& field = meta.field(via);
    if (field.null)
        others.update({Assignment(Name::borrow(via), Literal())});
    else if (others.exists())
        throw ValueError("The '" + field.name + "' of " + meta.object_name +
                         " may not be null: objects that are not in the new set have to be deleted, or given another one.");
    point_to(meta, std::move(keys), via, std::move(key), database);
}

void refuse_unsaved(const ModelMeta& meta, const void* object, bool between_many) {
    if (!has_no_key(meta, object)) return;
    const std::string shown = "<" + meta.object_name + ": " + meta.ops->str(meta, object) + ">";
    if (!between_many) throw ValueError(shown + " instance isn't saved. Use bulk=False or save the object first.");
    throw ValueError("Cannot add \"" + shown + "\": instance is on database \"default\", value is on database \"None\"");
}

std::string no_reverse_text(const Field& reverse) { return reverse.model->object_name + " has no " + reverse.name + "."; }

const ModelOps& ops_of(const ModelMeta& meta) { return *meta.ops; }

std::string missing_text(const ModelMeta& meta) { return meta.object_name + " matching query does not exist."; }

std::string several_text(const ModelMeta& meta, std::size_t found) {
    return "get() returned more than one " + meta.object_name + " -- it returned " +
           (found < static_cast<std::size_t>(kGetRowsMax) ? std::to_string(found) : "more than 20") + "!";
}

void throw_index_error() { throw IndexError("list index out of range"); }

namespace {

/// Sets fields from keywords; those with a lookup behind the name are conditions only. Returns the assignments of
/// expressions: only an UPDATE can compute them.
std::vector<Assignment> set_fields(const ModelMeta& meta, void* object, const std::vector<QNode>& keywords) {
    std::vector<Assignment> computed;
    for (const QNode& keyword : keywords) {
        const std::string_view path = keyword.path.view();
        if (path.find("__") != path.npos || keyword.op != QNode::Op::leaf) continue;
        const Field* field = meta.find(path);
        if (!field) continue;
        if (keyword.expression)
            computed.emplace_back(keyword.path, keyword.expression);
        else
            field->set(object, keyword.value);
    }
    return computed;
}

void set_new_fields(const ModelMeta& meta, void* object, const std::vector<QNode>& keywords) {
    const std::vector<Assignment> computed = set_fields(meta, object, keywords);
    if (computed.empty()) return;
    throw ValueError("A new " + meta.object_name + " cannot be made with an expression as its '" +
                     std::string(computed.front().name.view()) + "': there is no row yet to compute it from.");
}

/// Runs `insert` in a savepoint; the IntegrityError it ended with, or null.
std::exception_ptr try_insert(const Query& query, FunctionRef<void()> insert) {
    try {
        AtomicOptions options;
        options.using_ = write_database(query);
        run_atomic(insert, options);
        return nullptr;
    } catch (const IntegrityError&) {
        return std::current_exception();
    }
}

Query by_key(const Query& query) { return query.ordered() ? query : query.order_by({OrderBy(Name::borrow("pk"))}); }

}  // namespace

Query limited(const Query& query) {
    if (query.is_sliced()) return query;
    return query.ordered() ? query.unordered().slice(0, kGetRowsMax) : query.slice(0, kGetRowsMax);
}

Query first_row(const Query& query) {
    if (!query.ordered() && groups_without_key(query))
        throw TypeError("Cannot use QuerySet.first() on an unordered queryset performing aggregation. Add an ordering with order_by().");
    return by_key(query).slice(0, 1);
}
Query last_row(const Query& query) { return by_key(query).reverse().slice(0, 1); }

Ref<ReadColumns> read_columns(const Query& query) {
    Select select(query.meta(), nullptr);
    select.build(query);
    auto columns = make_ref<ReadColumns>();
    for (const Field* field : select.loaded()) {
        if (!query.meta().is_pk_column(*field)) columns->names.push_back(Name(field->name));
    }
    return columns;
}

}  // namespace detail

QuerySetBase::QuerySetBase(Query query, const RowKind* kind, ObjectList* rows)
    : query_(std::move(query)), kind_(kind), rows_(static_cast<RowList*>(rows)) {
    rows_->complete = true;
}

std::size_t QuerySetBase::size() const {
    return keeps_.rows ? results().size() : static_cast<std::size_t>(query_.count());
}

std::int64_t QuerySetBase::count() const {
    return is_fetched() ? static_cast<std::int64_t>(rows_->size()) : query_.count();
}

bool QuerySetBase::exists() const { return is_fetched() ? rows_->size() > 0 : query_.exists(); }

std::string QuerySetBase::explain(std::string_view format) const { return query_.explain(format); }
std::string QuerySetBase::explain(const ExplainOptions& options) const {
    const std::pair<std::string_view, Tristate> all[] = {
        {"analyze", options.analyze}, {"buffers", options.buffers},     {"costs", options.costs},       {"generic_plan", options.generic_plan},
        {"memory", options.memory},   {"serialize", options.serialize}, {"settings", options.settings}, {"summary", options.summary},
        {"timing", options.timing},   {"verbose", options.verbose},     {"wal", options.wal}};
    std::vector<std::pair<std::string, std::string>> given;
    for (const auto& [name, value] : all) {
        if (value.given) given.emplace_back(name, value.value ? "true" : "false");
    }
    return query_.explain(options.format, given);
}
std::string_view QuerySetBase::db() const {
    return query_.database().empty() ? db_for_read(query_.meta()) : query_.database();
}

namespace {
void require_plain(const Query& query, std::string_view method) {
    if (query.is_combined())
        throw NotSupportedError("Calling QuerySet." + std::string(method) + "() after union() is not supported.");
}
}  // namespace

Deleted QuerySetBase::delete_() const {
    require_plain(query_, "delete");
    forget();
    return query_.delete_();
}

RowList& QuerySetBase::results() const {
    while (!is_fetched()) {  // once, unless another fiber's update() comes between
        const Ref<RowList> list = shared_rows();
        list->fill(query_, columns());
    }
    return *rows_;
}

const Ref<RowList>& QuerySetBase::shared_rows() const {
    if (!keeps_.rows)
        throw TypeError("The manager of " + query_.meta().object_name + " is not iterable: use all().");
    if (!rows_) rows_ = make_ref<RowList>(query_.meta(), kind_ ? *kind_->ops : *query_.meta().ops);
    return rows_;
}

Ref<RowList> QuerySetBase::fetched(const Query& query) const {
    auto list = make_ref<RowList>(query.meta(), kind_ ? *kind_->ops : *query.meta().ops);
    query.fetch(*list, columns());
    return list;
}

Ref<RowList> QuerySetBase::one(std::initializer_list<const QNode*> conditions, detail::Thrower missing,
                               detail::Thrower several) const {
    const Query& all = query_;
    Ref<RowList> rows =
        fetched(detail::limited(conditions.size() ? all.filter(detail::conjunction(conditions)) : all));
    if (rows->size() == 0) missing(query_.meta().object_name + " matching query does not exist.");
    if (rows->size() > 1) several(detail::several_text(query_.meta(), rows->size()));
    return rows;
}

namespace detail {

// Kept out of the frame that waits for the row.
[[gnu::noinline]] void throw_not_one(const ModelMeta& meta, std::size_t count, Thrower missing, Thrower several) {
    if (count == 0) missing(missing_text(meta));
    several(several_text(meta, count));
}

}  // namespace detail

bool QuerySetBase::get_known(std::initializer_list<const QNode*> conditions, void* object, detail::Thrower missing,
                             detail::Thrower several) const {
    const auto count = detail::fetch_known_object(query_, conditions, object);
    if (!count) return false;
    if (*count != 1) detail::throw_not_one(query_.meta(), *count, missing, several);
    return true;
}

Ref<RowList> QuerySetBase::first_or_last(bool last) const {
    const Query ordered = detail::by_key(query_);
    return fetched((last ? ordered.reverse() : ordered).slice(0, 1));
}

Ref<RowList> QuerySetBase::latest_row(std::initializer_list<std::string_view> names, bool earliest,
                                       detail::Thrower missing) const {
    if (query_.is_sliced()) throw TypeError("Cannot change a query once a slice has been taken.");
    std::vector<OrderBy> ordering;
    for (std::string_view name : names) {
        if (!name.empty()) ordering.emplace_back(Name::borrow(name));
    }
    if (ordering.empty()) {
        for (const std::string& name : query_.meta().get_latest_by) ordering.emplace_back(Name(name));
    }
    if (ordering.empty())
        throw ValueError("earliest() and latest() require either fields as positional arguments or 'get_latest_by' in "
                         "the model's Meta.");
    const Query ordered = query_.unordered().order_by(std::move(ordering));
    Ref<RowList> row = fetched((earliest ? ordered : ordered.reverse()).slice(0, 1));
    if (row->size() == 0) missing(query_.meta().object_name + " matching query does not exist.");
    return row;
}

Ref<RowList> QuerySetBase::row_at(std::size_t index) const {
    Ref<RowList> row = fetched(query_.slice(static_cast<std::int64_t>(index), 1));
    if (row->size() == 0) detail::throw_index_error();
    return row;
}

std::int64_t QuerySetBase::update_rows(const std::vector<Assignment>& assignments) const {
    require_plain(query_, "update");
    forget();
    return query_.update(assignments);
}

Query QuerySetBase::with_keys(std::vector<Literal> keys) const {
    return query_.filter(QNode(Name::borrow("pk__in"), Literal(std::move(keys))));
}

void QuerySetBase::atomically(FunctionRef<void()> body) const { run_atomic(body, {.using_ = write_database(query_)}); }

Ref<RowList> QuerySetBase::find(const detail::Keywords& keywords, detail::Thrower several, bool lock) const {
    QNode all;
    all.children = keywords.conditions;
    Query rows_there = query_.filter(std::move(all));
    if (lock) rows_there = rows_there.using_(write_database(query_)).select_for_update();
    const Query matching = detail::limited(rows_there);
    auto rows = make_ref<RowList>(query_.meta(), *query_.meta().ops);
    matching.fetch(*rows);
    if (rows->size() > 1) several(detail::several_text(query_.meta(), rows->size()));
    return rows->size() ? rows : Ref<RowList>();
}

Ref<RowList> QuerySetBase::insert_or_find(void* object, const detail::Keywords& keywords, detail::Thrower several,
                                          bool lock) const {
    const ModelMeta& meta = query_.meta();
    detail::set_new_fields(meta, object, keywords.conditions);
    detail::set_new_fields(meta, object, keywords.has_create_values ? keywords.create_values : keywords.values);
    const std::exception_ptr failure =
        detail::try_insert(query_, [&] { meta.ops->save(meta, object, inserting()); });
    if (!failure) return {};
    if (Ref<RowList> found = find(keywords, several, lock)) return found;  // another process was faster
    std::rethrow_exception(failure);
}

SaveOptions QuerySetBase::inserting() const {
    return {.force_insert = true, .update_fields = {}, .using_ = write_database(query_)};
}

void QuerySetBase::update_found(void* object, const detail::Keywords& keywords) const {
    const ModelMeta& meta = query_.meta();
    const std::vector<Assignment> computed = detail::set_fields(meta, object, keywords.values);
    if (computed.size() < keywords.values.size())
        meta.ops->save(meta, object, {.update_fields = {}, .using_ = write_database(query_)});
    if (!computed.empty()) update_object(meta, object, computed, write_database(query_));
}

Query QuerySetBase::matching(std::string_view field, std::vector<Literal> values) const {
    if (values.empty()) return query_.none();
    return query_.filter(QNode(Name(std::string(field) + "__in"), Literal(std::move(values))));
}

Ref<RowList> QuerySetBase::fetched_raw(std::string_view sql, std::vector<Literal> parameters,
                                       const std::vector<std::string>& translations) const {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t i = 0; i + 1 < translations.size(); i += 2) pairs.emplace_back(translations[i], translations[i + 1]);
    auto list = make_ref<RowList>(query_.meta(), kind_ ? *kind_->ops : *query_.meta().ops);
    raw_rows({std::string(sql), std::move(parameters), {}}, *list, columns(), query_.database(), query_.meta(), pairs);
    return list;
}

Ref<RowList> QuerySetBase::fetched_raw(std::string_view sql, std::initializer_list<const QNode*> parameters) const {
    RawStatement statement{std::string(sql), {}, {}};
    for (const QNode* parameter : parameters) statement.named.emplace_back(std::string(parameter->path.view()), parameter->value);
    auto list = make_ref<RowList>(query_.meta(), kind_ ? *kind_->ops : *query_.meta().ops);
    raw_rows(statement, *list, columns(), query_.database(), query_.meta());
    return list;
}

Ref<RowStream> QuerySetBase::streamed(std::size_t chunk) const {
    return make_ref<RowStream>(query_.prefetch_related({}), kind_ ? *kind_->ops : *query_.meta().ops, columns(), chunk);
}

void QuerySetBase::prefetch_chunk(RowList& rows, std::size_t from, std::size_t count) const {
    /// Some of a list's objects, seen as a list.
    struct Part final : ObjectList {
        RowList& all;
        std::size_t from, count;
        Part(RowList& list, std::size_t at, std::size_t n) : all(list), from(at), count(n) {}
        void* append() override { return nullptr; }
        void append_copy(const void*) override {}
        std::size_t size() const override { return count; }
        void* at(std::size_t index) override { return all.at(from + index); }
    } part(rows, from, std::min(count, rows.size() - from));
    const std::vector<Prefetch> lookups = query_.prefetches();
    if (!lookups.empty()) prefetch(query_.meta(), part, lookups, query_.database());
}

void QuerySetBase::bulk_create_all(void* objects, std::size_t count, BulkCreateOptions options) const {
    const ModelMeta& meta = query_.meta();
    std::vector<void*> pointers;
    pointers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) pointers.push_back(static_cast<char*>(objects) + i * meta.ops->size);
    if (options.using_.empty()) options.using_ = write_database(query_);
    bulk_create(meta, pointers, options);
}

std::int64_t QuerySetBase::bulk_update_all(void* objects, std::size_t count, std::vector<Name> fields,
                                           std::int64_t batch_size) const {
    const ModelMeta& meta = query_.meta();
    std::vector<void*> pointers;
    pointers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) pointers.push_back(static_cast<char*>(objects) + i * meta.ops->size);
    return bulk_update(meta, pointers, fields, batch_size, write_database(query_));
}

void QuerySetBase::forget() const {
    if (rows_) rows_ = {};  // never so in a manager: threads share it, nothing is written
}

}  // namespace nuages::db::models
