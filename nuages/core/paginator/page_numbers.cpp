#include <nuages/core/paginator/page_numbers.hpp>

#include <nuages/core/paginator/paginator.hpp>

#include <algorithm>

namespace nuages::core::paginator {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Reads a whole number as Python's int() does: outer white space, a sign, single underscores between digits.
/// A number past 64 bits is the largest or smallest one: no such page exists anyway.
std::optional<std::int64_t> read_number(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || text.front() == '_' || text.back() == '_') return std::nullopt;
    std::int64_t number = 0;
    bool huge = false;
    char before = 0;
    for (char c : text) {
        if (c == '_' && before != '_') {
            before = c;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        huge = huge || number > (INT64_MAX - 9) / 10;
        if (!huge) number = number * 10 + (c - '0');
        before = c;
    }
    if (huge) return negative ? INT64_MIN : INT64_MAX;
    return negative ? -number : number;
}

Value list_of(std::int64_t first, std::int64_t last) {
    std::vector<Value> items;
    for (std::int64_t n = first; n <= last; ++n) items.emplace_back(n);
    return Value::list(std::move(items));
}

Value list_of(const std::vector<PageMark>& marks) {
    std::vector<Value> items;
    for (const PageMark& mark : marks) items.push_back(to_value(mark));
    return Value::list(std::move(items));
}

Value paginator_attribute(const void* self, const Key& key, const Value&) {
    const auto& numbers = *static_cast<const PageNumbers*>(self);
    if (key.name == "count") return numbers.count;
    if (key.name == "num_pages") return numbers.num_pages();
    if (key.name == "per_page") return numbers.per_page;
    if (key.name == "orphans") return numbers.options.orphans;
    if (key.name == "page_range") return list_of(1, numbers.num_pages());
    if (key.name == "get_elided_page_range") return list_of(numbers.elided_range(1));
    if (key.name == "ELLIPSIS") return Value::borrow(kEllipsis);
    return {};
}

const ObjectType kPaginatorType{.name = "Paginator", .get = paginator_attribute};

}  // namespace

struct PageType {
    static const PageBase& cast(const void* self) { return *static_cast<const PageBase*>(self); }
    static Value items(const PageBase& page, const Value& owner) {
        Value& cached = page.cache_.value;
        if (cached.is_missing()) cached = page.items_(page);
        return Value(cached).within(owner);
    }

    static Value get(const void* self, const Key& key, const Value& owner) {
        const PageBase& page = cast(self);
        if (key.name == "object_list") return items(page, owner);
        if (key.name == "number") return page.number();
        if (key.name == "has_next") return page.has_next();
        if (key.name == "has_previous") return page.has_previous();
        if (key.name == "has_other_pages") return page.has_other_pages();
        if (key.name == "next_page_number") return page.next_page_number();
        if (key.name == "previous_page_number") return page.previous_page_number();
        if (key.name == "start_index") return page.start_index();
        if (key.name == "end_index") return page.end_index();
        if (key.name == "elided_page_range") return list_of(page.elided_page_range());
        if (key.name == "paginator") return Value::object(&page.numbers_, kPaginatorType).within(owner);
        if (key.is_index) return at(self, static_cast<std::size_t>(key.index), owner);
        return {};
    }
    static void iterate(const void* self, const Value& owner, FunctionRef<bool(Value)> each) {
        items(cast(self), owner).iterate(each);
    }
    static std::int64_t size(const void* self) {
        const PageBase& page = cast(self);
        return page.numbers().top(page.number()) - page.numbers().bottom(page.number());
    }
    static Value at(const void* self, std::size_t index, const Value& owner) {
        return items(cast(self), owner).at(index);
    }
    static void str(const void* self, std::string& out) { out += cast(self).str(); }

    static const ObjectType table;
};

const ObjectType PageType::table{.name = "Page", .get = get, .iterate = iterate, .size = size, .at = at, .str = str};

Value to_value(const PageBase& page) { return Value::object(&page, PageType::table); }

Value to_value(const PageMark& mark) { return mark.is_ellipsis() ? Value::borrow(kEllipsis) : Value(mark.number); }

std::string PageMark::str() const { return is_ellipsis() ? std::string(kEllipsis) : std::to_string(number); }

std::string PageBase::str() const {
    return "<Page " + std::to_string(number_) + " of " + std::to_string(numbers_.num_pages()) + ">";
}

std::int64_t PageNumbers::num_pages() const {
    if (count == 0 && !options.allow_empty_first_page) return 0;
    std::int64_t hits = std::max<std::int64_t>(1, count - options.orphans);
    return (hits - 1) / per_page + 1;
}

std::int64_t PageNumbers::validated(std::int64_t number) const {
    if (number < 1) throw EmptyPage(options.error_messages.min_page);
    if (number > num_pages()) throw EmptyPage(options.error_messages.no_results);
    return number;
}

std::int64_t PageNumbers::validated(std::string_view text) const {
    auto number = read_number(text);
    if (!number) throw PageNotAnInteger(options.error_messages.invalid_page);
    return validated(*number);
}

std::int64_t PageNumbers::nearest(std::int64_t number) const {
    std::int64_t last = num_pages();
    return number >= 1 && number <= last ? number : std::max<std::int64_t>(last, 1);
}

std::int64_t PageNumbers::nearest(std::string_view text) const { return nearest(read_number(text).value_or(1)); }

std::int64_t PageNumbers::top(std::int64_t number) const {
    std::int64_t end = bottom(number) + per_page;
    return end + options.orphans >= count ? count : end;
}

std::int64_t PageNumbers::end_index(std::int64_t number) const {
    return number == num_pages() ? count : number * per_page;
}

std::vector<PageMark> PageNumbers::elided_range(std::int64_t number, std::int64_t on_each_side,
                                                std::int64_t on_ends) const {
    std::vector<PageMark> marks;
    auto add = [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t n = first; n <= last; ++n) marks.push_back({n});
    };
    std::int64_t last = num_pages();
    if (last <= (on_each_side + on_ends) * 2) {
        add(1, last);
        return marks;
    }
    if (number > 1 + on_each_side + on_ends + 1) {
        add(1, on_ends);
        marks.push_back({});
        add(number - on_each_side, number);
    } else {
        add(1, number);
    }
    if (number < last - on_each_side - on_ends - 1) {
        add(number + 1, number + on_each_side);
        marks.push_back({});
        add(last - on_ends + 1, last);
    } else {
        add(number + 1, last);
    }
    return marks;
}

}  // namespace nuages::core::paginator
