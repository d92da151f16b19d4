#include <nuages/db/models/typed_expression.hpp>

namespace nuages::db::models {

Expr make_aggregate(AggregateKind kind, const Expr& operand, const AggregateArguments& arguments, const QNode* filter) {
    const AggregateOptions options{.distinct = arguments.distinct,
                                   .filter = filter,
                                   .default_ = arguments.default_.given ? expr::value(arguments.default_.literal)
                                                                        : Expr()};
    switch (kind) {
        case AggregateKind::count: return expr::count(operand, options);
        case AggregateKind::sum: return expr::sum(operand, options);
        case AggregateKind::avg: return expr::avg(operand, options);
        case AggregateKind::min: return expr::min(operand, options);
        case AggregateKind::max: return expr::max(operand, options);
        case AggregateKind::std_dev: return expr::aggregate("StdDev", {operand}, options);
        case AggregateKind::variance: return expr::aggregate("Variance", {operand}, options);
        case AggregateKind::any_value: return expr::aggregate("AnyValue", {operand}, options);
    }
    return {};
}

}  // namespace nuages::db::models
