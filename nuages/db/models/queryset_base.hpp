// QuerySetBase: what querysets of all models share, and so is compiled once: the query, the rows it has fetched, changes.
//
// Also the parts of typed queries that need no types (namespace detail): queryset.cpp.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/models/row_list.hpp>
#include <nuages/db/models/row_stream.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/values.hpp>

#include <exception>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace nuages {
class Value;
struct ObjectType;
}  // namespace nuages

namespace nuages::db::models {

/// What rows are where they are more than their model: a Row with annotations.
struct RowKind {
    const ModelOps* ops;
    ExtraColumns (*columns)();
    const ObjectType* type;
};

namespace detail {

/// Throws a model's own exception with this message.
using Thrower = void (*)(const std::string& message);
/// get() found none or several.
void throw_not_one(const ModelMeta& meta, std::size_t count, Thrower missing, Thrower several);
template <class E> void throw_as(const std::string& message) { throw E(message); }

/// Keywords of get_or_create(): those that find the object, and those that only fill a new one.
struct Keywords {
    std::vector<QNode> conditions, values, create_values;
    bool has_create_values = false;
};

QNode conjunction(std::initializer_list<const QNode*> conditions);
Query annotated(const Query& query, std::initializer_list<const QNode*> aliases);
Query aliased(const Query& query, std::initializer_list<const QNode*> aliases);
Query prefetched(const Query& query, std::string_view path, const Query& rows, std::string_view to_attr = {});
/// A column of values_list(): a name, or an expression that gets an alias.
struct Selected {
    Name name;
    Expr expression;
};
/// The first row, by the key where there is no order. TypeError for groups without one: any of them could be the first.
Query first_row(const Query& query);
Query last_row(const Query& query);
std::vector<Name> with_columns(Query& query, std::initializer_list<Selected> columns);
Query ordered(const Query& query, std::initializer_list<std::string_view> names);
/// By the name `before` (which may be empty), the expression and the names behind it.
Query ordered(const Query& query, std::string_view before, const OrderBy* expression, std::initializer_list<std::string_view> names);
/// As many rows as get() reads to say how many there are.
Query limited(const Query& query);
std::vector<Name> names(std::initializer_list<std::string_view> texts);
void fetch_aggregates(const Query& query, std::initializer_list<const QNode*> aliases, void* result,
                      ExtraColumns columns);
/// What DoesNotExist and MultipleObjectsReturned say.
std::string missing_text(const ModelMeta& meta);
std::string several_text(const ModelMeta& meta, std::size_t found);
[[noreturn]] void throw_index_error();
/// The columns that a query reads, without the key: what save() of its objects writes.
struct ReadColumns : RefCounted {
    std::vector<Name> names;
};
Ref<ReadColumns> read_columns(const Query& query);
const ModelOps& ops_of(const ModelMeta& meta);

}  // namespace detail

/// Options of explain(); which of them a database knows is its own affair: SQLite none, PostgreSQL all.
struct ExplainOptions {
    std::string_view format = {};  ///< "json", "text", "xml", "yaml"
    Tristate analyze = {}, buffers = {}, costs = {}, generic_plan = {}, memory = {}, serialize = {}, settings = {}, summary = {},
             timing = {}, verbose = {}, wal = {};
};

class QuerySetBase : public QuerySetTag {
public:
    using value_keeps_itself = void;  // values of templates share query and rows, not the queryset

    /// The run-time query.
    const Query& query() const { return query_; }
    /// By order_by() or Meta.ordering; groups take no order from Meta.
    bool ordered() const { return query_.ordered_rows(); }
    /// Whether the order leaves no two rows equal: it has a unique column.
    bool totally_ordered() const { return query_.totally_ordered(); }
    /// The alias of the database that it asks.
    std::string_view db() const;

    /// The number of rows, fetched: len(queryset).
    std::size_t size() const;
    bool empty() const { return !exists(); }
    /// The number of rows: SELECT COUNT(*), unless they are here.
    std::int64_t count() const;
    bool exists() const;
    /// How the database would run the query, as it prints it: formats and options are the vendor's.
    std::string explain(std::string_view format = {}) const;
    std::string explain(const ExplainOptions& options) const;

    /// Deletes the rows and what hangs on them.
    Deleted delete_() const;

    /// The rows, fetched by now.
    RowList& results() const;
    bool is_fetched() const { return rows_ && rows_->complete; }
    /// The list that holds the rows, or will: values of templates fill it for the queryset too.
    const Ref<RowList>& shared_rows() const;
    /// False for a manager, which several threads may share: iterate its all().
    bool keeps_rows() const { return keeps_.rows; }
    /// How the rows are more than their model; null: they are not.
    const RowKind* kind() const { return kind_; }

protected:
    QuerySetBase(Query query, const RowKind* kind) : query_(std::move(query)), kind_(kind) {}
    constexpr QuerySetBase(const ModelMeta& (*meta)(), const RowKind* kind, bool keeps)
        : query_(meta), kind_(kind), keeps_(keeps) {}
    QuerySetBase(Query query, const RowKind* kind, bool keeps) : query_(std::move(query)), kind_(kind), keeps_(keeps) {}
    QuerySetBase(Query query, const RowKind* kind, ObjectList* rows);

    ExtraColumns columns() const {
        if (kind_) return kind_->columns();
        return {};
    }
    Ref<RowList> fetched(const Query& query) const;
    /// The one row that matches these conditions too. `missing` and `several` throw the model's exceptions.
    Ref<RowList> one(std::initializer_list<const QNode*> conditions, detail::Thrower missing,
                     detail::Thrower several) const;
    /// The same straight into `object`, made to be decoded into, where the SQL is known from earlier; false where it is not.
    bool get_known(std::initializer_list<const QNode*> conditions, void* object, detail::Thrower missing,
                   detail::Thrower several) const;
    /// The first or last row, in a list that is empty where there is none.
    Ref<RowList> first_or_last(bool last) const;
    Ref<RowList> latest_row(std::initializer_list<std::string_view> names, bool earliest, detail::Thrower missing) const;
    Ref<RowList> row_at(std::size_t index) const;
    std::int64_t update_rows(const std::vector<Assignment>& assignments) const;
    Query with_keys(std::vector<Literal> keys) const;
    /// The rows whose `field` is among these values.
    Query matching(std::string_view field, std::vector<Literal> values) const;

    /// get_or_create(): the row that is there, in a list; null where there is none. With LOCK it is kept from others until
    /// the transaction ends, where the database can (SELECT ... FOR UPDATE).
    Ref<RowList> find(const detail::Keywords& keywords, detail::Thrower several, bool lock = false) const;
    /// Runs BODY in a transaction on the database that changes go to.
    void atomically(FunctionRef<void()> body) const;
    /// Saves the new `object` with these values. Null, unless another process was faster: then its row, locked as find() does.
    Ref<RowList> insert_or_find(void* object, const detail::Keywords& keywords, detail::Thrower several,
                                bool lock = false) const;
    /// update_or_create(): sets the values of the object that was found, and saves it.
    void update_found(void* object, const detail::Keywords& keywords) const;

    /// The rows of a statement of one's own. `translations`: a column and its field in turn.
    Ref<RowList> fetched_raw(std::string_view sql, std::vector<Literal> parameters,
                             const std::vector<std::string>& translations) const;
    /// The same with values by name.
    Ref<RowList> fetched_raw(std::string_view sql, std::initializer_list<const QNode*> parameters) const;
    /// The rows a chunk at a time, without what prefetch_related() says.
    Ref<RowStream> streamed(std::size_t chunk) const;
    /// What prefetch_related() says, for some of the rows.
    void prefetch_chunk(RowList& rows, std::size_t from, std::size_t count) const;

    SaveOptions inserting() const;
    void bulk_create_all(void* objects, std::size_t count, BulkCreateOptions options) const;
    std::int64_t bulk_update_all(void* objects, std::size_t count, std::vector<Name> fields, std::int64_t batch_size) const;

private:
    /// The rows are out of date; iterators over them still have them.
    void forget() const;

    Query query_;
    const RowKind* kind_ = nullptr;
    mutable Ref<RowList> rows_;
    // False in a manager; its copies that are querysets keep rows again.
    struct Keeps {
        bool rows = true;
        constexpr Keeps() = default;
        constexpr explicit Keeps(bool keeps) : rows(keeps) {}
        constexpr Keeps(const Keeps&) {}
        constexpr Keeps& operator=(const Keeps&) { return *this; }
    } keeps_;
};

/// The rows, fetched when they are looked at, once for the queryset and all its values; those of a manager each time.
nuages::Value to_value(const QuerySetBase& rows);

}  // namespace nuages::db::models
