// Rows of only() and defer(): objects that were not read whole. What was not selected does not compile.
//
//     for (const auto& row : Article::objects.only("title"_f)) row["title"_f];     row["body"_f]: has_not_selected<...>
#pragma once

#include <nuages/db/models/check.hpp>
#include <nuages/db/models/names.hpp>
#include <nuages/db/models/queryset_base.hpp>
#include <nuages/db/models/typed_expression.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// only() or defer() left the Model's Field out.
template <class Model, fixed_string Field> struct has_not_selected {};

/// Which fields of M were read: those named, or all others; always the primary key.
template <class M, bool Only, fixed_string... Names> struct Selection {
    static constexpr bool defers = !Only;
    template <fixed_string P> static consteval bool has() {
        constexpr int at = detail::locate<M>(P.view());
        return at == detail::primary_key_index<M>() || (((detail::locate<M>(Names.view()) == at) || ...) == Only);
    }
};

/// only() or defer() behind another one: only() takes what defer() left out no more, defer() takes from what was named.
template <class M, class Before, bool Only, fixed_string... Names> struct Narrowed {
    static constexpr bool defers = !Only && Before::defers;
    template <fixed_string P> static consteval bool has() {
        constexpr int at = detail::locate<M>(P.view());
        constexpr bool named = ((detail::locate<M>(Names.view()) == at) || ...);
        if constexpr (at == detail::primary_key_index<M>()) return true;
        else if constexpr (Only) return named && (!Before::defers || Before::template has<P>());
        else return !named && Before::template has<P>();
    }
};

/// One such object: its fields by name; save() writes those that were read, whole() fetches the rest.
template <class M, class Chosen> class Partial {
public:
    Partial(Ref<RowList> rows, M* object, Ref<detail::ReadColumns> columns)
        : rows_(std::move(rows)), object_(object), columns_(std::move(columns)) {}

    auto pk() const { return object_->pk(); }
    template <fixed_string P> auto& operator[](FieldRef<P>) const {
        constexpr int at = detail::locate<M>(P.view());
        if constexpr (at < 0 || at >= detail::kEmbedded) {
            return typename has_no_field<M, P>::valid();
        } else if constexpr (!Chosen::template has<P>()) {
            return typename has_not_selected<M, P>::valid();
        } else {
            return utils::get_member<static_cast<std::size_t>(at)>(*object_);
        }
    }
    /// Writes the fields that were read, through the model's own save(); nothing where only the key was read.
    void save() const {
        if (columns_->names.empty()) return;  // save() takes no names for all of them
        SaveOptions options;
        options.update_fields = columns_->names;
        detail::ops_of(detail::loaded_meta<M>()).save(detail::loaded_meta<M>(), object_, options);
    }
    /// The same row.
    friend bool operator==(const Partial& a, const Partial& b) { return *a.object_ == *b.object_; }
    friend bool operator==(const Partial& a, const M& b) { return *a.object_ == b; }
    /// Reads the whole object.
    M whole() const {
        M object = *object_;
        object.refresh_from_db();
        return object;
    }

private:
    Ref<RowList> rows_;
    M* object_;
    Ref<detail::ReadColumns> columns_;
};

/// A query of such objects, in the place of a queryset: the last step of a chain.
template <class M, class Chosen> class PartialRows {
public:
    using model = M;
    using row = Partial<M, Chosen>;

    explicit PartialRows(Query query) : query_(std::move(query)) {}
    const Query& query() const { return query_; }
    PartialRows slice(std::int64_t offset, std::int64_t limit = -1) const {
        return PartialRows(query_.slice(offset, limit));
    }
    PartialRows all() const { return PartialRows(query_); }
    template <class... C> PartialRows filter(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<detail::Scope<M>, C>())::valid)), ...);
        return PartialRows(query_.filter(detail::conjunction({&detail::node_of(conditions)...})));
    }
    template <class... C> PartialRows exclude(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<detail::Scope<M>, C>())::valid)), ...);
        return PartialRows(query_.exclude(detail::conjunction({&detail::node_of(conditions)...})));
    }
    PartialRows order_by(OrderName<M> first, OrderName<M> second = {}, OrderName<M> third = {},
                         OrderName<M> fourth = {}) const {
        return PartialRows(detail::ordered(query_, {first.text(), second.text(), third.text(), fourth.text()}));
    }
    PartialRows reverse() const { return PartialRows(query_.reverse()); }
    PartialRows distinct() const { return PartialRows(query_.distinct()); }
    PartialRows using_(std::string_view database) const { return PartialRows(query_.using_(database)); }
    /// The one row that matches. Article::DoesNotExist, Article::MultipleObjectsReturned.
    template <class... C> row get(const C&... conditions) const {
        std::vector<row> rows = (sizeof...(C) ? filter(conditions...) : all()).slice(0, 21).list();
        if (rows.empty()) detail::throw_as<typename M::DoesNotExist>(detail::missing_text(query_.meta()));
        if (rows.size() > 1)
            detail::throw_as<typename M::MultipleObjectsReturned>(detail::several_text(query_.meta(), rows.size()));
        return std::move(rows.front());
    }
    template <fixed_string... P> auto only(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<detail::Scope<M>, FieldRef<P>>())::valid)), ...);
        return PartialRows<M, Narrowed<M, Chosen, true, P...>>(query_.only({fields.name()...}));
    }
    template <fixed_string... P> auto defer(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<detail::Scope<M>, FieldRef<P>>())::valid)), ...);
        return PartialRows<M, Narrowed<M, Chosen, false, P...>>(query_.defer({fields.name()...}));
    }
    PartialRows select_related(OneName<M> first, OneName<M> second = {}) const {
        return PartialRows(query_.select_related(detail::names({first.text(), second.text()})));
    }
    PartialRows prefetch_related(RelationName<M> first, RelationName<M> second = {}) const {
        return PartialRows(query_.prefetch_related(detail::names({first.text(), second.text()})));
    }
    PartialRows none() const { return PartialRows(query_.none()); }
    PartialRows fetch_mode(FetchMode mode) const { return PartialRows(query_.fetch_mode(mode)); }
    PartialRows select_for_update() const { return PartialRows(query_.select_for_update()); }
    /// Columns, whatever was left out: as those of the whole rows.
    template <class... E> auto values_list(const E&... columns) const { return rows().values_list(columns...); }
    template <class E> auto values_flat(const E& column) const { return rows().values_flat(column); }
    template <class... E> auto values(const E&... columns) const { return rows().values(columns...); }
    template <class... K> auto aggregate(const K&... aliases) const { return rows().aggregate(aliases...); }
    template <class... K> std::int64_t update(const K&... assignments) const { return rows().update(assignments...); }
    Deleted delete_() const { return query_.delete_(); }
    std::string explain(std::string_view format = {}) const { return query_.explain(format); }
    bool exists() const { return query_.exists(); }
    std::int64_t count() const { return query_.count(); }
    /// The rows, fetched anew.
    std::vector<row> list() const {
        auto rows = make_ref<RowList>(query_.meta(), detail::ops_of(query_.meta()));
        query_.fetch_partly(*rows);
        std::vector<row> list;
        const Ref<detail::ReadColumns> columns = detail::read_columns(query_);
        for (std::size_t i = 0; i < rows->size(); ++i) list.emplace_back(rows, static_cast<M*>(rows->at(i)), columns);
        return list;
    }
    std::optional<row> first() const { return only_row(detail::first_row(query_)); }
    std::optional<row> last() const { return only_row(detail::last_row(query_)); }
    row operator[](std::size_t index) const {
        if (rows_.has_value()) return rows_->at(index);
        std::vector<row> one = slice(static_cast<std::int64_t>(index), 1).list();
        if (one.empty()) detail::throw_index_error();
        return std::move(one.front());
    }
    auto begin() const {
        if (!rows_.has_value()) rows_ = list();
        return rows_->begin();
    }
    auto end() const { return begin() + static_cast<std::ptrdiff_t>(rows_->size()); }
    std::size_t size() const { return static_cast<std::size_t>(end() - begin()); }

private:
    auto rows() const { return typename M::QuerySet(query_); }
    static std::optional<row> only_row(const Query& query) {
        std::vector<row> rows = PartialRows(query).list();
        if (rows.empty()) return std::nullopt;
        return std::move(rows.front());
    }

    Query query_;
    mutable std::optional<std::vector<row>> rows_;
};

}  // namespace nuages::db::models
