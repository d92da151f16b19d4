#include <nuages/http/cookies.hpp>

#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <utility>

namespace nuages::http {
namespace {

std::string_view strip(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// Characters that stand in a value without quotes: token characters of RFC 6265's ancestors, and ':'.
bool is_legal(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && std::string_view("!#$%&'*+-.^_`|~:").find(c) != std::string_view::npos);
}

// Within quotes these stand for themselves as well.
bool is_unescaped(char32_t c) {
    return c < 0x80 && (is_legal(static_cast<char>(c)) ||
                        std::string_view(" ()/<=>?@[]{}").find(static_cast<char>(c)) != std::string_view::npos);
}

}  // namespace

std::string quote_cookie_value(std::string_view value) {
    if (!value.empty() && std::all_of(value.begin(), value.end(), is_legal)) return std::string(value);
    std::string out = "\"";
    for (std::size_t i = 0; i < value.size();) {
        const utils::Utf8Step step = utils::utf8_step(value, i);
        const char32_t c = step.code_point;
        i += step.size;
        if (is_unescaped(c)) {
            out += static_cast<char>(c);
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c <= 0xff) {
            out.append({'\\', static_cast<char>('0' + (c >> 6)), static_cast<char>('0' + (c >> 3 & 7)),
                        static_cast<char>('0' + (c & 7))});
        } else {
            utils::append_utf8(out, c);
        }
    }
    return out + '"';
}

std::string unquote_cookie_value(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string out;
    const auto octal = [&](std::size_t at, char max) {
        return at < value.size() && value[at] >= '0' && value[at] <= max;
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            out += value[i];
        } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
            const int code = (value[i + 1] - '0') * 64 + (value[i + 2] - '0') * 8 + (value[i + 3] - '0');
            utils::append_utf8(out, static_cast<char32_t>(code));
            i += 3;
        } else {
            out += value[++i];
        }
    }
    return out;
}

Cookies::Cookies(const Cookies& other) : items_((other.load(), other.items_)) {}
Cookies::Cookies(Cookies&& other) : items_((other.load(), std::move(other.items_))) {}

Cookies& Cookies::operator=(Cookies other) {
    items_ = std::move(other.items_);
    pending_ = nullptr;
    return *this;
}

void Cookies::parse(std::string_view header) {
    load();
    append(header);
    drop_duplicates();
}

// Only appends: looking for the name each time would make a header of many cookies cost their square.
void Cookies::append(std::string_view header) {
    for (std::size_t start = 0; start <= header.size();) {
        const std::size_t end = std::min(header.find(';', start), header.size());
        const std::string_view chunk = header.substr(start, end - start);
        start = end + 1;
        const std::size_t equals = chunk.find('=');
        const std::string_view name = equals == chunk.npos ? std::string_view{} : strip(chunk.substr(0, equals));
        const std::string_view value = strip(equals == chunk.npos ? chunk : chunk.substr(equals + 1));
        if (name.empty() && value.empty()) continue;
        const bool well_formed = utils::is_utf8(value);
        items_.push_back({std::string(name), well_formed ? unquote_cookie_value(value)
                                                         : utils::to_utf8_replacing(unquote_cookie_value(value))});
    }
}

// The first of a name keeps its place and gets the last one's value. By sorting: no chosen names can collide.
void Cookies::drop_duplicates() {
    if (items_.size() < 2) return;
    std::vector<Item*> by_name;
    by_name.reserve(items_.size());
    for (Item& item : items_) by_name.push_back(&item);
    std::sort(by_name.begin(), by_name.end(), [](const Item* a, const Item* b) {
        const int order = a->name.compare(b->name);
        return order != 0 ? order < 0 : a < b;
    });
    std::vector<bool> repeats(items_.size());
    Item* first = by_name[0];
    for (Item* item : by_name) {
        if (item == first || item->name != first->name) {
            first = item;
            continue;
        }
        first->value = std::move(item->value);
        repeats[static_cast<std::size_t>(item - items_.data())] = true;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (repeats[i]) continue;
        if (kept != i) items_[kept] = std::move(items_[i]);
        ++kept;
    }
    items_.resize(kept);
}

void Cookies::set(std::string_view name, std::string_view value) {
    load();
    for (Item& item : items_) {
        if (item.name != name) continue;
        item.value = value;
        return;
    }
    items_.push_back({std::string(name), std::string(value)});
}

std::optional<std::string_view> Cookies::find(std::string_view name) const {
    load();
    for (const Item& item : items_)
        if (item.name == name) return item.value;
    return std::nullopt;
}

void Cookies::clear() {
    items_.clear();
    pending_ = nullptr;
}

void Cookies::parse_later(const Headers& headers) {
    items_.clear();
    pending_ = &headers;
}

void Cookies::load_pending() {
    const Headers& headers = *pending_;
    pending_ = nullptr;
    for (const HeaderView& field : headers)
        if (header_name_equals(field.name, "cookie")) append(field.value);
    drop_duplicates();
}

void Cookie::append_to(std::string& out) const {
    out.append(name).append("=").append(quote_cookie_value(value));
    if (!domain.empty()) out.append("; Domain=").append(domain);
    if (!expires.empty()) out.append("; expires=").append(expires);
    if (httponly) out.append("; HttpOnly");
    if (max_age) out.append("; Max-Age=").append(std::to_string(*max_age));
    if (!path.empty()) out.append("; Path=").append(path);
    if (!samesite.empty()) out.append("; SameSite=").append(samesite);
    if (secure) out.append("; Secure");
}

}  // namespace nuages::http
