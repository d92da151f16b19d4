// What is known about a language at run time: its catalogs and its formats.
#pragma once

#include <nuages/utils/detail/catalog.hpp>
#include <nuages/utils/detail/locale_state.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::formats {
struct LocaleFormats;
}

namespace nuages::utils::detail {

/// The recorded facts about a language (locale_formats.inc): texts without data and negative numbers are not stated.
struct LanguageRow {
    std::string_view code, name, name_local;
    bool bidi;
    std::string_view date, time, date_time, year_month, month_day, short_date, short_date_time, decimal_separator,
        thousand_separator;
    int first_day_of_week, number_grouping;
    int date_inputs, time_inputs, date_time_inputs;  // indexes of lists
};

/// The row of CODE, or null.
const LanguageRow* find_language_row(std::string_view code) noexcept;
/// The row of CODE, else that of its base ("de" for "de-at"), or null: where its formats come from.
const LanguageRow* find_formats_row(std::string_view code) noexcept;
/// List I of input formats.
std::vector<std::string_view> input_formats(int i);
/// All rows, sorted by code.
const LanguageRow* language_rows_begin() noexcept;
const LanguageRow* language_rows_end() noexcept;

struct Language {
    std::string code;
    bool bidi = false;
    std::vector<Ref<Catalog>> catalogs;  // in the order they are asked
    bool has_catalogs = false;           // of its own, not those of the default language
    mutable std::atomic<const formats::LocaleFormats*> formats{nullptr};
};

/// The language that texts are translated to; null: to none.
const Language* active_language();
/// The language of CODE, made at its first use.
const Language& language_of(std::string_view code);

/// The forms of a message in LANGUAGE and the catalog they are of, or null.
struct Found {
    const std::vector<std::string>* forms = nullptr;
    const Catalog* catalog = nullptr;
};
Found find_message(const Language* language, std::string_view context, bool has_context, std::string_view id);

}  // namespace nuages::utils::detail
