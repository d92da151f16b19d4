// Variables and filter expressions: `article.title|default:"-"|upper`, compiled once, resolved per rendering.

#include <nuages/templates/detail/compiled.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

#include <algorithm>
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
    if (!use.filter) throw TemplateSyntaxError("Invalid filter: '" + std::string(part.name) + "'");
    use.direct = use.filter->definition.direct;
    use.write = use.filter->definition.write;
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
    std::string text = context.is_missing() || context.is_null() ? translation::gettext(message) : translation::pgettext(context.str(), message);
    return Value(std::move(text)).as_safe(value.is_safe());
}

Value Variable::resolve(Renderer& renderer) const {
    if (__builtin_expect(translate, false)) return translated(resolve_untranslated(renderer), {});
    return resolve_untranslated(renderer);
}

Value Variable::resolve_untranslated(Renderer& renderer) const {
    if (is_literal()) return literal;
    const Value* found = renderer.context().find(path[0].name, hash);
    if (!found) return {};
    if (path.size() == 1 && found->kind() != ValueKind::callable) return *found;
    const ObjectType* type = found->type();
    if (path.size() == 2 && type && type->get) {
        try {
            Value value = type->get(found->self(), path[1], *found);
            if (!value.is_missing() && value.kind() != ValueKind::callable) return value;
        } catch (const ObjectDoesNotExist&) {  // Django's silent_variable_failure
            return Value::borrow(renderer.engine().options().string_if_invalid);
        }
    }
    return follow(renderer, *found);
}

Value Variable::follow(Renderer& renderer, const Value& first) const {
    try {
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

namespace {

// string_if_invalid with the variable's text in its place.
Value invalid_text(const std::string& invalid, const std::string& text) {
    const std::size_t slot = invalid.find("%s");
    if (slot == kNone) return Value::borrow(invalid);
    return invalid.substr(0, slot) + text + invalid.substr(slot + 2);
}

}  // namespace

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
            if (!invalid.empty()) return invalid_text(invalid, variable.text);
            value = Value::borrow("");
        }
    }
    return filters.empty() ? value : apply_filters(renderer, std::move(value), filters.size());
}

namespace {

// An instant as the reader's clock shows it, unless it keeps a zone of its own (django: template_localtime).
Value in_local_time(Renderer& renderer, Value value) {
    if (value.kind() != ValueKind::datetime || value.is_naive() || value.keeps_zone()) return value;
    if (!renderer.context().use_tz.value_or(timezone::use_tz())) return value;
    return Value::zoned_datetime(value.as_integer(), timezone::get_current_timezone());
}

// The argument of a filter: its literal, or what the context holds.
const Value* argument_of(Renderer& renderer, const FilterUse& use, Value& resolved) {
    if (!use.argument) return nullptr;
    const Variable& variable = use.argument->variable;
    if (variable.is_literal() && !variable.translate) return &variable.literal;
    resolved = variable.resolve(renderer);
    if (resolved.is_missing()) {
        throw VariableDoesNotExist("Failed lookup for key [" + variable.text + "] in the context");
    }
    return &resolved;
}

void make_text(Renderer& renderer, Value& value) {
    std::string& text = renderer.scratch();
    value.append_str(text);
    const ObjectType* type = value.type();
    value = Value::transient(text, type && type->html_safe);
}

Value filtered(Renderer& renderer, const FilterUse& use, Value value, const Value* argument, FilterCall& call) {
    const FilterDefinition& definition = use.filter->definition;
    if (definition.flags.expects_localtime) value = in_local_time(renderer, std::move(value));
    const bool safe = value.is_safe();
    Value result = use.direct ? use.direct(value, argument, call) : definition.function(value, argument, call);
    if (definition.flags.is_safe && safe) result = std::move(result).as_safe();
    return result;
}

}  // namespace

Value CompiledExpression::apply_filters(Renderer& renderer, Value value, std::size_t count) const {
    FilterCall call(renderer, renderer.context().autoescape);
    for (std::size_t i = 0; i < count; ++i) {
        const FilterUse& use = filters[i];
        Value resolved;
        const Value* argument = argument_of(renderer, use, resolved);
        if (use.filter->definition.flags.takes_text && !value.is_string()) make_text(renderer, value);
        value = filtered(renderer, use, std::move(value), argument, call);
    }
    return value;
}

void CompiledExpression::write(Renderer& renderer) const {
    if (!variable.is_literal() && variable.path.size() == 1 && !variable.translate) {
        const Value* found = renderer.context().find(variable.path[0].name, variable.hash);
        if (found && !found->is_missing() && found->kind() != ValueKind::callable) return write_value(renderer, *found);
    }
    const Value value = variable.resolve(renderer);
    if (!value.is_missing()) return write_value(renderer, value);
    const std::string& invalid = renderer.engine().options().string_if_invalid;
    if (!invalid.empty()) return renderer.write(invalid_text(invalid, variable.text));
    write_value(renderer, Value::borrow(""));
}

void CompiledExpression::write_value(Renderer& renderer, const Value& value) const {
    if (filters.empty()) return renderer.write(value);
    Renderer::ScratchGuard guard(renderer);
    const FilterUse& last = filters.back();
    const FilterFlags& flags = last.filter->definition.flags;
    const bool autoescape = renderer.context().autoescape;
    FilterCall call(renderer, autoescape);
    Value resolved;
    const Value* argument = nullptr;
    if (filters.size() == 1 && last.write && (!flags.takes_text || value.is_string())) {
        argument = argument_of(renderer, last, resolved);
        if (last.write(value, argument, call, autoescape && !(flags.is_safe && value.is_safe()))) return;
        return renderer.write(filtered(renderer, last, value, argument, call));
    }
    Value before = filters.size() > 1 ? apply_filters(renderer, value, filters.size() - 1) : value;
    argument = argument_of(renderer, last, resolved);
    if (flags.takes_text && !before.is_string()) make_text(renderer, before);
    if (last.write && last.write(before, argument, call, autoescape && !(flags.is_safe && before.is_safe()))) return;
    renderer.write(filtered(renderer, last, std::move(before), argument, call));
}

Value Expression::resolve(Renderer& renderer) const {
    return compiled()->resolve(renderer, CompiledExpression::Missing::invalid_text);
}

Value Expression::resolve_quietly(Renderer& renderer) const {
    return compiled()->resolve(renderer, CompiledExpression::Missing::null);
}

void Expression::write(Renderer& renderer) const {
    compiled()->write(renderer);
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
