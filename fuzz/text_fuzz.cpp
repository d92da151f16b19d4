// What clients send into the functions of nuages/utils: dates, numbers, addresses, languages, HTML. They may refuse it,
// never fault; what they read must come back the same when it is written and read again.
#include <nuages/base/error.hpp>
#include <nuages/utils/dateparse.hpp>
#include <nuages/utils/decimal.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/ip.hpp>
#include <nuages/utils/text.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/uuid.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace nuages;

void hold(bool condition) {
    if (!condition) std::abort();
}

// What PARSE reads in TEXT; nothing as well when it has the right form and names no date, as 2024-02-30: an Error says so.
template <class T> std::optional<T> read(std::optional<T> (*parse)(std::string_view), std::string_view text) {
    try {
        return parse(text);
    } catch (const Error&) {
        return std::nullopt;
    }
}

void dates_and_numbers(std::string_view text) {
    if (const auto date = read(utils::parse_date, text)) hold(utils::parse_date(date->iso()) == date);
    if (const auto time = read(utils::parse_time, text)) hold(utils::parse_time(time->iso()).has_value());
    read(utils::parse_datetime, text);
    if (const auto span = utils::parse_duration(text)) hold(utils::parse_duration(utils::duration_string(*span)) == span);
    utils::parse_http_date_safe(text);
    if (const auto number = Decimal::parse(text)) hold(Decimal::parse(number->str()).has_value());
    if (const auto uuid = Uuid::parse(text)) hold(Uuid::parse(uuid->str()) == uuid);
    formats::sanitize_separators(text);
    try {
        hold(utils::base36_to_int(utils::int_to_base36(static_cast<std::uint64_t>(utils::base36_to_int(text)))) ==
             utils::base36_to_int(text));
    } catch (const Error&) {
    }
}

void addresses_and_languages(std::string_view text) {
    utils::is_valid_ipv6_address(text);
    utils::url_has_allowed_host_and_scheme(text, {"example.org"});
    hold(utils::iri_to_uri(utils::iri_to_uri(text)) == utils::iri_to_uri(text));
    utils::uri_to_iri(text);
    utils::parse_header_parameters(text);
    utils::parse_etags(text);
    for (const auto& [code, quality] : translation::parse_accept_lang_header(text)) hold(quality >= 0 && quality <= 1);
    hold(!translation::get_language_from_accept(text).empty());
    translation::get_language_from_path(text);
}

void markup(std::string_view text) {
    hold(utils::unescape(utils::escape(text)).size() <= text.size());
    hold(utils::escape(text).find_first_of("<>\"'") == std::string::npos);
    hold(utils::escapejs(text).find_first_of("<>&\"'\n") == std::string::npos);
    try {
        utils::strip_tags(text);
    } catch (const Error&) {
    }
    utils::truncate_html_words(text, 3);
    utils::truncate_html_chars(text, 5);
    utils::urlize(text, {.trim_url_limit = 9, .nofollow = true, .autoescape = true});
    utils::linebreaks(text, true);
    utils::wrap(text, 4);
    utils::slugify(text, true);
    hold(utils::slugify(text).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    dates_and_numbers(text);
    addresses_and_languages(text);
    markup(text);
    return 0;
}
