// The evaluator of recorded trees.
//
// What is understood is a chain on Model.objects with its usual methods; everything else counts as skipped.
#include "orm_models.hpp"
#include "orm_values.hpp"

#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/query.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <variant>

namespace nuages::conformance {
namespace {

using models::Expr;
using models::FieldKind;
using models::Literal;
using models::ModelMeta;
using models::Name;
using models::OrderBy;
using models::QNode;
using models::Query;
namespace expr = models::expr;

struct When {
    QNode condition;
    Expr then;
};
/// What a tree evaluates to. Plain data is JSON, with "$type" for dates and the like.
using Item = std::variant<json::value, const ModelMeta*, Rows, Expr, QNode, OrderBy, When>;

class Evaluator {
public:
    explicit Evaluator(const OrmModels& models) : models_(models) {}

    Item run(const json::value& tree) {
        if (tree.as_object().contains("seq")) throw Skip("several statements");
        return evaluate(tree.as_object());
    }

    json::value finished(const Item& item) {
        if (const auto* data = std::get_if<json::value>(&item)) return *data;
        if (const auto* rows = std::get_if<Rows>(&item)) return rows_of(*rows);
        throw Skip("a result of another kind");
    }

private:
    using Keywords = std::vector<std::pair<std::string, const json::object*>>;

    static const json::array& arguments(const json::object& call) {
        static const json::array none;
        const json::value* args = call.if_contains("args");
        return args ? args->as_array() : none;
    }
    static Keywords keywords(const json::object& call) {
        Keywords list;
        if (const json::value* pairs = call.if_contains("kwargs")) {
            for (const json::value& pair : pairs->as_array()) {
                if (!pair.at(0).is_string()) throw Skip("unpacked keyword arguments");
                list.emplace_back(std::string(pair.at(0).as_string()), &pair.at(1).as_object());
            }
        }
        return list;
    }

    Item evaluate(const json::object& node) {
        if (const json::value* constant = node.if_contains("const")) return *constant;
        if (const json::value* list = node.if_contains("list")) return data_list(list->as_array());
        if (const json::value* tuple = node.if_contains("tuple")) return data_list(tuple->as_array());
        if (node.contains("op")) return operation(node);
        if (node.contains("index")) return indexed(node);
        if (node.contains("call")) return call(node);
        if (const json::value* attribute = node.if_contains("attr")) {
            if (attribute->as_string() == "objects") return Rows{Query(*model_of(node.at("of").as_object()))};
            throw Skip("attribute " + std::string(attribute->as_string()));
        }
        throw Skip("a tree of another kind");
    }

    json::value data_list(const json::array& items) {
        json::array out;
        for (const json::value& item : items) out.push_back(data(item.as_object()));
        return out;
    }

    json::value data(const json::object& node) {
        Item item = evaluate(node);
        if (auto* value = std::get_if<json::value>(&item)) return *value;
        throw Skip("an object among values");
    }

    const ModelMeta* model_of(const json::object& node) {
        const json::value* name = node.if_contains("name");
        const ModelMeta* meta = name ? models_.find(std::string_view(name->as_string())) : nullptr;
        if (!meta) throw Skip("something that is no model");
        for (const models::Field& field : meta->fields) {
            if (field.type_name == "JSONField" && meta->object_name == "AllTypes") continue;
        }
        return meta;
    }

    Rows rows(const json::object& node) {
        Item item = evaluate(node);
        if (auto* found = std::get_if<Rows>(&item)) return std::move(*found);
        throw Skip("no queryset");
    }

    Expr expression(const json::object& node, bool text_is_path = true) {
        Item item = evaluate(node);
        if (auto* found = std::get_if<Expr>(&item)) return *found;
        if (auto* found = std::get_if<QNode>(&item)) return expr::condition(*found);
        if (auto* found = std::get_if<Rows>(&item)) return expr::subquery(found->query);
        if (auto* value = std::get_if<json::value>(&item)) {
            if (value->is_string() && text_is_path)
                return value->as_string() == "*" ? expr::star() : expr::F(Name(std::string(value->as_string())));
            return expr::value(literal_of(*value));
        }
        throw Skip("no expression");
    }

    QNode condition(const json::object& node) {
        Item item = evaluate(node);
        if (auto* found = std::get_if<QNode>(&item)) return std::move(*found);
        if (auto* found = std::get_if<Expr>(&item)) return QNode(*found);
        throw Skip("no condition");
    }

    QNode keyword_condition(const std::string& path, const json::object& value) {
        Item item = evaluate(value);
        if (auto* found = std::get_if<Expr>(&item)) return {Name(path), *found};
        if (auto* found = std::get_if<Rows>(&item)) return {Name(path), found->query};
        if (auto* found = std::get_if<json::value>(&item)) return {Name(path), literal_of(*found)};
        throw Skip("a filter with an object");
    }

    QNode conditions(const json::object& call) {
        QNode all;
        for (const json::value& argument : arguments(call))
            all = QNode::join(QNode::Op::and_, std::move(all), condition(argument.as_object()));
        QNode::Op op = QNode::Op::and_;
        bool negated = false;
        for (const auto& [path, value] : keywords(call)) {
            if (path == "_connector" || path == "_negated") throw Skip("Q with a connector argument");
            all = QNode::join(op, std::move(all), keyword_condition(path, *value));
        }
        return negated ? !std::move(all) : all;
    }

    Item operation(const json::object& node) {
        const std::string_view op = node.at("op").as_string();
        const json::array& args = node.at("args").as_array();
        Item left = evaluate(args.at(0).as_object());
        if (op == "unary~") {
            if (auto* q = std::get_if<QNode>(&left)) return !std::move(*q);
            if (auto* e = std::get_if<Expr>(&left)) return expr::not_(*e);
        }
        if (op == "unary-") {
            if (auto* value = std::get_if<json::value>(&left)) {
                if (value->is_int64()) return json::value(-value->as_int64());
                if (value->is_double()) return json::value(-value->as_double());
            }
            if (auto* e = std::get_if<Expr>(&left)) return expr::combine(*e, '*', expr::value(Literal(-1)));
        }
        if (args.size() != 2) throw Skip("operator " + std::string(op));
        if ((op == "&" || op == "|" || op == "^") && !std::holds_alternative<json::value>(left) &&
            !std::holds_alternative<Rows>(left)) {
            QNode a = condition(args.at(0).as_object()), b = condition(args.at(1).as_object());
            return QNode::join(op == "&"   ? QNode::Op::and_
                               : op == "|" ? QNode::Op::or_
                                           : QNode::Op::xor_,
                               std::move(a), std::move(b));
        }
        if (op == "**" || (op.size() == 1 && std::string_view("+-*/%").find(op[0]) != std::string_view::npos)) {
            Item right = evaluate(args.at(1).as_object());
            const auto* a = std::get_if<json::value>(&left);
            const auto* b = std::get_if<json::value>(&right);
            if (a && b) {
                if (op == "**" && a->is_int64() && b->is_int64()) {
                    const double power =
                        std::pow(static_cast<double>(a->as_int64()), static_cast<double>(b->as_int64()));
                    if (power > 9e18) throw Skip("numbers past 64 bits");
                    std::int64_t result = 1;
                    for (std::int64_t i = 0; i < b->as_int64(); ++i) result *= a->as_int64();
                    return json::value(result);
                }
                if (op == "-" && a->is_int64() && b->is_int64()) return json::value(a->as_int64() - b->as_int64());
                throw Skip("Python's arithmetic");
            }
            return expr::combine(expression(args.at(0).as_object(), false), op == "**" ? '^' : op[0],
                                 expression(args.at(1).as_object(), false));
        }
        throw Skip("operator " + std::string(op));
    }

    Item indexed(const json::object& node) {
        Rows base = rows(node.at("of").as_object());
        const json::object& index = node.at("index").as_object();
        if (const json::value* slice = index.if_contains("slice")) {
            const json::array& parts = slice->as_array();
            if (!parts.at(2).is_null()) throw Skip("a slice with a step");
            const auto bound = [&](std::size_t i, std::int64_t otherwise) {
                return parts.at(i).is_null() ? otherwise : integer(data(parts.at(i).as_object()));
            };
            const std::int64_t from = bound(0, 0), to = bound(1, -2);
            if (from < 0 || (to < 0 && to != -2)) throw models::ValueError("Negative indexing is not supported.");
            base.query = base.query.slice(from, to == -2 ? -1 : std::max<std::int64_t>(to - from, 0));
            return base;
        }
        const json::value at = data(index);
        if (!at.is_int64()) throw models::TypeError("QuerySet indices must be integers or slices, not str.");
        if (at.as_int64() < 0) throw models::ValueError("Negative indexing is not supported.");
        base.query = base.query.slice(at.as_int64(), 1);
        const json::value list = rows_of(base);
        if (list.as_array().empty()) throw Refused("IndexError", "list index out of range");
        return list.as_array().front();
    }

    Item call(const json::object& node) {
        const json::object& callee = node.at("call").as_object();
        if (const json::value* name = callee.if_contains("name"))
            return function(std::string_view(name->as_string()), node);
        const std::string method(callee.at("attr").as_string());
        const json::object& of = callee.at("of").as_object();
        if (const json::value* module = of.if_contains("name"); module && module->as_string() == "dt")
            return datetime(method, node);
        if (method == "asc" || method == "desc") {
            OrderBy order(expression(of), method == "desc");
            for (const auto& [name, value] : keywords(node)) {
                if (truthy(data(*value), false))
                    order.nulls = name == "nulls_first" ? OrderBy::Nulls::first : OrderBy::Nulls::last;
            }
            return order;
        }
        return queryset_method(rows(of), method, node);
    }

    Item datetime(const std::string& type, const json::object& node) {
        std::vector<int> parts;
        for (const json::value& argument : arguments(node))
            parts.push_back(static_cast<int>(integer(data(argument.as_object()))));
        for (const auto& [name, value] : keywords(node)) {
            if (name != "tzinfo") throw Skip("keyword " + name);
            if (const json::value* zone = value->if_contains("name"); !zone || zone->as_string() != "UTC")
                throw Skip("time zones");
        }
        const bool clock = type == "time";
        if (type == "date" && parts.size() == 3)
            return json::object{{"$type", "date"}, {"value", Date::from_ymd(parts[0], parts[1], parts[2]).iso()}};
        parts.resize(clock ? 4 : 7);
        if (clock)
            return json::object{{"$type", "time"},
                                {"value", Time::from_hms(parts[0], parts[1], parts[2], parts[3]).iso()}};
        if (type != "datetime") throw Skip("dt." + type);
        return json::object{
            {"$type", "datetime"},
            {"value",
             DateTime::from_ymdhms(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]).iso()}};
    }

    Item function(std::string_view name, const json::object& node) {
        const json::array& args = arguments(node);
        const auto arg = [&](std::size_t i) -> const json::object& {
            if (i >= args.size()) throw Skip(std::string(name) + " without arguments");
            return args.at(i).as_object();
        };
        if (name == "list") return json::value(rows_of(rows(arg(0))));
        if (name == "Q") return conditions(node);
        if (name == "F") return expr::F(Name(text(data(arg(0)))));
        if (name == "OuterRef") return expr::outer_ref(Name(text(data(arg(0)))));
        if (name == "Value") {
            if (!keywords(node).empty()) throw Skip("Value with options");
            return expr::value(literal_of(data(arg(0))));
        }
        if (name == "D" || name == "UUID") {
            if (!keywords(node).empty()) throw Skip("UUID by number");
            const json::value value = data(arg(0));
            if (!value.is_string()) throw Skip("a decimal of a number");
            return json::object{{"$type", name == "D" ? "decimal" : "uuid"}, {"value", value}};
        }
        if (name == "Exists") return expr::exists(rows(arg(0)).query);
        if (name == "Subquery") {
            if (!keywords(node).empty()) throw Skip("Subquery with output_field");
            return expr::subquery(rows(arg(0)).query);
        }
        if (name == "Count" || name == "Sum" || name == "Avg" || name == "Min" || name == "Max")
            return aggregate(name, node);
        if (name == "Case") {
            std::vector<When> whens;
            for (const json::value& argument : args) {
                Item item = evaluate(argument.as_object());
                if (!std::holds_alternative<When>(item))
                    throw models::TypeError("Positional arguments must all be When objects.");
                whens.push_back(std::move(std::get<When>(item)));
            }
            Expr otherwise;
            for (const auto& [keyword, value] : keywords(node)) {
                if (keyword != "default") throw Skip("Case with " + keyword);
                otherwise = expression(*value);
            }
            std::vector<expr::When> list;
            for (When& when : whens) list.push_back({&when.condition, when.then});
            return expr::case_(list, otherwise);
        }
        if (name == "When") {
            When when;
            for (const json::value& argument : args)
                when.condition =
                    QNode::join(QNode::Op::and_, std::move(when.condition), condition(argument.as_object()));
            for (const auto& [keyword, value] : keywords(node)) {
                if (keyword == "then")
                    when.then = expression(*value);
                else
                    when.condition =
                        QNode::join(QNode::Op::and_, std::move(when.condition), keyword_condition(keyword, *value));
            }
            return when;
        }
        if (!keywords(node).empty()) throw Skip(std::string(name) + " with options");
        if (name == "Lower") return expr::lower(expression(arg(0)));
        if (name == "Upper") return expr::upper(expression(arg(0)));
        if (name == "Length") return expr::length(expression(arg(0)));
        if (name == "Now") return expr::now();
        if (name == "Coalesce" || name == "Concat") {
            std::vector<Expr> list;
            for (const json::value& argument : args) list.push_back(expression(argument.as_object()));
            return name == "Coalesce" ? expr::coalesce(list) : expr::concat(list);
        }
        if (name.starts_with("Extract") && name.size() > 7)
            return expr::extract(lower(name.substr(7)), expression(arg(0)));
        if (name.starts_with("Trunc") && name.size() > 5 && name != "TruncDate" && name != "TruncTime")
            return expr::trunc(lower(name.substr(5)), expression(arg(0)));
        throw Skip(std::string(name));
    }

    static std::string lower(std::string_view text) {
        std::string out(text);
        for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return out;
    }

    Expr aggregate(std::string_view name, const json::object& node) {
        models::AggregateOptions options;
        QNode filter;
        for (const auto& [keyword, value] : keywords(node)) {
            if (keyword == "distinct")
                options.distinct = truthy(data(*value), false);
            else if (keyword == "filter")
                options.filter = &(filter = condition(*value));
            else if (keyword == "default")
                options.default_ = expression(*value, false);
            else
                throw Skip("an aggregate with " + keyword);
        }
        Expr operand = expression(arguments(node).at(0).as_object());
        if (name == "Count") return expr::count(operand, options);
        if (name == "Sum") return expr::sum(operand, options);
        if (name == "Avg") return expr::avg(operand, options);
        return name == "Min" ? expr::min(operand, options) : expr::max(operand, options);
    }

    std::vector<Name> names(const json::object& node) {
        std::vector<Name> list;
        for (const json::value& argument : arguments(node)) {
            const json::value value = data(argument.as_object());
            if (!value.is_string()) throw Skip("names that are no strings");
            list.emplace_back(std::string(value.as_string()));
        }
        return list;
    }

    Rows annotated(Rows base, const json::object& node, bool selected) {
        for (const json::value& argument : arguments(node)) {
            Expr expression = this->expression(argument.as_object());
            const std::string alias = expression->default_alias();
            if (alias.empty()) throw models::TypeError("Complex annotations require an alias");
            base.query = selected ? base.query.annotate(alias, expression) : base.query.alias(alias, expression);
        }
        for (const auto& [alias, value] : keywords(node)) {
            Expr expression = this->expression(*value, false);
            base.query = selected ? base.query.annotate(alias, expression) : base.query.alias(alias, expression);
        }
        return base;
    }

    Item queryset_method(Rows base, const std::string& method, const json::object& node) {
        Query& query = base.query;
        if (method == "all") return base;
        if (method == "filter") return query = query.filter(conditions(node)), base;
        if (method == "exclude") return query = query.exclude(conditions(node)), base;
        if (method == "reverse") return query = query.reverse(), base;
        if (method == "none") return query = query.none(), base;
        if (method == "annotate" || method == "alias") return annotated(std::move(base), node, method == "annotate");
        if (method == "distinct") {
            if (!arguments(node).empty())
                throw db::NotSupportedError("DISTINCT ON fields is not supported by this database backend");
            return query = query.distinct(), base;
        }
        if (method == "order_by") {
            std::vector<OrderBy> order;
            for (const json::value& argument : arguments(node)) {
                Item item = evaluate(argument.as_object());
                if (auto* made = std::get_if<OrderBy>(&item))
                    order.push_back(*made);
                else if (auto* e = std::get_if<Expr>(&item))
                    order.emplace_back(*e);
                else if (auto* value = std::get_if<json::value>(&item); value && value->is_string())
                    order.emplace_back(Name(std::string(value->as_string())));
                else
                    throw Skip("an order of another kind");
            }
            return query = query.order_by(order), base;
        }
        if (method == "values" || method == "values_list") {
            if (arguments(node).empty()) throw Skip(method + " of all columns");
            base.shape = method == "values" ? Rows::Shape::dicts : Rows::Shape::tuples;
            for (const auto& [keyword, value] : keywords(node)) {
                if (method == "values") throw Skip("values() with expressions");
                if (keyword == "flat" && truthy(data(*value), false))
                    base.shape = Rows::Shape::flat;
                else
                    throw Skip("values_list with " + keyword);
            }
            if (base.shape == Rows::Shape::flat && arguments(node).size() > 1)
                throw models::TypeError("'flat' is not valid when values_list is called with more than one field.");
            return query = query.values(names(node)), base;
        }
        if (method == "select_related") return query = query.select_related(names(node)), base;
        if (method == "count") return json::value(query.count());
        if (method == "exists") return json::value(query.exists());
        if (method == "get") {
            const QNode all = conditions(node);
            base.query = query.filter(all).slice(0, 21);
            const json::value list = rows_of(base);
            const std::string& name = query.meta().object_name;
            if (list.as_array().empty())
                throw Refused(name + ".DoesNotExist", name + " matching query does not exist.");
            if (list.as_array().size() > 1) {
                throw Refused(name + ".MultipleObjectsReturned", "get() returned more than one " + name +
                                                                     " -- it returned " +
                                                                     std::to_string(list.as_array().size()) + "!");
            }
            return list.as_array().front();
        }
        if (method == "first" || method == "last") {
            if (method == "last")
                query = query.ordered() ? query.reverse() : query.order_by({"-pk"});
            else if (!query.ordered())
                query = query.order_by({"pk"});
            query = query.slice(0, 1);
            const json::value list = rows_of(base);
            return list.as_array().empty() ? json::value(nullptr) : list.as_array().front();
        }
        if (method == "aggregate") return summary(query, node);
        if (method == "update") {
            std::vector<models::Assignment> assignments;
            for (const auto& [name, value] : keywords(node)) {
                Item item = evaluate(*value);
                if (auto* data = std::get_if<json::value>(&item))
                    assignments.emplace_back(Name(name), literal_of(*data));
                else
                    assignments.emplace_back(Name(name), expression(*value, false));
            }
            return json::value(query.update(assignments));
        }
        if (method == "delete") {
            const models::Deleted deleted = query.delete_();
            json::object counts;
            for (const auto& [label, count] : deleted.per_model) counts[label] = count;
            return json::array{deleted.total, counts};
        }
        throw Skip("method " + method);
    }

    json::value summary(const Query& query, const json::object& node) {
        std::vector<models::Assignment> list;
        for (const json::value& argument : arguments(node)) {
            Expr expression = this->expression(argument.as_object());
            const std::string alias = expression->default_alias();
            if (alias.empty()) throw models::TypeError("Complex aggregates require an alias");
            list.emplace_back(Name(alias), expression);
        }
        for (const auto& [alias, value] : keywords(node)) list.emplace_back(Name(alias), expression(*value));
        models::Select select(query.meta(), nullptr);
        select.build(query);
        models::Resolver resolver(select);
        resolver.summarize = true;
        std::vector<models::OutputType> types;
        for (const models::Assignment& one : list) {
            const Expr resolved = resolver(one.expression);
            types.push_back(resolved->output());
            select.annotations.push_back({one.name, resolved, false, true});
        }
        json::object out;
        query.aggregate(list, [&](std::span<const db::Cell> cells) {
            for (std::size_t i = 0; i < list.size(); ++i) out[list[i].name.view()] = cell(types[i], cells[i]);
        });
        return out;
    }

    const OrmModels& models_;
};

}  // namespace

json::value evaluated(const OrmModels& models, const json::value& tree) {
    Evaluator evaluator(models);
    return evaluator.finished(evaluator.run(tree));
}

}  // namespace nuages::conformance
