#include <nuages/db/models/functions.hpp>
#include <nuages/db/models/typed_expression.hpp>

#include <string>

namespace nuages::db::models {

Expr make_aggregate(AggregateKind kind, const Expr& operand, const AggregateArguments& arguments, const QNode* filter,
                    const Expr& second) {
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
        case AggregateKind::string_agg: return expr::aggregate("StringAgg", {operand, second}, options);
        case AggregateKind::any_value: return expr::aggregate("AnyValue", {operand}, options);
    }
    return {};
}

namespace detail {

Expr call_function(std::string_view name, std::vector<Expr> arguments) {
    // "ExtractIsoYear" is the part iso_year.
    const auto part_behind = [&](std::size_t prefix) {
        std::string part;
        for (char c : name.substr(prefix)) {
            if (c >= 'A' && c <= 'Z' && !part.empty()) part += '_';
            part += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        return part;
    };
    if (name == "Now") return expr::now();
    if (name.starts_with("Extract") && arguments.size() == 1) return expr::extract(part_behind(7), arguments[0]);
    if (name.starts_with("Trunc") && arguments.size() == 1) return expr::trunc(part_behind(5), arguments[0]);
    return expr::call(name, std::move(arguments));
}

}  // namespace detail

}  // namespace nuages::db::models
