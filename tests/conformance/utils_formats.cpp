// django.utils: dateformat, formats, numberformat, timesince, translation.
#include "runner.hpp"
#include "template_values.hpp"

#include <nuages/base/error.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/utils/timesince.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

namespace nuages::conformance {
namespace {

// Runs F in the surroundings of a case.
template <json::value (*F)(const Case&)> json::value in_environment(const Case& one) {
    const Environment environment(one);
    return F(one);
}

json::value formatted(const Case& one, bool time_only) {
    const Value value = template_value(one.arg(0));
    const utils::WallClock clock = formats::clock_of(value, false);
    std::string out;
    const std::string format = text(one.arg(1));
    const bool answered =
        time_only ? utils::append_time_format(out, clock, format) : utils::append_date_format(out, clock, format);
    if (!answered) throw Refused("TypeError", "a letter without a meaning");
    return json::value(out);
}

json::value dateformat(const Case& one) { return formatted(one, false); }
json::value dateformat_time(const Case& one) { return formatted(one, true); }

bool flag(const Case& one, std::size_t i, std::string_view name, bool otherwise) {
    const json::value& given = one.arg(i, name);
    return given.is_null() ? otherwise : truthy(given, otherwise);
}

std::string format_argument(const Case& one) {
    const json::value& format = one.arg(1, "format");
    return format.is_null() ? std::string{} : text(format);
}

json::value date_format(const Case& one) {
    return json::value(formats::date_format(template_value(one.arg(0)), format_argument(one), flag(one, 2, "use_l10n", true)));
}
json::value time_format(const Case& one) {
    return json::value(formats::time_format(template_value(one.arg(0)), format_argument(one), flag(one, 2, "use_l10n", true)));
}

int decimals_of(const json::value& given) { return given.is_null() ? -1 : static_cast<int>(integer(given)); }

json::value number_format(const Case& one) {
    return json::value(formats::number_format(template_value(one.arg(0)), decimals_of(one.arg(1, "decimal_pos")),
                                              flag(one, 2, "use_l10n", true), flag(one, 3, "force_grouping", false)));
}

json::value shown(const Value& value, const json::value& given) {
    if (value.is_string()) return json::value(value.str());
    return normalized(given);
}

json::value localize(const Case& one) {
    return shown(formats::localize(template_value(one.arg(0)), flag(one, 1, "use_l10n", true)), one.arg(0));
}
json::value localize_input(const Case& one) {
    const json::value& format = one.arg(1, "default");
    return shown(formats::localize_input(template_value(one.arg(0)), format.is_null() ? std::string{} : text(format)),
                 one.arg(0));
}
json::value sanitize_separators(const Case& one) {
    if (one.arg(0).is_string() || type_tag(one.arg(0)) == "safe") return json::value(formats::sanitize_separators(text(one.arg(0))));
    return normalized(one.arg(0));
}

json::value numberformat(const Case& one) {
    const Value value = template_value(one.arg(0));
    const std::string separator = text(one.arg(1, "decimal_sep"));
    const json::value& thousands = one.arg(4, "thousand_sep");
    const std::string thousand_separator = thousands.is_null() ? std::string{} : text(thousands);
    std::vector<int> grouping;
    const json::value given = normalized(one.arg(3, "grouping"));
    if (given.is_int64() && given.as_int64() != 0) grouping.push_back(static_cast<int>(given.as_int64()));
    if (const auto* list = given.if_array())
        for (const json::value& size : *list) grouping.push_back(static_cast<int>(integer(size)));
    const bool localized = flag(one, 6, "use_l10n", true) && truthy(one.setting("USE_THOUSAND_SEPARATOR"), false);
    std::string out;
    utils::append_number(out, value,
                         {separator, decimals_of(one.arg(2, "decimal_pos")), &grouping, thousand_separator,
                          localized || flag(one, 5, "force_grouping", false)});
    return json::value(out);
}

json::value since(const Case& one, bool until) {
    const json::value& depth = one.arg(until ? 3 : 4, "depth");
    const json::value& strings = one.arg(until ? 2 : 3, "time_strings");
    if (!strings.is_null()) throw Skip("lazy message objects of Python's");
    const bool reversed = until || truthy(one.arg(2, "reversed"), false);
    return json::value(utils::timesince(template_value(one.arg(0)), template_value(one.arg(1, "now")), reversed,
                                        depth.is_null() ? 2 : static_cast<int>(integer(depth))));
}
json::value timesince(const Case& one) { return since(one, false); }
json::value timeuntil(const Case& one) { return since(one, true); }

json::value to_locale(const Case& one) { return json::value(translation::to_locale(text(one.arg(0)))); }
json::value to_language(const Case& one) { return json::value(translation::to_language(text(one.arg(0)))); }

json::value language_from_path(const Case& one) {
    const auto code = translation::get_language_from_path(text(one.arg(0)), flag(one, 1, "strict", false));
    return code ? json::value(*code) : json::value();
}

json::value accepted(const Case& one) {
    json::array out;
    for (const auto& [code, quality] : translation::parse_accept_lang_header(text(one.arg(0))))
        out.push_back(json::array{code, quality});
    return out;
}

}  // namespace

HandlerTable utils_formats_handlers() {
    return {
        {"utils.dateformat.format", in_environment<dateformat>},
        {"utils.dateformat.time_format", in_environment<dateformat_time>},
        {"utils.formats.date_format", in_environment<date_format>},
        {"utils.formats.localize", in_environment<localize>},
        {"utils.formats.localize_input", in_environment<localize_input>},
        {"utils.formats.number_format", in_environment<number_format>},
        {"utils.formats.sanitize_separators", in_environment<sanitize_separators>},
        {"utils.formats.time_format", in_environment<time_format>},
        {"utils.numberformat.format", in_environment<numberformat>},
        {"utils.timesince.timesince", in_environment<timesince>},
        {"utils.timesince.timeuntil", in_environment<timeuntil>},
        {"utils.translation.to_language", to_language},
        {"utils.translation.to_locale", to_locale},
        {"utils.translation.trans_real.get_language_from_path", in_environment<language_from_path>},
        {"utils.translation.trans_real.parse_accept_lang_header", accepted},
    };
}

}  // namespace nuages::conformance
