#include <nuages/urls/detail/pattern.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <charconv>

namespace nuages::routing {
namespace {

// A match that tries more ways than this is given up: routes with several captures in one segment could take
// quadratic time on a path made for it.
constexpr unsigned kStepsMax = 200'000;
constexpr std::size_t kUuidSize = 36;

enum CharClass : unsigned { kNotSlash = 1, kSlug = 2, kDigit = 4, kNotNewline = 8, kHex = 16, kUuid = 32, kOwn = 64 };

struct ClassTable {
    unsigned char of[256];
    constexpr ClassTable() : of() {
        for (int c = 0; c < 256; ++c) {
            const bool digit = c >= '0' && c <= '9';
            const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            const auto add = [&](unsigned char_class, bool belongs) {
                if (belongs) of[c] = static_cast<unsigned char>(of[c] | char_class);
            };
            add(kNotSlash, c != '/');
            add(kSlug, digit || letter || c == '-' || c == '_');
            add(kDigit, digit);
            add(kNotNewline, c != '\n');
            add(kHex, digit || (c >= 'a' && c <= 'f'));
        }
    }
    constexpr bool has(char c, unsigned char_class) const { return of[static_cast<unsigned char>(c)] & char_class; }
};
constexpr ClassTable kClasses;

unsigned class_of(std::string_view converter) {
    if (converter == "str") return kNotSlash;
    if (converter == "slug") return kSlug;
    if (converter == "int") return kDigit;
    if (converter == "path") return kNotNewline;
    if (converter == "uuid") return kUuid;
    return kOwn;
}

bool is_uuid(std::string_view text) {
    if (text.size() < kUuidSize) return false;
    for (std::size_t i = 0; i < kUuidSize; ++i) {
        const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : !kClasses.has(text[i], kHex)) return false;
    }
    return true;
}

bool is_identifier(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (std::size_t i = 0; i < name.size();) {
        const utils::Utf8Step step = utils::utf8_step(name, i);
        if (!step.well_formed || !utils::is_word(step.code_point)) return false;
        i += step.size;
    }
    return true;
}

std::string repr(std::string_view text) {
    std::string out;
    Value::borrow(text).append_repr(out);
    return out;
}

// Python's re.escape.
void append_escaped(std::string& out, std::string_view text) {
    for (char c : text) {
        if (std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
}

// The literal that every match of an anchored expression starts with.
std::string literal_prefix(std::string_view regex) {
    std::string prefix;
    if (regex.empty() || regex[0] != '^' || regex.find('|') != regex.npos) return prefix;
    std::size_t i = 1;
    for (; i < regex.size(); ++i) {
        const char c = regex[i];
        if (std::string_view("?*{").find(c) != std::string_view::npos && !prefix.empty()) {
            prefix.pop_back();  // the character before may be absent
            while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) >= 0x80) prefix.pop_back();
            break;
        }
        if (std::string_view("\\^$.[]()?*+{}").find(c) != std::string_view::npos) break;
        prefix += c;
    }
    return prefix;
}

}  // namespace

Pattern::Pattern(std::string_view text, bool endpoint, std::vector<const Converter*> own)
    : route(text), is_endpoint(endpoint) {
    parse_route(std::move(own));
    templates_.emplace_back();
    bool needs_regex = false;
    for (const Piece& piece : pieces_) {
        templates_[0].parts.push_back({piece.text, piece.converter != nullptr, false});
        needs_regex = needs_regex || piece.char_class == kOwn;
        parameters_count_ += piece.converter != nullptr;
    }
    if (!pieces_.empty() && !pieces_[0].converter) prefix_ = pieces_[0].text;
    if (needs_regex) {
        regex_.emplace("^" + regex_text());
        groups_ = regex_->group_names();
    }
}

Pattern::Pattern(std::string_view text, bool endpoint, IsRegex) : route(text), is_regex(true), is_endpoint(endpoint) {
    try {
        regex_.emplace(text);
    } catch (const ImproperlyConfigured&) {
        throw;
    } catch (const Error& error) {
        throw ImproperlyConfigured(error.message());
    }
    if (regex_->group_count() >= utils::RegexMatch::kGroupsMax ||
        regex_->group_count() > http::ResolverMatch::kCapturesMax)
        throw ImproperlyConfigured("\"" + route + "\" has too many groups.");
    groups_ = regex_->group_names();
    parameters_count_ = groups_.empty() ? regex_->group_count() : groups_.size();
    prefix_ = literal_prefix(text);
    auto templates = templates_of_regex(text);
    has_disjunction_ = !templates;
    if (templates) templates_ = std::move(*templates);
    if (has_disjunction_) templates_.emplace_back();
}

void Pattern::parse_route(std::vector<const Converter*> own) {
    std::string_view rest = route;
    std::string literal;
    std::size_t captures = 0;
    const auto end_literal = [&] {
        if (!literal.empty()) pieces_.push_back({nullptr, std::move(literal), 0});
        literal.clear();
    };
    while (!rest.empty()) {
        const std::size_t open = std::min(rest.find('<'), rest.size());
        literal += rest.substr(0, open);
        rest.remove_prefix(open);
        const std::size_t close = rest.find('>');
        if (close == rest.npos || close == 1) {  // no component: it stands for itself
            literal += rest.substr(0, close == 1 ? 1 : rest.npos);
            rest.remove_prefix(close == 1 ? 1 : rest.size());
            continue;
        }
        end_literal();
        const std::string_view inside = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
        if (inside.find_first_of(" \t\n\r\v\f") != inside.npos)
            throw ImproperlyConfigured("URL route " + repr(route) +
                                       " cannot contain whitespace in angle brackets <…>.");
        std::size_t colon = inside.find(':');
        if (colon == 0 || colon + 1 == inside.size()) colon = inside.npos;
        const std::string_view kind = colon == inside.npos ? "str" : inside.substr(0, colon);
        const std::string_view name = colon == inside.npos ? inside : inside.substr(colon + 1);
        if (!is_identifier(name))
            throw ImproperlyConfigured("URL route " + repr(route) + " uses parameter name " + repr(name) +
                                       " which isn't a valid Python identifier.");
        for (const Piece& piece : pieces_)
            if (piece.converter && piece.text == name)
                throw ImproperlyConfigured("URL route " + repr(route) + " uses parameter name " + repr(name) +
                                           " more than once.");
        const Converter* converter = captures < own.size() && own[captures] && own[captures]->name == kind
                                         ? own[captures]
                                         : find_converter(kind);
        if (!converter)
            throw ImproperlyConfigured("URL route " + repr(route) + " uses invalid converter " + repr(kind) + ".");
        pieces_.push_back({converter, std::string(name), class_of(converter->name)});
        if (++captures > http::ResolverMatch::kCapturesMax)
            throw ImproperlyConfigured("URL route " + repr(route) + " has too many captures.");
    }
    end_literal();
}

std::string_view Pattern::suffix() const {
    if (is_regex || !is_endpoint || pieces_.empty() || pieces_.back().converter) return {};
    return pieces_.back().text;
}

std::string Pattern::regex_text() const {
    if (is_regex) return route;
    std::string text;
    append_escaped(text, language_text());
    for (const Piece& piece : pieces_) {
        if (piece.converter) {
            text.append("(?P<").append(piece.text).append(">").append(piece.converter->regex).append(")");
        } else {
            append_escaped(text, piece.text);
        }
    }
    return is_endpoint ? text + "\\Z" : text;
}

const Converter* Pattern::converter_of(std::string_view parameter) const {
    for (const Piece& piece : pieces_)
        if (piece.converter && piece.text == parameter) return piece.converter;
    return nullptr;
}

std::vector<std::string> Pattern::parameters() const {
    std::vector<std::string> names;
    if (is_regex) {
        for (const auto& [name, number] : groups_) names.push_back(name);
        if (groups_.empty()) names.resize(regex_->group_count());
    } else {
        for (const Piece& piece : pieces_)
            if (piece.converter) names.push_back(piece.text);
    }
    return names;
}

std::string Pattern::language_text() const {
    if (language_prefix == LanguagePrefix::none) return {};
    std::string language = translation::get_language().value_or(std::string(translation::default_language()));
    if (language_prefix == LanguagePrefix::unless_default && language == translation::default_language()) return {};
    return language += '/';
}

bool Pattern::match(std::string_view path, PatternMatch& out) const {
    out.count = 0;
    if (language_prefix != LanguagePrefix::none) {
        const std::string text = language_text();
        out.end = text.size();
        return path.starts_with(text);
    }
    if (is_regex) {
        if (!match_regex(path, out)) return false;
    } else if (regex_) {
        if (!match_own_converters(path, out)) return false;
    } else if (parameters_count_ == 0) {
        if (path.substr(0, prefix_.size()) != prefix_ || (is_endpoint && path.size() != prefix_.size())) return false;
        out.end = prefix_.size();
    } else {
        unsigned steps = 0;
        if (!match_pieces(0, 0, path, out, steps)) return false;
        // Values are made after the match, as in Django: a text that is no value does not ask for another match.
        for (std::size_t i = 0; i < out.count; ++i) {
            http::Capture& capture = out.captures[i];
            if (!static_cast<const Converter*>(capture.converter)->accepts(capture.text, capture)) return false;
        }
    }
    return !fits || fits(out.captures);
}

bool Pattern::match_pieces(std::size_t piece, std::size_t at, std::string_view path, PatternMatch& out,
                           unsigned& steps) const {
    for (; piece < pieces_.size(); ++piece) {
        if (pieces_[piece].converter) return match_capture(piece, at, path, out, steps);
        const std::string& literal = pieces_[piece].text;
        if (path.substr(at, literal.size()) != literal) return false;
        at += literal.size();
    }
    if (is_endpoint && at != path.size()) return false;
    out.end = at;
    return true;
}

bool Pattern::match_capture(std::size_t index, std::size_t at, std::string_view path, PatternMatch& out,
                            unsigned& steps) const {
    const Piece& piece = pieces_[index];
    std::size_t longest = at;
    if (piece.char_class == kUuid) {
        if (!is_uuid(path.substr(at))) return false;
        longest = at + kUuidSize;
    } else {
        while (longest < path.size() && kClasses.has(path[longest], piece.char_class)) ++longest;
        if (longest == at) return false;
    }
    // A literal that can't be part of the capture has to follow its longest form: nothing else needs to be tried.
    const Piece* next = index + 1 < pieces_.size() ? &pieces_[index + 1] : nullptr;
    const bool only_longest = piece.char_class == kUuid ||
                              (next ? !next->converter && !kClasses.has(next->text[0], piece.char_class) : is_endpoint);
    const std::size_t count = out.count;
    for (std::size_t end = longest; end > at; --end) {
        if (++steps > kStepsMax) return false;
        out.set(count, {piece.text, path.substr(at, end - at), 0, piece.converter, true});
        out.count = count + 1;
        if (match_pieces(index + 1, end, path, out, steps)) return true;
        if (only_longest) break;
    }
    out.count = count;
    return false;
}

bool Pattern::match_own_converters(std::string_view path, PatternMatch& out) const {
    utils::RegexMatch found;
    if (!regex_->search(path, found)) return false;
    out.end = found.end();
    for (const Piece& piece : pieces_) {
        if (!piece.converter) continue;
        for (const auto& [name, number] : groups_) {
            if (name != piece.text) continue;
            http::Capture& capture = out.set(out.count++, {piece.text, found.group(number), 0, piece.converter, true});
            if (!piece.converter->accepts(capture.text, capture)) return false;
        }
    }
    return true;
}

bool Pattern::match_regex(std::string_view path, PatternMatch& out) const {
    utils::RegexMatch found;
    const bool whole = is_endpoint && !route.empty() && route.back() == '$';
    if (!(whole ? regex_->fullmatch(path, found) : regex_->search(path, found))) return false;
    out.end = found.end();
    const auto add = [&](std::string_view name, std::size_t number) {
        http::Capture& capture = out.set(out.count, {name, found.group(number), 0, nullptr, found.matched(number)});
        const bool is_number = regex_parameters.count >= 0 && regex_parameters.is_number[out.count];
        ++out.count;
        if (!is_number) return true;
        const char* const end = capture.text.data() + capture.text.size();
        const auto read = std::from_chars(capture.text.data(), end, capture.number);
        return capture.matched && read.ec == std::errc{} && read.ptr == end;
    };
    for (const auto& [name, number] : groups_)
        if (!add(name, number)) return false;
    if (groups_.empty())
        for (std::size_t i = 1; i <= regex_->group_count(); ++i)
            if (!add({}, i)) return false;
    return true;
}

}  // namespace nuages::routing
