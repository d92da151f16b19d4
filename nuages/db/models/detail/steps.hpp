// The steps of a Query: an immutable list from the last call back to the first, shared between queries.
#pragma once

#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/prefetch.hpp>
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
        through,
        per_owner,
        lock,
        compound,
        combined
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
struct Prefetches : Query::Step {
    std::vector<Prefetch> lookups;  ///< none: those before are forgotten
    explicit Prefetches(std::vector<Prefetch> list) : Step(Kind::prefetch), lookups(std::move(list)) {}
};
struct Lock : Query::Step {
    LockOptions options;
    explicit Lock(LockOptions how) : Step(Kind::lock), options(std::move(how)) {}
};
/// union and the like: everything before is the first part.
enum class CompoundKind : std::uint8_t { union_, union_all, intersection, difference };
struct Compound : Query::Step {
    CompoundKind how;
    std::vector<Query> parts;  ///< all of them, the first included
    Compound(CompoundKind which, std::vector<Query> queries)
        : Step(Kind::compound), how(which), parts(std::move(queries)) {}
};
/// `a & b`: the conditions of another query of the same model.
struct Combined : Query::Step {
    QNode::Op op;
    Query other;
    Combined(QNode::Op how, Query query) : Step(Kind::combined), op(how), other(std::move(query)) {}
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
    bool select_key;  ///< the owner's key comes as a column behind all others, to tell the owners apart
    Through(const Field& to_owner, const Field& to_rows, std::vector<Literal> owners, bool select)
        : Step(Kind::through), own(to_owner), other(to_rows), keys(std::move(owners)), select_key(select) {}
};

/// The slice so far holds for the rows of each owner, not for all rows together: Prefetch of a sliced query.
struct PerOwner : Query::Step {
    Name path;  ///< of the owner; empty: the owner's key of the Through step before
    explicit PerOwner(Name owner) : Step(Kind::per_owner), path(std::move(owner)) {}
};

}  // namespace steps

}  // namespace nuages::db::models
