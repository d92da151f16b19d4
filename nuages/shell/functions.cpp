// Django's names in the language: expressions, aggregates, functions, output fields, constants.
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/models/func.hpp>
#include <nuages/db/models/related.hpp>

#include <algorithm>

namespace nuages::shell {

namespace expr = models::expr;
using models::FieldKind;
using models::OutputType;

Expr expression_of(const Object& value, bool text_is_path) {
    if (const auto* expression = value.as<Expression>()) return expression->expr;
    if (const auto* condition = value.as<Condition>()) return expr::condition(condition->node);
    if (const auto* rows = value.as<RowSet>()) return expr::subquery(rows->query);
    if (value.is_literal() && value.literal().kind() == Literal::Kind::text && text_is_path)
        return value.literal().text() == "*" ? expr::star() : expr::F(Name(value.literal().text()));
    if (value.as<Order>()) throw Raised("TypeError", "an ordering cannot stand here");
    return expr::value(to_literal(value));
}

QNode condition_of(const Object& value) {
    if (const auto* condition = value.as<Condition>()) return condition->node;
    if (const auto* expression = value.as<Expression>()) return QNode(expression->expr);
    if (const auto* pair = value.as<Sequence>(); pair && pair->items.size() == 2 && pair->kind == Sequence::Kind::tuple)
        return keyword_condition(text_of(pair->items[0]), pair->items[1]);
    if (value.is_literal() && value.literal().kind() == Literal::Kind::text) {  // Python unpacks it: a name and a value
        const std::vector<Object> letters = items_of(value);
        if (letters.size() != 2)
            throw Raised("ValueError", letters.size() < 2 ? "not enough values to unpack (expected 2, got " + std::to_string(letters.size()) + ")"
                                                          : "too many values to unpack (expected 2)");
        return keyword_condition(text_of(letters[0]), letters[1]);
    }
    if (value.is_literal()) throw Raised("TypeError", "cannot unpack non-iterable " + type_name(value) + " object");
    if (const auto* mapping = value.as<Mapping>()) {
        QNode all;
        for (const auto& item : mapping->items)
            all = QNode::join(QNode::Op::and_, std::move(all), keyword_condition(text_of(item.first), item.second));
        return all;
    }
    throw Raised("TypeError", "Cannot filter against a non-conditional expression.");
}

QNode keyword_condition(const std::string& path, const Object& value) {
    if (const auto* expression = value.as<Expression>()) return {Name(path), expression->expr};
    if (const auto* condition = value.as<Condition>()) return {Name(path), expr::condition(condition->node)};
    if (path.ends_with("__in") && value.is_literal() && value.literal().kind() == Literal::Kind::text)
        return {Name(path), to_literal(list_of(items_of(value)))};  // a text is its characters
    if (const auto* rows = value.as<RowSet>()) return {Name(path), rows->query};
    const auto* sequence = value.as<Sequence>();
    const bool expressions = sequence && std::any_of(sequence->items.begin(), sequence->items.end(),
                                                     [](const Object& item) { return item.as<Expression>() || item.as<RowSet>(); });
    if (expressions) {
        std::vector<Expr> parts;
        for (const Object& item : sequence->items) parts.push_back(expression_of(item, false));
        return {Name(path), expr::tuple(std::move(parts))};
    }
    if (auto* instance = value.as<Instance>()) {
        const Literal key = instance->meta().pk().get(instance->object());
        const bool unsaved = key.is_null() || (instance->extras() && instance->extras()->adding &&
                                               key.kind() == Literal::Kind::integer && key.integer() == 0);
        if (unsaved) throw models::ValueError("Model instances passed to related filters must be saved.");
        return {Name(path), Ref<Instance>(instance)};
    }
    return {Name(path), to_literal(value)};
}

QNode conditions_of(const Arguments& arguments) {
    QNode all;
    std::string invalid;
    for (const char* name : {"_connector", "_negated"}) {
        if (arguments.has(name)) invalid += (invalid.empty() ? "'" : ", '") + std::string(name) + "'";
    }
    if (!invalid.empty()) throw Raised("TypeError", "The following kwargs are invalid: " + invalid);
    for (const Object& argument : arguments.positional) all = QNode::join(QNode::Op::and_, std::move(all), condition_of(argument));
    for (const auto& [path, value] : arguments.named)
        all = QNode::join(QNode::Op::and_, std::move(all), keyword_condition(path, value));
    return all;
}

std::vector<OrderBy> orders_of(const std::vector<Object>& values) {
    std::vector<OrderBy> orders;
    for (const Object& value : values) {
        if (const auto* order = value.as<Order>())
            orders.push_back(order->order);
        else if (const auto* expression = value.as<Expression>())
            orders.emplace_back(expression->expr);
        else if (const auto* sequence = value.as<Sequence>())
            for (const OrderBy& inner : orders_of(sequence->items)) orders.push_back(inner);
        else
            orders.emplace_back(Name(text_of(value)));
    }
    return orders;
}

namespace {

Object made(Expr expression, std::string name) { return make_ref<Expression>(std::move(expression), std::move(name)); }

OutputType output_of(const Arguments& a, std::size_t index = 99) {
    const Object* given = a.find(index, "output_field");
    if (!given || given->is_none()) return {};
    const auto* field = given->as<OutputField>();
    if (!field) throw Raised("TypeError", "output_field must be a field");
    return {field->field.kind, nullptr, true, field->field.max_digits ? field->field.decimal_places : -1, field->field.max_length};
}

std::string zone_of(const Arguments& a) {
    const Object* zone = a.find(99, "tzinfo");
    return zone && !zone->is_none() ? zone_name(*zone) : std::string();
}

Object q_object(const Arguments& a) {
    QNode::Op op = QNode::Op::and_;
    bool negated = false;
    QNode all;
    for (const auto& [name, value] : a.named) {
        if (name == "_connector" && !value.is_none()) {
            const std::string connector = text_of(value);
            if (connector != "AND" && connector != "OR" && connector != "XOR")
                throw Raised("ValueError", "_connector must be one of 'AND', 'OR', 'XOR', or None.");
            op = connector == "AND" ? QNode::Op::and_ : connector == "OR" ? QNode::Op::or_ : QNode::Op::xor_;
        }
        if (name == "_negated") negated = truthy(value);
    }
    all.op = op;
    for (const Object& argument : a.positional) all.children.push_back(condition_of(argument));
    auto named = a.named;  // Python sorts keywords of Q
    std::stable_sort(named.begin(), named.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
    for (const auto& [name, value] : named) {
        if (name != "_connector" && name != "_negated") all.children.push_back(keyword_condition(name, value));
    }
    if (all.children.size() == 1 && !negated) return make_ref<Condition>(QNode(all.children.front()));
    return make_ref<Condition>(negated ? !std::move(all) : all);
}

Object f_object(const Arguments& a) { return made(expr::F(Name(text_of(a.at(0, "name")))), "F"); }
Object outer_ref(const Arguments& a) {
    const Object& of = a.at(0, "name");
    if (const auto* inner = of.as<Expression>()) return made(expr::outer_ref(inner->expr), "OuterRef");
    return made(expr::outer_ref(Name(text_of(of))), "OuterRef");
}

Object value_object_of(const Arguments& a) {
    const Literal literal = to_literal(a.at(0, "value"));
    const OutputType type = output_of(a, 1);
    return made(type.known ? expr::value(literal, type.kind) : expr::value(literal), "Value");
}

Object exists(const Arguments& a) {
    const auto* rows = a.at(0, "queryset").as<RowSet>();
    if (!rows) throw Raised("TypeError", "Exists() takes a queryset.");
    return made(expr::exists(rows->query), "Exists");
}

Object subquery(const Arguments& a) {
    const auto* rows = a.at(0, "queryset").as<RowSet>();
    if (!rows) throw Raised("TypeError", "Subquery() takes a queryset.");
    return made(expr::subquery(rows->query, output_of(a, 1)), "Subquery");
}

Object wrapper(const Arguments& a) {
    return made(expr::typed(expression_of(a.at(0, "expression")), output_of(a, 1)), "ExpressionWrapper");
}

Object when(const Arguments& a) {
    auto clause = make_ref<WhenClause>();
    for (const Object& argument : a.positional) {
        if (&argument == &a.positional[0] || argument.as<Condition>())
            clause->condition = QNode::join(QNode::Op::and_, std::move(clause->condition), condition_of(argument));
        else
            clause->then = expression_of(argument);
    }
    for (const auto& [name, value] : a.named) {
        if (name == "then")
            clause->then = expression_of(value);
        else
            clause->condition = QNode::join(QNode::Op::and_, std::move(clause->condition), keyword_condition(name, value));
    }
    if (clause->condition.empty()) {
        if (a.positional.empty() && a.named.size() <= 1)
            throw Raised("TypeError", "When() supports a Q object, a boolean expression, or lookups as a condition.");
        throw Raised("ValueError", "An empty Q() can't be used as a When() condition.");
    }
    if (!clause->then) clause->then = expr::value(Literal());
    return clause;
}

Object case_of(const Arguments& a) {
    std::vector<expr::When> whens;
    for (const Object& argument : a.positional) {
        auto* clause = argument.as<WhenClause>();
        if (!clause) throw Raised("TypeError", "Positional arguments must all be When objects.");
        whens.push_back({&clause->condition, clause->then});
    }
    const Object* otherwise = a.find(99, "default");
    Expr made_case = expr::case_(whens, otherwise && !otherwise->is_none() ? expression_of(*otherwise) : Expr());
    const OutputType type = output_of(a);
    return made(type.known ? expr::typed(made_case, type) : made_case, "Case");
}

Object aggregate(const Arguments& a) {
    models::AggregateOptions options;
    QNode filter;
    std::string name = a.function;
    std::vector<Expr> arguments;
    for (const Object& argument : a.positional) arguments.push_back(expression_of(argument));
    for (const auto& [keyword, value] : a.named) {
        if (keyword == "distinct") {
            options.distinct = truthy(value);
        } else if (keyword == "filter") {
            if (value.is_none()) continue;
            options.filter = &(filter = condition_of(value));
        } else if (keyword == "default") {
            if (!value.is_none()) options.default_ = expression_of(value, false);
        } else if (keyword == "order_by") {
            if (!value.is_none()) options.order_by = orders_of(value.as<Sequence>() ? value.as<Sequence>()->items : std::vector<Object>{value});
        } else if (keyword == "output_field") {
            options.output = output_of(a);
        } else if (keyword == "sample" && (name == "StdDev" || name == "Variance")) {
            if (truthy(value)) name += "Sample";
        } else if (keyword == "delimiter" && name == "StringAgg") {
            arguments.push_back(expression_of(value));
        } else if (keyword == "expression" && arguments.empty()) {
            arguments.push_back(expression_of(value));
        } else {
            throw Raised("TypeError", a.function + ".__init__() got an unexpected keyword argument '" + keyword + "'");
        }
    }
    return made(expr::aggregate(name, std::move(arguments), options), a.function);
}

Object cast(const Arguments& a) {
    const OutputType type = output_of(a, 1);
    if (!type.known) throw Raised("TypeError", "Cast() takes an output_field.");
    return made(expr::cast(expression_of(a.at(0, "expression")), type), "Cast");
}

Object collate(const Arguments& a) {
    return made(expr::collate(expression_of(a.at(0, "expression")), text_of(a.at(1, "collation"))), "Collate");
}

Object json_object(const Arguments& a) {
    std::vector<std::pair<std::string, Expr>> members;
    for (const auto& [name, value] : a.named) members.emplace_back(name, expression_of(value));
    return made(expr::json_object(std::move(members)), "JSONObject");
}

Object json_null(const Arguments&) { return made(expr::value(Literal(), FieldKind::json), "JSONNull"); }
Object key_text(const Arguments& a) { return made(expr::key_text(Name(text_of(a.at(0, "key")))), "KT"); }
Object now(const Arguments&) { return made(expr::now(), "Now"); }

Object filtered_relation(const Arguments& a) {
    const Object* condition = a.find(99, "condition");
    if (condition && !condition->as<Condition>() && !condition->as<Expression>())
        throw Raised("ValueError", "condition argument must be a Q() instance.");
    return made(expr::filtered_relation(Name(text_of(a.at(0, "relation_name"))), condition ? condition_of(*condition) : QNode()),
                "FilteredRelation");
}

Object raw_sql(const Arguments& a) {
    std::vector<Literal> parameters;
    if (const Object* given = a.find(1, "params"); given && !given->is_none()) {
        for (const Object& value : items_of(*given)) parameters.push_back(to_literal(value));
    }
    return made(expr::raw_sql(text_of(a.at(0, "sql")), std::move(parameters), output_of(a, 2)), "RawSQL");
}

Object func(const Arguments& a) {
    std::vector<Expr> arguments;
    for (const Object& argument : a.positional) arguments.push_back(expression_of(argument));
    models::FuncOptions options;
    options.output = output_of(a);
    for (const auto& [name, value] : a.named) {
        if (name == "function") options.function = text_of(value);
        else if (name == "template") options.template_ = text_of(value);
        else if (name == "arg_joiner") options.arg_joiner = text_of(value);
        else if (name != "output_field") options.extra.emplace_back(name, str(value));
    }
    return made(expr::func(std::move(arguments), std::move(options)), "Func");
}

Object extract(const Arguments& a) {
    std::string part = a.function.substr(7);
    if (part.empty()) part = text_of(a.at(1, "lookup_name"));
    if (part == "IsoYear") part = "iso_year";
    if (part == "WeekDay") part = "week_day";
    if (part == "IsoWeekDay") part = "iso_week_day";
    for (char& c : part) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return made(expr::extract(part, expression_of(a.at(0, "expression")), zone_of(a)), a.function);
}

Object trunc(const Arguments& a) {
    std::string unit = a.function.substr(5);
    if (unit.empty()) unit = text_of(a.at(1, "kind"));
    for (char& c : unit) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return made(expr::trunc(unit, expression_of(a.at(0, "expression")), zone_of(a), output_of(a)), a.function);
}

/// Arguments of a function by position, and the keywords that stand for later ones.
std::vector<Expr> function_arguments(const Arguments& a) {
    static constexpr std::string_view kKeywords[] = {"precision", "offset", "nth", "num_buckets", "length", "fill_text"};
    std::vector<Expr> arguments;
    const bool values = a.function == "Lag" || a.function == "Lead" || a.function == "Substr" || a.function == "LPad" ||
                        a.function == "RPad" || a.function == "Left" || a.function == "Right" || a.function == "NthValue";
    for (std::size_t i = 0; i < a.positional.size(); ++i) {
        if (i == 0 && a.positional[i].is_none() && values)
            throw Raised("ValueError", a.function + " requires a non-null source expression.");
        arguments.push_back(expression_of(a.positional[i], i == 0 || !values));
    }
    for (const auto& [name, value] : a.named) {
        if (name == "expression") arguments.insert(arguments.begin(), expression_of(value));
        else if (name == "default") {
            if (arguments.size() == 1) arguments.push_back(expr::value(Literal(1)));
            if (!value.is_none()) arguments.push_back(expression_of(value, false));
        } else if (std::find(std::begin(kKeywords), std::end(kKeywords), name) != std::end(kKeywords)) {
            arguments.push_back(expression_of(value, false));
        } else if (name != "output_field") {
            throw Raised("TypeError", a.function + ".__init__() got an unexpected keyword argument '" + name + "'");
        }
    }
    return arguments;
}

Object function_call(const Arguments& a) {
    return made(expr::call(a.function, function_arguments(a), output_of(a)), a.function);
}

std::vector<Expr> partition_of(const Object& value) {
    std::vector<Expr> parts;
    if (const auto* sequence = value.as<Sequence>()) {
        for (const Object& item : sequence->items) parts.push_back(expression_of(item));
    } else {
        parts.push_back(expression_of(value));
    }
    return parts;
}

Object window(const Arguments& a) {
    std::vector<Expr> partition;
    std::vector<OrderBy> order;
    std::optional<models::WindowFrame> frame;
    if (const Object* given = a.find(1, "partition_by"); given && !given->is_none()) partition = partition_of(*given);
    if (const Object* given = a.find(2, "order_by"); given && !given->is_none()) {
        if (given->is_literal() && given->literal().kind() != Literal::Kind::text)
            throw Raised("ValueError", "Window.order_by must be either a string reference to a field, an expression, or a list or tuple of them.");
        order = orders_of({*given});
    }
    if (const Object* given = a.find(3, "frame"); given && !given->is_none()) {
        const auto* made_frame = given->as<FrameObject>();
        if (!made_frame) throw Raised("TypeError", "frame must be a RowRange or ValueRange");
        frame = made_frame->frame;
    }
    const auto* inner = a.at(0, "expression").as<Expression>();
    if (!inner) throw Raised("ValueError", "Expression '" + type_name(a.at(0, "expression")) + "' isn't compatible with OVER clauses.");
    return made(expr::window(inner->expr, std::move(partition), std::move(order), frame, output_of(a)), "Window");
}

Object frame(const Arguments& a) {
    auto object = make_ref<FrameObject>();
    object->frame.rows = a.function == "RowRange";
    const auto bound = [&](std::size_t i, const char* name) -> std::optional<std::int64_t> {
        const Object* given = a.find(i, name);
        if (!given || given->is_none()) return std::nullopt;
        return integer_of(*given);
    };
    object->frame.start = bound(0, "start");
    object->frame.end = bound(1, "end");
    if (const Object* exclusion = a.find(2, "exclusion"); exclusion && !exclusion->is_none())
        object->frame.exclusion = static_cast<models::WindowFrame::Exclusion>(integer_of(*exclusion));
    return object;
}

Object prefetch(const Arguments& a) {
    std::optional<Query> rows;
    if (const Object* given = a.find(1, "queryset"); given && !given->is_none()) {
        const auto* set = given->as<RowSet>();
        if (!set || set->shape != RowSet::Shape::objects)
            throw Raised("ValueError", "Prefetch querysets cannot use raw(), values(), and values_list().");
        rows = set->query;
    }
    const Object* to_attr = a.find(2, "to_attr");
    return make_ref<PrefetchObject>(models::Prefetch(Name(text_of(a.at(0, "lookup"))), std::move(rows),
                                                     to_attr && !to_attr->is_none() ? text_of(*to_attr) : std::string()));
}

Object prefetch_objects(const Arguments& a) {
    std::vector<Ref<Instance>> list;
    for (const Object& item : items_of(a.at(0, "model_instances"))) {
        if (auto* instance = item.as<Instance>()) list.emplace_back(instance);
    }
    std::vector<models::Prefetch> lookups;
    for (std::size_t i = 1; i < a.positional.size(); ++i) {
        if (const auto* made_lookup = a.positional[i].as<PrefetchObject>())
            lookups.push_back(made_lookup->prefetch);
        else
            lookups.emplace_back(Name(text_of(a.positional[i])));
    }
    models::prefetch_related_objects(list, lookups);
    return {};
}

Object field_object(const Arguments& a) {
    auto field = make_ref<OutputField>();
    Field& made_field = field->field;
    made_field.type_name = a.function;
    for (int kind = 0; kind < static_cast<int>(FieldKind::composite); ++kind) {
        Field probe;
        probe.kind = static_cast<FieldKind>(kind);
        if (models::field_class_name(probe) == a.function) made_field.kind = probe.kind;
    }
    if (const Object* length = a.find(99, "max_length")) made_field.max_length = static_cast<int>(integer_of(*length));
    if (const Object* digits = a.find(99, "max_digits")) made_field.max_digits = static_cast<int>(integer_of(*digits));
    if (const Object* places = a.find(99, "decimal_places")) made_field.decimal_places = static_cast<int>(integer_of(*places));
    return field;
}

Object lookup(const Arguments& a) {
    static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"Exact", "exact"}, {"GreaterThan", "gt"}, {"GreaterThanOrEqual", "gte"}, {"LessThan", "lt"},
        {"LessThanOrEqual", "lte"}, {"IExact", "iexact"}, {"Contains", "contains"}, {"IContains", "icontains"},
        {"StartsWith", "startswith"}, {"EndsWith", "endswith"}, {"IsNull", "isnull"}, {"In", "in"},
        {"IStartsWith", "istartswith"}, {"IEndsWith", "iendswith"}, {"Range", "range"}, {"Regex", "regex"}, {"IRegex", "iregex"}};
    for (const auto& [shown, name] : kNames) {
        if (shown != a.function) continue;
        return made(expr::lookup(name, expression_of(a.at(0, "lhs"), false), expression_of(a.at(1, "rhs"), false)), a.function);
    }
    return {};
}

constexpr Builtin kNames[] = {
    {"Q", q_object}, {"F", f_object}, {"OuterRef", outer_ref}, {"Value", value_object_of}, {"Exists", exists},
    {"Subquery", subquery}, {"ExpressionWrapper", wrapper}, {"When", when}, {"Case", case_of}, {"Count", aggregate},
    {"Sum", aggregate}, {"Avg", aggregate}, {"Min", aggregate}, {"Max", aggregate}, {"StdDev", aggregate},
    {"Variance", aggregate}, {"AnyValue", aggregate}, {"StringAgg", aggregate}, {"Cast", cast}, {"Collate", collate},
    {"JSONObject", json_object}, {"JSONNull", json_null}, {"KT", key_text}, {"Now", now},
    {"FilteredRelation", filtered_relation}, {"RawSQL", raw_sql}, {"Func", func}, {"Window", window},
    {"RowRange", frame}, {"ValueRange", frame}, {"Prefetch", prefetch}, {"prefetch_related_objects", prefetch_objects},
    {"Exact", lookup}, {"GreaterThan", lookup}, {"GreaterThanOrEqual", lookup}, {"LessThan", lookup},
    {"LessThanOrEqual", lookup}, {"IExact", lookup}, {"Contains", lookup}, {"IContains", lookup}, {"StartsWith", lookup},
    {"EndsWith", lookup}, {"IsNull", lookup}, {"In", lookup}, {"IStartsWith", lookup}, {"IEndsWith", lookup},
    {"Range", lookup}, {"Regex", lookup}, {"IRegex", lookup},
};

constexpr std::string_view kFields[] = {
    "CharField", "TextField", "IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField",
    "PositiveSmallIntegerField", "PositiveBigIntegerField", "FloatField", "DecimalField", "BooleanField", "DateField", "DateTimeField",
    "TimeField", "DurationField", "UUIDField", "JSONField", "BinaryField", "EmailField", "URLField", "SlugField",
    "GenericIPAddressField", "AutoField", "BigAutoField"};

bool is_field(std::string_view name) { return std::find(std::begin(kFields), std::end(kFields), name) != std::end(kFields); }

bool constant(std::string_view name, Object& found) {
    if (name == "FETCH_PEERS") return found = Literal("FETCH_PEERS"), true;
    if (name == "FETCH_ONE") return found = Literal("FETCH_ONE"), true;
    if (name == "RAISE" || name == "FETCH_RAISE") return found = Literal("RAISE"), true;
    if (name == "WindowFrameExclusion")
        return found = make_ref<Namespace>("WindowFrameExclusion", [](std::string_view inner) -> Object {
            static constexpr std::string_view kExclusions[] = {"", "CURRENT_ROW", "GROUP", "TIES", "NO_OTHERS"};
            for (std::size_t i = 1; i < std::size(kExclusions); ++i) {
                if (kExclusions[i] == inner) return Literal(static_cast<std::int64_t>(i));
            }
            throw Raised("AttributeError", std::string(inner));
        }), true;
    return false;
}

}  // namespace

bool find_django_name(std::string_view name, Object& found) {
    for (const Builtin& builtin : kNames) {
        if (builtin.name != name) continue;
        if (name == "Q")
            return found = make_ref<Namespace>("Q", [](std::string_view inner) -> Object {
                if (inner == "AND" || inner == "OR" || inner == "XOR") return Literal(inner);
                throw Raised("AttributeError", "type object 'Q' has no attribute '" + std::string(inner) + "'");
            }), true;
        return found = callable(std::string(name), builtin.call), true;
    }
    if (is_field(name)) return found = callable(std::string(name), field_object), true;
    if (expr::is_function(name)) return found = callable(std::string(name), function_call), true;
    if (name.starts_with("Extract")) return found = callable(std::string(name), extract), true;
    if (name.starts_with("Trunc")) return found = callable(std::string(name), trunc), true;
    return constant(name, found);
}

Object call_namespace(const Namespace& module, const Arguments& arguments) {
    if (module.name == "Q") return q_object(arguments);
    throw Raised("TypeError", "'module' object is not callable");
}

std::vector<std::string> django_names() {
    std::vector<std::string> names;
    for (const Builtin& builtin : kNames) names.emplace_back(builtin.name);
    for (const std::string_view field : kFields) names.emplace_back(field);
    for (const char* part : {"Year", "Month", "Day", "Week", "Quarter", "Hour", "Minute", "Second"}) {
        names.push_back(std::string("Extract") + part);
        names.push_back(std::string("Trunc") + part);
    }
    for (const std::string_view name : expr::function_names()) names.emplace_back(name);
    return names;
}

Object condition_attribute(const Ref<Condition>& condition, std::string_view name) {
    if (name == "negated") return Literal(condition->node.negated);
    if (name == "connector")
        return Literal(condition->node.op == QNode::Op::or_ ? "OR" : condition->node.op == QNode::Op::xor_ ? "XOR" : "AND");
    if (name != "check")
        throw Raised("AttributeError", "'Q' object has no attribute '" + std::string(name) + "'");
    return callable("check", [condition](const Arguments& a) {
        const auto* against = a.at(0, "against").as<Mapping>();
        if (!against) throw Raised("TypeError", "check() takes a dict of values by name.");
        std::vector<models::Assignment> values;
        for (const auto& [key, value] : against->items) {
            if (value.as<Expression>() || value.as<Condition>())
                values.emplace_back(Name(text_of(key)), expression_of(value, false));
            else
                values.emplace_back(Name(text_of(key)), to_literal(value));
        }
        const Object* using_ = a.find(1, "using");
        return Object(Literal(models::check_condition(condition->node, values, using_ ? text_of(*using_) : "default")));
    });
}

Object expression_attribute(const Ref<Expression>& expression, std::string_view name) {
    if (name == "asc" || name == "desc")
        return callable(std::string(name), [expression, descending = name == "desc"](const Arguments& a) -> Object {
            OrderBy order(expression->expr, descending);
            const bool first = a.flag(99, "nulls_first"), last = a.flag(99, "nulls_last");
            if (first && last) throw Raised("ValueError", "nulls_first and nulls_last are mutually exclusive");
            for (const auto& [key, value] : a.named) {
                if (!value.is_none() && !truthy(value))
                    throw Raised("ValueError", "nulls_first and nulls_last values must be True or None.");
            }
            if (first || last) order.nulls = first ? OrderBy::Nulls::first : OrderBy::Nulls::last;
            return make_ref<Order>(order);
        });
    static constexpr std::pair<std::string_view, char> kBits[] = {
        {"bitand", '&'}, {"bitor", '|'}, {"bitxor", '#'}, {"bitleftshift", '<'}, {"bitrightshift", '>'}};
    for (const auto& [method, operation] : kBits) {
        if (method != name) continue;
        return callable(std::string(name), [expression, op = operation](const Arguments& a) {
            return made(expr::combine(expression->expr, op, expression_of(a.at(0, "other"), false)), "CombinedExpression");
        });
    }
    if (name == "name" && expression->class_name == "F") return Literal(expression->expr->default_alias());
    if (name == "default_alias") return Literal(expression->expr->default_alias());
    throw Raised("AttributeError", "'" + expression->class_name + "' object has no attribute '" + std::string(name) + "'");
}

}  // namespace nuages::shell
