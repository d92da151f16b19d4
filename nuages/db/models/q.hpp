// QNode: a tree of conditions with names, as Django's Q. The typed layer's Q<Model> and "a"_f = b end here.
#pragma once

#include <nuages/db/models/expression.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/literal.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// A leaf (path with lookup, and a literal or an expression), a conditional expression, or a connector over children.
/// An empty connector matches everything.
struct QNode {
    enum class Op : std::uint8_t { leaf, expression, and_, or_, xor_ };

    Op op = Op::and_;
    bool negated = false;
    Name path;       ///< leaf: "author__name__icontains"
    Literal value;   ///< leaf without expression
    Expr expression;  ///< leaf: right side; expression: the condition
    Ref<RefCounted> instance;  ///< leaf: the object (an Instance) whose key is meant
    std::vector<QNode> children;

    QNode();
    QNode(const QNode&);
    QNode(QNode&&) noexcept;
    QNode& operator=(const QNode&);
    QNode& operator=(QNode&&) noexcept;
    ~QNode();
    QNode(Name name, const Literal& literal);
    QNode(Name name, Literal&& literal);
    QNode(Name name, Expr right);
    /// A relation compared with an object: its key, or the field that the relation's `to_field` names.
    QNode(Name name, const Ref<Instance>& object);
    /// A path compared with a query's rows ("author__in"), or with its only value.
    QNode(Name name, const Query& query);
    explicit QNode(Expr condition);

    bool empty() const;
    /// Joins two trees; a tree of the same connector takes the other's children in, an empty one vanishes.
    static QNode join(Op op, QNode a, QNode b);

    friend QNode operator&&(QNode a, QNode b);
    friend QNode operator||(QNode a, QNode b);
    friend QNode operator^(QNode a, QNode b);
    friend QNode operator!(QNode a);
};

/// Equal trees, as Q == Q.
bool same_condition(const QNode& a, const QNode& b);

}  // namespace nuages::db::models
