// ChoiceField<E>, written Choice<E> in a model: an enumeration as a field. The column is a varchar that holds the
// enumerator's name.
//
// Names come from the compiler's own printing of template arguments: all values from 0 to 63 in one instantiation.
#pragma once

#include <nuages/db/models/field_options.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::db::models {

inline constexpr std::size_t kEnumeratorsMax = 64;

/// The names of an enumeration's values 0 to 63; empty where there is none.
struct EnumNames {
    std::string_view names[kEnumeratorsMax];
    std::string_view labels[kEnumeratorsMax];  ///< those of choice_labels(); empty: made from the name
    std::size_t length_max = 0;
};

/// An enumerator and its name for people. A function beside the enumeration gives them, for some values or all:
///     constexpr auto choice_labels(Status) { return models::labels<Status>({{Status::draft, "Not yet"}, {Status::published, "Online"}}); }
template <class E> struct ChoiceLabel {
    E value;
    std::string_view label;
};
template <class E, std::size_t N> struct ChoiceLabels { ChoiceLabel<E> labels[N]; };
template <class E, std::size_t N> consteval ChoiceLabels<E, N> labels(const ChoiceLabel<E> (&list)[N]) {
    ChoiceLabels<E, N> all{};
    for (std::size_t i = 0; i < N; ++i) all.labels[i] = list[i];
    return all;
}

namespace detail {

template <auto... Values> consteval std::string_view printed_values() { return __PRETTY_FUNCTION__; }

// "... = {blog::Status::draft, (blog::Status)1, ...}" on g++, "<blog::Status::draft, ...>" on clang.
consteval EnumNames parse_enumerators(std::string_view text) {
    EnumNames result;
    std::size_t at = text.rfind("Values = ") + 9;
    at += text[at] == '{' || text[at] == '<';
    for (std::size_t i = 0; i < kEnumeratorsMax; ++i) {
        std::size_t end = text.find_first_of(",}>];", at);
        std::string_view name = text.substr(at, end - at);
        if (name.find('(') == name.npos) {
            if (std::size_t colons = name.rfind("::"); colons != name.npos) name.remove_prefix(colons + 2);
            if (name.size() > 1 && name.back() == '_') name.remove_suffix(1);
            result.names[i] = name;
            if (name.size() > result.length_max) result.length_max = name.size();
        } else if (std::size_t closing = name.find(')'); closing == name.npos) {
            end = text.find_first_of(",}>]", end + 1);
        }
        at = end + 2;
    }
    return result;
}

template <class E, std::size_t... I> consteval EnumNames enumerators(std::index_sequence<I...>) {
    EnumNames all = parse_enumerators(printed_values<static_cast<E>(I)...>());
    if constexpr (requires(E value) { choice_labels(value); }) {
        for (const auto& one : choice_labels(E{}).labels) all.labels[static_cast<std::size_t>(one.value)] = one.label;
    }
    return all;
}

/// The index of `name`, or -1.
int find_enumerator(const EnumNames& names, std::string_view name);
/// "in_review" is shown as "In Review".
std::string enumerator_label(std::string_view name);
/// What value number `index` is for people; nothing for one that is no enumerator.
std::string choice_label(const EnumNames& names, std::size_t index);
[[noreturn]] void throw_unknown_choice(std::string_view value);

}  // namespace detail

template <class E>
inline constexpr EnumNames enum_names = detail::enumerators<E>(std::make_index_sequence<kEnumeratorsMax>{});

/// The enumerator's name, as the column holds it.
template <class E>
requires std::is_enum_v<E>
constexpr std::string_view enum_name(E value) {
    return static_cast<std::size_t>(value) < kEnumeratorsMax ? enum_names<E>.names[static_cast<std::size_t>(value)]
                                                             : "";
}

template <class E>
requires std::is_enum_v<E> Literal to_literal(E value) { return Literal(enum_name(value)); }

template <class E> struct ChoiceOptions {
    int max_length = 0;  ///< 0: the longest name
    DefaultValue<E> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

namespace detail {
template <class E> TextOptions as_text(const ChoiceOptions<E>& from) {
    TextOptions to{.max_length = from.max_length,
                   .blank = from.blank,
                   .unique = from.unique,
                   .db_index = from.db_index,
                   .primary_key = from.primary_key,
                   .editable = from.editable,
                   .verbose_name = from.verbose_name,
                   .help_text = from.help_text,
                   .db_column = from.db_column,
                   .db_comment = from.db_comment,
                   .db_tablespace = from.db_tablespace,
                   .unique_for_date = from.unique_for_date,
                   .unique_for_month = from.unique_for_month,
                   .unique_for_year = from.unique_for_year,
                   .validators = from.validators,
                   .db_default = from.db_default};
    to.default_.given = from.default_.given;
    to.default_.literal = from.default_.literal;
    if (from.default_.given && !from.default_.literal) to.default_.value = enum_name(from.default_.value);
    return to;
}
}  // namespace detail

/// One value of the enumeration E (Django: CharField with TextChoices).
template <class E> class ChoiceField {
    static_assert(std::is_enum_v<E>, "Choice takes an enumeration");

public:
    using value_type = E;
    using Options = ChoiceOptions<E>;
    static constexpr FieldKind kind = FieldKind::char_;
    static constexpr std::string_view class_name = "CharField";

    E value{};

    constexpr ChoiceField() = default;
    [[gnu::always_inline]] ChoiceField(const Options& options, NUAGES_SITE) : value(options.default_.get()) {
        if (site == detail::Site::described)
            detail::report(this, detail::as_text(options));
    }
    constexpr ChoiceField(E from) : value(from) {}
    constexpr operator E() const { return value; }

    /// The name as the column holds it: "draft".
    std::string_view name() const { return enum_name(value); }
    /// The name for people, as get_status_display gives it: "Draft", or what choice_labels() says.
    std::string label() const { return detail::choice_label(enum_names<E>, static_cast<std::size_t>(value)); }

    /// The name, as the column holds it.
    template <class Stream>
    requires(requires(Stream& out, std::string_view text) { out.write(text.data(), 1).flush(); }) friend Stream& operator<<(
        Stream& out, const ChoiceField& field) {
        out << field.name();
        return out;
    }
};

}  // namespace nuages::db::models
