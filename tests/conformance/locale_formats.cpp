// locale_formats.json: the formats of every language and what is known about it.
#include "template_values.hpp"

#include <nuages/utils/formats.hpp>
#include <nuages/utils/translation.hpp>

namespace nuages::conformance {
namespace {

json::array texts(const std::vector<std::string>& list) { return json::array(list.begin(), list.end()); }

json::object formats_of(std::string_view language) {
    const formats::LocaleFormats& known = formats::of_language(language);
    json::object out;
    for (const char* name : {"DATE_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT", "YEAR_MONTH_FORMAT", "MONTH_DAY_FORMAT",
                             "SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT", "DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR"})
        out[name] = std::string(known.named(name));
    out["FIRST_DAY_OF_WEEK"] = known.first_day_of_week;
    out["NUMBER_GROUPING"] = known.number_grouping.empty() ? 0 : known.number_grouping[0];
    out["DATE_INPUT_FORMATS"] = texts(known.date_input_formats);
    out["TIME_INPUT_FORMATS"] = texts(known.time_input_formats);
    out["DATETIME_INPUT_FORMATS"] = texts(known.datetime_input_formats);
    return out;
}

}  // namespace

void run_locale_formats(const File& file, Report& report) {
    for (const json::value& one : file.cases()) {
        const std::string id = str(one.at("id"));
        const std::string language = str(one.at("language"));
        try {
            const translation::LanguageInfo info = translation::get_language_info(language);
            const json::value got = {{"formats", formats_of(language)}, {"name", info.name}, {"bidi", info.bidi},
                                     {"name_local", info.name_local}};
            const json::value expected = {{"formats", normalized(one.at("formats"))}, {"name", one.at("name")},
                                          {"bidi", one.at("bidi")}, {"name_local", one.at("name_local")}};
            if (got == expected) {
                report.pass();
            } else {
                report.fail(id, json::serialize(expected), json::serialize(got));
            }
        } catch (const Error& error) {
            report.fail(id, "facts", error.message());
        }
    }
}

}  // namespace nuages::conformance
