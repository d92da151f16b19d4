// QuerySet: the typed face of Query. It checks names and types while compiling and builds the same run-time query.
//
// Lazy as Django's: methods give new querysets, rows are fetched on first use and kept (copies made before that fetch
// for themselves). A Manager is a queryset that never keeps rows: it is shared by all threads.
#pragma once

#include <nuages/base/slice.hpp>
#include <nuages/db/models/all_columns.hpp>
#include <nuages/db/models/conditions.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/keyed_rows.hpp>
#include <nuages/db/models/names.hpp>
#include <nuages/db/models/partial.hpp>
#include <nuages/db/models/queryset_base.hpp>
#include <nuages/db/models/row.hpp>
#include <nuages/db/models/row_iterator.hpp>
#include <nuages/db/models/row_range.hpp>
#include <nuages/db/models/values_list.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Base of own query methods: `self()` is the queryset they are called on, without rows that it may have fetched.
template <class Self> struct QuerySetMethods {
protected:
    Self self() const { return static_cast<const Self&>(*this).all(); }
};
/// The methods of a model that has none of its own.
template <class Self> struct PlainQuerySet : QuerySetMethods<Self> {};

/// Values for a new object that are no conditions: get_or_create("email"_f = x, defaults("name"_f = "Ada")).
template <class... K> struct Defaults { std::vector<QNode> values; };
template <AnyCondition... K> Defaults<K...> defaults(const K&... keywords) { return {{keywords.node...}}; }

/// update_or_create(): what a new object gets, instead of defaults(...).
template <class... K> struct CreateDefaults { std::vector<QNode> values; };
template <AnyCondition... K> CreateDefaults<K...> create_defaults(const K&... keywords) { return {{keywords.node...}}; }

namespace detail {
template <class T> T made_to_decode();  // model.hpp
}  // namespace detail

/// A column of raw() that is no field: raw<models::Column<"twice", std::int64_t>>(...), read as row["twice"_f].
template <fixed_string Name, class T> using Column = detail::Annotation<Name, T>;

/// A query of M's rows.
template <class Q, class M>
concept SetOf = std::is_base_of_v<QuerySetBase, Q> && std::is_same_v<typename Q::model, M>;

/// Rows of the model M, each an M, or a Row<M, ...> with annotations A.
template <class M, template <class> class Methods, class... A>
class QuerySet : public Methods<QuerySet<M, Methods, A...>>, public QuerySetBase {
    using S = detail::Scope<M, A...>;

public:
    using model = M;
    using row = typename detail::RowOf<M, void, A...>::type;
    using value_type = row;
    using row_iterator = RowIterator<row, RowList>;
    using as_right_side = detail::RowsOf<M, void>;

    constexpr QuerySet() : QuerySetBase(&detail::loaded_meta<M>, row_kind(), true) {}
    explicit QuerySet(Query query) : QuerySetBase(std::move(query), row_kind()) {}
    /// Rows that are here already: a list of M.
    QuerySet(Query query, ObjectList* rows) : QuerySetBase(std::move(query), row_kind(), rows) {}

    // ---- longer queries -------------------------------------------------------------------------------------
    QuerySet all() const { return QuerySet(query()); }
    template <class... C> QuerySet filter(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return QuerySet(query().filter(detail::conjunction({&detail::node_of(conditions)...})));
    }
    template <class... C> QuerySet exclude(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return QuerySet(query().exclude(detail::conjunction({&detail::node_of(conditions)...})));
    }
    /// Adds values to the rows: annotate("n"_f = Count("articles"_f)) gives rows with row["n"_f].
    template <class... K> auto annotate(const K&... aliases) const {
        (void)sizeof(typename decltype(detail::field_name_check<M, K...>())::valid);
        (void)sizeof(typename decltype(detail::repeat_check<S, K...>())::valid);
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        return QuerySet<M, Methods, A..., typename detail::AliasOf<S, K>::annotation...>(
            detail::annotated(query(), {&detail::node_of(aliases)...}));
    }
    QuerySet order_by(OrderName<M, A...> first, OrderName<M, A...> second = {}, OrderName<M, A...> third = {},
                      OrderName<M, A...> fourth = {}, OrderName<M, A...> fifth = {}) const {
        return QuerySet(
            detail::ordered(query(), {first.text(), second.text(), third.text(), fourth.text(), fifth.text()}));
    }
    /// Without ordering, not even the model's own.
    QuerySet order_by() const { return QuerySet(query().unordered()); }
    /// By expressions: order_by("views"_f.desc()), order_by(("a"_f + "b"_f).asc()).
    template <class... E>
    requires(sizeof...(E) > 0) QuerySet order_by(const Ordering<E>&... orderings)
    const {
        (void(sizeof(typename decltype(detail::expression_check<S, E>())::valid)), ...);
        return QuerySet(query().order_by({orderings.by...}));
    }
    /// By an expression and names: order_by("views"_f.desc(), "title").
    template <class E>
    QuerySet order_by(const Ordering<E>& first, OrderName<M, A...> second, OrderName<M, A...> third = {}, OrderName<M, A...> fourth = {}) const {
        (void)sizeof(typename decltype(detail::expression_check<S, E>())::valid);
        return QuerySet(detail::ordered(query(), {}, &first.by, {second.text(), third.text(), fourth.text()}));
    }
    template <class E>
    QuerySet order_by(OrderName<M, A...> first, const Ordering<E>& second, OrderName<M, A...> third = {}, OrderName<M, A...> fourth = {}) const {
        (void)sizeof(typename decltype(detail::expression_check<S, E>())::valid);
        return QuerySet(detail::ordered(query(), first.text(), &second.by, {third.text(), fourth.text()}));
    }
    /// The same upwards: order_by("views"_f * 2).
    template <AnyExpression E> QuerySet order_by(const E& expression) const {
        return order_by(Ordering<E>{order_of(expression.expr(), false, {})});
    }
    /// By a name chosen at run time: order_by(models::one_of<Article>(text, {"title", "-views"})).
    template <class N>
    requires(std::is_same_v<N, OrderName<M>> && sizeof...(A) > 0) QuerySet order_by(const N& name)
    const { return QuerySet(detail::ordered(query(), {name.text()})); }
    QuerySet reverse() const { return QuerySet(query().reverse()); }
    QuerySet distinct() const { return QuerySet(query().distinct()); }
    /// The first row for each value of these columns, where the database has DISTINCT ON.
    QuerySet distinct(FieldName<M> first, FieldName<M> second = {}, FieldName<M> third = {}) const {
        return QuerySet(query().distinct(detail::names({first.text(), second.text(), third.text()})));
    }
    /// Values that conditions and orderings may use, and that are no part of the rows.
    template <class... K> auto alias(const K&... aliases) const {
        (void)sizeof(typename decltype(detail::field_name_check<M, K...>())::valid);
        (void)sizeof(typename decltype(detail::repeat_check<S, K...>())::valid);
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        return QuerySet<M, Methods, A..., detail::Hidden<typename detail::AliasOf<S, K>::annotation>...>(
            detail::aliased(query(), {&detail::node_of(aliases)...}));
    }
    /// Rows of this query or of another one (each once), of both, or of this one alone.
    template <SetOf<M>... Others> QuerySet union_(const Others&... others) const {
        return QuerySet(query().union_({others.query()...}));
    }
    template <SetOf<M>... Others> QuerySet union_all(const Others&... others) const {
        return QuerySet(query().union_({others.query()...}, true));
    }
    template <SetOf<M>... Others> QuerySet intersection(const Others&... others) const {
        return QuerySet(query().intersection({others.query()...}));
    }
    template <SetOf<M>... Others> QuerySet difference(const Others&... others) const {
        return QuerySet(query().difference({others.query()...}));
    }
    /// Locks the rows until the transaction ends.
    QuerySet select_for_update() const { return QuerySet(query().select_for_update()); }
    QuerySet select_for_update(const LockOptionsOf<M>& options) const {
        return QuerySet(query().select_for_update(options.plain()));
    }
    /// Rows [offset, offset + limit), or from `offset` on.
    QuerySet slice(std::int64_t offset, std::int64_t limit = -1) const { return QuerySet(query().slice(offset, limit)); }
    /// Rows of both queries, of either, of one of them: a & b, a | b, a ^ b.
    template <SetOf<M> Other> QuerySet operator&(const Other& other) const {
        return QuerySet(query().combined(QNode::Op::and_, other.query()));
    }
    template <SetOf<M> Other> QuerySet operator|(const Other& other) const {
        return QuerySet(query().combined(QNode::Op::or_, other.query()));
    }
    template <SetOf<M> Other> QuerySet operator^(const Other& other) const {
        return QuerySet(query().combined(QNode::Op::xor_, other.query()));
    }
    QuerySet none() const { return QuerySet(query().none()); }
    QuerySet using_(std::string_view database) const { return QuerySet(query().using_(database)); }
    QuerySet fetch_mode(FetchMode mode) const { return QuerySet(query().fetch_mode(mode)); }
    /// Fetches all foreign keys that are not null in the same statement.
    QuerySet select_related() const { return QuerySet(query().select_all_related()); }
    /// Fetches these foreign keys in the same statement.
    QuerySet select_related(OneName<M> first, OneName<M> second = {}, OneName<M> third = {},
                            OneName<M> fourth = {}, OneName<M> fifth = {}, OneName<M> sixth = {},
                            OneName<M> seventh = {}, OneName<M> eighth = {}) const {
        return QuerySet(query().select_related(detail::names({first.text(), second.text(), third.text(), fourth.text(), fifth.text(), sixth.text(), seventh.text(), eighth.text()})));
    }
    /// Takes back what select_related() and prefetch_related() said so far: Django's None.
    QuerySet select_related(std::nullptr_t) const { return QuerySet(query().select_related({})); }
    QuerySet prefetch_related(std::nullptr_t) const { return QuerySet(query().prefetch_related({})); }
    /// Fetches these relations of all rows, one statement each.
    QuerySet prefetch_related(RelationName<M> first, RelationName<M> second = {}, RelationName<M> third = {},
                            RelationName<M> fourth = {}, RelationName<M> fifth = {}, RelationName<M> sixth = {},
                            RelationName<M> seventh = {}, RelationName<M> eighth = {}) const {
        return QuerySet(query().prefetch_related(detail::names({first.text(), second.text(), third.text(), fourth.text(), fifth.text(), sixth.text(), seventh.text(), eighth.text()})));
    }

    /// Fetches a relation by a query of your own: prefetch_related("articles", Article::objects.published()).
    template <class Rows>
    requires std::is_base_of_v<QuerySetBase, Rows> QuerySet prefetch_related(NameOfTo<M, typename Rows::model> path, const Rows& rows)
    const { return QuerySet(detail::prefetched(query(), path.text(), rows.query())); }
    /// The same, kept beside the relation (Prefetch's to_attr): row["recent"_f] is what was fetched, row.articles untouched.
    template <class Rows, fixed_string P>
    requires std::is_base_of_v<QuerySetBase, Rows>
    auto prefetch_related(NameOfTo<M, typename Rows::model> relation, const Rows& rows, FieldRef<P> to_attr) const {
        using Beside = detail::Annotation<P, PrefetchedRows<typename Rows::model>>;
        return QuerySet<M, Methods, A..., Beside>(
            detail::prefetched(query(), relation.text(), rows.query(), to_attr.name()));
    }

    // ---- rows -----------------------------------------------------------------------------------------------
    /// Iterators own the rows they stand on: a loop may update this queryset, or fetch it anew, inside.
    row_iterator begin() const { return at_row(false); }
    row_iterator end() const { return at_row(true); }
    /// The rows as a vector: a copy of those that are here, else fetched for it.
    std::vector<row> list() const {
        if (is_fetched()) return std::vector<row>(rows_begin(), rows_begin() + results().size());
        const Ref<RowList> fresh = fetched(query());
        std::vector<row> rows;
        rows.reserve(fresh->size());
        for (std::size_t i = 0; i < fresh->size(); ++i) rows.push_back(std::move(*static_cast<row*>(fresh->at(i))));
        return rows;
    }
    /// Row number `index`, from those fetched or by a query of its own.
    row operator[](std::size_t index) const {
        if (!is_fetched()) return take(row_at(index));
        if (index >= results().size()) detail::throw_index_error();
        return rows_begin()[index];
    }
    std::optional<row> first() const { return take_if(first_or_last(false)); }
    std::optional<row> last() const { return take_if(first_or_last(true)); }
    /// The row with the greatest or least value of these names, or of Meta.get_latest_by.
    row latest(OrderName<M, A...> first = {}, OrderName<M, A...> second = {}, OrderName<M, A...> third = {}) const {
        return take(latest_row({first.text(), second.text(), third.text()}, false, missing()));
    }
    row earliest(OrderName<M, A...> first = {}, OrderName<M, A...> second = {}, OrderName<M, A...> third = {}) const {
        return take(latest_row({first.text(), second.text(), third.text()}, true, missing()));
    }
    /// Whether the object is among the rows.
    bool contains(const M& object) const { return with_keys({detail::make_literal(object.pk())}).exists(); }
    /// The one row that matches. Article::DoesNotExist, Article::MultipleObjectsReturned.
    template <class... C> row get(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        if constexpr (std::is_same_v<row, M>) {
            M found = detail::made_to_decode<M>();
            if (!get_known({&detail::node_of(conditions)...}, &found, missing(), several()))
                found = take(one({&detail::node_of(conditions)...}, missing(), several()));
            return found;
        } else {
            return take(one({&detail::node_of(conditions)...}, missing(), several()));
        }
    }
    /// std::tuples of these columns, or of annotations: values_list("title"_f, "author__name"_f).
    template <fixed_string... P>
    requires(sizeof...(P) > 0) auto values_list(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        using Types = ValuesList<S, Tuples<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>;
        return Types(query().values({fields.name()...}));
    }
    /// The same with expressions among the columns: values_list("title"_f, Upper("author__name"_f)).
    template <class... E>
    requires(!detail::IsFieldRef<E>::value || ...) auto values_list(const E&... columns) const {
        (void(sizeof(typename decltype(detail::column_check<S, E>())::valid)), ...);
        Query longer = query();
        std::vector<Name> names = detail::with_columns(longer, {detail::selected(columns)...});
        using Types = ValuesList<S, Tuples<detail::column_name<E>()...>, typename detail::TypeOf<S, E>::type...>;
        return Types(longer.values(std::move(names)));
    }
    /// Rows whose columns have names: values("title"_f)[0]["title"_f].
    template <fixed_string... P>
    requires(sizeof...(P) > 0) auto values(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        using Types = ValuesList<S, Dicts<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>;
        return Types(query().values({fields.name()...}));
    }
    template <class... E>
    requires(!detail::IsFieldRef<E>::value || ...) auto values(const E&...) const {
        (void(sizeof(typename decltype(detail::column_check<S, E>())::valid)), ...);
        return values(FieldRef<"pk">());
    }
    /// All columns of the model, and the annotations.
    auto values() const { return all_columns<true>(typename detail::AllColumns<S>::type{}); }
    auto values_list() const { return all_columns<false>(typename detail::AllColumns<S>::type{}); }
    /// Single values of one column (Django's flat=True): values_flat("title"_f).
    template <class E>
    requires(!detail::IsFieldRef<E>::value) auto values_flat(const E& column) const {
        (void)sizeof(typename decltype(detail::column_check<S, E>())::valid);
        Query longer = query();
        std::vector<Name> names = detail::with_columns(longer, {detail::selected(column)});
        return ValuesList<S, Flat, typename detail::TypeOf<S, E>::type>(longer.values(std::move(names)));
    }
    template <fixed_string P> auto values_flat(FieldRef<P> field) const {
        (void)sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid);
        return ValuesList<S, Flat, typename detail::TypeOf<S, FieldRef<P>>::type>(query().values({field.name()}));
    }
    /// Values over all rows: aggregate("total"_f = Sum("views"_f))["total"_f].
    template <class... K> auto aggregate(const K&... aliases) const {
        (void)sizeof(typename decltype(detail::repeat_check<detail::Scope<M>, K...>())::valid);
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        using Result = Aggregates<M, typename detail::AliasOf<S, K>::annotation...>;
        Result result;
        detail::fetch_aggregates(query(), {&detail::node_of(aliases)...}, &result.values, Result::columns());
        return result;
    }
    /// The rows with these keys, by key: in_bulk({1, 3})[1].
    template <class Of = M> auto in_bulk(std::initializer_list<detail::primary_key_t<Of>> keys) const {
        return rows_by_key(keys);
    }
    template <class Keys> auto in_bulk(const Keys& keys) const { return rows_by_key(keys); }
    /// in_bulk("slug"_f, {"engines", "looms"}).
    template <fixed_string P, class Key> auto in_bulk(FieldRef<P> field, std::initializer_list<Key> keys) const {
        return in_bulk(field, std::vector<Key>(keys));
    }
    /// The rows with these values of a unique field, by it: in_bulk("slug"_f, slugs)["engines"].
    template <fixed_string P, class Keys> auto in_bulk(FieldRef<P>, const Keys& keys) const {
        (void)sizeof(typename decltype(detail::condition_check<S, Keyword<P, typename detail::ListItem<detail::right_side_t<Keys>>::type>>())::valid);
        std::vector<Literal> list;
        for (const auto& key : keys) list.push_back(detail::make_literal(key));
        using By = detail::ByField<M, detail::locate<M>(P.view())>;
        return KeyedRows<row, By>(QuerySet(matching(P.view(), std::move(list))).list());
    }
    /// All rows by key.
    auto in_bulk() const { return KeyedRows<row>(list()); }
    /// The days, months or years ("year", "month", "week", "day") that a column has, each once, in order.
    template <fixed_string P> auto dates(FieldRef<P>, std::string_view kind, bool descending = false) const {
        (void)sizeof(typename decltype(detail::date_check<S, P>())::valid);
        return ValuesList<S, Flat, Date>(query().dates(P.view(), kind, descending ? "DESC" : "ASC"));
    }
    /// As dates(), of datetimes, on the clock of a zone or of the current one; also "hour", "minute", "second".
    template <fixed_string P>
    auto datetimes(FieldRef<P>, std::string_view kind, bool descending = false, std::string_view tzinfo = {}) const {
        (void)sizeof(typename decltype(detail::date_check<S, P>())::valid);
        return ValuesList<S, Flat, DateTime>(query().datetimes(P.view(), kind, descending ? "DESC" : "ASC", tzinfo));
    }

    /// The rows, not kept by this queryset: for (const Article& article : articles.iterator(500)). They come from the
    /// database `chunk_size` at a time where it has cursors (PostgreSQL); prefetch_related() is done for as many.
    auto iterator(std::size_t chunk_size = 2000) const { return ChunkedRows<row, QuerySet>(*this, chunk_size ? chunk_size : 1); }
    /// Objects of a statement of your own, with %s for its parameters: raw("SELECT * FROM blog_article WHERE views > %s", 10).
    /// Fields that it lacks are read by one more query.
    template <class... C, class... V> auto raw(std::string_view sql, const V&... parameters) const {
        using Rows = QuerySet<M, Methods, C...>;
        return RowRange<typename Rows::row>(Rows(query()).fetched_raw(sql, {detail::make_literal(parameters)...}, {}));
    }
    /// With %(name)s and values by name: raw("SELECT * FROM blog_article WHERE views > %(least)s", "least"_f = 10).
    template <class... C, AnyCondition... V>
    requires(sizeof...(V) > 0) auto raw(std::string_view sql, const V&... parameters) const {
        using Rows = QuerySet<M, Methods, C...>;
        return RowRange<typename Rows::row>(Rows(query()).fetched_raw(sql, {&detail::node_of(parameters)...}));
    }
    /// The same with columns that go by other names than fields: raw({"SELECT id, name AS title ...", {{"name", "title"}}}).
    template <class... C, class... V> auto raw(const TranslatedSql<M>& statement, const V&... parameters) const {
        using Rows = QuerySet<M, Methods, C...>;
        return RowRange<typename Rows::row>(
            Rows(query()).fetched_raw(statement.sql, {detail::make_literal(parameters)...}, statement.translations()));
    }

    /// Objects of which only these fields (and the key) are read: the last step of a chain.
    template <fixed_string... P> auto only(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        return PartialRows<M, Selection<M, true, P...>>(query().only({fields.name()...}));
    }
    template <class... E>
    requires(!detail::IsFieldRef<E>::value || ...) auto only(const E&...) const {
        (void(sizeof(typename decltype(detail::column_check<S, E>())::valid)), ...);
        return only();
    }
    /// Objects without these fields.
    template <fixed_string... P> auto defer(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        return PartialRows<M, Selection<M, false, P...>>(query().defer({fields.name()...}));
    }

    template <class... E>
    requires(!detail::IsFieldRef<E>::value || ...) auto defer(const E&...) const {
        (void(sizeof(typename decltype(detail::column_check<S, E>())::valid)), ...);
        return defer();
    }

    // ---- changes --------------------------------------------------------------------------------------------
    /// One UPDATE over all rows; the number of rows matched. Hooks and auto_now do not run. Rows that were fetched are
    /// forgotten; a loop over them keeps them.
    template <class... K> std::int64_t update(const K&... assignments) const {
        (void(sizeof(typename decltype(detail::assignment_check<S, K>())::valid)), ...);
        return update_rows({assignments.assignment()...});
    }
    /// Saves a new object and returns it: create({.name = "Ada"}).
    M create(M object) const {
        object.save(inserting());
        return object;
    }
    /// The object with these values, made if there is none; second: whether it was made.
    template <class... K> std::pair<M, bool> get_or_create(const K&... arguments) const {
        (void(sizeof(typename decltype(detail::argument_check<S, K>())::valid)), ...);
        detail::Keywords keywords;
        (split(arguments, keywords), ...);
        if (const Ref<RowList> found = find(keywords, several())) return {take_model(found), false};
        return make_or_find(keywords);
    }
    /// As get_or_create, but an object that is there gets the defaults and is saved.
    template <class... K> std::pair<M, bool> update_or_create(const K&... arguments) const {
        (void(sizeof(typename decltype(detail::argument_check<S, K>())::valid)), ...);
        detail::Keywords keywords;
        (split(arguments, keywords), ...);
        std::optional<std::pair<M, bool>> result;
        atomically([&] {
            if (const Ref<RowList> found = find(keywords, several(), true)) {
                update_found(found->at(0), keywords);
                result.emplace(take_model(found), false);
                return;
            }
            result.emplace(make_or_find(keywords, true));
            if (!result->second) update_found(&result->first, keywords);  // another process was faster
        });
        return std::move(*result);
    }
    /// Inserts all of `objects` in as few statements as fit; their keys are set.
    void bulk_create(Slice<M> objects, const BulkCreateOptionsOf<M>& options = {}) const {
        bulk_create_all(objects.data(), objects.size(), options.plain());
    }
    /// The same with new ones, which it gives back: bulk_create({{.name = "Ada"}, {.name = "Bob"}}).
    std::vector<M> bulk_create(std::vector<M>&& objects, const BulkCreateOptionsOf<M>& options = {}) const {
        bulk_create_all(objects.data(), objects.size(), options.plain());
        return std::move(objects);
    }
    /// One UPDATE per batch that writes these fields of all objects; the number of rows matched.
    std::int64_t bulk_update(Slice<M> objects, const FieldNames<M>& fields, std::int64_t batch_size = 0) const {
        return bulk_update_all(objects.data(), objects.size(), fields.list(), batch_size);
    }

protected:
    struct KeepsNoRows {};
    constexpr explicit QuerySet(KeepsNoRows) : QuerySetBase(&detail::loaded_meta<M>, row_kind(), false) {}
    QuerySet(Query query, KeepsNoRows) : QuerySetBase(std::move(query), row_kind(), false) {}

private:
    template <class, template <class> class, class...> friend class QuerySet;
    template <class Keys> auto rows_by_key(const Keys& keys) const {
        std::vector<Literal> list;
        for (const auto& key : keys) list.push_back(detail::make_literal(key));
        return KeyedRows<row>(QuerySet(list.empty() ? query().none() : with_keys(std::move(list))).list());
    }
    template <bool Named, fixed_string... P> auto all_columns(detail::ColumnNames<P...>) const {
        if constexpr (Named)
            return values(FieldRef<P>()...);
        else
            return values_list(FieldRef<P>()...);
    }
    template <class, class> friend class ChunkedRows;

    static constexpr const RowKind* row_kind() {
        if constexpr (!std::is_same_v<row, M>) return &row::kind;
        return nullptr;
    }
    static constexpr detail::Thrower missing() { return detail::throw_as<typename M::DoesNotExist>; }
    static constexpr detail::Thrower several() { return detail::throw_as<typename M::MultipleObjectsReturned>; }
    row* rows_begin() const { return static_cast<row*>(results().data()); }
    row_iterator at_row(bool behind_the_last) const {
        row* first = rows_begin();
        row* end = first + results().size();
        return row_iterator(shared_rows(), behind_the_last ? end : first, end);
    }
    static row&& at(const Ref<RowList>& rows) { return std::move(*static_cast<row*>(rows->at(0))); }
    static row take(const Ref<RowList>& rows) { return at(rows); }
    static M take_model(const Ref<RowList>& rows) { return std::move(*static_cast<M*>(rows->at(0))); }
    static std::optional<row> take_if(const Ref<RowList>& rows) {
        if (rows->size() == 0) return std::nullopt;
        return at(rows);
    }

    template <class K> static void split(const K& keyword, detail::Keywords& keywords) {
        keywords.conditions.push_back(keyword.node);
    }
    template <class... D> static void split(const Defaults<D...>& defaults, detail::Keywords& keywords) {
        keywords.values.insert(keywords.values.end(), defaults.values.begin(), defaults.values.end());
    }
    template <class... D> static void split(const CreateDefaults<D...>& defaults, detail::Keywords& keywords) {
        keywords.has_create_values = true;
        keywords.create_values = defaults.values;
    }
    std::pair<M, bool> make_or_find(const detail::Keywords& keywords, bool lock = false) const {
        M object{};
        if (const Ref<RowList> found = insert_or_find(&object, keywords, several(), lock)) return {take_model(found), false};
        return {std::move(object), true};
    }
};

/// Where queries of a model start: Article::objects. Each use is a fresh query; rows are never kept.
template <class M, template <class> class Methods> class Manager : public QuerySet<M, Methods> {
    using Base = QuerySet<M, Methods>;

public:
    constexpr Manager() : Base(typename Base::KeepsNoRows()) {}
    /// A manager that starts from `rows`: const Article::Manager Article::published{Article::objects.filter(...)};
    Manager(const Base& rows) : Base(rows.query(), typename Base::KeepsNoRows()) {}
    Manager(const Manager& other) : Manager(static_cast<const Base&>(other)) {}
    Manager& operator=(const Manager&) = default;

    template <class Row = M> const Row* begin() const {
        static_assert(!std::is_same_v<Row, M>, "a manager is not iterable: iterate its all()");
        return nullptr;
    }
    const M* end() const { return nullptr; }
    RowList& results() const = delete;
    const Ref<RowList>& shared_rows() const = delete;
};

}  // namespace nuages::db::models
