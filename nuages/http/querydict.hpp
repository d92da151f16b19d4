// QueryDict: several values under one name, in the order of arrival (django.http.QueryDict).
// It is a flat list, not a hash table: fields are few (DATA_UPLOAD_MAX_NUMBER_FIELDS), and no chosen keys can collide.
// A request's GET and POST are parsed at the first use, and are immutable.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {

class QueryDict {
public:
    struct Entry {
        std::string key;
        std::string value;
        bool is_empty_list = false;  // a key that setlist() gave no values
    };

    /// An empty, mutable one.
    QueryDict() = default;
    /// A copy has parsed its fields: it does not need the request any more. Throws what parsing throws.
    QueryDict(const QueryDict& other);
    QueryDict(QueryDict&& other);
    QueryDict& operator=(QueryDict other);
    /// Parses "a=1&b=2"; immutable unless `is_mutable`. Throws TooManyFieldsSent past `fields_max`.
    explicit QueryDict(std::string_view query, bool is_mutable = false, std::size_t fields_max = 1000);
    /// A mutable one: {{"q", "x"}, {"page", "2"}}.
    QueryDict(std::initializer_list<std::pair<std::string_view, std::string_view>> items);

    /// The last value of `key`; empty when there is none (where Django raises MultiValueDictKeyError).
    std::string_view operator[](std::string_view key) const { return get(key); }
    std::string_view get(std::string_view key, std::string_view otherwise = {}) const;
    std::optional<std::string_view> find(std::string_view key) const;
    bool contains(std::string_view key) const;
    std::vector<std::string> getlist(std::string_view key) const;

    /// Keys in the order of their first appearance.
    std::vector<std::string_view> keys() const;
    /// Every key with its values.
    std::vector<std::pair<std::string, std::vector<std::string>>> lists() const;
    /// Every key with its last value.
    std::vector<std::pair<std::string, std::string>> items() const;
    /// The last value of every key.
    std::vector<std::string> values() const;
    /// As items(): what QueryDict.dict() makes a dict of.
    std::vector<std::pair<std::string, std::string>> dict() const { return items(); }
    /// All pairs in the order of arrival (a key without values is left out).
    template <class F> void for_each(F&& visit) const {
        load();
        for (const Entry& entry : entries_)
            if (!entry.is_empty_list) visit(std::string_view(entry.key), std::string_view(entry.value));
    }
    std::size_t size() const { return keys().size(); }
    bool empty() const { return load(), entries_.empty(); }

    /// One with VALUE under each of KEYS; a key that stands there twice has it twice.
    static QueryDict fromkeys(const std::vector<std::string>& keys, std::string_view value = {}, bool is_mutable = false);

    /// "a=1&a=2&b=3", percent-encoded; characters of `safe` stay as they are.
    std::string urlencode(std::string_view safe = {}) const;

    /// A mutable copy.
    QueryDict copy() const;
    bool is_mutable() const { return mutable_; }

    // These throw Error("This QueryDict instance is immutable") on a request's own.
    void set(std::string_view key, std::string_view value);
    void setlist(std::string_view key, const std::vector<std::string>& values);
    void appendlist(std::string_view key, std::string_view value);
    std::string_view setdefault(std::string_view key, std::string_view value);
    /// Appends every value of `other`.
    void update(const QueryDict& other);
    /// Removes the key and returns its values.
    std::vector<std::string> pop(std::string_view key);
    /// Removes the key that came last and returns it with its values. Throws Error when there is none.
    std::pair<std::string, std::vector<std::string>> popitem();
    void clear();

    friend bool operator==(const QueryDict& a, const QueryDict& b) { return a.lists() == b.lists(); }

private:
    friend class Request;
    using Loader = void (*)(QueryDict&, const void* context);

    void load() const {
        if (loader_) run_loader();
    }
    void run_loader() const;
    void load_later(Loader loader, const void* context);
    void parse(std::string_view query, std::size_t fields_max);
    void check_mutable() const;
    void erase(std::string_view key);

    std::vector<Entry> entries_;
    mutable Loader loader_ = nullptr;
    const void* context_ = nullptr;
    bool mutable_ = true;
};

}  // namespace nuages::http
