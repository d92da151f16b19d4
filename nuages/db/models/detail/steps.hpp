// The steps of a Query: an immutable list from the last call back to the first, shared between queries.
#pragma once

#include <nuages/db/models/query.hpp>

namespace nuages::db::models {

struct Query::Step : RefCounted {
    enum class Kind : std::uint8_t {
        filter,
        exclude,
        annotate,
        alias,
        order_by,
        reverse,
        distinct,
        slice,
        select_related,
        prefetch,
        values,
        only,
        defer,
        none,
        using_,
        fetch_mode,
        through
    };
    Kind kind;
    Ref<const RefCounted> previous;
    explicit Step(Kind which) : kind(which) {}
    const Step* before() const { return static_cast<const Step*>(previous.get()); }
};

namespace steps {

using Kind = Query::Step::Kind;

struct Filter : Query::Step {
    QNode node;
    Filter(Kind which, QNode tree) : Step(which), node(std::move(tree)) {}
};
struct Annotate : Query::Step {
    Name alias;
    Expr expression;
    Annotate(Kind which, Name name, Expr expr) : Step(which), alias(std::move(name)), expression(std::move(expr)) {}
};
struct Order : Query::Step {
    std::vector<OrderBy> ordering;
    explicit Order(std::vector<OrderBy> order) : Step(Kind::order_by), ordering(std::move(order)) {}
};
struct Names : Query::Step {
    std::vector<Name> names;
    Names(Kind which, std::vector<Name> list) : Step(which), names(std::move(list)) {}
};
struct Slice : Query::Step {
    std::int64_t offset, limit;
    Slice(std::int64_t from, std::int64_t count) : Step(Kind::slice), offset(from), limit(count) {}
};
struct Using : Query::Step {
    std::string database;
    explicit Using(std::string_view alias) : Step(Kind::using_), database(alias) {}
};
struct Mode : Query::Step {
    FetchMode mode;
    explicit Mode(FetchMode how) : Step(Kind::fetch_mode), mode(how) {}
};

/// Rows that a many-to-many table relates to these keys: the start of a related manager's query.
struct Through : Query::Step {
    const Field& own;    ///< foreign key of the through model to the manager's owner
    const Field& other;  ///< foreign key to the rows' model
    std::vector<Literal> keys;
    bool select_key;  ///< the owner's key comes as an annotation, to tell the owners apart
    Through(const Field& to_owner, const Field& to_rows, std::vector<Literal> owners, bool select)
        : Step(Kind::through), own(to_owner), other(to_rows), keys(std::move(owners)), select_key(select) {}
};

}  // namespace steps

}  // namespace nuages::db::models
