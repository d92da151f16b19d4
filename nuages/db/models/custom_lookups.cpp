#include <nuages/db/models/custom_lookups.hpp>
#include <nuages/db/models/detail/functions.hpp>

#include <deque>
#include <mutex>
#include <shared_mutex>
#include <string>

namespace nuages::db::models {

namespace {

struct Entry {
    std::string field_class, name;
    Expr (*transform)(Expr) = nullptr;
    Expr (*lookup)(Expr, Expr) = nullptr;
};

struct Table {
    std::shared_mutex mutex;
    std::deque<Entry> entries;  // entries stay where they are
};

Table& table() {
    static auto* entries = new Table;
    return *entries;
}

void add(Entry entry) {
    const std::unique_lock lock(table().mutex);
    table().entries.push_back(std::move(entry));
}

// The classes of a value, from its own to the general ones.
bool is_of_class(const OutputType& type, std::string_view name) {
    if (name == "Field" || output_name(type) == name) return true;
    if (!type.known) return false;
    if (type.kind == FieldKind::char_) return name == "CharField";
    if (type.kind <= FieldKind::positive_big_integer && type.kind != FieldKind::boolean) return name == "IntegerField";
    return type.kind == FieldKind::date_time && name == "DateField";
}

const Entry* find(std::string_view name, const OutputType& type, bool transform) {
    const std::shared_lock lock(table().mutex);
    for (std::size_t i = table().entries.size(); i-- > 0;) {
        const Entry& entry = table().entries[i];
        if (entry.name == name && (transform ? entry.transform != nullptr : entry.lookup != nullptr) &&
            is_of_class(type, entry.field_class))
            return &entry;
    }
    return nullptr;
}

}  // namespace

void register_transform(std::string_view field_class, std::string_view name, Expr (*make)(Expr)) {
    add({std::string(field_class), std::string(name), make, nullptr});
}

void register_lookup(std::string_view field_class, std::string_view name, Expr (*make)(Expr, Expr)) {
    add({std::string(field_class), std::string(name), nullptr, make});
}

Expr custom_transform(std::string_view name, const Expr& operand) {
    const Entry* entry = find(name, operand->output(), true);
    return entry ? entry->transform(operand) : Expr();
}

Expr custom_lookup(std::string_view name, const Expr& lhs, const Expr& rhs) {
    const Entry* entry = find(name, lhs->output(), false);
    return entry ? entry->lookup(lhs, rhs) : Expr();
}

bool has_custom_lookup(std::string_view name, const OutputType& type) { return find(name, type, false) != nullptr; }

}  // namespace nuages::db::models
