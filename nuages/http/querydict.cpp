#include <nuages/http/querydict.hpp>

#include <nuages/http/errors.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>

namespace nuages::http {

QueryDict::QueryDict(std::string_view query, bool is_mutable, std::size_t fields_max) : mutable_(is_mutable) {
    parse(query, fields_max);
}

QueryDict::QueryDict(std::initializer_list<std::pair<std::string_view, std::string_view>> items) {
    for (const auto& [key, value] : items) appendlist(key, value);
}

QueryDict::QueryDict(const QueryDict& other) : entries_((other.load(), other.entries_)), mutable_(other.mutable_) {}
QueryDict::QueryDict(QueryDict&& other)
    : entries_((other.load(), std::move(other.entries_))), mutable_(other.mutable_) {}

QueryDict& QueryDict::operator=(QueryDict other) {
    entries_ = std::move(other.entries_);
    mutable_ = other.mutable_;
    loader_ = nullptr;
    return *this;
}

void QueryDict::load_later(Loader loader, const void* context) {
    entries_.clear();
    mutable_ = false;
    loader_ = loader;
    context_ = context;
}

// When it throws, the next use fails alike; until it is done, a fiber that asks meanwhile waits with it.
void QueryDict::run_loader() const {
    loader_(const_cast<QueryDict&>(*this), context_);
    loader_ = nullptr;
}

void QueryDict::parse(std::string_view query, std::size_t fields_max) {
    entries_.clear();
    if (query.empty()) return;
    // Some clients send ISO 8859-1: Django reads the whole query so when it is no UTF-8.
    std::string decoded;
    if (!utils::is_utf8(query)) {
        decoded = utils::latin1_to_utf8(query);
        query = decoded;
    }
    const auto separators = static_cast<std::size_t>(std::count(query.begin(), query.end(), '&'));
    if (separators + 1 > fields_max)
        throw TooManyFieldsSent("The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS.");
    for (std::size_t start = 0; start <= query.size();) {
        const std::size_t end = std::min(query.find('&', start), query.size());
        const std::string_view pair = query.substr(start, end - start);
        start = end + 1;
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
        entries_.push_back({utils::unquote_plus(pair.substr(0, equals)), utils::unquote_plus(value)});
    }
}

std::optional<std::string_view> QueryDict::find(std::string_view key) const {
    load();
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
        if (entry->key == key)
            return entry->is_empty_list ? std::nullopt : std::optional<std::string_view>(entry->value);
    return std::nullopt;
}

std::string_view QueryDict::get(std::string_view key, std::string_view otherwise) const {
    return find(key).value_or(otherwise);
}

bool QueryDict::contains(std::string_view key) const {
    load();
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
}

std::vector<std::string> QueryDict::getlist(std::string_view key) const {
    load();
    std::vector<std::string> values;
    for (const Entry& entry : entries_)
        if (entry.key == key && !entry.is_empty_list) values.push_back(entry.value);
    return values;
}

std::vector<std::string_view> QueryDict::keys() const {
    load();
    std::vector<std::string_view> keys;
    for (const Entry& entry : entries_)
        if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) keys.push_back(entry.key);
    return keys;
}

std::vector<std::pair<std::string, std::vector<std::string>>> QueryDict::lists() const {
    std::vector<std::pair<std::string, std::vector<std::string>>> lists;
    for (std::string_view key : keys()) lists.emplace_back(std::string(key), getlist(key));
    return lists;
}

std::vector<std::pair<std::string, std::string>> QueryDict::items() const {
    std::vector<std::pair<std::string, std::string>> items;
    for (std::string_view key : keys()) items.emplace_back(key, get(key));
    return items;
}

std::vector<std::string> QueryDict::values() const {
    std::vector<std::string> values;
    for (std::string_view key : keys()) values.emplace_back(get(key));
    return values;
}

QueryDict QueryDict::fromkeys(const std::vector<std::string>& keys, std::string_view value, bool is_mutable) {
    QueryDict made;
    for (const std::string& key : keys) made.appendlist(key, value);
    made.mutable_ = is_mutable;
    return made;
}

std::string QueryDict::urlencode(std::string_view safe) const {
    std::string out;
    for (const auto& [key, values] : lists()) {
        for (const std::string& value : values) {
            if (!out.empty()) out += '&';
            if (safe.empty()) {
                utils::append_quoted_plus(out, key);
                out += '=';
                utils::append_quoted_plus(out, value);
            } else {
                utils::append_quoted(out, key, safe);
                out += '=';
                utils::append_quoted(out, value, safe);
            }
        }
    }
    return out;
}

QueryDict QueryDict::copy() const {
    load();
    QueryDict copy;
    copy.entries_ = entries_;
    return copy;
}

void QueryDict::check_mutable() const {
    if (!mutable_) throw Error("This QueryDict instance is immutable");
    load();
}

void QueryDict::erase(std::string_view key) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; });
}

void QueryDict::set(std::string_view key, std::string_view value) { setlist(key, {std::string(value)}); }

void QueryDict::setlist(std::string_view key, const std::vector<std::string>& values) {
    check_mutable();
    const auto first = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
    const auto at = first - entries_.begin();  // the key keeps its place
    erase(key);
    std::vector<Entry> added;
    for (const std::string& value : values) added.push_back({std::string(key), value});
    if (values.empty()) added.push_back({std::string(key), {}, true});
    entries_.insert(entries_.begin() + at, added.begin(), added.end());
}

void QueryDict::appendlist(std::string_view key, std::string_view value) {
    check_mutable();
    for (Entry& entry : entries_) {
        if (entry.key != key || !entry.is_empty_list) continue;
        entry.value = value;
        entry.is_empty_list = false;
        return;
    }
    entries_.push_back({std::string(key), std::string(value)});
}

std::string_view QueryDict::setdefault(std::string_view key, std::string_view value) {
    check_mutable();
    if (!contains(key)) appendlist(key, value);
    return get(key);
}

void QueryDict::update(const QueryDict& other) {
    other.for_each([&](std::string_view key, std::string_view value) { appendlist(key, value); });
}

std::vector<std::string> QueryDict::pop(std::string_view key) {
    check_mutable();
    std::vector<std::string> values = getlist(key);
    erase(key);
    return values;
}

std::pair<std::string, std::vector<std::string>> QueryDict::popitem() {
    check_mutable();
    const auto all = keys();
    if (all.empty()) throw Error("popitem(): the QueryDict is empty");
    std::string key(all.back());
    std::vector<std::string> values = pop(key);
    return {std::move(key), std::move(values)};
}

void QueryDict::clear() {
    check_mutable();
    entries_.clear();
}

}  // namespace nuages::http
