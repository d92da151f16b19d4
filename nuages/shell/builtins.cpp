// The names of the language that are not models: Python's own, dates, transactions. Django's are in functions.cpp.
#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/connection.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace nuages::shell {

namespace {

using Kind = Literal::Kind;

Object list(const Arguments& a) { return list_of(a.positional.empty() ? std::vector<Object>() : items_of(a.positional[0])); }
Object tuple(const Arguments& a) { return tuple_of(a.positional.empty() ? std::vector<Object>() : items_of(a.positional[0])); }
Object set(const Arguments& a) {
    std::vector<Object> items;
    if (!a.positional.empty()) {
        for (const Object& item : items_of(a.positional[0])) {
            if (std::none_of(items.begin(), items.end(), [&](const Object& known) { return equal(known, item); }))
                items.push_back(item);
        }
    }
    return make_ref<Sequence>(Sequence::Kind::set, std::move(items));
}
Object dict(const Arguments& a) {
    auto mapping = make_ref<Mapping>();
    if (!a.positional.empty()) {
        if (const auto* from = a.positional[0].as<Mapping>()) {
            mapping->items = from->items;
        } else {
            for (const Object& pair : items_of(a.positional[0])) {
                const std::vector<Object> parts = items_of(pair);
                if (parts.size() == 2) mapping->set(parts[0], parts[1]);
            }
        }
    }
    for (const auto& entry : a.named) mapping->set(Literal(entry.first), entry.second);
    return mapping;
}

Object len(const Arguments& a) {
    const Object& of = a.at(0, "obj");
    if (const auto* mapping = of.as<Mapping>()) return Literal(mapping->items.size());
    return Literal(items_of(of).size());
}

Object sorted(const Arguments& a) {
    std::vector<Object> items = items_of(a.at(0, "iterable"));
    const Object* key = a.find(1, "key");
    std::vector<std::pair<Object, Object>> keyed;
    for (Object& item : items) {
        Arguments one{"key", {item}, {}};
        keyed.emplace_back(key && !key->is_none() ? invoke(*key, one) : item, item);
    }
    const bool reverse = a.flag(2, "reverse");
    std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& x, const auto& y) {
        return reverse ? less(y.first, x.first) : less(x.first, y.first);
    });
    items.clear();
    for (auto& pair : keyed) items.push_back(pair.second);
    return list_of(std::move(items));
}

Object range(const Arguments& a) {
    const std::int64_t first = a.positional.size() > 1 ? integer_of(a.positional[0]) : 0;
    const std::int64_t last = integer_of(a.positional.size() > 1 ? a.positional[1] : a.at(0, "stop"));
    const std::int64_t step = a.positional.size() > 2 ? integer_of(a.positional[2]) : 1;
    if (step == 0) throw Raised("ValueError", "range() arg 3 must not be zero");
    constexpr std::size_t kMost = 1'000'000;
    std::vector<Object> items;
    for (std::int64_t i = first; step > 0 ? i < last : i > last; i += step) {
        if (items.size() == kMost) throw Raised("MemoryError", "the range is too long");
        items.emplace_back(Literal(i));
    }
    return list_of(std::move(items));
}

Object extreme(const Arguments& a, bool largest) {
    const std::vector<Object> items = a.positional.size() == 1 ? items_of(a.positional[0]) : a.positional;
    const Object* key = a.find(99, "key");
    const Object* otherwise = a.find(99, "default");
    if (items.empty() && otherwise) return *otherwise;
    if (items.empty()) throw Raised("ValueError", std::string(largest ? "max" : "min") + "() iterable argument is empty");
    const auto weight = [&](const Object& item) { return key && !key->is_none() ? invoke(*key, {"key", {item}, {}}) : item; };
    Object best = items.front(), best_weight = weight(best);
    for (std::size_t i = 1; i < items.size(); ++i) {
        Object other = weight(items[i]);
        if (largest ? !less(best_weight, other) : !less(other, best_weight)) continue;
        best = items[i];
        best_weight = std::move(other);
    }
    return best;
}
Object max(const Arguments& a) { return extreme(a, true); }
Object min(const Arguments& a) { return extreme(a, false); }
Object sum(const Arguments& a) {
    Object total = a.find(1, "start") ? *a.find(1, "start") : Object(Literal(0));
    for (const Object& item : items_of(a.at(0, "iterable"))) total = binary("+", total, item);
    return total;
}
Object any(const Arguments& a) {
    const std::vector<Object> items = items_of(a.at(0, "iterable"));
    return Literal(std::any_of(items.begin(), items.end(), truthy));
}
Object all(const Arguments& a) {
    const std::vector<Object> items = items_of(a.at(0, "iterable"));
    return Literal(std::all_of(items.begin(), items.end(), truthy));
}
Object boolean(const Arguments& a) { return Literal(!a.positional.empty() && truthy(a.positional[0])); }
Object text(const Arguments& a) { return Literal(a.positional.empty() ? std::string() : str(a.positional[0])); }
Object represent(const Arguments& a) { return Literal(repr(a.at(0, "obj"))); }
Object type(const Arguments& a) {
    const Object& of = a.at(0, "object");
    if (const auto* instance = of.as<Instance>()) return make_ref<ModelClass>(instance->meta());
    return make_ref<ExceptionClass>(type_name(of));
}

Object real(const Arguments& a) {
    const Literal& value = a.at(0, "x").literal();
    if (value.kind() != Kind::text && value.kind() != Kind::decimal) return Literal(value.real());
    std::string digits = value.text();
    for (char& c : digits) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    char* end = nullptr;
    const double number = std::strtod(digits.c_str(), &end);
    if (digits.empty() || *end) throw Raised("ValueError", "could not convert string to float: " + models::repr(value));
    return Literal(number);
}

Object integer(const Arguments& a) {
    const Literal& value = a.at(0, "x").literal();
    if (value.kind() == Kind::real) return Literal(static_cast<std::int64_t>(value.real()));
    if (value.kind() != Kind::text && value.kind() != Kind::decimal) return Literal(value.integer());
    std::int64_t number = 0;
    const std::string& digits = value.text();
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (end.ec != std::errc() || (end.ptr != digits.data() + digits.size() && value.kind() == Kind::text))
        throw Raised("ValueError", "invalid literal for int() with base 10: " + models::repr(value));
    return Literal(number);
}

Object decimal(const Arguments& a) {
    const Literal& value = a.at(0, "value").literal();
    if (value.kind() == Kind::decimal) return value;
    if (value.kind() == Kind::text) return Literal::decimal(value.text());
    return Literal::decimal(models::repr(value));
}

Object uuid(const Arguments& a) {
    if (const Object* number = a.find(99, "int")) {
        char digits[40];
        std::snprintf(digits, sizeof digits, "%032llx", static_cast<unsigned long long>(integer_of(*number)));
        return Literal::uuid(digits);
    }
    Literal storage;
    const Literal& hex = a.at(0, "hex").literal();
    try {
        return models::prepared({models::FieldKind::uuid, nullptr, true}, hex, storage);
    } catch (const Error&) {
        throw Raised("ValueError", "badly formed hexadecimal UUID string");
    }
}

Object has_attribute(const Arguments& a) {
    try {
        attribute(a.at(0, "obj"), text_of(a.at(1, "name")));
        return Literal(true);
    } catch (const Error& error) {
        const std::string name = exception_name(error);
        if (name == "AttributeError" || name.ends_with(".RelatedObjectDoesNotExist")) return Literal(false);
        throw;
    }
}
Object get_attribute(const Arguments& a) {
    try {
        return attribute(a.at(0, "obj"), text_of(a.at(1, "name")));
    } catch (const Raised& error) {
        if (a.positional.size() > 2 && std::string_view(error.name()) == "AttributeError") return a.positional[2];
        throw;
    }
}
Object assign_attribute(const Arguments& a) {
    set_attribute(a.at(0, "obj"), text_of(a.at(1, "name")), a.at(2, "value"));
    return {};
}
Object hash(const Arguments& a) {
    const Object& of = a.at(0, "obj");
    if (const auto* instance = of.as<Instance>()) {
        const Literal key = instance->meta().pk().get(instance->object());
        const bool partial = key.kind() == Kind::list && std::any_of(key.list().begin(), key.list().end(), [](const Literal& part) { return part.is_null(); });
        if (key.is_null() || partial) throw Raised("TypeError", "Model instances without primary key value are unhashable");
        return Literal(key.kind() == Kind::integer ? key.integer() : 0);
    }
    return Literal(static_cast<std::int64_t>(std::hash<std::string>()(repr(of)) >> 1));
}
Object is_instance(const Arguments& a) {
    const Object& of = a.at(0, "obj");
    const auto* model = a.at(1, "class").as<ModelClass>();
    const auto* instance = of.as<Instance>();
    if (model) return Literal(instance && &instance->meta() == &model->meta);
    const auto* named = a.at(1, "class").as<ExceptionClass>();
    const auto* function = a.at(1, "class").as<Callable>();
    return Literal((named && named->name == type_name(of)) || (function && function->name == type_name(of)));
}
Object print(const Arguments&) { return {}; }

Object enumerate(const Arguments& a) {
    const Object* start = a.find(1, "start");
    std::int64_t at = start ? integer_of(*start) : 0;
    std::vector<Object> pairs;
    for (Object& item : items_of(a.at(0, "iterable"))) pairs.push_back(tuple_of({Object(Literal(at++)), std::move(item)}));
    return list_of(std::move(pairs));
}

Object zip(const Arguments& a) {
    std::vector<std::vector<Object>> lists;
    for (const Object& list : a.positional) lists.push_back(items_of(list));
    std::vector<Object> rows;
    for (std::size_t i = 0; !lists.empty(); ++i) {
        std::vector<Object> row;
        for (const std::vector<Object>& list : lists) {
            if (i >= list.size()) return list_of(std::move(rows));
            row.push_back(list[i]);
        }
        rows.push_back(tuple_of(std::move(row)));
    }
    return list_of(std::move(rows));
}

Object absolute(const Arguments& a) {
    const Object& x = a.at(0, "x");
    return less(x, Literal(0)) ? unary("unary-", x) : x;
}

Object rounded(const Arguments& a) {
    const Object& number = a.at(0, "number");
    const Object* digits = a.find(1, "ndigits");
    if (number.is_literal() && number.literal().kind() == Kind::integer) return number;
    if (!number.is_literal() || number.literal().kind() != Kind::real)
        throw Raised("TypeError", "type " + type_name(number) + " doesn't define __round__ method");
    if (!digits || digits->is_none()) return Literal(static_cast<std::int64_t>(std::nearbyint(number.literal().real())));
    char text[400];
    const int places = static_cast<int>(std::clamp<std::int64_t>(integer_of(*digits), 0, 17));
    std::snprintf(text, sizeof text, "%.*f", places, number.literal().real());
    return Literal(std::strtod(text, nullptr));
}

Object reversed(const Arguments& a) {
    std::vector<Object> items = items_of(a.at(0, "sequence"));
    std::reverse(items.begin(), items.end());
    return list_of(std::move(items));
}

Object map_of(const Arguments& a) {
    std::vector<Object> made;
    for (Object& item : items_of(a.at(1, "iterable"))) made.push_back(invoke(a.at(0, "function"), {"map", {std::move(item)}, {}}));
    return list_of(std::move(made));
}

Object filter_of(const Arguments& a) {
    std::vector<Object> kept;
    for (Object& item : items_of(a.at(1, "iterable"))) {
        if (truthy(a.at(0, "function").is_none() ? item : invoke(a.at(0, "function"), {"filter", {item}, {}}))) kept.push_back(std::move(item));
    }
    return list_of(std::move(kept));
}

Object quotient_and_rest(const Arguments& a) { return tuple_of({binary("//", a.at(0, "a"), a.at(1, "b")), binary("%", a.at(0, "a"), a.at(1, "b"))}); }

Object names_on(const Arguments& a) {
    std::vector<Object> names;
    for (std::string& name : Interpreter::attributes(a.at(0, "object"))) names.emplace_back(Literal(std::move(name)));
    return list_of(std::move(names));
}

Object variables(const Arguments& a) { return attribute(a.at(0, "object"), "__dict__"); }

Object help(const Arguments& a) {
    if (a.positional.empty()) return Literal("docs/topics/shell.md says what the shell reads; dir(x) lists what x has.");
    std::string text = repr(a.positional[0]) + ":";
    for (const std::string& name : Interpreter::attributes(a.positional[0])) text += " " + name;
    return Literal(std::move(text));
}

constexpr Builtin kBuiltins[] = {
    {"list", list},       {"tuple", tuple},       {"set", set},           {"dict", dict},
    {"len", len},         {"sorted", sorted},     {"range", range},       {"max", max},
    {"min", min},         {"sum", sum},           {"any", any},           {"all", all},
    {"bool", boolean},    {"str", text},          {"repr", represent},    {"type", type},
    {"float", real},      {"int", integer},       {"D", decimal},         {"Decimal", decimal},
    {"UUID", uuid},       {"hasattr", has_attribute}, {"getattr", get_attribute}, {"setattr", assign_attribute},
    {"hash", hash},       {"isinstance", is_instance}, {"print", print},      {"enumerate", enumerate},
    {"zip", zip},         {"abs", absolute},      {"round", rounded},     {"reversed", reversed},
    {"map", map_of},      {"filter", filter_of},  {"divmod", quotient_and_rest}, {"dir", names_on},
    {"vars", variables},  {"help", help},
};

constexpr std::string_view kExceptions[] = {
    "Exception", "ValueError", "TypeError", "KeyError", "IndexError", "AttributeError", "RuntimeError",
    "LookupError", "ArithmeticError", "ZeroDivisionError", "NotImplementedError", "IntegrityError", "DatabaseError",
    "OperationalError", "DataError", "ProgrammingError", "NotSupportedError", "FieldError", "FieldDoesNotExist",
    "ObjectDoesNotExist", "MultipleObjectsReturned", "ValidationError", "ProtectedError", "RestrictedError",
    "TransactionManagementError", "EmptyResultSet", "FullResultSet", "AssertionError", "NameError"};

}  // namespace

bool find_builtin(std::string_view name, Object& found) {
    for (const Builtin& builtin : kBuiltins) {
        if (builtin.name == name) return found = callable(std::string(name), builtin.call), true;
    }
    if (find_django_name(name, found) || find_module(name, found)) return true;
    if (std::find(std::begin(kExceptions), std::end(kExceptions), name) != std::end(kExceptions))
        return found = make_ref<ExceptionClass>(std::string(name)), true;
    return false;
}

std::vector<std::string> builtin_names() {
    std::vector<std::string> names = django_names();
    for (const Builtin& builtin : kBuiltins) names.emplace_back(builtin.name);
    for (const std::string_view name : kExceptions) names.emplace_back(name);
    for (const std::string_view name : module_names()) names.emplace_back(name);
    return names;
}

Object attribute(const Object& of, std::string_view name) {
    if (of.is_literal() && of.literal().kind() == Kind::text) {
        if (Object found; text_method(of.literal().text(), name, found)) return found;
    }
    if (const auto* module = of.as<Namespace>()) return module->attribute(name);
    if (const auto* model = of.as<ModelClass>()) return model_attribute(model->meta, name);
    if (auto* rows = of.as<RowSet>()) return queryset_attribute(Ref(rows), name);
    if (auto* instance = of.as<Instance>()) return instance_attribute(Ref(instance), name);
    if (auto* expression = of.as<Expression>()) return expression_attribute(Ref(expression), name);
    if (auto* condition = of.as<Condition>()) return condition_attribute(Ref(condition), name);
    if (auto* sequence = of.as<Sequence>()) {
        for (std::size_t i = 0; i < sequence->names.size() && i < sequence->items.size(); ++i) {
            if (sequence->names[i] == name) return sequence->items[i];
        }
        if (Object found; sequence_method(Ref(sequence), name, found)) return found;
    }
    if (auto* mapping = of.as<Mapping>()) {
        const auto each = [&](bool keys, bool values) {
            return callable(std::string(name), [held = Ref(mapping), keys, values](const Arguments&) {
                std::vector<Object> items;
                for (const auto& item : held->items)
                    items.push_back(keys && values ? tuple_of({item.first, item.second}) : keys ? item.first : item.second);
                return list_of(std::move(items));
            });
        };
        if (name == "get")
            return callable("get", [held = Ref(mapping)](const Arguments& a) {
                if (const Object* found = held->find(a.at(0, "key"))) return *found;
                const Object* otherwise = a.find(1, "default");
                return otherwise ? *otherwise : Object();
            });
        if (name == "items" || name == "keys" || name == "values") return each(name != "values", name != "keys");
    }
    if (auto* context = of.as<Context>()) {
        if (name == "__enter__" || name == "__exit__")
            return callable(std::string(name), [held = Ref(context), enter = name == "__enter__"](const Arguments&) {
                if (Function<void()>& hook = enter ? held->enter : held->leave) hook();
                return Object();
            });
    }
    return value_attribute(of, name);
}

void set_attribute(const Object& of, std::string_view name, const Object& value) {
    if (auto* instance = of.as<Instance>()) return set_instance_attribute(Ref(instance), name, value);
    if (auto* state = of.as<InstanceState>()) return state->set(name, value);
    throw Raised("AttributeError", "'" + type_name(of) + "' object has no attribute '" + std::string(name) + "'");
}

Object invoke(const Object& function, const Arguments& arguments) {
    if (const auto* code = function.as<Callable>()) return code->call(arguments);
    if (const auto* model = function.as<ModelClass>()) return wrap(make_instance(model->meta, arguments));
    if (const auto* type = function.as<ExceptionClass>()) {
        return make_ref<ExceptionObject>(type->name, arguments.positional.empty() ? std::string() : str(arguments.positional[0]));
    }
    if (const auto* module = function.as<Namespace>()) return call_namespace(*module, arguments);
    throw Raised("TypeError", "'" + type_name(function) + "' object is not callable");
}

}  // namespace nuages::shell
