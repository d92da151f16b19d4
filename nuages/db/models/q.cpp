// QNode's members that are copies, moves and joins: out of line, so that no file with a model makes its vectors.
#include <nuages/db/models/q.hpp>

namespace nuages::db::models {

QNode::QNode() = default;
QNode::QNode(const QNode&) = default;
QNode::QNode(QNode&&) noexcept = default;
QNode& QNode::operator=(const QNode&) = default;
QNode& QNode::operator=(QNode&&) noexcept = default;
QNode::~QNode() = default;
QNode::QNode(Name name, const Literal& literal) : op(Op::leaf), path(std::move(name)), value(literal) {}
QNode::QNode(Name name, Literal&& literal) : op(Op::leaf), path(std::move(name)), value(std::move(literal)) {}
QNode::QNode(Name name, Expr right) : op(Op::leaf), path(std::move(name)), expression(std::move(right)) {}
QNode::QNode(Expr condition) : op(Op::expression), expression(std::move(condition)) {}
bool QNode::empty() const { return op >= Op::and_ && children.empty(); }

QNode operator&&(QNode a, QNode b) { return QNode::join(QNode::Op::and_, std::move(a), std::move(b)); }
QNode operator||(QNode a, QNode b) { return QNode::join(QNode::Op::or_, std::move(a), std::move(b)); }
QNode operator^(QNode a, QNode b) { return QNode::join(QNode::Op::xor_, std::move(a), std::move(b)); }

}  // namespace nuages::db::models
