// QuerySet: the typed face of Query. It checks names and types while compiling and builds the same run-time query.
//
// Lazy as Django's: methods give new querysets, rows are fetched on first use and kept (copies made before that fetch
// for themselves). A Manager is a queryset that never keeps rows: it is shared by all threads.
#pragma once

#include <nuages/db/models/conditions.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/names.hpp>
#include <nuages/db/models/row.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/values_list.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
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

/// Rows of the model M, each an M, or a Row<M, ...> with annotations A.
template <class M, template <class> class Methods, class... A>
class QuerySet : public Methods<QuerySet<M, Methods, A...>>, public QuerySetTag {
    using S = detail::Scope<M, A...>;

public:
    using model = M;
    using row = std::conditional_t<sizeof...(A) == 0, M, Row<M, A...>>;
    using value_type = row;
    using iterator = row*;
    using as_right_side = detail::RowsOf<M, void>;

    constexpr QuerySet() : query_(&meta_of<M>) {}
    explicit QuerySet(Query query) : query_(std::move(query)) {}
    /// Rows that are here already.
    QuerySet(Query query, Ref<ResultList<row>> results) : query_(std::move(query)), results_(std::move(results)) {
        results_->complete = true;
    }

    /// The run-time query.
    const Query& query() const { return query_; }

    // ---- longer queries -------------------------------------------------------------------------------------
    QuerySet all() const { return QuerySet(query_); }
    template <AnyCondition... C> QuerySet filter(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return QuerySet(query_.filter(detail::conjunction({&conditions.node...})));
    }
    template <AnyCondition... C> QuerySet exclude(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return QuerySet(query_.exclude(detail::conjunction({&conditions.node...})));
    }
    /// Adds values to the rows: annotate("n"_f = Count("articles"_f)) gives rows with row["n"_f].
    template <class... K> auto annotate(const K&... aliases) const {
        (void)sizeof(typename decltype(detail::repeat_check<S, K...>())::valid);
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        Query longer = query_;
        (void(longer = detail::annotated(longer, aliases.node)), ...);
        return QuerySet<M, Methods, A..., typename detail::AliasOf<S, K>::annotation...>(std::move(longer));
    }
    QuerySet order_by(OrderName<M, A...> first, OrderName<M, A...> second = {}, OrderName<M, A...> third = {},
                      OrderName<M, A...> fourth = {}, OrderName<M, A...> fifth = {}) const {
        return QuerySet(
            detail::ordered(query_, {first.text(), second.text(), third.text(), fourth.text(), fifth.text()}));
    }
    /// Without ordering, not even the model's own.
    QuerySet order_by() const { return QuerySet(query_.order_by({})); }
    /// By expressions: order_by("views"_f.desc()), order_by(("a"_f + "b"_f).asc()).
    template <class... E>
    requires(sizeof...(E) > 0) QuerySet order_by(const Ordering<E>&... orderings)
    const {
        (void(sizeof(typename decltype(detail::expression_check<S, E>())::valid)), ...);
        return QuerySet(query_.order_by({orderings.by...}));
    }
    /// By a name chosen at run time: order_by(models::one_of<Article>(text, {"title", "-views"})).
    template <class N>
    requires(std::is_same_v<N, OrderName<M>> && sizeof...(A) > 0) QuerySet order_by(const N& name)
    const { return QuerySet(detail::ordered(query_, {name.text()})); }
    QuerySet reverse() const { return QuerySet(query_.reverse()); }
    QuerySet distinct() const { return QuerySet(query_.distinct()); }
    /// Rows [offset, offset + limit), or from `offset` on.
    QuerySet slice(std::int64_t offset, std::int64_t limit = -1) const { return QuerySet(query_.slice(offset, limit)); }
    QuerySet none() const { return QuerySet(query_.none()); }
    QuerySet using_(std::string_view database) const { return QuerySet(query_.using_(database)); }
    QuerySet fetch_mode(FetchMode mode) const { return QuerySet(query_.fetch_mode(mode)); }
    /// Fetches these foreign keys in the same statement.
    QuerySet select_related(RelationName<M> first, RelationName<M> second = {}, RelationName<M> third = {},
                            RelationName<M> fourth = {}) const {
        return QuerySet(
            query_.select_related(detail::names({first.text(), second.text(), third.text(), fourth.text()})));
    }
    /// Fetches these relations of all rows, one statement each.
    QuerySet prefetch_related(RelationName<M> first, RelationName<M> second = {}, RelationName<M> third = {},
                              RelationName<M> fourth = {}) const {
        return QuerySet(
            query_.prefetch_related(detail::names({first.text(), second.text(), third.text(), fourth.text()})));
    }

    // ---- rows -----------------------------------------------------------------------------------------------
    row* begin() const { return results().items.data(); }
    row* end() const { return begin() + results().items.size(); }
    /// The rows as a vector; those of a temporary queryset are moved out.
    std::vector<row> list() const& { return keeps_.rows ? results().items : all().list(); }
    std::vector<row> list() && {
        std::vector<row>& rows = results().items;
        if (!results_->unique()) return rows;  // prefetched, or of a copy
        return std::move(rows);
    }
    /// The number of rows, fetched: len(queryset).
    std::size_t size() const { return keeps_.rows ? results().items.size() : static_cast<std::size_t>(query_.count()); }
    bool empty() const { return !exists(); }
    /// The number of rows: SELECT COUNT(*), unless they are here.
    std::int64_t count() const {
        return is_fetched() ? static_cast<std::int64_t>(results_->items.size()) : query_.count();
    }
    bool exists() const { return is_fetched() ? !results_->items.empty() : query_.exists(); }
    /// Row number `index`, from those fetched or by a query of its own.
    row operator[](std::size_t index) const {
        if (is_fetched()) return results_->items.at(index);
        auto found = slice(static_cast<std::int64_t>(index), 1).first_fetched();
        if (!found) detail::throw_index_error();
        return std::move(*found);
    }
    std::optional<row> first() const { return (query_.ordered() ? slice(0, 1) : by_key().slice(0, 1)).first_fetched(); }
    std::optional<row> last() const {
        return (query_.ordered() ? reverse() : by_key().reverse()).slice(0, 1).first_fetched();
    }
    /// The one row that matches. Article::DoesNotExist, Article::MultipleObjectsReturned.
    template <AnyCondition... C> row get(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        ResultList<row> found;
        detail::fetch_for_get(query_, {&conditions.node...}, found, columns());
        if (found.items.empty()) throw typename M::DoesNotExist(detail::does_not_exist_text(query_.meta()));
        if (found.items.size() > 1) {
            throw typename M::MultipleObjectsReturned(detail::multiple_objects_text(query_.meta(), found.items.size()));
        }
        return std::move(found.items.front());
    }
    /// std::tuples of these columns, or of annotations: values_list("title"_f, "author__name"_f).
    template <fixed_string... P> auto values_list(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        using Types = ValuesList<M, Tuples<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>;
        return Types(query_.values({fields.name()...}));
    }
    /// Single values of one column (Django's flat=True): values_flat("title"_f).
    template <fixed_string P> auto values_flat(FieldRef<P> field) const {
        (void)sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid);
        return ValuesList<M, Flat, typename detail::TypeOf<S, FieldRef<P>>::type>(query_.values({field.name()}));
    }
    /// Values over all rows: aggregate("total"_f = Sum("views"_f))["total"_f].
    template <class... K> auto aggregate(const K&... aliases) const {
        (void)sizeof(typename decltype(detail::repeat_check<detail::Scope<M>, K...>())::valid);
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        using Result = Aggregates<M, typename detail::AliasOf<S, K>::annotation...>;
        Result result;
        detail::fetch_aggregates(query_, {&aliases.node...}, &result.values, Result::columns());
        return result;
    }
    /// The rows with these keys, in no particular order.
    template <class Keys = std::initializer_list<std::int64_t>> std::vector<row> in_bulk(const Keys& keys) const {
        std::vector<Literal> list;
        for (const auto& key : keys) list.push_back(detail::make_literal(key));
        return QuerySet(query_.filter(QNode(Name::borrow("pk__in"), Literal(std::move(list))))).list();
    }

    // ---- changes --------------------------------------------------------------------------------------------
    /// One UPDATE over all rows; the number of rows matched. Hooks and auto_now do not run. Rows that were fetched are
    /// forgotten, and stay in memory until the next fetch: a loop over them may update.
    template <class... K> std::int64_t update(const K&... assignments) const {
        (void(sizeof(typename decltype(detail::assignment_check<S, K>())::valid)), ...);
        forget();
        return query_.update({assignments.assignment()...});
    }
    /// Deletes the rows and what hangs on them.
    Deleted delete_() const {
        forget();
        return query_.delete_();
    }
    /// Saves a new object and returns it: create({.name = "Ada"}).
    M create(M object) const {
        object.save({.force_insert = true, .update_fields = {}, .using_ = query_.database()});
        return object;
    }
    /// The object with these values, made if there is none; second: whether it was made.
    template <class... K> std::pair<M, bool> get_or_create(const K&... arguments) const {
        std::vector<QNode> conditions, values;
        (split(arguments, conditions, values), ...);
        if (auto found = find(conditions)) return {std::move(*found), false};
        return insert_or_find(conditions, values);
    }
    /// As get_or_create, but an object that is there gets the defaults and is saved.
    template <class... K> std::pair<M, bool> update_or_create(const K&... arguments) const {
        std::vector<QNode> conditions, values;
        (split(arguments, conditions, values), ...);
        if (auto found = find(conditions)) {
            const std::vector<Assignment> computed = detail::set_fields(query_.meta(), &*found, values);
            found->save({.update_fields = {}, .using_ = query_.database()});
            if (!computed.empty()) update_object(query_.meta(), &*found, computed, query_.database());
            return {std::move(*found), false};
        }
        return insert_or_find(conditions, values);
    }
    /// Inserts all of `objects` in as few statements as fit; their keys are set.
    void bulk_create(std::span<M> objects, BulkCreateOptions options = {}) const {
        std::vector<void*> pointers;
        pointers.reserve(objects.size());
        for (M& object : objects) pointers.push_back(&object);
        if (options.using_.empty()) options.using_ = query_.database();
        models::bulk_create(query_.meta(), pointers, options);
    }
    void bulk_create(std::vector<M>&& objects, BulkCreateOptions options = {}) const {
        bulk_create(std::span<M>(objects), std::move(options));
    }
    /// One UPDATE per batch that writes these fields of all objects; the number of rows matched.
    std::int64_t bulk_update(std::span<M> objects, std::initializer_list<FieldName<M>> fields) const {
        std::vector<void*> pointers;
        for (M& object : objects) pointers.push_back(&object);
        std::vector<Name> names;
        for (const FieldName<M>& field : fields) names.push_back(Name::borrow(field.text()));
        return models::bulk_update(query_.meta(), pointers, names, 0, query_.database());
    }

    /// The rows, fetched by now.
    ResultList<row>& results() const {
        while (!is_fetched()) {  // once, unless another fiber's update() comes between
            const Ref<ResultList<row>> list = shared_rows();
            list->fill(query_, columns());
            retired_ = {};
        }
        return *results_;
    }
    bool is_fetched() const { return results_ && results_->complete; }
    /// The list that holds the rows, or will: values of templates fill it for the queryset too.
    const Ref<ResultList<row>>& shared_rows() const {
        if (!keeps_.rows) detail::throw_manager_keeps_no_rows(query_.meta());
        if (!results_) results_ = make_ref<ResultList<row>>();
        return results_;
    }
    /// False for a manager, which several threads may share: iterate its all().
    bool keeps_rows() const { return keeps_.rows; }

protected:
    struct KeepsNoRows {};
    constexpr explicit QuerySet(KeepsNoRows) : query_(&meta_of<M>), keeps_(false) {}
    QuerySet(Query query, KeepsNoRows) : query_(std::move(query)), keeps_(false) {}

private:
    template <class, template <class> class, class...> friend class QuerySet;

    static std::span<const ExtraColumn> columns() {
        if constexpr (sizeof...(A) > 0) return row::columns();
        return {};
    }
    QuerySet by_key() const { return QuerySet(query_.order_by({OrderBy(Name::borrow("pk"))})); }
    std::optional<row> first_fetched() && {
        auto& items = results().items;
        if (items.empty()) return std::nullopt;
        return std::move(items.front());
    }

    template <class K> static void split(const K& keyword, std::vector<QNode>& conditions, std::vector<QNode>&) {
        (void)sizeof(typename decltype(detail::condition_check<S, K>())::valid);
        conditions.push_back(keyword.node);
    }
    template <class... D>
    static void split(const Defaults<D...>& defaults, std::vector<QNode>&, std::vector<QNode>& values) {
        (void(sizeof(typename decltype(detail::assignment_check<S, D>())::valid)), ...);
        values.insert(values.end(), defaults.values.begin(), defaults.values.end());
    }
    std::optional<M> find(const std::vector<QNode>& conditions) const {
        ResultList<M> found;
        detail::fetch_for_get(query_, conditions, found);
        if (found.items.empty()) return std::nullopt;
        if (found.items.size() > 1) {
            throw typename M::MultipleObjectsReturned(detail::multiple_objects_text(query_.meta(), found.items.size()));
        }
        return std::move(found.items.front());
    }
    std::pair<M, bool> insert_or_find(const std::vector<QNode>& conditions, const std::vector<QNode>& values) const {
        M object{};
        detail::set_new_fields(query_.meta(), &object, conditions);
        detail::set_new_fields(query_.meta(), &object, values);
        const std::exception_ptr failure = detail::try_insert(
            query_, [&] { object.save({.force_insert = true, .update_fields = {}, .using_ = query_.database()}); });
        if (!failure) return {std::move(object), true};
        if (auto found = find(conditions)) return {std::move(*found), false};  // another process was faster
        std::rethrow_exception(failure);
    }

    /// The rows are out of date; who iterates over them, and updates meanwhile, still has them.
    void forget() const {
        if (!results_) return;  // always so in a manager: threads share it, nothing is written
        if (results_->complete) retired_ = results_;
        results_ = {};
    }

    Query query_;
    mutable Ref<ResultList<row>> results_;
    mutable Ref<ResultList<row>> retired_;  // until the next fetch
    // False in a manager; its copies that are querysets keep rows again.
    struct Keeps {
        bool rows = true;
        constexpr Keeps() = default;
        constexpr explicit Keeps(bool keeps) : rows(keeps) {}
        constexpr Keeps(const Keeps&) {}
        constexpr Keeps& operator=(const Keeps&) { return *this; }
    } keeps_;
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

    M* begin() const = delete;  // a manager is not iterable: use all()
    M* end() const = delete;
    ResultList<M>& results() const = delete;
    const Ref<ResultList<M>>& shared_rows() const = delete;
    std::vector<M> list() const { return this->all().list(); }
    std::size_t size() const { return static_cast<std::size_t>(this->count()); }
};

}  // namespace nuages::db::models
