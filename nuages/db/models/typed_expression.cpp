#include <nuages/db/models/functions.hpp>
#include <nuages/db/models/typed_expression.hpp>

#include <string>

namespace nuages::db::models {

AggregateParts::AggregateParts(AggregateKind which, Expr inner, const AggregateArguments& options, Expr second)
    : kind(which), operand(std::move(inner)), delimiter(std::move(second)), arguments(options) {}
AggregateParts::AggregateParts(AggregateKind which, Expr inner, const SpreadArguments& options)
    : kind(which), operand(std::move(inner)), arguments{.default_ = options.default_}, sample(options.sample) {}
AggregateParts::AggregateParts(const AggregateParts&) = default;
AggregateParts::~AggregateParts() = default;

AggregateParts AggregateParts::filtered(const QNode& condition) const {
    AggregateParts copy = *this;
    copy.filter = {condition};
    return copy;
}

AggregateParts AggregateParts::ordered(std::initializer_list<const OrderBy*> ordering) const {
    AggregateParts copy = *this;
    copy.order.clear();
    for (const OrderBy* by : ordering) copy.order.push_back(*by);
    return copy;
}

Expr AggregateParts::expr() const {
    // As AggregateKind has them.
    static constexpr std::string_view kNames[] = {"Count",  "Sum",      "Avg",      "Min",      "Max",
                                                  "StdDev", "Variance", "AnyValue", "StringAgg"};
    const AggregateOptions options{
        .distinct = arguments.distinct,
        .filter = filter.empty() ? nullptr : &filter.front(),
        .default_ = arguments.default_.given ? expr::value(arguments.default_.literal) : Expr(),
        .order_by = order};
    std::string name(kNames[static_cast<std::size_t>(kind)]);
    if (sample) name += "Sample";
    std::vector<Expr> operands{operand};
    if (delimiter) operands.push_back(delimiter);
    return expr::aggregate(name, std::move(operands), options);
}

namespace detail {

const QNode& no_condition() {
    static const QNode none;
    return none;
}

Expr call_function(std::string_view name, std::vector<Expr> arguments) {
    if (name == "Now") return expr::now();
    return expr::call(name, std::move(arguments));
}

Expr json_object(std::initializer_list<const QNode*> members) {
    std::vector<std::pair<std::string, Expr>> list;
    for (const QNode* member : members)
        list.emplace_back(member->path.view(), member->expression ? member->expression : expr::value(member->value));
    return expr::json_object(std::move(list));
}

Expr call_date_function(std::string_view name, Expr operand, std::string_view zone, OutputType output) {
    // "ExtractIsoYear" is the part iso_year.
    const auto part_behind = [&](std::size_t prefix) {
        std::string part;
        for (char c : name.substr(prefix)) {
            if (c >= 'A' && c <= 'Z' && !part.empty()) part += '_';
            part += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        return part;
    };
    if (name.starts_with("Extract")) return expr::extract(part_behind(7), std::move(operand), zone);
    return expr::trunc(part_behind(5), std::move(operand), zone, output);
}

}  // namespace detail

}  // namespace nuages::db::models
