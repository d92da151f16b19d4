// Filters that give HTML, or know about it.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/templates/detail/json.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/text.hpp>
#include <nuages/utils/url.hpp>

#include <algorithm>

namespace nuages::templates {

namespace {

Value safe(const Value& value, const Value*, FilterCall&) { return value.as_safe(); }

Value escape(const Value& value, const Value*, FilterCall& call) {
    if (value.is_safe()) return value;
    std::string& text = call.text();
    utils::append_escaped(text, value.as_text());
    return FilterCall::result(text, true);
}

Value force_escape(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    utils::append_escaped(text, value.as_text());
    return FilterCall::result(text, true);
}

Value escapejs(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    text = utils::escapejs(value.as_text());
    return FilterCall::result(text, true);
}

Value linebreaks(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    text = utils::linebreaks(value.as_text(), call.autoescape() && !value.is_safe());
    return FilterCall::result(text, true);
}

Value linebreaksbr(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    const bool escaped = call.autoescape() && !value.is_safe();
    const std::string normal = utils::normalize_newlines(value.as_text());
    for (std::size_t begin = 0;;) {
        const std::size_t end = std::min(normal.find('\n', begin), normal.size());
        const std::string_view line = std::string_view(normal).substr(begin, end - begin);
        if (escaped) {
            utils::append_escaped(text, line);
        } else {
            text += line;
        }
        if (end == normal.size()) break;
        text += "<br>";
        begin = end + 1;
    }
    return FilterCall::result(text, true);
}

Value linenumbers(const Value& value, const Value*, FilterCall& call) {
    const std::string_view from = value.as_text();
    const bool escaped = call.autoescape() && !value.is_safe();
    const auto lines = static_cast<std::size_t>(std::count(from.begin(), from.end(), '\n')) + 1;
    const std::size_t width = std::to_string(lines).size();
    std::string& text = call.text();
    std::size_t number = 1;
    for (std::size_t begin = 0; begin <= from.size(); ++number) {
        const std::size_t end = std::min(from.find('\n', begin), from.size());
        const std::string digits = std::to_string(number);
        if (number > 1) text += '\n';
        text.append(width - digits.size(), '0').append(digits).append(". ");
        if (escaped) {
            utils::append_escaped(text, from.substr(begin, end - begin));
        } else {
            text += from.substr(begin, end - begin);
        }
        begin = end + 1;
    }
    return FilterCall::result(text, true);
}

Value striptags(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    text = utils::strip_tags(value.as_text());
    return FilterCall::result(text);
}

Value urlencode(const Value& value, const Value* argument, FilterCall& call) {
    std::string& text = call.text();
    if (argument) {
        utils::append_quoted(text, value.as_text(), text_of(*argument, call));
    } else {
        utils::append_quoted(text, value.as_text());
    }
    return FilterCall::result(text);
}

Value iriencode(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    text = utils::iri_to_uri(value.as_text());
    return FilterCall::result(text);
}

Value urlized(const Value& value, FilterCall& call, std::size_t limit) {
    const bool https = call.renderer().engine().options().urlize_assume_https;
    std::string& text = call.text();
    text = utils::urlize(value.as_text(), {.trim_url_limit = limit,
                                           .nofollow = true,
                                           .autoescape = call.autoescape(),
                                           .safe_input = value.is_safe(),
                                           .assumed_scheme = https ? "https" : "http"});
    return FilterCall::result(text, true);
}

Value urlize(const Value& value, const Value*, FilterCall& call) { return urlized(value, call, std::string::npos); }

Value urlizetrunc(const Value& value, const Value* argument, FilterCall& call) {
    const auto limit = to_integer(*argument);
    if (!limit) throw ValueError("invalid literal for int() with base 10: '" + argument->str() + "'");
    return urlized(value, call, static_cast<std::size_t>(std::max<std::int64_t>(0, *limit)));
}

Value truncatechars_html(const Value& value, const Value* argument, FilterCall& call) {
    const auto length = to_integer(*argument);
    if (!length) return value;
    std::string& text = call.text();
    text = utils::truncate_html_chars(value.as_text(), *length, truncation_ending());
    return FilterCall::result(text);
}

Value truncatewords_html(const Value& value, const Value* argument, FilterCall& call) {
    const auto length = to_integer(*argument);
    if (!length) return value;
    std::string& text = call.text();
    text = utils::truncate_html_words(value.as_text(), *length, " \xe2\x80\xa6");
    return FilterCall::result(text);
}

Value json_script(const Value& value, const Value* argument, FilterCall& call) {
    std::string& text = call.text();
    std::string json;
    append_json(json, value);
    text = argument && !argument->is_null() ? utils::json_script(json, text_of(*argument, call))
                                            : utils::json_script(json);
    return FilterCall::result(text, true);
}

Value each_item(const Value& value, Value (*change)(const Value&)) {
    if (!value.is_iterable()) throw TypeError("'" + std::string(type_name(value)) + "' object is not iterable");
    std::vector<Value> items;
    value.iterate([&](Value item) {
        items.push_back(change(item));
        return true;
    });
    return Value::list(std::move(items));
}

Value safeseq(const Value& value, const Value*, FilterCall&) {
    return each_item(value, [](const Value& item) { return Value(SafeString(item.str())); });
}

Value escapeseq(const Value& value, const Value*, FilterCall&) {
    return each_item(value, [](const Value& item) {
        std::string text;
        append_escaped_value(text, item);
        return Value(SafeString(std::move(text)));
    });
}

constexpr int kListDepthMax = 50;

// <li> elements of LIST; an item's sublist is the list that follows it.
void append_list_items(std::string& out, const Value& list, int depth, bool escaped) {
    if (depth > kListDepthMax) throw ValueError("unordered_list: lists are nested more than 50 deep");
    const std::string indent(static_cast<std::size_t>(depth), '\t');
    std::vector<Value> items;
    list.iterate([&](Value item) {
        items.push_back(std::move(item));
        return true;
    });
    auto is_sublist = [](const Value& item) { return !item.is_string() && !item.is_mapping() && item.is_iterable(); };
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += '\n';
        out.append(indent).append("<li>");
        if (escaped) {
            append_escaped_value(out, items[i]);
        } else {
            items[i].append_str(out);
        }
        if (i + 1 < items.size() && is_sublist(items[i + 1])) {
            out.append("\n").append(indent).append("<ul>\n");
            append_list_items(out, items[++i], depth + 1, escaped);
            out.append("\n").append(indent).append("</ul>\n").append(indent);
        }
        out += "</li>";
    }
}

Value unordered_list(const Value& value, const Value*, FilterCall& call) {
    if (!value.is_iterable()) throw TypeError("'" + std::string(type_name(value)) + "' object is not iterable");
    std::string& text = call.text();
    append_list_items(text, value, 1, call.autoescape());
    return FilterCall::result(text, true);
}

}  // namespace

void add_html_filters(Library& library) {
    add_filter(library, "safe", safe, 0, 0, kSafeText);
    add_filter(library, "escape", escape, 0, 0, kSafeText);
    add_filter(library, "force_escape", force_escape, 0, 0, kSafeText);
    add_filter(library, "escapejs", escapejs, 0, 0, kUnsafeText);
    add_filter(library, "linebreaks", linebreaks, 0, 0, kSafeText);
    add_filter(library, "linebreaksbr", linebreaksbr, 0, 0, kSafeText);
    add_filter(library, "linenumbers", linenumbers, 0, 0, kSafeText);
    add_filter(library, "striptags", striptags, 0, 0, kSafeText);
    add_filter(library, "urlencode", urlencode, 0, 1, kUnsafeText);
    add_filter(library, "iriencode", iriencode, 0, 0, kSafeText);
    add_filter(library, "urlize", urlize, 0, 0, kSafeText);
    add_filter(library, "urlizetrunc", urlizetrunc, 1, 1, kSafeText);
    add_filter(library, "truncatechars_html", truncatechars_html, 1, 1, kSafeText);
    add_filter(library, "truncatewords_html", truncatewords_html, 1, 1, kSafeText);
    add_filter(library, "json_script", json_script, 0, 1);
    add_filter(library, "safeseq", safeseq, 0, 0, kSafeFilter);
    add_filter(library, "escapeseq", escapeseq, 0, 0, kSafeFilter);
    add_filter(library, "unordered_list", unordered_list, 0, 0, kSafeFilter);
}

}  // namespace nuages::templates
