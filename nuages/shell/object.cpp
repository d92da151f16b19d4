// Plain values of the language: truth, order, representation, JSON.
#include <nuages/db/models/detail/json.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/utils/detail/json_parse.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace nuages::shell {

namespace json = boost::json;

namespace {

bool is_number(const Literal& value) {
    return value.kind() == Literal::Kind::boolean || value.kind() == Literal::Kind::integer ||
           value.kind() == Literal::Kind::real || value.kind() == Literal::Kind::decimal;
}

double number(const Literal& value) {
    return value.kind() == Literal::Kind::decimal ? std::strtod(value.text().c_str(), nullptr) : value.real();
}

// "(AND: ('a', 1), (OR: ...))"
std::string shown(const QNode& node) {
    if (node.op == QNode::Op::leaf)
        return "('" + std::string(node.path.view()) + "', " +
               (node.expression ? node.expression->describe() : models::repr(node.value)) + ")";
    if (node.op == QNode::Op::expression) return node.expression->describe();
    const QNode* tree = &node;
    const bool negated = node.negated && node.children.size() == 1 && node.children[0].op >= QNode::Op::and_ && !node.children[0].negated;
    if (negated) tree = &node.children[0];
    std::string text = tree->op == QNode::Op::and_ ? "(AND: " : tree->op == QNode::Op::or_ ? "(OR: " : "(XOR: ";
    for (std::size_t i = 0; i < tree->children.size(); ++i) text += (i ? ", " : "") + shown(tree->children[i]);
    return (node.negated ? "(NOT " : "") + text + (node.negated ? "))" : ")");
}

std::string joined(const std::vector<Object>& items) {
    std::string out;
    for (const Object& item : items) {
        if (!out.empty()) out += ", ";
        out += repr(item);
    }
    return out;
}

}  // namespace

const Literal& Object::literal() const {
    if (held_) throw Raised("TypeError", "expected a plain value, not " + type_name(*this));
    return literal_;
}

const Object* Mapping::find(const Object& key) const {
    for (const auto& item : items) {
        if (equal(item.first, key)) return &item.second;
    }
    return nullptr;
}

void Mapping::set(const Object& key, Object value) {
    for (auto& item : items) {
        if (equal(item.first, key)) {
            item.second = std::move(value);
            return;
        }
    }
    items.emplace_back(key, std::move(value));
}

bool Arguments::has(std::string_view name) const {
    return std::any_of(named.begin(), named.end(), [&](const auto& entry) { return entry.first == name; });
}

const Object* Arguments::find(std::size_t index, std::string_view name) const {
    if (index < positional.size()) return &positional[index];
    for (const auto& entry : named) {
        if (entry.first == name) return &entry.second;
    }
    return nullptr;
}

const Object& Arguments::at(std::size_t index, std::string_view name) const {
    if (const Object* found = find(index, name)) return *found;
    throw Raised("TypeError", function + "() missing 1 required positional argument: '" + std::string(name) + "'");
}

bool Arguments::flag(std::size_t index, std::string_view name, bool otherwise) const {
    const Object* found = find(index, name);
    return found ? truthy(*found) : otherwise;
}

void Arguments::check(std::size_t positional_max, std::string_view known) const {
    if (positional.size() > positional_max)
        throw Raised("TypeError", function + "() takes " + std::to_string(positional_max) +
                                      " positional arguments but " + std::to_string(positional.size()) + " were given");
    const std::string padded = " " + std::string(known) + " ";
    for (const auto& entry : named) {
        if (padded.find(" " + entry.first + " ") == std::string::npos)
            throw Raised("TypeError", function + "() got an unexpected keyword argument '" + entry.first + "'");
    }
}

Object list_of(std::vector<Object> items) { return make_ref<Sequence>(Sequence::Kind::list, std::move(items)); }
Object tuple_of(std::vector<Object> items) { return make_ref<Sequence>(Sequence::Kind::tuple, std::move(items)); }
Object callable(std::string name, Function<Object(const Arguments&)> code) {
    return make_ref<Callable>(std::move(name), std::move(code));
}

bool truthy(const Object& value) {
    if (value.is_literal()) {
        const Literal& literal = value.literal();
        switch (literal.kind()) {
            case Literal::Kind::null: return false;
            case Literal::Kind::text:
            case Literal::Kind::blob: return !literal.text().empty();
            case Literal::Kind::decimal:
            case Literal::Kind::real: return number(literal) != 0;
            case Literal::Kind::boolean:
            case Literal::Kind::integer:
            case Literal::Kind::duration: return literal.integer() != 0;
            default: return true;
        }
    }
    if (const auto* sequence = value.as<Sequence>()) return !sequence->items.empty();
    if (const auto* mapping = value.as<Mapping>()) return !mapping->items.empty();
    if (auto* rows = value.as<RowSet>()) return rows->manager || !rows->fetched().empty();
    return true;
}

bool equal(const Object& a, const Object& b) {
    if (a.is_literal() && b.is_literal()) {
        const Literal &x = a.literal(), &y = b.literal();
        if (is_number(x) && is_number(y)) return number(x) == number(y);
        return x == y;
    }
    if (a.held() == b.held()) return !a.is_literal();
    const auto *x = a.as<Sequence>(), *y = b.as<Sequence>();
    if (x && y)
        return x->kind == y->kind && std::equal(x->items.begin(), x->items.end(), y->items.begin(), y->items.end(), equal);
    const auto *i = a.as<Instance>(), *j = b.as<Instance>();
    if (i && j) {
        if (&i->meta() != &j->meta()) return false;
        const Literal key = i->meta().pk().get(i->object());
        return !key.is_null() && key == j->meta().pk().get(j->object());
    }
    const auto *m = a.as<Mapping>(), *n = b.as<Mapping>();
    if (m && n) {
        return m->items.size() == n->items.size() &&
               std::all_of(m->items.begin(), m->items.end(), [&](const auto& item) {
                   const Object* other = n->find(item.first);
                   return other && equal(item.second, *other);
               });
    }
    const auto *p = a.as<Condition>(), *q = b.as<Condition>();
    if (p && q) return models::same_condition(p->node, q->node);
    const auto *e = a.as<Expression>(), *f = b.as<Expression>();
    return e && f && models::same_expression(e->expr, f->expr);
}

bool less(const Object& a, const Object& b) {
    if (a.is_literal() && b.is_literal()) {
        const Literal &x = a.literal(), &y = b.literal();
        if (is_number(x) && is_number(y)) return number(x) < number(y);
        if (x.kind() == y.kind() && !x.is_null()) return x < y;
    }
    const auto *x = a.as<Sequence>(), *y = b.as<Sequence>();
    if (x && y)
        return std::lexicographical_compare(x->items.begin(), x->items.end(), y->items.begin(), y->items.end(), less);
    throw Raised("TypeError",
                 "'<' not supported between instances of '" + type_name(a) + "' and '" + type_name(b) + "'");
}

std::string type_name(const Object& value) {
    if (value.is_literal()) return std::string(models::python_type_name(value.literal()));
    if (const auto* sequence = value.as<Sequence>())
        return sequence->kind == Sequence::Kind::list ? "list" : sequence->kind == Sequence::Kind::tuple ? "tuple" : "set";
    if (value.as<Mapping>()) return "dict";
    if (const auto* instance = value.as<Instance>()) return instance->meta().object_name;
    if (const auto* rows = value.as<RowSet>()) return rows->manager ? "Manager" : "QuerySet";
    if (const auto* expression = value.as<Expression>()) return expression->class_name;
    if (value.as<Condition>()) return "Q";
    if (value.as<ModelClass>()) return "ModelBase";
    if (value.as<Callable>()) return "function";
    if (value.as<ExceptionClass>()) return "type";
    if (const auto* exception = value.as<ExceptionObject>()) return exception->type;
    if (const auto* field = value.as<OutputField>()) return std::string(models::field_class_name(field->field));
    return "object";
}

namespace {

/// "<RawQuerySet: SELECT ... 3>": the statement with its values in it, to look at.
std::string raw_text(const models::RawStatement& raw) {
    std::string text;
    std::size_t used = 0;
    const bool bound = !raw.parameters.empty() || !raw.named.empty();
    for (std::size_t i = 0; i < raw.sql.size(); ++i) {
        const std::size_t close = raw.sql.compare(i, 2, "%(") == 0 ? raw.sql.find(")s", i) : raw.sql.npos;
        if (bound && raw.sql.compare(i, 2, "%s") == 0 && used < raw.parameters.size()) {
            text += str(raw.parameters[used++]);
            ++i;
        } else if (bound && close != raw.sql.npos) {
            for (const auto& [name, value] : raw.named) {
                if (name == raw.sql.substr(i + 2, close - i - 2)) text += str(value);
            }
            i = close + 1;
        } else {
            text += raw.sql[i];
        }
    }
    return "<RawQuerySet: " + text + ">";
}

}  // namespace

namespace {

std::string clock_parts(std::int64_t microseconds, bool short_form) {
    const std::int64_t seconds = microseconds / 1'000'000, rest = microseconds % 1'000'000;
    std::string text = std::to_string(seconds / 3600) + ", " + std::to_string(seconds / 60 % 60);
    if (seconds % 60 || rest || !short_form) text += ", " + std::to_string(seconds % 60);
    if (rest) text += ", " + std::to_string(rest);
    return text;
}

std::string date_parts(Date date) {
    const auto [year, month, day] = date.civil();
    return std::to_string(year) + ", " + std::to_string(month) + ", " + std::to_string(day);
}

// What Python shows: "datetime.date(2020, 2, 29)".
std::string moment_repr(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::date: return "datetime.date(" + date_parts(Date{value.integer()}) + ")";
        case Literal::Kind::time: return "datetime.time(" + clock_parts(value.integer(), true) + ")";
        case Literal::Kind::datetime: {
            const DateTime moment{value.integer()};
            return "datetime.datetime(" + date_parts(moment.date()) + ", " + clock_parts(moment.time().microseconds, true) +
                   ", tzinfo=datetime.timezone.utc)";
        }
        case Literal::Kind::duration: {
            constexpr std::int64_t kSecond = 1'000'000, kDay = 86400 * kSecond;
            std::int64_t days = value.integer() / kDay, rest = value.integer() % kDay;
            if (rest < 0) rest += kDay, --days;
            std::string text;
            const auto add = [&](const char* name, std::int64_t count) {
                if (count) text += (text.empty() ? "" : ", ") + std::string(name) + "=" + std::to_string(count);
            };
            add("days", days);
            add("seconds", rest / kSecond);
            add("microseconds", rest % kSecond);
            return "datetime.timedelta(" + (text.empty() ? "0" : text) + ")";
        }
        case Literal::Kind::uuid: return "UUID('" + str(Object(value)) + "')";
        default: return models::repr(value);
    }
}

}  // namespace

std::string repr(const Object& value) {
    if (value.is_literal()) return moment_repr(value.literal());
    if (const auto* sequence = value.as<Sequence>()) {
        const std::string inner = joined(sequence->items);
        switch (sequence->kind) {
            case Sequence::Kind::list: return "[" + inner + "]";
            case Sequence::Kind::set: return inner.empty() ? "set()" : "{" + inner + "}";
            case Sequence::Kind::tuple: break;
        }
        if (sequence->names.empty()) return "(" + inner + (sequence->items.size() == 1 ? ",)" : ")");
        std::string out = "Row(";
        for (std::size_t i = 0; i < sequence->items.size(); ++i)
            out += (i ? ", " : "") + sequence->names[i] + "=" + repr(sequence->items[i]);
        return out + ")";
    }
    if (const auto* mapping = value.as<Mapping>()) {
        std::string out = "{";
        for (const auto& item : mapping->items)
            out += (out.size() > 1 ? ", " : "") + repr(item.first) + ": " + repr(item.second);
        return out + "}";
    }
    if (const auto* instance = value.as<Instance>())
        return "<" + instance->meta().object_name + ": " +
               instance->meta().ops->str(instance->meta(), instance->object()) + ">";
    if (auto* rows = value.as<RowSet>()) {
        if (rows->manager) return "<Manager of " + rows->meta().label() + ">";
        if (rows->raw) return raw_text(*rows->raw);
        constexpr std::size_t kShown = 20;
        std::vector<Object> items = rows->cache ? *rows->cache : Ref(rows)->then(rows->query.slice(0, kShown + 1))->fetched();
        const bool more = items.size() > kShown;
        if (more) items.resize(kShown);
        return "<QuerySet [" + joined(items) + (more ? ", '...(remaining elements truncated)...'" : "") + "]>";
    }
    if (const auto* condition = value.as<Condition>())
        return "<Q: " + (condition->node.op < QNode::Op::and_ ? "(AND: " + shown(condition->node) + ")" : shown(condition->node)) + ">";
    if (const auto* frame = value.as<FrameObject>()) return models::repr(frame->frame);
    if (const auto* exception = value.as<ExceptionObject>())
        return exception->type + "(" + (exception->message.empty() ? "" : models::repr(Literal(exception->message))) + ")";
    if (const auto* model = value.as<ModelClass>())
        return "<class '" + model->meta.app_label + ".models." + model->meta.object_name + "'>";
    if (const auto* module = value.as<Namespace>(); module && (module->name == "Field" || module->name == "Rel" || module->name == "Options"))
        return module->attribute("__repr__").literal().text();
    if (const auto* type = value.as<ExceptionClass>()) return "<class '" + type->name + "'>";
    if (const auto* expression = value.as<Expression>()) {
        const std::string shown = expression->expr->describe();
        if (expression->class_name == "CombinedExpression" && !shown.empty()) return "<CombinedExpression: " + shown + ">";
        const bool names_pointers = shown.starts_with("Case(") || shown.find("filter=") != std::string::npos;
        if (!shown.empty() && !names_pointers) return shown;
    }
    return "<" + type_name(value) + " object>";
}

Literal to_literal(const Object& value) {
    if (value.is_literal()) return value.literal();
    if (const auto* sequence = value.as<Sequence>()) {
        std::vector<Literal> items;
        for (const Object& item : sequence->items) items.push_back(to_literal(item));
        return Literal(std::move(items));
    }
    if (value.as<Mapping>()) return Literal::json(to_json(value));
    if (const auto* instance = value.as<Instance>()) return instance->meta().pk().get(instance->object());
    throw Raised("TypeError", "expected a plain value, not " + type_name(value));
}

std::string text_of(const Object& value) {
    if (!value.is_literal() || value.literal().kind() != Literal::Kind::text)
        throw Raised("TypeError", "expected str, not " + type_name(value));
    return value.literal().text();
}

std::int64_t integer_of(const Object& value) {
    if (!value.is_literal() ||
        (value.literal().kind() != Literal::Kind::integer && value.literal().kind() != Literal::Kind::boolean))
        throw Raised("TypeError", "expected int, not " + type_name(value));
    return value.literal().integer();
}

std::vector<Object> items_of(const Object& value) {
    if (const auto* sequence = value.as<Sequence>()) return sequence->items;
    if (const auto* mapping = value.as<Mapping>()) {
        std::vector<Object> keys;
        for (const auto& item : mapping->items) keys.push_back(item.first);
        return keys;
    }
    if (auto* rows = value.as<RowSet>(); rows && !rows->manager) return rows->fetched();
    if (value.is_literal() && value.literal().kind() == Literal::Kind::text) {
        std::vector<Object> letters;
        const std::string& text = value.literal().text();
        for (std::size_t i = 0; i < text.size();) {
            std::size_t next = i + 1;
            while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
            letters.emplace_back(Literal(text.substr(i, next - i)));
            i = next;
        }
        return letters;
    }
    throw Raised("TypeError", "'" + type_name(value) + "' object is not iterable");
}

namespace {

Object from_value(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return {};
        case json::kind::bool_: return Literal(value.as_bool());
        case json::kind::int64: return Literal(value.as_int64());
        case json::kind::uint64: return Literal(static_cast<double>(value.as_uint64()));
        case json::kind::double_: return Literal(value.as_double());
        case json::kind::string: return Literal(std::string(value.as_string()));
        case json::kind::array: {
            std::vector<Object> items;
            for (const json::value& item : value.as_array()) items.push_back(from_value(item));
            return list_of(std::move(items));
        }
        default: break;
    }
    auto mapping = make_ref<Mapping>();
    for (const auto& [key, item] : value.as_object()) mapping->items.emplace_back(Literal(key), from_value(item));
    return mapping;
}

void append_json(std::string& out, const Object& value) {
    const auto* sequence = value.as<Sequence>();
    const auto* mapping = value.as<Mapping>();
    bool first = true;
    if (sequence && sequence->kind != Sequence::Kind::set) {
        out += '[';
        for (const Object& item : sequence->items) {
            if (!std::exchange(first, false)) out += ", ";
            append_json(out, item);
        }
        out += ']';
        return;
    }
    if (mapping) {
        out += '{';
        for (const auto& [key, item] : mapping->items) {
            if (!std::exchange(first, false)) out += ", ";
            if (!key.is_literal()) throw Raised("TypeError", "keys must be str, int, float, bool or None, not tuple");
            out += models::json_of(key.literal().kind() == Literal::Kind::text ? key.literal()
                                                                               : Literal(models::repr(key.literal())));
            out += ": ";
            append_json(out, item);
        }
        out += '}';
        return;
    }
    if (!value.is_literal())
        throw Raised("TypeError", "Object of type " + type_name(value) + " is not JSON serializable");
    const Literal& literal = value.literal();
    switch (literal.kind()) {
        case Literal::Kind::null: out += "null"; return;
        case Literal::Kind::boolean: out += literal.integer() ? "true" : "false"; return;
        case Literal::Kind::integer: out += std::to_string(literal.integer()); return;
        case Literal::Kind::real:
            if (std::isfinite(literal.real()))
                out += models::repr(literal);
            else
                out += std::isnan(literal.real()) ? "NaN" : literal.real() < 0 ? "-Infinity" : "Infinity";
            return;
        case Literal::Kind::text: out += models::json_of(literal); return;
        case Literal::Kind::json: out += literal.text(); return;
        default: throw Raised("TypeError", "Object of type " + type_name(value) + " is not JSON serializable");
    }
}

}  // namespace

Object from_json(std::string_view text) {
    boost::system::error_code error;
    const json::value value = utils::detail::parse_json(text, error);
    if (error) return Literal(std::string(text));
    return from_value(value);
}

std::string to_json(const Object& value) {
    std::string out;
    append_json(out, value);
    return out;
}

Object value_object(const Literal& value) {
    if (value.kind() == Literal::Kind::json) return from_json(value.text());
    if (value.kind() == Literal::Kind::list) {
        std::vector<Object> items;
        for (const Literal& item : value.list()) items.push_back(value_object(item));
        return tuple_of(std::move(items));
    }
    return value;
}

void no_attribute(const Object& of, std::string_view name) {
    throw Raised("AttributeError", "'" + type_name(of) + "' object has no attribute '" + std::string(name) + "'");
}

}  // namespace nuages::shell
