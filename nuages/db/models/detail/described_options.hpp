// DescribedOptions: what the option struct of any field says.
#pragma once

#include <nuages/db/models/field.hpp>
#include <nuages/db/models/field_options.hpp>

#include <string>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// What an option struct says, in one type: the describing pass works on this.
struct DescribedOptions {
    int max_length = 0;
    std::optional<bool> db_index;
    bool blank = false, unique = false, primary_key = false, editable = true;
    bool auto_now = false, auto_now_add = false, db_constraint = true;
    Tristate symmetrical;
    std::string_view verbose_name, help_text, db_column, db_table, related_query_name, related_name;
    std::string_view db_comment, db_tablespace, db_collation, unique_for_date, unique_for_month, unique_for_year;
    std::string_view through_source, through_target, protocol, upload_to, width_field, height_field, path, match;
    int max_digits = 0, decimal_places = 0;
    bool unpack_ipv4 = false, allow_unicode = false, recursive = false, allow_files = true, allow_folders = false;
    std::vector<Choice> choices;
    std::vector<Ref<const validators::Validator>> validators;
    std::vector<std::pair<std::string, std::string>> error_messages;
    Expr db_default, generated;
    bool db_persist = true;
    bool has_default = false;
    Literal default_value;
    Literal (*default_call)() = nullptr;
    OnDelete on_delete = OnDelete::CASCADE;
    Literal set_value;
    Literal (*set_call)() = nullptr;
    Expr (*limit_choices_to)() = nullptr;
    const ModelMeta& (*through)() = nullptr;
    int size = 0;
};

namespace detail {

template <class Options> DescribedOptions described(const Options& from) {
    DescribedOptions to;
    to.blank = from.blank;
    to.unique = from.unique;
    if (from.db_index.given) to.db_index = from.db_index.value;
    to.primary_key = from.primary_key;
    to.editable = from.editable;
    to.verbose_name = from.verbose_name;
    to.help_text = from.help_text;
    to.db_column = from.db_column;
    to.db_comment = from.db_comment;
    to.db_tablespace = from.db_tablespace;
    to.unique_for_date = from.unique_for_date;
    to.unique_for_month = from.unique_for_month;
    to.unique_for_year = from.unique_for_year;
    for (ValidatorMaker make : from.validators) to.validators.push_back(make());
    for (const ErrorMessage& entry : from.error_messages) to.error_messages.emplace_back(entry.code, entry.message);
    to.db_default = from.db_default.make ? from.db_default.make() : Expr();
    if constexpr (requires { from.max_length; }) to.max_length = from.max_length;
    if constexpr (requires { from.choices; }) {
        for (const auto& choice : from.choices)
            to.choices.push_back({Literal(choice.value), std::string(choice.label), std::string(choice.group)});
    }
    if constexpr (requires { from.auto_now; }) {
        to.auto_now = from.auto_now;
        to.auto_now_add = from.auto_now_add;
    }
    if constexpr (requires { from.default_; }) {
        to.has_default = from.default_.given;
        to.default_call = from.default_.literal;
        if (from.default_.given && !from.default_.literal) to.default_value = literal_of(from.default_.get());
    }
    return to;
}

/// What report() does for options that the framework does not know. Only while a Describer listens.
void report_described(const void* member, const DescribedOptions& options);

}  // namespace detail

}  // namespace nuages::db::models
