// The evaluation of trees: names, calls, operators, statements.
#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/async/fiber.hpp>
#include <nuages/utils/base64.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace nuages::shell {

namespace json = boost::json;

namespace {

constexpr int kDepthMax = 200;

struct Scope {
    std::map<std::string, Object, std::less<>> names;
    Scope* outer = nullptr;
    const Object* find(std::string_view name) const {
        for (const Scope* scope = this; scope; scope = scope->outer) {
            if (const auto found = scope->names.find(name); found != scope->names.end()) return &found->second;
        }
        return nullptr;
    }
};

class Evaluation {
public:
    explicit Evaluation(Scope& scope) : scope_(&scope) {}

    Object run(const json::value& tree) {
        const json::object& node = tree.as_object();
        const json::value* sequence = node.if_contains("seq");
        return sequence ? block(sequence->as_array()) : statement(node);
    }

private:
    /// Where a `return`, `break` or `continue` goes, while blocks are left for it.
    enum class Leaving { nothing, function, loop, round };

    /// The value of the last statement; a `return`, `break` or `continue` inside ends it.
    Object block(const json::array& statements) {
        Object last;
        for (const json::value& one : statements) {
            last = statement(one.as_object());
            if (leaving_ != Leaving::nothing) return last;
        }
        return last;
    }

    Object statement(const json::object& node) {
        if (const json::value* target = node.if_contains("assign")) {
            assign(target->as_object(), evaluate(node.at("value")));
            return {};
        }
        if (const json::value* context = node.if_contains("with")) return with(*context, node);
        if (node.contains("try")) return attempt(node);
        if (node.contains("for") && node.contains("body")) return loop(node);
        if (node.contains("if") && node.contains("body")) {
            if (truthy(evaluate(node.at("if")))) return block(node.at("body").as_array());
            const json::value* otherwise = node.if_contains("else");
            return otherwise ? block(otherwise->as_array()) : Object();
        }
        if (const json::value* raised = node.if_contains("raise")) {
            if (!raised->is_null()) raise(evaluate(*raised));
            if (!handling_) throw Raised("RuntimeError", "No active exception to reraise");
            throw *handling_;
        }
        if (node.contains("pass")) return {};
        if (node.contains("import")) {
            import(node);
            return {};
        }
        if (node.contains("break") || node.contains("continue")) {
            leaving_ = node.contains("break") ? Leaving::loop : Leaving::round;
            return {};
        }
        if (node.contains("while")) return repeat(node);
        if (const json::value* targets = node.if_contains("del")) {
            forget(targets->as_object());
            return {};
        }
        if (const json::value* claim = node.if_contains("assert")) {
            if (truthy(evaluate(*claim))) return {};
            const json::value* message = node.if_contains("message");
            throw Raised("AssertionError", message ? str(evaluate(*message)) : std::string());
        }
        if (const json::value* value = node.if_contains("return")) {
            Object result = value->is_null() ? Object() : evaluate(*value);
            leaving_ = Leaving::function;
            return result;
        }
        if (const json::value* name = node.if_contains("def")) {
            define(std::string(name->as_string()), node);
            return {};
        }
        return evaluate(node);
    }

    void assign(const json::object& target, Object value) {
        if (const json::value* name = target.if_contains("name")) {
            scope_->names.insert_or_assign(std::string(name->as_string()), std::move(value));
        } else if (const json::value* attribute = target.if_contains("attr")) {
            set_attribute(evaluate(target.at("of")), attribute->as_string(), value);
        } else if (const json::value* parts = target.if_contains("tuple")) {
            unpack(parts->as_array(), items_of(value));
        } else if (const json::value* index = target.if_contains("index")) {
            const Object of = evaluate(target.at("of"));
            auto* mapping = of.as<Mapping>();
            if (!mapping) throw Raised("TypeError", "'" + type_name(of) + "' object does not support item assignment");
            mapping->set(evaluate(*index), std::move(value));
        } else {
            throw Raised("SyntaxError", "cannot assign to expression");
        }
    }

    // a, *rest = items
    void unpack(const json::array& targets, std::vector<Object> items) {
        const auto starred = [](const json::value& target) { return target.as_object().contains("star"); };
        const auto star = std::find_if(targets.begin(), targets.end(), starred);
        const std::size_t wanted = targets.size() - (star != targets.end());
        if (items.size() < wanted)
            throw Raised("ValueError", "not enough values to unpack (expected " + std::string(star != targets.end() ? "at least " : "") +
                                           std::to_string(wanted) + ", got " + std::to_string(items.size()) + ")");
        if (star == targets.end() && items.size() > wanted)
            throw Raised("ValueError", "too many values to unpack (expected " + std::to_string(wanted) + ")");
        std::size_t at = 0;
        for (const json::value& target : targets) {
            if (!starred(target)) {
                assign(target.as_object(), items[at++]);
                continue;
            }
            const std::size_t rest = items.size() - wanted;
            const auto from = items.begin() + static_cast<std::ptrdiff_t>(at);
            assign(target.at("star").as_object(), list_of(std::vector<Object>(from, from + static_cast<std::ptrdiff_t>(rest))));
            at += rest;
        }
    }

    // Models and Django's names are in scope anyway; an import may give them other names, and says what is not there.
    void import(const json::object& node) {
        const json::value* from = node.if_contains("from");
        for (const json::value& pair : node.at("import").as_array()) {
            const std::string name(pair.at(0).as_string()), as(pair.at(1).as_string());
            const std::string module = from ? std::string(from->as_string()) : name;
            const std::string head = module.substr(0, module.find('.'));
            Object found;
            const bool known = head.empty() || is_module(head) || has_app(head);
            if (!known) throw Raised("ModuleNotFoundError", "No module named '" + head + "'");
            if (from) {
                if (name == "*") continue;
                const Object* own = scope_->find(name);
                if (!imported(module, name, found)) {
                    if (!own) throw Raised("ImportError", "cannot import name '" + name + "' from '" + module + "'");
                    found = *own;
                }
                scope_->names.insert_or_assign(as.empty() ? name : as, found);
            } else if (find_module(head, found)) {
                scope_->names.insert_or_assign(as.empty() ? head : as, found);
            }
        }
    }

    bool has_app(std::string_view label) const {
        for (const Scope* scope = scope_; scope; scope = scope->outer) {
            for (const auto& entry : scope->names) {
                const auto* model = entry.second.as<ModelClass>();
                if (model && model->meta.app_label == label) return true;
            }
        }
        return false;
    }

    Object loop(const json::object& node) {
        for (const Object& item : items_of(evaluate(node.at("in")))) {
            assign(node.at("for").as_object(), item);
            Object result = block(node.at("body").as_array());
            if (leaving_ == Leaving::function) return result;
            if (std::exchange(leaving_, Leaving::nothing) == Leaving::loop) break;
        }
        return {};
    }

    Object repeat(const json::object& node) {
        while (truthy(evaluate(node.at("while")))) {
            async::yield();  // other fibers run, and an interrupt reaches an endless loop
            Object result = block(node.at("body").as_array());
            if (leaving_ == Leaving::function) return result;
            if (std::exchange(leaving_, Leaving::nothing) == Leaving::loop) break;
        }
        return {};
    }

    void forget(const json::object& target) {
        if (const json::value* parts = target.if_contains("tuple")) {
            for (const json::value& part : parts->as_array()) forget(part.as_object());
        } else if (const json::value* name = target.if_contains("name")) {
            if (scope_->names.erase(std::string(name->as_string())) == 0)
                throw Raised("NameError", "name '" + std::string(name->as_string()) + "' is not defined");
        } else if (const json::value* index = target.if_contains("index")) {
            const Object of = evaluate(target.at("of"));
            auto* mapping = of.as<Mapping>();
            if (!mapping) throw Raised("TypeError", "'" + type_name(of) + "' object doesn't support item deletion");
            const Object key = evaluate(*index);
            const Object* found = mapping->find(key);
            if (!found) throw Raised("KeyError", repr(key));
            std::erase_if(mapping->items, [&](const auto& item) { return &item.second == found; });
        } else {
            throw Raised("AttributeError", "the shell deletes names and items, not attributes");
        }
    }

    Object with(const json::value& context, const json::object& node) {
        const Object around = evaluate(context);
        const auto* found = around.as<Context>();
        if (around.as<Namespace>()) {  // a cursor closes itself
            if (const json::value* name = node.if_contains("as")) assign(name->as_object(), around);
            return block(node.at("body").as_array());
        }
        if (!found) throw Raised("TypeError", "'" + type_name(around) + "' object does not support the context manager protocol");
        Object result;
        const json::value* name = node.if_contains("as");
        found->run([&] {
            if (name) assign(name->as_object(), found->value ? found->value() : Object());
            result = block(node.at("body").as_array());
        });
        return result;
    }

    Object attempt(const json::object& node) {
        const json::value* always = node.if_contains("finally");
        if (!always) return handled(node);
        Object result;
        try {
            result = handled(node);
        } catch (const Error&) {
            const Leaving before = std::exchange(leaving_, Leaving::nothing);
            const Object last = block(always->as_array());
            if (leaving_ != Leaving::nothing) return last;
            leaving_ = before;
            throw;
        }
        const Leaving before = std::exchange(leaving_, Leaving::nothing);
        const Object last = block(always->as_array());
        if (leaving_ != Leaving::nothing) return last;
        leaving_ = before;
        return result;
    }

    Object handled(const json::object& node) {
        if (!node.contains("handler")) return block(node.at("try").as_array());
        std::optional<Raised> caught;
        const json::object* handler = nullptr;
        Object result;
        try {
            result = block(node.at("try").as_array());
        } catch (const Error& error) {
            for (handler = &node; handler && !catches(*handler, error);) {
                const json::value* more = handler->if_contains("more");
                handler = more ? &more->as_object() : nullptr;
            }
            if (!handler) throw;
            caught.emplace(exception_name(error), error.message());
        }
        const json::value* otherwise = node.if_contains("else");
        if (!handler) return otherwise && leaving_ == Leaving::nothing ? block(otherwise->as_array()) : result;
        if (const json::value* name = handler->if_contains("as")) assign(name->as_object(), make_ref<ExceptionObject>(std::string(caught->name()), caught->message()));
        const std::optional<Raised> outer = std::exchange(handling_, caught);
        result = block(handler->at("handler").as_array());
        handling_ = outer;
        return result;
    }

    static bool catches(const json::object& handler, const Error& error) {
        const json::value* wanted = handler.if_contains("except");
        if (!wanted || wanted->is_null()) return true;
        if (wanted->is_string()) return exception_is(error, wanted->as_string());
        for (const json::value& name : wanted->as_array()) {
            if (exception_is(error, name.as_string())) return true;
        }
        return false;
    }

    [[noreturn]] static void raise(const Object& value) {
        if (const auto* type = value.as<ExceptionClass>()) throw Raised(type->name, "");
        if (const auto* made = value.as<ExceptionObject>()) throw Raised(made->type, made->message);
        throw Raised("TypeError", "exceptions must derive from BaseException");
    }

    void define(const std::string& name, const json::object& node) {
        Object made = function(name, node, node.at("body").as_array());
        if (const json::value* decorators = node.if_contains("decorators")) {
            for (std::size_t i = decorators->as_array().size(); i-- > 0;) {
                Arguments arguments{name, {made}, {}};
                made = invoke(evaluate(decorators->as_array()[i]), arguments);
            }
        }
        scope_->names.insert_or_assign(name, made);
    }

    static std::vector<std::string> parameters(const json::object& node, const char* key) {
        std::vector<std::string> names;
        const json::value* list = node.if_contains(key);
        if (list && list->is_array()) {
            for (const json::value& name : list->as_array()) names.emplace_back(name.as_string());
        }
        return names;
    }

    // The trees of functions outlive this evaluation: they are copied.
    Object function(const std::string& name, const json::object& node, json::array body) {
        Scope* outer = scope_;
        return callable(name, [outer, names = parameters(node, "params"), body](const Arguments& arguments) {
            Scope inner;
            inner.outer = outer;
            bind(inner, names, arguments);
            Evaluation evaluation(inner);
            Object result = evaluation.block(body);
            return evaluation.leaving_ == Leaving::function ? result : Object();
        });
    }

    static void bind(Scope& scope, const std::vector<std::string>& names, const Arguments& arguments) {
        if (arguments.positional.size() != names.size())
            throw Raised("TypeError", arguments.function + "() takes " + std::to_string(names.size()) +
                                          " positional arguments but " + std::to_string(arguments.positional.size()) +
                                          " were given");
        for (std::size_t i = 0; i < names.size(); ++i) scope.names[names[i]] = arguments.positional[i];
    }

    Object lambda(const json::object& node) {
        Scope* outer = scope_;
        return callable("<lambda>", [outer, names = parameters(node, "lambda"),
                                     body = node.at("body")](const Arguments& arguments) {
            Scope inner;
            inner.outer = outer;
            bind(inner, names, arguments);
            return Evaluation(inner).evaluate(body);
        });
    }

    Object evaluate(const json::value& tree) {
        if (++depth_ > kDepthMax) throw Raised("RecursionError", "the expression is nested too deeply");
        Object result = evaluate(tree.as_object());
        --depth_;
        return result;
    }

    Object evaluate(const json::object& node) {
        if (const json::value* constant = node.if_contains("const")) return this->constant(*constant);
        if (const json::value* name = node.if_contains("name")) return variable(name->as_string());
        if (const json::value* name = node.if_contains("attr"))
            return attribute(evaluate(node.at("of")), name->as_string());
        if (node.contains("call")) return call(node);
        if (node.contains("op")) return operation(node);
        if (node.contains("index")) return indexed(node);
        if (const json::value* items = node.if_contains("list")) return list_of(elements(items->as_array()));
        if (const json::value* items = node.if_contains("tuple")) return tuple_of(elements(items->as_array()));
        if (const json::value* items = node.if_contains("set"))
            return make_ref<Sequence>(Sequence::Kind::set, elements(items->as_array()));
        if (const json::value* items = node.if_contains("dict")) return dictionary(items->as_array());
        if (const json::value* parts = node.if_contains("fstring")) return formatted(parts->as_array());
        if (node.contains("lambda")) return lambda(node);
        if (node.contains("for")) return comprehension(node);
        throw Raised("SyntaxError", "this kind of expression is not understood: " + json::serialize(node).substr(0, 80));
    }

    static Object constant(const json::value& value) {
        switch (value.kind()) {
            case json::kind::null: return {};
            case json::kind::bool_: return Literal(value.as_bool());
            case json::kind::int64: return Literal(value.as_int64());
            case json::kind::uint64: return Literal::decimal(std::to_string(value.as_uint64()));
            case json::kind::double_: return Literal(value.as_double());
            case json::kind::string: return Literal(std::string(value.as_string()));
            case json::kind::object:
                if (value.at("$type") == "bytes") {
                    if (auto bytes = utils::base64_decode(value.at("value").as_string())) return Literal::blob(std::move(*bytes));
                }
                break;
            default: break;
        }
        throw Raised("SyntaxError", "a constant of another kind");
    }

    Object variable(std::string_view name) {
        if (const Object* found = scope_->find(name)) return *found;
        Object builtin;
        if (find_builtin(name, builtin)) return builtin;
        throw Raised("NameError", "name '" + std::string(name) + "' is not defined");
    }

    std::vector<Object> elements(const json::array& trees) {
        std::vector<Object> items;
        for (const json::value& tree : trees) {
            if (const json::value* star = tree.as_object().if_contains("star")) {
                for (Object& item : items_of(evaluate(*star))) items.push_back(std::move(item));
            } else {
                items.push_back(evaluate(tree));
            }
        }
        return items;
    }

    Object dictionary(const json::array& pairs) {
        auto mapping = make_ref<Mapping>();
        for (const json::value& pair : pairs) mapping->set(evaluate(pair.at(0)), evaluate(pair.at(1)));
        return mapping;
    }

    Object call(const json::object& node) {
        const json::object& callee = node.at("call").as_object();
        Arguments arguments;
        const json::value* name = callee.if_contains("name");
        if (!name) name = callee.if_contains("attr");
        if (name) arguments.function = std::string(name->as_string());
        const Object function = evaluate(node.at("call"));
        if (const json::value* args = node.if_contains("args")) arguments.positional = elements(args->as_array());
        if (const json::value* kwargs = node.if_contains("kwargs")) {
            for (const json::value& pair : kwargs->as_array()) {
                Object value = evaluate(pair.at(1));
                if (pair.at(0).is_string()) {
                    arguments.named.emplace_back(std::string(pair.at(0).as_string()), std::move(value));
                } else if (const auto* mapping = value.as<Mapping>()) {
                    for (const auto& item : mapping->items) arguments.named.emplace_back(text_of(item.first), item.second);
                } else {
                    throw Raised("TypeError", "argument after ** must be a mapping, not " + type_name(value));
                }
            }
        }
        return invoke(function, arguments);
    }

    Object operation(const json::object& node) {
        const std::string_view op = node.at("op").as_string();
        const json::array& args = node.at("args").as_array();
        if (op == "if") return evaluate(args.at(truthy(evaluate(args.at(0))) ? 1 : 2));
        Object left = evaluate(args.at(0));
        if (op == "and" || op == "or") {
            for (std::size_t i = 1; i < args.size() && truthy(left) == (op == "and"); ++i) left = evaluate(args[i]);
            return left;
        }
        if (args.size() == 1) return unary(op, left);
        return binary(op, left, evaluate(args.at(1)));
    }

    Object indexed(const json::object& node) {
        const Object of = evaluate(node.at("of"));
        const json::object& index = node.at("index").as_object();
        const json::value* slice = index.if_contains("slice");
        if (!slice) return item_at(of, evaluate(index));
        const auto part = [&](std::size_t i) { return slice->at(i).is_null() ? Object() : evaluate(slice->at(i)); };
        return sliced(of, part(0), part(1), part(2));
    }

    Object comprehension(const json::object& node) {
        Scope inner;
        inner.outer = scope_;
        const std::vector<Object> items = items_of(evaluate(node.at("in")));
        Scope* const outer = std::exchange(scope_, &inner);
        std::vector<Object> results;
        for (const Object& item : items) {
            assign(node.at("for").as_object(), item);
            const json::value* condition = node.if_contains("if");
            if (condition && !condition->is_null() && !truthy(evaluate(*condition))) continue;
            Object made = evaluate(node.at("yield"));
            if (node.contains("flat")) {
                for (Object& one : items_of(made)) results.push_back(std::move(one));
            } else {
                results.push_back(std::move(made));
            }
        }
        scope_ = outer;
        return collected(std::move(results), node.if_contains("into"));
    }

    /// A comprehension's items as the list, set or dict that its brackets say.
    static Object collected(std::vector<Object> items, const json::value* into) {
        if (!into) return list_of(std::move(items));
        if (into->as_string() == "set") {
            auto made = make_ref<Sequence>(Sequence::Kind::set);
            for (Object& item : items) {
                const bool known = std::any_of(made->items.begin(), made->items.end(), [&](const Object& one) { return equal(one, item); });
                if (!known) made->items.push_back(std::move(item));
            }
            return made;
        }
        auto made = make_ref<Mapping>();
        for (const Object& item : items) made->set(item.as<Sequence>()->items[0], item.as<Sequence>()->items[1]);
        return made;
    }

    Object formatted(const json::array& parts) {
        std::string text;
        for (const json::value& part : parts) {
            const json::object& node = part.as_object();
            if (const json::value* plain = node.if_contains("const")) {
                text += plain->as_string();
                continue;
            }
            Object value = evaluate(node.at("value"));
            const json::value* conversion = node.if_contains("conversion");
            if (conversion && conversion->as_string() == "r") value = Literal(repr(value));
            const json::value* format = node.if_contains("format");
            text += format ? formatted_value(value, format->as_string()) : str(value);
        }
        return Literal(std::move(text));
    }

    Scope* scope_;
    int depth_ = 0;
    Leaving leaving_ = Leaving::nothing;
    std::optional<Raised> handling_;  ///< what `raise` alone raises again
};

}  // namespace

struct Interpreter::State {
    Scope scope;
};

Interpreter::Interpreter(const models::Registry& registry) : state_(new State) {
    for (const models::ModelMeta* meta : registry.models())
        state_->scope.names[meta->object_name] = make_ref<ModelClass>(*meta);
}

Interpreter::~Interpreter() { delete state_; }

Object Interpreter::run(const json::value& tree) { return Evaluation(state_->scope).run(tree); }

void Interpreter::set(std::string name, Object value) { state_->scope.names[std::move(name)] = std::move(value); }

std::vector<std::string> Interpreter::names() const {
    std::vector<std::string> list = builtin_names();
    for (const auto& entry : state_->scope.names) list.push_back(entry.first);
    std::sort(list.begin(), list.end());
    return list;
}

}  // namespace nuages::shell
