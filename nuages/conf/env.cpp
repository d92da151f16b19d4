#include <nuages/conf/env.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nuages::conf {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view stripped(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

bool is_name(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    for (char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'))
            return false;
    return true;
}

/// What stands after the closing quote of a value may only be white space or a comment.
bool is_tail(std::string_view text) {
    text = stripped(text);
    return text.empty() || text.starts_with('#');
}

/// The value behind `NAME=`; nothing when a quote stays open or text follows it.
std::optional<std::string> value_of(std::string_view text) {
    text = stripped(text);
    if (text.starts_with('\'')) {
        std::size_t end = text.find('\'', 1);
        if (end == text.npos || !is_tail(text.substr(end + 1))) return std::nullopt;
        return std::string(text.substr(1, end - 1));
    }
    std::string out;
    if (text.starts_with('"')) {
        for (std::size_t i = 1; i < text.size(); ++i) {
            if (text[i] == '"') return is_tail(text.substr(i + 1)) ? std::optional(out) : std::nullopt;
            if (text[i] == '\\' && i + 1 < text.size()) {
                char next = text[++i];
                out += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
            } else {
                out += text[i];
            }
        }
        return std::nullopt;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '#' && (i == 0 || is_space(text[i - 1]))) break;
        out += text[i];
    }
    return std::string(stripped(out));
}

[[noreturn]] void refuse(std::string_view name, std::string_view message) {
    throw ImproperlyConfigured(std::string(name) + ": " + std::string(message));
}

DatabaseUrl database_of(std::string_view name, std::string_view url) {
    auto parsed = DatabaseUrl::parse(url);
    if (!parsed) refuse(name, parsed.error());
    return std::move(parsed).value();
}

}  // namespace

void Env::read(std::string_view text, std::string_view origin) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    int number = 0;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        ++number;
        line = stripped(line);
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with("export ") || line.starts_with("export\t")) line = stripped(line.substr(7));
        std::size_t equals = line.find('=');
        std::string_view name = stripped(line.substr(0, equals));
        auto where = [&] { return std::string(origin) + ", line " + std::to_string(number); };
        if (equals == line.npos || !is_name(name)) refuse(where(), "expected NAME=value");
        auto value = value_of(line.substr(equals + 1));
        if (!value) refuse(where(), "the quotes of " + std::string(name) + " do not match");
        bool known = false;
        for (const auto& [existing, ignored] : file_) known = known || existing == name;
        if (!known) file_.emplace_back(name, std::move(*value));
    }
}

void Env::read_file(std::string_view file) {
    std::string path(file);
    std::FILE* stream = std::fopen(path.c_str(), "rb");
    if (!stream) {
        if (errno == ENOENT || errno == ENOTDIR) return;
        refuse(file, std::strerror(errno));
    }
    std::string text;
    char block[4096];
    for (std::size_t size; (size = std::fread(block, 1, sizeof block, stream)) > 0;) text.append(block, size);
    bool failed = std::ferror(stream) != 0;
    std::fclose(stream);
    if (failed) refuse(file, "cannot be read");
    read(text, file);
}

std::optional<std::string> Env::find(std::string_view name) const {
    if (const char* value = std::getenv(std::string(name).c_str())) return std::string(value);
    for (const auto& [key, value] : file_)
        if (key == name) return value;
    return std::nullopt;
}

std::string Env::str(std::string_view name) const {
    if (auto value = find(name)) return std::move(*value);
    throw ImproperlyConfigured("Set the " + std::string(name) + " environment variable");
}

std::string Env::str(std::string_view name, std::string_view fallback) const {
    auto value = find(name);
    return value ? std::move(*value) : std::string(fallback);
}

bool Env::boolean(std::string_view name) const {
    std::string text(stripped(str(name)));
    std::string lower = text;
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    for (auto word : {"true", "on", "ok", "yes", "y", "1"})
        if (lower == word) return true;
    for (auto word : {"false", "off", "no", "n", "0", ""})
        if (lower == word) return false;
    refuse(name, "'" + text + "' is not a boolean: write true or false");
}

std::int64_t Env::integer(std::string_view name) const {
    std::string all = str(name);
    std::string_view text = stripped(all);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) refuse(name, "'" + all + "' is not a whole number");
    return value;
}

double Env::real(std::string_view name) const {
    std::string all = str(name);
    std::string_view text = stripped(all);
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) refuse(name, "'" + all + "' is not a number");
    return value;
}

std::vector<std::string> Env::list(std::string_view name) const {
    std::string all = str(name);
    std::string_view text = all;
    std::vector<std::string> items;
    while (!text.empty()) {
        std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), item.size() + 1));
        item = stripped(item);
        if (!item.empty()) items.emplace_back(item);
    }
    return items;
}

std::vector<std::string> Env::list(std::string_view name, std::vector<std::string> fallback) const {
    return contains(name) ? list(name) : std::move(fallback);
}

DatabaseUrl Env::database(std::string_view name) const { return database_of(name, str(name)); }

DatabaseUrl Env::database(std::string_view name, std::string_view fallback_url) const {
    return database_of(name, str(name, fallback_url));
}

}  // namespace nuages::conf
