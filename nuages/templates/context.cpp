#include <nuages/templates/context.hpp>

#include <nuages/base/error.hpp>

namespace nuages::templates {

namespace {

struct OwnedName final : RefCounted {
    std::string text;
};

}  // namespace

void Context::set(std::string_view name, std::uint32_t hash, Value value) {
    const std::size_t begin = marks_.empty() ? 0 : marks_.back();
    for (std::size_t i = entries_.size(); i > begin; --i) {
        Entry& entry = entries_[i - 1];
        if (entry.hash == hash && entry.name == name) {
            entry.value = std::move(value);
            return;
        }
    }
    entries_.push_back({name, hash, std::move(value)});
}

void Context::set_owned(std::string_view name, Value value) {
    auto owned = make_ref<OwnedName>();
    owned->text = name;
    set(owned->text, std::move(value));
    names_.push_back(owned);
}

void Context::set_upward(std::string_view name, Value value) {
    const std::uint32_t hash = hash_name(name);
    for (std::size_t i = entries_.size(); i > floor_; --i) {
        Entry& entry = entries_[i - 1];
        if (entry.hash == hash && entry.name == name) {
            entry.value = std::move(value);
            return;
        }
    }
    set(name, hash, std::move(value));
}

void Context::update(std::initializer_list<ContextEntry> entries) {
    for (const ContextEntry& entry : entries) set(entry.name, entry.value);
}

void Context::update(const ContextData& entries) {
    for (const ContextEntry& entry : entries) set(entry.name, entry.value);
}

Value Context::get(std::string_view name, Value otherwise) const {
    const Value* found = find(name);
    return found ? *found : std::move(otherwise);
}

Value Context::setdefault(std::string_view name, Value value) {
    if (const Value* found = find(name)) return *found;
    set(name, value);
    return value;
}

Value Context::flatten() const {
    std::vector<Value::Item> items;
    for (std::size_t i = floor_; i < entries_.size(); ++i) {
        auto at = items.begin();
        while (at != items.end() && at->first.as_text() != entries_[i].name) ++at;
        if (at == items.end()) {
            items.emplace_back(Value(std::string(entries_[i].name)), entries_[i].value);
        } else {
            at->second = entries_[i].value;
        }
    }
    return Value::map(std::move(items));
}

void Context::pop() {
    if (marks_.empty()) throw Error("pop() has been called more times than push()");
    entries_.resize(marks_.back());
    marks_.pop_back();
}

void Context::each(FunctionRef<void(std::string_view name, const Value& value, std::size_t scope)> each) const {
    std::size_t end = entries_.size();
    for (std::size_t scope = marks_.size();; --scope) {
        const std::size_t begin = scope == 0 ? 0 : marks_[scope - 1];
        for (std::size_t i = begin < floor_ ? floor_ : begin; i < end; ++i) {
            each(entries_[i].name, entries_[i].value, scope);
        }
        if (scope == 0 || begin <= floor_) break;
        end = begin;
    }
}

}  // namespace nuages::templates
