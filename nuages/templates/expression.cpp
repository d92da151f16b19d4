// Variables and filter expressions: `article.title|default:"-"|upper`, compiled once, resolved per rendering.

#include <nuages/templates/detail/compiled.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

#include <charconv>
#include <cstdlib>

namespace nuages::templates {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Python's int() and float() for what the grammar lets through; missing if it is not a number.
Value parse_number(std::string_view text) {
    const bool real = text.find('.') != kNone || text.find_first_of("eE") != kNone;
    if (text.empty() || text.size() > 400 || text.back() == '.') return {};
    if (text.find_first_not_of("0123456789+-.eE") != kNone) return {};
    std::string_view digits = text;
    if (digits.front() == '+') {
        digits.remove_prefix(1);
        if (digits.empty() || digits.front() == '-' || digits.front() == '+') return {};
    }
    const char* const end = digits.data() + digits.size();
    if (real) {
        double number = 0;
        auto [stop, error] = std::from_chars(digits.data(), end, number);
        if (stop != end) return {};
        if (error == std::errc::result_out_of_range) number = std::strtod(std::string(digits).c_str(), nullptr);
        return number;
    }
    std::int64_t number = 0;
    auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (stop != end) return {};
    return error == std::errc() ? Value(number) : Value::whole(digits);
}

// The text between quotes with \" and \\ resolved; nothing when TEXT is not quoted.
bool unquote(std::string_view text, std::string& out) {
    if (text.size() < 2 || (text.front() != '"' && text.front() != '\'') || text.back() != text.front()) return false;
    const char quote = text.front();
    text = text.substr(1, text.size() - 2);
    out.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == quote || text[i + 1] == '\\')) ++i;
        out += text[i];
    }
    return true;
}

// Reads the grammar of filter expressions piece by piece.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    // A quoted string, possibly inside _( ), at AT; empty if there is none.
    std::string_view constant(std::size_t at) const {
        const bool translated = text_.compare(at, 2, "_(") == 0;
        const std::size_t open = translated ? at + 2 : at;
        if (open >= text_.size() || (text_[open] != '"' && text_[open] != '\'')) return {};
        for (std::size_t i = open + 1; i < text_.size(); ++i) {
            if (text_[i] == '\\') {
                if (++i < text_.size() && text_[i] == '\n') return {};
            } else if (text_[i] == text_[open]) {
                const std::size_t end = i + 1;
                if (!translated) return text_.substr(at, end - at);
                return end < text_.size() && text_[end] == ')' ? text_.substr(at, end + 1 - at) : std::string_view();
            }
        }
        return {};
    }

    // A dotted name or a number at AT; empty if there is none.
    std::string_view variable(std::size_t at) const {
        std::size_t end = at;
        while (end < text_.size() &&
               (is_word(text_[end]) || text_[end] == '.' || text_[end] == '-' || text_[end] == '+'))
            ++end;
        return text_.substr(at, end - at);
    }

    struct Filter {
        std::size_t begin = kNone;
        std::size_t end = 0;
        std::string_view name;
        std::string_view constant;
        std::string_view variable;
    };

    // The first `|name:argument` at or after AT; begin is kNone without one.
    Filter filter(std::size_t at) const {
        for (; (at = text_.find('|', at)) != kNone; ++at) {
            Filter found;
            std::size_t i = at + 1;
            while (i < text_.size() && is_space(text_[i])) ++i;
            std::size_t end = i;
            while (end < text_.size() && is_word(text_[end])) ++end;
            if (end == i) continue;
            found.name = text_.substr(i, end - i);
            found.begin = at;
            while (found.begin > 0 && is_space(text_[found.begin - 1])) --found.begin;
            found.end = end;
            if (end < text_.size() && text_[end] == ':') {
                found.constant = constant(end + 1);
                if (found.constant.empty()) found.variable = variable(end + 1);
                const std::size_t length = found.constant.size() + found.variable.size();
                if (length > 0) found.end = end + 1 + length;
            }
            return found;
        }
        return {};
    }

private:
    std::string_view text_;
};

FilterUse compile_filter(const ParserState& parser, const Scanner::Filter& part) {
    FilterUse use;
    use.filter = parser.find_filter(part.name);
    if (use.filter) use.direct = use.filter->definition.direct;
    if (!use.filter) throw TemplateSyntaxError("Invalid filter: '" + std::string(part.name) + "'");
    const bool has_argument = !part.constant.empty() || !part.variable.empty();
    if (has_argument) {
        auto holder = make_ref<ArgumentVariable>();
        holder->variable.compile(has_argument && !part.constant.empty() ? part.constant : part.variable);
        use.argument = holder;
    }
    const FilterDefinition& definition = use.filter->definition;
    const int given = has_argument ? 1 : 0;
    if (given < definition.arguments_min || given > definition.arguments_max) {
        throw TemplateSyntaxError(definition.name + " requires " + std::to_string(definition.arguments_min + 1) +
                                  " arguments, " + std::to_string(given + 1) + " provided");
    }
    return use;
}

}  // namespace

void Variable::compile(std::string_view source) {
    text = source;
    literal = parse_number(source);
    if (is_literal()) return;
    std::string_view inner = source;
    if (inner.size() >= 3 && inner.substr(0, 2) == "_(" && inner.back() == ')') {
        inner = inner.substr(2, inner.size() - 3);
        translate = true;
    }
    std::string unquoted;
    if (unquote(inner, unquoted)) {
        literal = Value::safe(unquoted);
        return;
    }
    if (inner.find("._") != kNone || inner.front() == '_') {
        throw TemplateSyntaxError("Variables and attributes may not begin with underscores: '" + std::string(inner) +
                                  "'");
    }
    for (char c : {'-', '+'}) {
        if (inner.find(c) == kNone) continue;
        throw TemplateSyntaxError(std::string("Invalid character ('") + c + "') in variable name: '" +
                                  std::string(inner) + "'");
    }
    for (std::size_t begin = 0; begin <= inner.size();) {
        const std::size_t end = std::min(inner.find('.', begin), inner.size());
        names.emplace_back(inner.substr(begin, end - begin));
        begin = end + 1;
    }
    hash = hash_name(names[0]);
    path.reserve(names.size());
    for (const std::string& name : names) path.emplace_back(std::string_view(name));
    if (names.size() == 1) {
        if (names[0] == "True") literal = true;
        if (names[0] == "False") literal = false;
        if (names[0] == "None") literal = nullptr;
    }
}

namespace {

// Calls what is callable; what may not be called, or fails silently, is string_if_invalid.
Value called(Renderer& renderer, Value value) {
    const std::string& invalid = renderer.engine().options().string_if_invalid;
    while (value.kind() == ValueKind::callable) {
        if (value.alters_data()) return Value::borrow(invalid);
        value = value.call();
    }
    return value;
}

}  // namespace

Value Variable::translated(const Value& value, const Value& context) {
    if (!value.is_string()) return value;
    std::string message;
    for (char c : value.as_text()) message.append(c == '%' ? 2 : 1, c);
    std::string text = context.is_missing() || context.is_null() ? gettext(message) : pgettext(context.str(), message);
    return Value(std::move(text)).as_safe(value.is_safe());
}

Value Variable::resolve(Renderer& renderer) const {
    return translate ? translated(resolve_untranslated(renderer), {}) : resolve_untranslated(renderer);
}

Value Variable::resolve_untranslated(Renderer& renderer) const {
    if (is_literal()) return literal;
    const Value* found = renderer.context().find(path[0].name, hash);
    if (!found) return {};
    if (path.size() == 1 && found->kind() != ValueKind::callable) return *found;
    return follow(renderer, *found);
}

Value Variable::follow(Renderer& renderer, const Value& first) const {
    try {
        if (first.kind() != ValueKind::callable && path.size() == 2) {
            const ObjectType* type = first.type();
            Value value = type && type->get ? type->get(first.self(), path[1], first) : Value();
            if (value.is_missing()) value = first.get(path[1]);
            if (value.kind() == ValueKind::callable) return called(renderer, std::move(value));
            return value;
        }
        Value value = called(renderer, first);
        for (std::size_t i = 1; i < path.size(); ++i) {
            Value next = value.get(path[i]);
            if (next.is_missing()) return {};
            value = next.kind() == ValueKind::callable ? called(renderer, std::move(next)) : std::move(next);
        }
        return value;
    } catch (const ObjectDoesNotExist&) {  // Django's silent_variable_failure
        return Value::borrow(renderer.engine().options().string_if_invalid);
    }
}

Value CompiledExpression::resolve(Renderer& renderer, Missing when_missing) const {
    return or_invalid(renderer, variable.resolve(renderer), when_missing);
}

Value CompiledExpression::resolve_translated(Renderer& renderer, bool noop, const Value& context) const {
    Value value = variable.resolve_untranslated(renderer);
    if (!noop) value = Variable::translated(value, context);
    return or_invalid(renderer, std::move(value), Missing::invalid_text);
}

Value CompiledExpression::or_invalid(Renderer& renderer, Value value, Missing when_missing) const {
    if (value.is_missing()) {
        if (when_missing == Missing::null) {
            value = nullptr;
        } else {
            const std::string& invalid = renderer.engine().options().string_if_invalid;
            if (!invalid.empty()) {
                const std::size_t slot = invalid.find("%s");
                if (slot == kNone) return Value::borrow(invalid);
                return invalid.substr(0, slot) + variable.text + invalid.substr(slot + 2);
            }
            value = Value::borrow("");
        }
    }
    return filters.empty() ? value : apply_filters(renderer, std::move(value));
}

namespace {

// An instant as the reader's clock shows it, unless it keeps a zone of its own (django: template_localtime).
Value in_local_time(Renderer& renderer, Value value) {
    if (value.kind() != ValueKind::datetime || value.is_naive() || value.keeps_zone()) return value;
    if (!renderer.context().use_tz.value_or(timezone::use_tz())) return value;
    return Value::zoned_datetime(value.as_integer(), timezone::get_current_timezone());
}

}  // namespace

Value CompiledExpression::apply_filters(Renderer& renderer, Value value) const {
    FilterCall call(renderer, renderer.context().autoescape);
    for (const FilterUse& use : filters) {
        const FilterDefinition& definition = use.filter->definition;
        Value resolved;
        const Value* argument = use.argument ? &use.argument->variable.literal : nullptr;
        if (argument && (argument->is_missing() || use.argument->variable.translate)) {
            resolved = use.argument->variable.resolve(renderer);
            if (resolved.is_missing()) {
                throw VariableDoesNotExist("Failed lookup for key [" + use.argument->variable.text +
                                           "] in the context");
            }
            argument = &resolved;
        }
        if (definition.flags.takes_text && !value.is_string()) {
            std::string& text = renderer.scratch();
            value.append_str(text);
            const ObjectType* type = value.type();
            value = Value::transient(text, type && type->html_safe);
        }
        if (definition.flags.expects_localtime) value = in_local_time(renderer, std::move(value));
        const bool safe = value.is_safe();
        value = use.direct ? use.direct(value, argument, call) : definition.function(value, argument, call);
        if (definition.flags.is_safe && safe) value = std::move(value).as_safe();
    }
    return value;
}

Value Expression::resolve(Renderer& renderer) const {
    return compiled()->resolve(renderer, CompiledExpression::Missing::invalid_text);
}

Value Expression::resolve_quietly(Renderer& renderer) const {
    return compiled()->resolve(renderer, CompiledExpression::Missing::null);
}

void Expression::write(Renderer& renderer) const {
    const CompiledExpression& expression = *compiled();
    Renderer::ScratchGuard guard(renderer);
    renderer.write(expression.resolve(renderer, CompiledExpression::Missing::invalid_text));
}

std::string_view Expression::text() const noexcept { return compiled()->text; }

Value Expression::literal() const {
    const bool plain = compiled()->filters.empty() && !compiled()->variable.translate;
    return plain ? compiled()->variable.literal : Value();
}

const CompiledExpression* Expression::compiled() const noexcept {
    return static_cast<const CompiledExpression*>(compiled_.get());
}

Expression ParserState::compile(std::string_view text) const {
    auto compiled = make_ref<CompiledExpression>();
    compiled->text = text;
    text = compiled->text;
    const Scanner scanner(text);
    const std::string quoted(text);

    std::string_view first = scanner.constant(0);
    if (first.empty()) first = scanner.variable(0);
    std::size_t upto = first.size();
    if (!first.empty()) compiled->variable.compile(first);
    for (Scanner::Filter part; part = scanner.filter(upto), part.begin != kNone; upto = part.end) {
        if (first.empty()) {
            // Django reads the first filter before it misses the variable; characters in front of it come first.
            if (part.begin != 0) break;
            throw TemplateSyntaxError("Could not find variable at start of " + quoted + ".");
        }
        if (part.begin != upto) {
            throw TemplateSyntaxError("Could not parse some characters: " + quoted.substr(0, upto) + "|" +
                                      quoted.substr(upto, part.begin - upto) + "|" + quoted.substr(part.begin));
        }
        compiled->filters.push_back(compile_filter(*this, part));
    }
    if (upto != text.size() || first.empty()) {
        throw TemplateSyntaxError("Could not parse the remainder: '" + quoted.substr(upto) + "' from '" + quoted + "'");
    }
    return Expression(compiled);
}

}  // namespace nuages::templates
