// Names given as text ("-published_at"), checked while compiling where they are literals.
#pragma once

#include <nuages/db/models/text_path.hpp>
#include <nuages/db/models/typed_expression.hpp>

#include <initializer_list>
#include <string_view>

namespace nuages::db::models {

/// The Model has no field or path of that name. A consteval constructor that gets here reads what was never written,
/// which no constant expression may: g++ says "accessing uninitialized member
/// 'has_no_such_field<blog::Article>::name'".
template <class Model> struct has_no_such_field {
    const char* name;
    constexpr has_no_such_field() {}
};
/// The Model has no relation of that name.
template <class Model> struct has_no_such_relation {
    const char* name;
    constexpr has_no_such_relation() {}
};

namespace detail {
/// Whether a path is the annotation A, or goes on behind it where it is a filtered relation.
template <class A> consteval bool is_path_of_alias(std::string_view path, PathEnd end) {
    if (path == A::name.view()) return end == PathEnd::value;
    if constexpr (IsRelationAlias<typename A::type>::value)
        return path_head(path) == A::name.view() && is_path<1, typename A::type::related>(path_tail(path), end);
    return false;
}
}  // namespace detail

template <class M, class... A> class OrderName;
template <class M> OrderName<M> one_of(std::string_view chosen, std::initializer_list<OrderName<M>> allowed);

/// A field or path of M to order by, descending with '-'; "?" is random. A wrong one does not compile.
template <class M, class... A> class OrderName {
public:
    consteval OrderName() = default;
    consteval OrderName(const char* name) : text_(name) {
        std::string_view path = text_;
        if (path.starts_with('-')) path.remove_prefix(1);
        if (path != "?" && !(detail::is_path_of_alias<A>(path, detail::PathEnd::value) || ...) &&
            !detail::is_path<1, M>(path, detail::PathEnd::value)) {
            text_ = has_no_such_field<M>().name;
        }
    }
    constexpr std::string_view text() const { return text_; }
    constexpr bool empty() const { return text_.empty(); }

private:
    template <class N> friend OrderName<N> one_of(std::string_view, std::initializer_list<OrderName<N>>);
    std::string_view text_;
};

/// The allowed ordering that equals `chosen` (text of a request, say), or the first one.
template <class M> OrderName<M> one_of(std::string_view chosen, std::initializer_list<OrderName<M>> allowed) {
    for (const OrderName<M>& name : allowed) {
        if (name.text() == chosen) return name;
    }
    return *allowed.begin();
}

/// A name in a model's own Meta: other models may still be incomplete there, so only foreign keys are followed.
template <class M> class MetaName {
public:
    consteval MetaName(const char* name) : text_(name) {
        std::string_view path = text_;
        if (path.starts_with('-')) path.remove_prefix(1);
        if (path != "?" && !detail::is_path<0, M>(path, detail::PathEnd::field)) text_ = has_no_such_field<M>().name;
    }
    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

/// The path leads to no relation, or to one of several objects: prefetch_related() is for those.
template <class Model> struct has_no_such_relation_to_one {
    const char* name;
    constexpr has_no_such_relation_to_one() {}
};
/// The relation's objects are not those of the query.
template <class Model, class Other> struct has_no_such_relation_to {
    const char* name;
    constexpr has_no_such_relation_to() {}
};

/// A path of relations to one object each, for select_related().
template <class M> class OneName {
public:
    consteval OneName() = default;
    consteval OneName(const char* name) : text_(name) {
        if (!detail::is_path<1, M>(text_, detail::PathEnd::relation)) text_ = has_no_such_relation<M>().name;
        if (!detail::is_path<1, M>(text_, detail::PathEnd::one)) text_ = has_no_such_relation_to_one<M>().name;
    }
    constexpr std::string_view text() const { return text_; }
    constexpr bool empty() const { return text_.empty(); }

private:
    std::string_view text_;
};

/// A path of relations to objects of To, for a prefetch by a query of theirs.
template <class M, class To> class NameOfTo {
public:
    consteval NameOfTo(const char* name) : text_(name) {
        if (!detail::is_path<1, M>(text_, detail::PathEnd::relation)) text_ = has_no_such_relation<M>().name;
        if (!detail::leads_to<M, To>(text_)) text_ = has_no_such_relation_to<M, To>().name;
    }
    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

/// A path of relations, for prefetch_related().
template <class M> class RelationName {
public:
    consteval RelationName() = default;
    consteval RelationName(const char* name) : text_(name) {
        if (!detail::is_path<1, M>(text_, detail::PathEnd::relation)) text_ = has_no_such_relation<M>().name;
    }
    constexpr std::string_view text() const { return text_; }
    constexpr bool empty() const { return text_.empty(); }

private:
    std::string_view text_;
};

/// A column of M, for only(), defer() and update_fields.
template <class M> class FieldName {
public:
    consteval FieldName() = default;
    consteval FieldName(const char* name) : text_(name) {
        if (!detail::is_path<1, M>(text_, detail::PathEnd::field)) text_ = has_no_such_field<M>().name;
    }
    constexpr std::string_view text() const { return text_; }
    constexpr bool empty() const { return text_.empty(); }

private:
    std::string_view text_;
};

/// Columns of M by name: {"title", "views"}. Wrong ones do not compile.
template <class M> class FieldNames {
public:
    FieldNames() = default;
    FieldNames(std::initializer_list<FieldName<M>> names) {
        for (const FieldName<M>& name : names) list_.push_back(Name::borrow(name.text()));
    }
    const std::vector<Name>& list() const { return list_; }

private:
    std::vector<Name> list_;
};

/// "self", or a relation of M: the tables whose rows select_for_update() locks.
template <class M> class LockedTable {
public:
    consteval LockedTable(const char* name) : text_(name) {
        if (text_ != "self" && !detail::is_path<1, M>(text_, detail::PathEnd::relation)) text_ = has_no_such_relation<M>().name;
    }
    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};
/// Several of them: .of = {"self", "author"}.
template <class M> class LockedTables {
public:
    LockedTables() = default;
    LockedTables(std::initializer_list<LockedTable<M>> tables) {
        for (const LockedTable<M>& table : tables) list_.push_back(Name::borrow(table.text()));
    }
    const std::vector<Name>& list() const { return list_; }

private:
    std::vector<Name> list_;
};
/// Options of select_for_update(); databases without row locks ignore them, as Django does.
template <class M> struct LockOptionsOf {
    bool nowait = false, skip_locked = false, no_key = false;
    LockedTables<M> of = {};
    LockOptions plain() const { return {nowait, skip_locked, no_key, of.list()}; }
};

/// A column of a statement of one's own, and the field that it is.
template <class M> struct Translation {
    std::string_view column;
    FieldName<M> field;
};
/// SQL of one's own whose columns have names of their own: {"SELECT id, name AS title ...", {{"name", "title"}}}.
template <class M> struct TranslatedSql {
    std::string_view sql;
    TranslatedSql(std::string_view statement, std::initializer_list<Translation<M>> columns) : sql(statement) {
        for (const Translation<M>& one : columns) {
            names_.emplace_back(one.column);
            names_.emplace_back(one.field.text());
        }
    }
    /// A column and its field in turn.
    const std::vector<std::string>& translations() const { return names_; }

private:
    std::vector<std::string> names_;
};

}  // namespace nuages::db::models
