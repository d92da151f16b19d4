#include <nuages/utils/translation.hpp>

#include <nuages/utils/detail/locale_registry.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace nuages {

using utils::detail::active_language;
using utils::detail::find_language_row;
using utils::detail::find_message;
using utils::detail::LocaleRegistry;

std::string_view LazyText::text() const {
    return has_context_ ? translation::translated(context_, message_) : translation::translated(message_);
}

Value to_value(const LazyText& text) { return Value::borrow(text.text()); }

namespace translation {

namespace {

constexpr std::size_t kAcceptLanguageMax = 500;
constexpr std::size_t kCatalogBytesMax = 64 << 20;

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

std::string uppered(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string_view found_text(std::string_view context, bool has_context, std::string_view message) {
    if (message.empty()) return message;
    std::string plain;
    std::string_view id = message;
    if (message.find('\r') != message.npos) {  // catalogs hold \n only
        for (std::size_t i = 0; i < message.size(); ++i) {
            if (message[i] != '\r') {
                plain += message[i];
            } else if (i + 1 == message.size() || message[i + 1] != '\n') {
                plain += '\n';
            }
        }
        id = plain;
    }
    const auto found = find_message(active_language(), context, has_context, id);
    return found.forms ? std::string_view(found.forms->front()) : message;
}

std::string plural_text(std::string_view context, bool has_context, std::string_view singular, std::string_view plural,
                        std::int64_t number) {
    const auto found = find_message(active_language(), context, has_context, singular);
    const auto count = static_cast<std::uint64_t>(number < 0 ? -number : number);
    if (found.forms) {
        const std::size_t form = found.catalog->plural.form_of(count);
        if (form < found.forms->size() && !(*found.forms)[form].empty()) return (*found.forms)[form];
    }
    return std::string(number == 1 ? singular : plural);
}

bool read_file(const std::string& path, std::string& bytes) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) return false;
    char buffer[16384];
    std::size_t count;
    while ((count = std::fread(buffer, 1, sizeof buffer, file)) > 0 && bytes.size() < kCatalogBytesMax) {
        bytes.append(buffer, count);
    }
    std::fclose(file);
    return true;
}

// Letters, digits, '-', '_' and '@': nothing that leads out of a folder (django: language_code_re).
bool is_well_formed(std::string_view code) {
    if (code.empty() || code.size() > kAcceptLanguageMax || !is_alphanumeric(code.front())) return false;
    return std::all_of(code.begin(), code.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '@'; });
}

// Django's other names for Chinese scripts.
std::string_view script_of(std::string_view code) {
    constexpr std::pair<std::string_view, std::string_view> known[] = {
        {"zh-cn", "zh-hans"}, {"zh-my", "zh-hans"}, {"zh-sg", "zh-hans"},
        {"zh-hk", "zh-hant"}, {"zh-mo", "zh-hant"}, {"zh-tw", "zh-hant"},
    };
    for (const auto& [country, script] : known) {
        if (country == code) return script;
    }
    return {};
}

bool is_offered(std::string_view code) {
    const auto& all = languages();
    return std::any_of(all.begin(), all.end(), [&](const auto& entry) { return entry.first == code; });
}

}  // namespace

std::string_view translated(std::string_view message) { return found_text({}, false, message); }
std::string_view translated(std::string_view context, std::string_view message) {
    return found_text(context, true, message);
}
std::string gettext(std::string_view message) { return std::string(translated(message)); }
std::string pgettext(std::string_view context, std::string_view message) {
    return std::string(translated(context, message));
}
std::string ngettext(std::string_view singular, std::string_view plural, std::int64_t number) {
    return plural_text({}, false, singular, plural, number);
}
std::string npgettext(std::string_view context, std::string_view singular, std::string_view plural,
                      std::int64_t number) {
    return plural_text(context, true, singular, plural, number);
}

CatalogSource folder_source(std::string folder, std::string domain) {
    return [folder, domain](std::string_view locale) -> std::optional<std::string> {
        const std::string stem = folder + "/" + std::string(locale) + "/LC_MESSAGES/" + domain;
        std::string bytes;
        if (read_file(stem + ".mo", bytes) || read_file(stem + ".po", bytes)) return bytes;
        return std::nullopt;
    };
}

void configure(Options options) {
    LocaleRegistry& registry = LocaleRegistry::instance();
    registry.options = std::move(options);
    registry.forget();
}

void reload() { LocaleRegistry::instance().forget(); }
std::vector<std::string> catalog_problems() { return LocaleRegistry::instance().problems; }

void activate(std::string_view code) {
    if (!is_well_formed(code)) throw UnknownLanguage("'" + std::string(code.substr(0, 50)) + "' is no language code.");
    auto& state = utils::detail::locale_state.get();
    state.language = &utils::detail::language_of(code);
    state.has_language = true;
}

void deactivate() {
    if (auto* state = utils::detail::locale_state.find()) state->has_language = false;
}

void deactivate_all() {
    auto& state = utils::detail::locale_state.get();
    state.language = nullptr;
    state.has_language = true;
}

std::optional<std::string> get_language() {
    const auto* language = active_language();
    if (!language) return std::nullopt;
    return language->code;
}

bool get_language_bidi() {
    const auto* language = active_language();
    return language && language->bidi;
}

override::override(std::optional<std::string_view> code) {
    auto& state = utils::detail::locale_state.get();
    language_ = state.language;
    has_language_ = state.has_language;
    if (code) {
        activate(*code);
    } else {
        deactivate_all();
    }
}

override::~override() {
    auto& state = utils::detail::locale_state.get();
    state.language = static_cast<const utils::detail::Language*>(language_);
    state.has_language = has_language_;
}

LanguageInfo get_language_info(std::string_view code) {
    const std::string_view script = script_of(code);
    const std::string_view wanted = script.empty() ? code : script;
    const auto* row = find_language_row(wanted);
    const std::string_view generic = wanted.substr(0, wanted.find('-'));
    if (!row) row = find_language_row(generic);
    if (!row || (row->code == "en-us")) {
        row = row ? find_language_row("en") : nullptr;
    }
    if (!row) {
        std::string message = "Unknown language code " + std::string(code);
        if (generic != code) message.append(" and ").append(generic);
        throw UnknownLanguage(message + ".");
    }
    return {std::string(row->code), std::string(row->name), std::string(row->name_local), gettext(row->name), row->bidi};
}

bool check_for_language(std::string_view code) {
    if (!is_well_formed(code)) return false;
    if (utils::detail::find_formats_row(code)) return true;
    return !LocaleRegistry::instance().options.sources.empty() && utils::detail::language_of(code).has_catalogs;
}

std::string get_supported_language_variant(std::string_view code, bool strict) {
    if (is_well_formed(code)) {
        std::vector<std::string_view> possible{code};
        if (const auto script = script_of(code); !script.empty()) possible.push_back(script);
        for (std::size_t end = code.rfind('-'); end != code.npos && end > 0; end = code.rfind('-', end - 1)) {
            possible.push_back(code.substr(0, end));
        }
        const std::string generic = std::string(possible.back()) + "-";
        for (std::string_view choice : possible) {
            if (is_offered(lowered(choice)) && check_for_language(choice)) return std::string(choice);
        }
        if (!strict) {
            for (const auto& entry : languages()) {
                if (entry.first.starts_with(generic)) return entry.first;
            }
        }
    }
    throw UnknownLanguage(std::string(code.substr(0, 50)));
}

const std::vector<std::pair<std::string, std::string>>& languages() {
    const auto& own = LocaleRegistry::instance().options.languages;
    if (!own.empty()) return own;
    static const auto all = [] {
        std::vector<std::pair<std::string, std::string>> rows;
        for (const auto* row = utils::detail::language_rows_begin(); row != utils::detail::language_rows_end(); ++row) {
            if (script_of(row->code).empty() && row->code != "en-us")
                rows.emplace_back(std::string(row->code), std::string(row->name));
        }
        return rows;
    }();
    return all;
}

std::string_view default_language() { return LocaleRegistry::instance().options.language_code; }

std::string to_locale(std::string_view language) {
    const std::string lower = lowered(language);
    const std::size_t dash = lower.find('-');
    if (dash == lower.npos || dash + 1 == lower.size()) {
        return lowered(language.substr(0, 3)) + std::string(language.substr(std::min<std::size_t>(3, language.size())));
    }
    std::string country = lower.substr(dash + 1), tail;
    if (const std::size_t next = country.find('-'); next != country.npos) {
        tail = country.substr(next + 1);
        country.resize(next);
    }
    country = country.size() > 2 ? uppered(country.substr(0, 1)) + country.substr(1) : uppered(country);
    return lower.substr(0, dash) + "_" + country + (tail.empty() ? "" : "-" + tail);
}

std::string to_language(std::string_view locale) {
    const std::size_t mark = locale.find('_');
    if (mark == locale.npos) return lowered(locale);
    return lowered(locale.substr(0, mark)) + "-" + lowered(locale.substr(mark + 1));
}

std::optional<std::string> get_language_from_path(std::string_view path, bool strict) {
    if (path.size() < 2 || path.front() != '/') return std::nullopt;
    const std::string_view code = path.substr(1, path.find('/', 1) - 1);
    if (!is_well_formed(code)) return std::nullopt;
    try {
        return get_supported_language_variant(code, strict);
    } catch (const UnknownLanguage&) {
        return std::nullopt;
    }
}

namespace {

// One "en-au;q=0.8" at the front of TEXT, with the comma behind it.
bool take_language(std::string_view& text, std::string& tag, double& quality) {
    auto spaces = [](std::string_view from) {
        std::size_t n = 0;
        while (n < from.size() && (from[n] == ' ' || (from[n] >= '\t' && from[n] <= '\r'))) ++n;
        return n;
    };
    std::size_t at = 0;
    if (text.starts_with('*')) {
        at = 1;
    } else {
        for (;;) {
            const std::size_t begin = at;
            while (at < text.size() && at - begin < 9 && is_alphanumeric(text[at])) {
                if (begin == 0 && text[at] >= '0' && text[at] <= '9') return false;
                ++at;
            }
            if (at == begin || at - begin > 8) return false;
            if (at == text.size() || text[at] != '-') break;
            ++at;
        }
    }
    tag = text.substr(0, at);
    text.remove_prefix(at);
    quality = 1;
    std::string_view rest = text.substr(spaces(text));
    if (rest.starts_with(';')) {
        rest.remove_prefix(1);
        rest.remove_prefix(spaces(rest));
        if (!rest.starts_with("q=") || rest.size() < 3 || (rest[2] != '0' && rest[2] != '1')) return false;
        std::size_t end = 3;
        if (end < rest.size() && rest[end] == '.') {
            ++end;
            for (int digits = 0; digits < 3 && end < rest.size() && rest[end] >= '0' && rest[end] <= '9'; ++digits, ++end) {
                if (rest[2] == '1' && rest[end] != '0') return false;
            }
        }
        quality = std::strtod(std::string(rest.substr(2, end - 2)).c_str(), nullptr);
        text = rest.substr(end);
    }
    const std::size_t blank = spaces(text);
    if (text.substr(blank).starts_with(',')) {
        text.remove_prefix(blank + 1);
        text.remove_prefix(spaces(text));
        return true;
    }
    return text.empty();
}

}  // namespace

std::vector<std::pair<std::string, double>> parse_accept_lang_header(std::string_view header) {
    if (header.size() > kAcceptLanguageMax) {
        const std::size_t comma = header.substr(0, kAcceptLanguageMax).rfind(',');
        if (comma == header.npos || comma == 0) return {};
        header = header.substr(0, comma);
    }
    const std::string lower = lowered(header);
    std::string_view text = lower;
    std::vector<std::pair<std::string, double>> found;
    while (!text.empty()) {
        std::string tag;
        double quality;
        if (!take_language(text, tag, quality)) return {};
        found.emplace_back(std::move(tag), quality);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return found;
}

std::string get_language_from_accept(std::string_view header) {
    for (const auto& entry : parse_accept_lang_header(header)) {
        if (entry.first == "*") break;
        try {
            return get_supported_language_variant(entry.first);
        } catch (const UnknownLanguage&) {
            continue;
        }
    }
    try {
        return get_supported_language_variant(default_language());
    } catch (const UnknownLanguage&) {
        return std::string(default_language());
    }
}

}  // namespace translation

}  // namespace nuages
