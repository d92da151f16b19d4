#include "deconstructed.hpp"

#include <nuages/core/validators/validators.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/utils/base64.hpp>

namespace nuages::conformance {

using models::Expr;
using models::Field;
using models::FieldKind;
using models::Literal;
using models::QNode;
namespace expr = models::expr;

namespace {

FieldKind kind_of(std::string_view type) {
    for (int kind = 0; kind <= static_cast<int>(FieldKind::many_to_many); ++kind) {
        Field field;
        field.kind = static_cast<FieldKind>(kind);
        if (models::field_class_name(field) == type) return field.kind;
    }
    return FieldKind::char_;  // e-mail, URL, slug, file ...
}

models::OnDelete on_delete_of(std::string_view callable) {
    constexpr std::pair<std::string_view, models::OnDelete> kNames[] = {
        {"CASCADE", models::CASCADE},         {"PROTECT", models::PROTECT},       {"RESTRICT", models::RESTRICT},
        {"SET_NULL", models::SET_NULL},       {"SET_DEFAULT", models::SET_DEFAULT}, {"DO_NOTHING", models::DO_NOTHING},
        {"DB_CASCADE", models::DB_CASCADE}, {"DB_SET_NULL", models::DB_SET_NULL}, {"DB_SET_DEFAULT", models::DB_SET_DEFAULT}};
    const std::string_view name = callable.substr(callable.rfind('.') + 1);
    for (const auto& [known, value] : kNames) {
        if (known == name) return value;
    }
    throw Skip("on_delete " + std::string(callable));
}

bool flag(const json::object& options, std::string_view name, bool otherwise = false) {
    const json::value* value = options.if_contains(name);
    return value && value->is_bool() ? value->as_bool() : otherwise;
}

int number(const json::object& options, std::string_view name) {
    const json::value* value = options.if_contains(name);
    return value && value->is_int64() ? static_cast<int>(value->as_int64()) : 0;
}

std::string option(const json::object& options, std::string_view name) {
    const json::value* value = options.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts(const json::object& options, std::string_view name) {
    std::vector<std::string> list;
    const json::value* value = options.if_contains(name);
    if (value && value->is_object()) value = value->as_object().if_contains("$set");
    if (value && value->is_array()) {
        for (const json::value& item : value->as_array()) list.emplace_back(item.as_string());
    }
    return list;
}

const json::object& keywords(const json::object& object) {
    static const json::object none;
    const json::value* found = object.if_contains("kwargs");
    return found ? found->as_object() : none;
}

const json::array& arguments(const json::object& object) {
    static const json::array none;
    const json::value* found = object.if_contains("args");
    return found ? found->as_array() : none;
}

std::string_view class_of(const json::object& object) {
    const std::string_view path = object.at("$obj").as_string();
    return path.substr(path.rfind('.') + 1);
}

/// A function's argument: a text is a field's name.
Expr operand_of(const json::value& value) {
    if (value.is_string()) return expr::F(std::string(value.as_string()));
    return expression_of(value);
}

std::vector<Expr> operands_of(const json::object& object) {
    std::vector<Expr> list;
    for (const json::value& value : arguments(object)) list.push_back(operand_of(value));
    return list;
}

}  // namespace

Literal literal_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return {};
        case json::kind::bool_: return Literal(value.as_bool());
        case json::kind::int64: return Literal(value.as_int64());
        case json::kind::double_: return Literal(value.as_double());
        case json::kind::string: return Literal(std::string(value.as_string()));
        case json::kind::array: {
            std::vector<Literal> items;
            for (const json::value& item : value.as_array()) items.push_back(literal_of(item));
            return Literal(std::move(items));
        }
        default: break;
    }
    const std::string_view type = type_tag(value);
    if (type == "timedelta") return Literal(Duration{value.at("value").as_int64()});
    if (type.empty()) throw Skip("a value that is not plain");
    const std::string text(value.at("value").as_string());
    if (type == "decimal") return Literal::decimal(text);
    if (type == "date") return Literal(Date::parse(text).value());
    if (type == "time") return Literal(Time::parse(text).value());
    if (type == "datetime") return Literal(DateTime::parse(text).value());
    if (type == "bytes") return Literal::blob(utils::base64_decode(text).value());
    if (type == "uuid") {
        Literal storage;
        return models::prepared({FieldKind::uuid, nullptr, true}, Literal(text), storage);
    }
    throw Skip("a value of type " + std::string(type));
}

Expr expression_of(const json::value& value) {
    if (!value.is_object()) return expr::value(literal_of(value));
    const json::object& object = value.as_object();
    if (object.contains("$q")) return expr::condition(condition_of(value));
    if (!object.contains("$obj")) return expr::value(literal_of(value));
    const std::string_view name = class_of(object);
    const json::array& args = arguments(object);
    if (name == "F") return expr::F(std::string(args.at(0).as_string()));
    if (name == "Value") return expr::value(literal_of(args.at(0)));
    if (name == "CombinedExpression") {
        const std::string_view operation = args.at(1).as_string();
        return expr::combine(operand_of(args.at(0)), operation.at(0), operand_of(args.at(2)));
    }
    if (name == "Now") return expr::now();
    const std::vector<Expr> operands = operands_of(object);
    if (name == "Lower") return expr::lower(operands.at(0));
    if (name == "Upper") return expr::upper(operands.at(0));
    if (name == "Length") return expr::length(operands.at(0));
    if (name == "Concat") return expr::concat(operands);
    if (name == "Coalesce") return expr::coalesce(operands);
    throw Skip("the expression " + std::string(name));
}

QNode condition_of(const json::value& value) {
    const json::object& object = value.as_object();
    if (object.contains("$obj")) return QNode(expression_of(value));
    const std::string_view connector = object.at("$q").as_string();
    QNode node;
    node.op = connector == "OR" ? QNode::Op::or_ : connector == "XOR" ? QNode::Op::xor_ : QNode::Op::and_;
    for (const json::value& child : object.at("children").as_array()) {
        if (child.is_array()) {
            const models::Name path(std::string(child.as_array().at(0).as_string()));
            const json::value& right = child.as_array().at(1);
            if (right.is_object() && right.as_object().contains("$obj"))
                node.children.emplace_back(path, expression_of(right));
            else
                node.children.emplace_back(path, literal_of(right));
        } else {
            node.children.push_back(condition_of(child));
        }
    }
    if (node.children.size() == 1) {
        QNode only = std::move(node.children.front());
        return object.at("negated").as_bool() ? !std::move(only) : only;
    }
    return object.at("negated").as_bool() ? !std::move(node) : node;
}

namespace {

std::vector<models::OrderBy> orderings_of(const json::object& object) {
    std::vector<models::OrderBy> list;
    for (const json::value& value : arguments(object)) {
        if (value.is_object() && value.as_object().contains("$obj") && class_of(value.as_object()) == "OrderBy") {
            const json::object& ordering = value.as_object();
            const bool descending = flag(keywords(ordering), "descending");
            list.emplace_back(operand_of(arguments(ordering).at(0)), descending);
        } else {
            list.emplace_back(operand_of(value));
        }
    }
    return list;
}

}  // namespace

models::Index index_of(const json::value& value) {
    const json::object& object = value.as_object();
    const json::object& options = keywords(object);
    models::Index index{option(options, "name"), texts(options, "fields"), {}};
    if (const json::value* condition = options.if_contains("condition")) index.condition = condition_of(*condition);
    index.expressions = orderings_of(object);
    index.include = texts(options, "include");
    index.opclasses = texts(options, "opclasses");
    return index;
}

models::Constraint constraint_of(const json::value& value) {
    const json::object& object = value.as_object();
    const json::object& options = keywords(object);
    models::Constraint constraint{option(options, "name"), texts(options, "fields"), {}};
    if (const json::value* condition = options.if_contains("condition"))
        constraint.condition = condition_of(*condition);
    constraint.expressions = orderings_of(object);
    constraint.include = texts(options, "include");
    constraint.opclasses = texts(options, "opclasses");
    if (const json::value* distinct = options.if_contains("nulls_distinct"); distinct && distinct->is_bool())
        constraint.nulls_distinct = distinct->as_bool();
    if (const std::string deferrable = option(options, "deferrable"); !deferrable.empty())
        constraint.deferrable = deferrable.ends_with("immediate") ? models::Constraint::Deferrable::immediate
                                                                  : models::Constraint::Deferrable::deferred;
    constraint.violation_error_code = option(options, "violation_error_code");
    constraint.violation_error_message = option(options, "violation_error_message");
    return constraint;
}

namespace {

void apply_relation(Field& field, const json::object& options, const FindModel& find) {
    field.relation.model = find(std::string_view(options.at("to").as_string()));
    if (!field.relation.model) throw Refused("ValueError", "no model for a relation");
    field.relation.related_name = option(options, "related_name");
    field.relation.related_query_name = option(options, "related_query_name");
    field.relation.to_field = option(options, "to_field");
    field.relation.db_constraint = flag(options, "db_constraint", true);
    field.relation.parent_link = flag(options, "parent_link");
    field.relation.db_table = option(options, "db_table");
    if (const json::value* callable = options.if_contains("on_delete"))
        field.relation.on_delete = on_delete_of(callable->at("$callable").as_string());
    if (const json::value* through = options.if_contains("through"); through && through->is_string())
        field.relation.through_model = find(std::string_view(through->as_string()));
    if (const std::vector<std::string> names = texts(options, "through_fields"); names.size() == 2) {
        field.relation.through_source = names[0];
        field.relation.through_target = names[1];
    }
}

// With the blanks that Python's json.dumps() leaves.
std::string json_text(const json::value& value) {
    std::string out;
    for (const char c : json::serialize(value)) {
        out += c;
        if (c == ':' || c == ',') out += ' ';
    }
    return out;
}

// dict and list as callables are the only ones in the data.
void apply_default(Field& field, const json::object& options) {
    const json::value* value = options.if_contains("default");
    if (!value) return;
    field.has_default = true;
    if (value->is_object() && value->as_object().contains("$class"))
        field.default_value = Literal::json(value->at("$class").as_string() == "builtins.list" ? "[]" : "{}");
    else if (field.kind == FieldKind::json)
        field.default_value = Literal::json(json::serialize(*value));
    else
        field.default_value = literal_of(*value);
}

void apply_choices(Field& field, const json::object& options) {
    const json::value* choices = options.if_contains("choices");
    if (!choices || !choices->is_array()) return;
    for (const json::value& pair : choices->as_array())
        field.choices.push_back({literal_of(pair.at(0)), std::string(pair.at(1).as_string())});
}

// Those of django.core.validators that models name with their arguments.
void apply_validators(Field& field, const json::object& options) {
    const json::value* list = options.if_contains("validators");
    if (!list || !list->is_array()) return;
    for (const json::value& entry : list->as_array()) {
        if (!entry.is_object() || !entry.as_object().contains("$obj")) continue;
        const json::object& object = entry.as_object();
        const json::array& given = arguments(object);
        const json::object& named = keywords(object);
        const json::value* limit = named.if_contains("limit_value");
        if (!given.empty()) limit = &given.front();
        const std::string name(class_of(object));
        const auto bound = [&] { return limit->is_int64() ? Value(limit->as_int64()) : Value(limit->to_number<double>()); };
        const validators::Options texts{option(named, "message"), option(named, "code")};
        if (name == "RegexValidator") {
            const json::value* pattern = given.empty() ? named.if_contains("regex") : &given.front();
            if (pattern && pattern->is_object()) pattern = pattern->as_object().if_contains("$regex");
            if (pattern && pattern->is_string())
                field.validators.push_back(validators::RegexValidator(std::string_view(pattern->as_string()), texts, flag(named, "inverse_match")));
        } else if (limit && limit->is_number()) {
            if (name == "MinValueValidator") field.validators.push_back(validators::MinValueValidator(bound(), texts));
            if (name == "MaxValueValidator") field.validators.push_back(validators::MaxValueValidator(bound(), texts));
            if (name == "StepValueValidator") field.validators.push_back(validators::StepValueValidator(bound(), nullptr, texts));
            if (name == "MinLengthValidator") field.validators.push_back(validators::MinLengthValidator(limit->as_int64(), texts));
            if (name == "MaxLengthValidator") field.validators.push_back(validators::MaxLengthValidator(limit->as_int64(), texts));
        }
    }
}

}  // namespace

Field field_of(std::string_view name, std::string_view type, const json::object& options, const FindModel& find) {
    Field field;
    field.name = std::string(name);
    field.type_name = std::string(type);
    field.kind = kind_of(type);
    const json::object* sizes = &options;
    if (type == "GeneratedField") {
        const json::object& output = options.at("output_field").as_object();
        field.kind = kind_of(output.at("type").as_string());
        sizes = &output.at("kwargs").as_object();
        field.generated = expression_of(options.at("expression"));
        field.db_persist = flag(options, "db_persist", true);
    }
    field.column = option(options, "db_column");
    field.null = flag(options, "null");
    field.blank = flag(options, "blank");
    field.unique = flag(options, "unique");
    field.primary_key = flag(options, "primary_key");
    field.auto_created = flag(options, "auto_created");
    field.editable = flag(options, "editable", true);
    if (options.contains("db_index")) field.db_index = flag(options, "db_index");
    field.auto_now = flag(options, "auto_now");
    field.auto_now_add = flag(options, "auto_now_add");
    field.verbose_name = option(options, "verbose_name");
    field.help_text = option(options, "help_text");
    field.db_comment = option(options, "db_comment");
    field.db_collation = option(options, "db_collation");
    field.db_tablespace = option(options, "db_tablespace");
    if (const std::string protocol = option(options, "protocol"); !protocol.empty()) field.protocol = protocol;
    field.unpack_ipv4 = flag(options, "unpack_ipv4");
    field.max_length = number(*sizes, "max_length");
    field.max_digits = number(*sizes, "max_digits");
    field.decimal_places = number(*sizes, "decimal_places");
    apply_default(field, options);
    apply_choices(field, options);
    apply_validators(field, options);
    if (const json::value* value = options.if_contains("db_default")) {
        const bool is_document = field.kind == FieldKind::json && value->is_object() && !value->as_object().contains("$obj");
        field.db_default = is_document ? expr::value(Literal::json(json_text(*value))) : expression_of(*value);
    }
    if (field.is_relation()) apply_relation(field, options, find);
    return field;
}

void apply_meta_options(models::ModelMeta& meta, const json::object& options) {
    meta.ordering = texts(options, "ordering");
    if (const std::string table = option(options, "db_table"); !table.empty()) meta.db_table = table;
    meta.db_table_comment = option(options, "db_table_comment");
    meta.db_tablespace = option(options, "db_tablespace");
    meta.order_with_respect_to = option(options, "order_with_respect_to");
    meta.default_related_name = option(options, "default_related_name");
    meta.select_on_save = flag(options, "select_on_save");
    meta.verbose_name = option(options, "verbose_name");
    meta.verbose_name_plural = option(options, "verbose_name_plural");
    meta.get_latest_by = texts(options, "get_latest_by");
    if (const std::string name = option(options, "get_latest_by"); !name.empty()) meta.get_latest_by = {name};
    if (const json::value* together = options.if_contains("unique_together")) {
        if (together->is_object()) together = &together->at("$set");
        for (const json::value& names : together->as_array()) {
            std::vector<std::string>& group = meta.unique_together.emplace_back();
            for (const json::value& name : names.as_array()) group.emplace_back(name.as_string());
        }
    }
    if (const json::value* indexes = options.if_contains("indexes")) {
        for (const json::value& index : indexes->as_array()) meta.indexes.push_back(index_of(index));
    }
    if (const json::value* constraints = options.if_contains("constraints")) {
        for (const json::value& constraint : constraints->as_array())
            meta.constraints.push_back(constraint_of(constraint));
    }
}

}  // namespace nuages::conformance
