// Operators: arithmetic of plain values, of expressions, of conditions and of querysets; indexes and slices.
#include <nuages/shell/detail/operators.hpp>

#include <nuages/db/errors.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/utils/decimal.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace nuages::shell {

namespace {

using Kind = Literal::Kind;
namespace expr = models::expr;

[[noreturn]] void unsupported(std::string_view op, const Object& a, const Object& b) {
    throw Raised("TypeError", "unsupported operand type(s) for " + std::string(op) + ": '" + type_name(a) + "' and '" +
                                  type_name(b) + "'");
}

bool is_integer(const Literal& value) { return value.kind() == Kind::integer || value.kind() == Kind::boolean; }

Literal integers(std::string_view op, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    bool past = false;
    if (op == "+") {
        past = __builtin_add_overflow(a, b, &result);
    } else if (op == "-") {
        past = __builtin_sub_overflow(a, b, &result);
    } else if (op == "*") {
        past = __builtin_mul_overflow(a, b, &result);
    } else if (op == "**" && b >= 0) {
        result = 1;
        long double wide = 1;
        for (std::int64_t i = 0; i < b && !past; ++i) {
            wide *= static_cast<long double>(a);
            past = __builtin_mul_overflow(result, a, &result) || i > 4096;
        }
        // Past 64 bits an integer goes on as its digits, which no integer column takes.
        if (past) {
            char digits[512];
            std::snprintf(digits, sizeof digits, "%.0Lf", std::pow(static_cast<long double>(a), static_cast<long double>(b)));
            return Literal::decimal(digits);
        }
    } else if (op == "/" || op == "//" || op == "%") {
        if (b == 0) throw Raised("ZeroDivisionError", "division by zero");
        if (op == "/") return Literal(static_cast<double>(a) / static_cast<double>(b));
        if (b == -1) return op == "%" ? Literal(0) : integers("*", a, -1);
        const std::int64_t quotient = a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
        return Literal(op == "//" ? quotient : a - quotient * b);
    } else {
        return Literal(std::pow(static_cast<double>(a), static_cast<double>(b)));
    }
    if (past) return Literal::decimal(std::to_string(static_cast<double>(a) * static_cast<double>(b)));
    return Literal(result);
}

Literal reals(std::string_view op, double a, double b) {
    if (op == "+") return Literal(a + b);
    if (op == "-") return Literal(a - b);
    if (op == "*") return Literal(a * b);
    if (op == "**") return Literal(std::pow(a, b));
    if (b == 0) throw Raised("ZeroDivisionError", "float division by zero");
    if (op == "/") return Literal(a / b);
    return Literal(op == "//" ? std::floor(a / b) : a - std::floor(a / b) * b);
}

// Decimals with each other and with integers: exact, to 28 digits.
Literal decimals(std::string_view op, const Literal& a, const Literal& b) {
    const auto number = [](const Literal& value) { return value.kind() == Kind::decimal ? Decimal(value.text()) : Decimal(value.integer()); };
    const Decimal x = number(a), y = number(b);
    try {
        if (op == "+") return Literal::decimal((x + y).str());
        if (op == "-") return Literal::decimal((x - y).str());
        if (op == "*") return Literal::decimal((x * y).str());
        if (op == "/") return Literal::decimal((x / y).str());
        if (op == "%") return Literal::decimal((x % y).str());
        if (op == "//") return Literal::decimal((x / y).quantize(0, Rounding::down).str());
        if (is_integer(b) && b.integer() >= 0 && b.integer() <= 1000) {
            Decimal power(1);
            for (std::int64_t i = 0; i < b.integer(); ++i) power *= x;
            return Literal::decimal(power.str());
        }
    } catch (const DecimalError&) {
        throw Raised(y.is_zero() ? "ZeroDivisionError" : "InvalidOperation", y.is_zero() ? "division by zero" : "the result does not fit");
    }
    throw Raised("NotImplementedError", "decimals are raised to whole powers from 0 to 1000 only");
}

// "%s" and "%d" of a text, filled in.
std::string formatted(const std::string& text, const std::vector<Object>& values) {
    std::string out;
    std::size_t used = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 1 == text.size()) {
            out += text[i];
        } else if (text[++i] == '%') {
            out += '%';
        } else {
            if (used == values.size()) throw Raised("TypeError", "not enough arguments for format string");
            out += text[i] == 'r' ? repr(values[used]) : str(values[used]);
            ++used;
        }
    }
    if (used != values.size()) throw Raised("TypeError", "not all arguments converted during string formatting");
    return out;
}

bool plain(std::string_view op, const Object& left, const Object& right, Object& result) {
    if (!left.is_literal() || !right.is_literal()) return false;
    const Literal &a = left.literal(), &b = right.literal();
    if (is_integer(a) && is_integer(b)) return result = integers(op, a.integer(), b.integer()), true;
    const bool numbers = (is_integer(a) || a.kind() == Kind::real) && (is_integer(b) || b.kind() == Kind::real);
    if (numbers) return result = reals(op, a.real(), b.real()), true;
    if (op == "+" && a.kind() == Kind::text && b.kind() == Kind::text) return result = Literal(a.text() + b.text()), true;
    if (op == "*" && a.kind() == Kind::text && is_integer(b)) {
        if (b.integer() > 1'000'000) throw Raised("MemoryError", "the text would be too long");
        std::string text;
        for (std::int64_t i = 0; i < b.integer(); ++i) text += a.text();
        return result = Literal(std::move(text)), true;
    }
    if (op == "%" && a.kind() == Kind::text) return result = Literal(formatted(a.text(), {right})), true;
    const bool exact = (a.kind() == Kind::decimal || is_integer(a)) && (b.kind() == Kind::decimal || is_integer(b));
    if (exact) return result = decimals(op, a, b), true;
    const std::int64_t sign = op == "-" ? -1 : 1;
    if ((op == "+" || op == "-") && b.kind() == Kind::duration) {
        if (a.kind() == Kind::datetime) return result = Literal(DateTime{a.integer() + sign * b.integer()}), true;
        if (a.kind() == Kind::date) return result = Literal(Date{a.integer()} + Duration{sign * b.integer()}), true;
        if (a.kind() == Kind::duration) return result = Literal(Duration{a.integer() + sign * b.integer()}), true;
    }
    if (op == "-" && a.kind() == b.kind() && a.kind() == Kind::datetime)
        return result = Literal(Duration{a.integer() - b.integer()}), true;
    if (op == "-" && a.kind() == b.kind() && a.kind() == Kind::date)
        return result = Literal(Date{a.integer()} - Date{b.integer()}), true;
    if (op == "*" && a.kind() == Kind::duration && is_integer(b))
        return result = Literal(Duration{a.integer() * b.integer()}), true;
    return false;
}

bool is_conditional(const Object& value) {
    return value.as<Condition>() || (value.as<Expression>() && value.as<Expression>()->expr->conditional());
}

Object combined_conditions(std::string_view op, const Object& left, const Object& right) {
    const QNode::Op connector = op == "&" ? QNode::Op::and_ : op == "|" ? QNode::Op::or_ : QNode::Op::xor_;
    return make_ref<Condition>(QNode::join(connector, condition_of(left), condition_of(right)));
}

Object combined_rows(std::string_view op, const RowSet& left, const RowSet& right) {
    if (left.query.is_combined() || right.query.is_combined())
        throw Raised("TypeError", "Cannot use " + std::string(op) + " operator with combined queryset.");
    const QNode::Op connector = op == "&" ? QNode::Op::and_ : op == "|" ? QNode::Op::or_ : QNode::Op::xor_;
    return left.then(left.query.combined(connector, right.query));
}

Object combined_sets(std::string_view op, const Sequence& a, const Sequence& b) {
    const auto has = [](const Sequence& set, const Object& item) {
        return std::any_of(set.items.begin(), set.items.end(), [&](const Object& one) { return equal(one, item); });
    };
    auto made = make_ref<Sequence>(Sequence::Kind::set);
    for (const Object& item : a.items) {
        if (op == "|" || has(b, item) == (op == "&")) made->items.push_back(item);
    }
    for (const Object& item : b.items) {
        if ((op == "|" || op == "^") && !has(a, item)) made->items.push_back(item);
    }
    return made;
}

bool compared(std::string_view op, const Object& a, const Object& b, Object& result) {
    const bool order = op == "<" || op == ">" || op == "<=" || op == ">=";
    if (order && (a.as<Expression>() || b.as<Expression>() || a.is_none() || b.is_none()))
        throw Raised("TypeError", "'" + std::string(op) + "' not supported between instances of '" + type_name(a) + "' and '" + type_name(b) + "'");
    if (op == "==") return result = Literal(equal(a, b)), true;
    if (op == "!=") return result = Literal(!equal(a, b)), true;
    if (op == "<" || op == ">") return result = Literal(op == "<" ? less(a, b) : less(b, a)), true;
    if (op == "<=" || op == ">=") return result = Literal(op == "<=" ? !less(b, a) : !less(a, b)), true;
    if (op == "is") return result = Literal(a.is_literal() ? equal(a, b) : a.held() == b.held()), true;
    if (op == "is not") return result = Literal(!(a.is_literal() ? equal(a, b) : a.held() == b.held())), true;
    if (op == "in" || op == "not in") {
        bool found = false;
        if (const auto* mapping = b.as<Mapping>()) {
            found = mapping->find(a);
        } else if (b.is_literal() && b.literal().kind() == Kind::text) {
            found = b.literal().text().find(text_of(a)) != std::string::npos;
        } else {
            for (const Object& item : items_of(b)) found |= equal(item, a);
        }
        return result = Literal(found == (op == "in")), true;
    }
    return false;
}

}  // namespace

Object unary(std::string_view op, const Object& operand) {
    if (op == "not" || op == "unarynot") return Literal(!truthy(operand));
    if (op == "unary~") {
        if (const auto* condition = operand.as<Condition>()) return make_ref<Condition>(!QNode(condition->node));
        if (const auto* expression = operand.as<Expression>()) {
            if (!expression->expr->conditional()) throw Raised("TypeError", "bad operand type for unary ~: '" + expression->class_name + "'");
            return make_ref<Expression>(expr::not_(expression->expr), "NegatedExpression");
        }
        if (operand.is_literal() && is_integer(operand.literal())) return Literal(~operand.literal().integer());
    }
    if (op == "unary-") {
        if (const auto* expression = operand.as<Expression>())
            return make_ref<Expression>(expr::combine(expression->expr, '*', expr::value(Literal(-1))), "CombinedExpression");
        if (operand.is_literal()) {
            const Literal& value = operand.literal();
            if (is_integer(value)) return Literal(-value.integer());
            if (value.kind() == Kind::real) return Literal(-value.real());
            if (value.kind() == Kind::duration) return Literal(Duration{-value.integer()});
            if (value.kind() == Kind::decimal)
                return Literal::decimal(value.text().starts_with('-') ? value.text().substr(1) : "-" + value.text());
        }
    }
    if (op == "unary+") return operand;
    throw Raised("TypeError", "bad operand type for " + std::string(op) + ": '" + type_name(operand) + "'");
}

Object binary(std::string_view op, const Object& left, const Object& right) {
    Object result;
    const bool arithmetic = op == "**" || op == "//" || (op.size() == 1 && std::string_view("+-*/%").find(op[0]) != op.npos);
    const bool logic = op == "&" || op == "|" || op == "^";
    if (op == "%" && left.is_literal() && left.literal().kind() == Kind::text && right.as<Sequence>())
        return Literal(formatted(left.literal().text(), right.as<Sequence>()->items));
    if (arithmetic && plain(op, left, right, result)) return result;
    if (arithmetic && (left.as<Expression>() || right.as<Expression>()))
        return make_ref<Expression>(
            expr::combine(expression_of(left, false), op == "**" ? '^' : op[0], expression_of(right, false)),
            "CombinedExpression");
    if (logic) {
        const auto *a = left.as<RowSet>(), *b = right.as<RowSet>();
        if (a && b) return combined_rows(op, *a, *b);
        if (is_conditional(left) && is_conditional(right)) return combined_conditions(op, left, right);
        if (left.as<Condition>() || right.as<Condition>()) throw Raised("TypeError", repr(left.as<Condition>() ? right : left));
        if (left.as<Expression>() || right.as<Expression>())
            throw Raised("NotImplementedError", "Use .bitand(), .bitor(), and .bitxor() for bitwise logical operations.");
        if (left.is_literal() && right.is_literal() && is_integer(left.literal()) && is_integer(right.literal())) {
            const std::int64_t x = left.literal().integer(), y = right.literal().integer();
            return Literal(op == "&" ? x & y : op == "|" ? x | y : x ^ y);
        }
    }
    if (compared(op, left, right, result)) return result;
    const auto *a = left.as<Sequence>(), *b = right.as<Sequence>();
    if (a && b && a->kind == Sequence::Kind::set && b->kind == Sequence::Kind::set && (logic || op == "-")) return combined_sets(op, *a, *b);
    if (op == "*" && a && a->kind != Sequence::Kind::set && right.is_literal() && is_integer(right.literal())) {
        if (right.literal().integer() * static_cast<std::int64_t>(a->items.size()) > 1'000'000) throw Raised("MemoryError", "the list would be too long");
        std::vector<Object> items;
        for (std::int64_t i = 0; i < right.literal().integer(); ++i) items.insert(items.end(), a->items.begin(), a->items.end());
        return make_ref<Sequence>(a->kind, std::move(items));
    }
    if (op == "+" && a && b && a->kind == b->kind) {
        std::vector<Object> items = a->items;
        items.insert(items.end(), b->items.begin(), b->items.end());
        return make_ref<Sequence>(a->kind, std::move(items));
    }
    unsupported(op, left, right);
}

Object item_at(const Object& of, const Object& index) {
    if (auto* rows = of.as<RowSet>(); rows && !rows->manager) {
        if (!index.is_literal() || !is_integer(index.literal()))
            throw Raised("TypeError", "QuerySet indices must be integers or slices, not " + type_name(index) + ".");
        const std::int64_t at = index.literal().integer();
        if (rows->raw) return item_at(list_of(rows->fetched()), index);
        if (at < 0) throw Raised("ValueError", "Negative indexing is not supported.");
        const std::vector<Object> found =
            rows->cache ? *rows->cache : Ref(rows)->then(rows->query.slice(at, 1))->fetched();
        const auto place = rows->cache ? static_cast<std::size_t>(at) : 0;
        if (place >= found.size()) throw Raised("IndexError", "list index out of range");
        return found[place];
    }
    if (const auto* mapping = of.as<Mapping>()) {
        if (const Object* found = mapping->find(index)) return *found;
        throw Raised("KeyError", repr(index));
    }
    if (const auto* expression = of.as<Expression>()) {
        if (integer_of(index) < 0) throw Raised("ValueError", "Negative indexing is not supported.");
        return make_ref<Expression>(expr::slice(expression->expr, integer_of(index), 1), "Sliced");
    }
    const bool text = of.is_literal() && of.literal().kind() == Kind::text;
    if (!of.as<Sequence>() && !text) throw Raised("TypeError", "'" + type_name(of) + "' object is not subscriptable");
    const std::vector<Object> items = items_of(of);
    std::int64_t at = integer_of(index);
    if (at < 0) at += static_cast<std::int64_t>(items.size());
    if (at < 0 || at >= static_cast<std::int64_t>(items.size())) throw Raised("IndexError", "list index out of range");
    return items[static_cast<std::size_t>(at)];
}

Object sliced(const Object& of, const Object& from, const Object& to, const Object& step) {
    if (const auto* expression = of.as<Expression>()) {
        if (!step.is_none()) throw Raised("ValueError", "Step argument is not supported.");
        const std::int64_t start = from.is_none() ? 0 : integer_of(from);
        if (start < 0 || (!to.is_none() && integer_of(to) < 0))
            throw Raised("ValueError", "Negative indexing is not supported.");
        if (!to.is_none() && integer_of(to) != 0 && start != 0 && integer_of(to) < start)
            throw Raised("ValueError", "Slice stop must be greater than slice start.");
        return make_ref<Expression>(expr::slice(expression->expr, start, to.is_none() ? -1 : std::max<std::int64_t>(integer_of(to) - start, 0)), "Sliced");
    }
    if (auto* rows = of.as<RowSet>(); rows && rows->raw) return sliced(list_of(rows->fetched()), from, to, step);
    if (auto* rows = of.as<RowSet>(); rows && !rows->manager) {
        const std::int64_t start = from.is_none() ? 0 : integer_of(from);
        const std::int64_t end = to.is_none() ? -1 : integer_of(to);
        if (start < 0 || (!to.is_none() && end < 0)) throw Raised("ValueError", "Negative indexing is not supported.");
        if (rows->cache || !step.is_none()) {
            std::vector<Object> items =
                rows->cache ? *rows->cache
                            : Ref(rows)->then(rows->query.slice(start, end < 0 ? -1 : std::max<std::int64_t>(end - start, 0)))->fetched();
            return sliced(list_of(std::move(items)), rows->cache ? from : Object(), rows->cache ? to : Object(), step);
        }
        return rows->then(rows->query.slice(start, end < 0 ? -1 : std::max<std::int64_t>(end - start, 0)));
    }
    const std::vector<Object> items = items_of(of);
    const auto size = static_cast<std::int64_t>(items.size());
    const auto bound = [&](const Object& value, std::int64_t otherwise) {
        if (value.is_none()) return otherwise;
        const std::int64_t at = integer_of(value);
        return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
    };
    const std::int64_t stride = step.is_none() ? 1 : integer_of(step);
    if (stride == 0) throw Raised("ValueError", "slice step cannot be zero");
    std::vector<Object> chosen;
    if (stride > 0) {
        for (std::int64_t i = bound(from, 0); i < bound(to, size); i += stride) chosen.push_back(items[static_cast<std::size_t>(i)]);
    } else {
        const std::int64_t last = to.is_none() ? -1 : bound(to, 0);
        for (std::int64_t i = std::min(bound(from, size - 1), size - 1); i > last; i += stride) chosen.push_back(items[static_cast<std::size_t>(i)]);
    }
    if (of.is_literal()) {
        std::string text;
        for (const Object& letter : chosen) text += letter.literal().text();
        return Literal(std::move(text));
    }
    return make_ref<Sequence>(of.as<Sequence>()->kind, std::move(chosen));
}

std::string str(const Object& value) {
    if (value.is_literal() && value.literal().kind() != Kind::list) return models::python_str(value.literal());
    if (const auto* instance = value.as<Instance>()) return instance->meta().ops->str(instance->meta(), instance->object());
    if (const auto* exception = value.as<ExceptionObject>()) return exception->message;
    if (const auto* field = value.as<Namespace>(); field && field->name == "Field") return field->attribute("__str__").literal().text();
    if (const auto* query = value.as<Namespace>(); query && query->name == "Query") return str(query->attribute("sql"));
    return repr(value);
}

std::string exception_name(const Error& error) {
    const std::string name = error.name();
    if (name == "ObjectDoesNotExist") {  // "Book matching query does not exist."
        const std::string& text = error.message();
        if (const std::size_t space = text.find(" matching query"); space != text.npos) return text.substr(0, space) + ".DoesNotExist";
    }
    return name == "InvalidValue" ? "ValidationError" : name;
}

bool exception_is(const Error& error, std::string_view wanted) {
    const std::string name = exception_name(error);
    if (name == wanted || wanted == "Exception" || wanted == "BaseException") return true;
    if (wanted == "DatabaseError") return dynamic_cast<const db::DatabaseError*>(&error) != nullptr;
    if (wanted == "ObjectDoesNotExist") return name.ends_with("DoesNotExist");
    if (wanted == "LookupError") return name == "KeyError" || name == "IndexError";
    return name.size() > wanted.size() && name.ends_with(wanted) && name[name.size() - wanted.size() - 1] == '.';
}

}  // namespace nuages::shell
