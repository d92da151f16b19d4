// django.utils.text, html, dateparse, duration, crypto.
#include "runner.hpp"
#include "template_values.hpp"

#include <nuages/templates/detail/json.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/dateparse.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/text.hpp>

#include <cstdio>

namespace nuages::conformance {
namespace {

template <std::string (*F)(std::string_view)> json::value text_function(const Case& one) {
    return json::value(F(str(one.arg(0))));
}

std::string text_or_bytes(const json::value& value) {
    return type_tag(value) == "bytes" ? utils::base64_decode(value.at("base64").as_string()).value() : text(value);
}

bool is_marked_safe(const json::value& value) {
    return type_tag(value) == "safe" || (type_tag(value) == "lazy" && type_tag(value.at("value")) == "safe");
}

json::value conditional_escape(const Case& one) {
    if (is_marked_safe(one.arg(0))) return json::value(utils::conditional_escape(mark_safe(text(one.arg(0)))));
    return json::value(utils::conditional_escape(str(one.arg(0))));
}

json::value json_script(const Case& one) {
    std::string data;
    templates::append_json(data, template_value(one.arg(0)));
    const json::value& id = one.arg(1, "element_id");
    return json::value(utils::json_script(data, id.is_null() ? std::string{} : text(id)));
}

json::value linebreaks(const Case& one) {
    return json::value(utils::linebreaks(str(one.arg(0)), truthy(one.arg(1, "autoescape"), false)));
}

json::value urlize(const Case& one) {
    const json::value& limit = one.arg(1, "trim_url_limit");
    utils::UrlizeOptions options{.nofollow = truthy(one.arg(2, "nofollow"), false),
                                 .autoescape = truthy(one.arg(3, "autoescape"), false),
                                 .safe_input = is_marked_safe(one.arg(0))};
    if (!limit.is_null()) options.trim_url_limit = static_cast<std::size_t>(integer(limit));
    if (truthy(one.setting("URLIZE_ASSUME_HTTPS"), false)) options.assumed_scheme = "https";
    return json::value(utils::urlize(text(one.arg(0)), options));
}

json::value wrap(const Case& one) {
    return json::value(utils::wrap(text(one.arg(0)), static_cast<int>(integer(one.arg(1)))));
}

json::value slugify(const Case& one) {
    return json::value(utils::slugify(str(one.arg(0)), truthy(one.arg(1, "allow_unicode"), false)));
}

using Truncate = std::string (*)(std::string_view, std::int64_t, std::string_view);

json::value truncated(const Case& one, Truncate plain, Truncate html) {
    std::string ending = "\u2026";
    if (one.has("translations")) {
        for (const json::value& row : one.at("translations").as_array())
            if (str(row.at(2)).find("%(truncated_text)s") == 0) ending = str(row.at(5));
    }
    const json::value& given = one.arg(2, "truncate");
    if (!given.is_null()) ending = text(given);
    const bool is_html = truthy(one.keyword("html"), false);
    return json::value((is_html ? html : plain)(text(one.arg(0)), integer(one.arg(1)), ending));
}

json::value truncate_chars(const Case& one) {
    return truncated(one, utils::truncate_chars, utils::truncate_html_chars);
}
json::value truncate_words(const Case& one) {
    return truncated(one, utils::truncate_words, utils::truncate_html_words);
}

json::value get_text_list(const Case& one) {
    std::vector<std::string> items;
    const json::value list = normalized(one.arg(0));
    for (const json::value& item : list.as_array()) items.push_back(str(item));
    const json::value& last_word = one.arg(1, "last_word");
    return json::value(utils::get_text_list(items, last_word.is_null() ? "or" : text(last_word)));
}

json::value smart_split(const Case& one) {
    json::array out;
    for (const std::string& bit : utils::smart_split(text(one.arg(0)))) out.emplace_back(bit);
    return out;
}

json::value constant_time_compare(const Case& one) {
    return utils::constant_time_compare(text_or_bytes(one.arg(0)), text_or_bytes(one.arg(1)));
}

std::string algorithm_of(const Case& one, std::string_view otherwise) {
    const json::value& algorithm = one.keyword("algorithm");
    const std::string name = algorithm.is_null() ? std::string(otherwise) : text(algorithm);
    return name == "blake2b" ? "blake2b512" : name;  // OpenSSL's name
}

json::value salted_hmac(const Case& one) {
    const json::value& secret = one.arg(2, "secret");
    return json::value(utils::hex(utils::salted_hmac(
        text_or_bytes(one.arg(0)), text_or_bytes(one.arg(1)),
        secret.is_null() ? text(one.setting("SECRET_KEY")) : text_or_bytes(secret), algorithm_of(one, "sha1"))));
}

json::value pbkdf2(const Case& one) {
    const json::value& length = one.keyword("dklen");
    return bytes(utils::pbkdf2(text_or_bytes(one.arg(0, "password")), text_or_bytes(one.arg(1, "salt")),
                               static_cast<int>(integer(one.arg(2, "iterations"))),
                               length.is_null() ? 0 : static_cast<std::size_t>(integer(length))));
}

json::value parse_date(const Case& one) {
    const auto date = utils::parse_date(text(one.arg(0)));
    return date ? json::value{{"$type", "date"}, {"iso", date->iso()}} : json::value();
}

json::value parse_time(const Case& one) {
    const auto time = utils::parse_time(text(one.arg(0)));
    return time ? json::value{{"$type", "time"}, {"iso", time->iso()}} : json::value();
}

json::value parse_datetime(const Case& one) {
    const auto parsed = utils::parse_datetime(text(one.arg(0)));
    if (!parsed) return nullptr;
    std::string iso;
    parsed->wall_clock.append_iso(iso, 'T', "");
    if (parsed->utc_offset) {
        const std::int64_t minutes = parsed->utc_offset->microseconds / 60'000'000;
        char suffix[16];
        std::snprintf(suffix, sizeof suffix, "%c%02d:%02d", minutes < 0 ? '-' : '+',
                      static_cast<int>(std::abs(minutes) / 60), static_cast<int>(std::abs(minutes) % 60));
        iso += suffix;
    }
    return {{"$type", "datetime"}, {"iso", iso}};
}

json::value parse_duration(const Case& one) {
    const auto span = utils::parse_duration(text(one.arg(0)));
    return span ? json::value{{"$type", "timedelta"}, {"microseconds_total", span->microseconds}} : json::value();
}

Duration duration(const Case& one) {
    const json::value& total = one.arg(0).at("microseconds_total");
    if (!total.is_int64()) throw Skip("on purpose: a Duration has 64 bits, some 292,000 years");
    return Duration{total.as_int64()};
}

json::value duration_string(const Case& one) { return json::value(utils::duration_string(duration(one))); }
json::value duration_iso_string(const Case& one) { return json::value(utils::duration_iso_string(duration(one))); }
json::value duration_microseconds(const Case& one) { return duration(one).microseconds; }

}  // namespace

HandlerTable utils_text_handlers() {
    return {
        {"utils.crypto.constant_time_compare", constant_time_compare},
        {"utils.crypto.pbkdf2", pbkdf2},
        {"utils.crypto.salted_hmac", salted_hmac},
        {"utils.dateparse.parse_date", parse_date},
        {"utils.dateparse.parse_datetime", parse_datetime},
        {"utils.dateparse.parse_duration", parse_duration},
        {"utils.dateparse.parse_time", parse_time},
        {"utils.duration.duration_iso_string", duration_iso_string},
        {"utils.duration.duration_microseconds", duration_microseconds},
        {"utils.duration.duration_string", duration_string},
        {"utils.html.avoid_wrapping", text_function<utils::avoid_wrapping>},
        {"utils.html.conditional_escape", conditional_escape},
        {"utils.html.escape", text_function<utils::escape>},
        {"utils.html.escapejs", text_function<utils::escapejs>},
        {"utils.html.json_script", json_script},
        {"utils.html.linebreaks", linebreaks},
        {"utils.html.smart_urlquote", text_function<utils::smart_urlquote>},
        {"utils.html.strip_spaces_between_tags", text_function<utils::strip_spaces_between_tags>},
        {"utils.html.strip_tags", text_function<utils::strip_tags>},
        {"utils.html.urlize", urlize},
        {"utils.text.Truncator.chars", truncate_chars},
        {"utils.text.Truncator.words", truncate_words},
        {"utils.text.camel_case_to_spaces", text_function<utils::camel_case_to_spaces>},
        {"utils.text.capfirst", text_function<utils::capfirst>},
        {"utils.text.get_text_list", get_text_list},
        {"utils.text.get_valid_filename", text_function<utils::get_valid_filename>},
        {"utils.text.normalize_newlines", text_function<utils::normalize_newlines>},
        {"utils.text.phone2numeric", text_function<utils::phone2numeric>},
        {"utils.text.slugify", slugify},
        {"utils.text.smart_split", smart_split},
        {"utils.text.unescape_string_literal", text_function<utils::unescape_string_literal>},
        {"utils.text.wrap", wrap},
    };
}

}  // namespace nuages::conformance
