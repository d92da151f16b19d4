// default, first, join, slice, dictsort ...: filters on values and sequences.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/utils/html.hpp>

#include <algorithm>
#include <random>
#include <nuages/utils/translation.hpp>

namespace nuages::templates {

void append_escaped_value(std::string& out, const Value& value) {
    if (value.is_string()) {
        if (value.is_safe()) {
            out += value.as_text();
        } else {
            utils::append_escaped(out, value.as_text());
        }
        return;
    }
    std::string text;
    value.append_str(text);
    if (value.type() && value.type()->html_safe) {
        out += text;
    } else {
        utils::append_escaped(out, text);
    }
}

namespace {

Value default_(const Value& value, const Value* argument, FilterCall&) { return value.truthy() ? value : *argument; }

bool write_default(const Value& value, const Value* argument, FilterCall& call, bool) {
    call.renderer().write(value.truthy() ? value : *argument);
    return true;
}

Value default_if_none(const Value& value, const Value* argument, FilterCall&) {
    return value.is_null() ? *argument : value;
}

Value length(const Value& value, const Value*, FilterCall&) { return std::max<std::int64_t>(0, value.size()); }

bool is_indexable(const Value& value) {
    return value.is_string() || value.kind() == ValueKind::list ||
           (value.type() && !value.type()->pairs && value.is_iterable());
}

Value first(const Value& value, const Value*, FilterCall&) {
    if (!is_indexable(value)) throw TypeError("'" + std::string(type_name(value)) + "' object is not subscriptable");
    Value item = value.at(0);
    return item.is_missing() ? Value::borrow("") : item.as_safe(item.is_safe() && !value.is_string());
}

Value last(const Value& value, const Value*, FilterCall&) {
    if (!is_indexable(value)) throw TypeError("'" + std::string(type_name(value)) + "' object is not subscriptable");
    const std::int64_t size = value.size();
    if (size > 0) {
        Value item = value.at(static_cast<std::size_t>(size - 1));
        return item.as_safe(item.is_safe() && !value.is_string());
    }
    return Value::borrow("");
}

Value random(const Value& value, const Value*, FilterCall&) {
    const std::int64_t size = value.size();
    if (size <= 0) return Value::borrow("");
    static thread_local std::minstd_rand generator{std::random_device{}()};
    return value.at(std::uniform_int_distribution<std::size_t>(0, static_cast<std::size_t>(size - 1))(generator));
}

Value join(const Value& value, const Value* argument, FilterCall& call) {
    if (!value.is_iterable()) return value;
    const bool escape = call.autoescape();
    if (!escape && !argument->is_string()) return value;
    std::string separator;
    if (escape) {
        append_escaped_value(separator, *argument);
    } else {
        argument->append_str(separator);
    }
    std::string& text = call.text();
    bool first_item = true, texts_only = true;
    value.iterate([&](Value item) {
        if (!first_item) text += separator;
        first_item = false;
        if (escape) {
            append_escaped_value(text, item);
        } else {
            texts_only = item.is_string();
            item.append_str(text);
        }
        return texts_only;
    });
    if (!texts_only) return value;
    return FilterCall::result(text, true);
}

struct SliceBounds {
    std::int64_t start, stop, step;
};

// Python's slice.indices(): false where the text is no slice.
bool slice_bounds(std::string_view text, std::int64_t size, SliceBounds& bounds) {
    std::optional<std::int64_t> parts[3];
    int count = 0;
    for (std::size_t begin = 0; begin <= text.size(); ++count) {
        const std::size_t end = std::min(text.find(':', begin), text.size());
        if (count == 3) return false;
        const std::string_view part = text.substr(begin, end - begin);
        if (!part.empty()) {
            parts[count] = to_integer(Value::borrow(part));
            if (!parts[count]) return false;
        }
        begin = end + 1;
    }
    if (count == 1) {
        parts[1] = parts[0];
        parts[0].reset();
    }
    bounds.step = parts[2].value_or(1);
    if (bounds.step == 0) return false;
    bounds.step = std::clamp(bounds.step, -size - 1, size + 1);  // the index must not overflow
    const bool forward = bounds.step > 0;
    auto clamp = [&](std::optional<std::int64_t> part, std::int64_t fallback) {
        if (!part) return fallback;
        std::int64_t index = *part < 0 ? *part + size : *part;
        return forward ? std::clamp<std::int64_t>(index, 0, size) : std::clamp<std::int64_t>(index, -1, size - 1);
    };
    bounds.start = clamp(parts[0], forward ? 0 : size - 1);
    bounds.stop = clamp(parts[1], forward ? size : -1);
    return true;
}

Value slice(const Value& value, const Value* argument, FilterCall& call) {
    const std::int64_t size = value.size();
    SliceBounds bounds{};
    if (!is_indexable(value) || size < 0 || !slice_bounds(text_of(*argument, call), size, bounds)) return value;
    auto more = [&](std::int64_t i) { return bounds.step > 0 ? i < bounds.stop : i > bounds.stop; };
    if (value.is_string()) {
        std::vector<Value> characters;
        value.iterate([&](Value item) {
            characters.push_back(std::move(item));
            return true;
        });
        std::string& text = call.text();
        for (std::int64_t i = bounds.start; more(i); i += bounds.step) {
            text += characters[static_cast<std::size_t>(i)].as_text();
        }
        return FilterCall::result(text);
    }
    std::vector<Value> items;
    for (std::int64_t i = bounds.start; more(i); i += bounds.step)
        items.push_back(value.at(static_cast<std::size_t>(i)));
    return value.is_tuple() ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

// What is found, unless it is a function: a template's text must not make a filter call one (CVE-2021-45116).
Value uncalled(Value value) { return value.kind() == ValueKind::callable ? Value() : std::move(value); }

// Follows "a.b.0".
Value followed(Value value, std::string_view path) {
    for (std::size_t begin = 0; begin <= path.size() && !value.is_missing();) {
        const std::size_t end = std::min(path.find('.', begin), path.size());
        value = uncalled(value.get(Key(path.substr(begin, end - begin))));
        begin = end + 1;
    }
    return value;
}

Value sorted(const Value& value, const Value* argument, FilterCall& call, bool reversed) {
    const std::string_view path = text_of(*argument, call);
    if (!value.is_iterable()) return Value::borrow("");
    if (path.find("._") != path.npos || (!path.empty() && path[0] == '_')) return Value::borrow("");
    const bool by_index = argument->kind() == ValueKind::integer || to_integer(Value::borrow(path)).has_value();
    struct Entry {
        Value key;
        Value item;
    };
    std::vector<Entry> entries;
    bool good = true;
    value.iterate([&](Value item) {
        Value key = by_index
                        ? item.at(static_cast<std::size_t>(std::max<std::int64_t>(0, *to_integer(Value::borrow(path)))))
                        : followed(item, path);
        if (by_index && key.is_missing()) key = item.get(Key(path));
        if (by_index && key.is_missing() && item.is_mapping()) throw ValueError("no such key: " + std::string(path));
        key = uncalled(std::move(key));
        good = good && !key.is_missing();
        entries.push_back({std::move(key), std::move(item)});
        return good;
    });
    if (!good) return Value::borrow("");
    std::stable_sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
        const int order = reversed ? b.key.compare(a.key) : a.key.compare(b.key);
        good = good && order != Value::kUnordered;
        return order == -1;
    });
    if (!good) return Value::borrow("");
    std::vector<Value> items;
    for (Entry& entry : entries) items.push_back(std::move(entry.item));
    return Value::list(std::move(items));
}

Value dictsort(const Value& value, const Value* argument, FilterCall& call) {
    return sorted(value, argument, call, false);
}

Value dictsortreversed(const Value& value, const Value* argument, FilterCall& call) {
    return sorted(value, argument, call, true);
}

Value yesno(const Value& value, const Value* argument, FilterCall& call) {
    const std::string_view choices = argument && !argument->is_null() ? text_of(*argument, call) : translation::translated("yes,no,maybe");
    const std::size_t one = choices.find(',');
    if (one == choices.npos) return value;
    const std::size_t two = choices.find(',', one + 1);
    const bool three = two != choices.npos && choices.find(',', two + 1) == choices.npos;
    const std::string_view yes = choices.substr(0, one);
    const std::string_view no = choices.substr(one + 1, two == choices.npos ? choices.npos : two - one - 1);
    const std::string_view maybe = three ? choices.substr(two + 1) : no;
    std::string& text = call.text();  // the argument may not live as long
    text = value.is_null() ? maybe : value.truthy() ? yes : no;
    return FilterCall::result(text);
}

}  // namespace

void add_sequence_filters(Library& library) {
    add_filter(library, "default", default_, 1, 1, {}, write_default);
    add_filter(library, "default_if_none", default_if_none, 1, 1);
    add_filter(library, "length", length, 0, 0);
    add_filter(library, "first", first, 0, 0);
    add_filter(library, "last", last, 0, 0, kSafeFilter);
    add_filter(library, "random", random, 0, 0, kSafeFilter);
    add_filter(library, "join", join, 1, 1, kSafeFilter);
    add_filter(library, "slice", slice, 1, 1, kSafeFilter);
    add_filter(library, "dictsort", dictsort, 1, 1);
    add_filter(library, "dictsortreversed", dictsortreversed, 1, 1);
    add_filter(library, "yesno", yesno, 0, 1);
}

}  // namespace nuages::templates
