// Translation: texts in the language of the request (django.utils.translation).
//
// Catalogs are GNU gettext's, .mo or .po, in folders laid out as Django's: locale/<locale>/LC_MESSAGES/django.mo.
// The active language belongs to the request (a tree of fibers). Texts that are declared once and shown later are
// written tr("..."): they are translated when they become text.
//
//     messages::success(request, tr("Thank you."));
//     std::string text = translation::ngettext("%d article", "%d articles", count);
//
// The functions stay in their namespace: the C library has a gettext of its own, which `using namespace nuages` would
// not hide.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/function.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages {

class Value;

/// A text that is translated where it is used, in the language that is active then (django: gettext_lazy).
/// Made from literals by tr(); a literal type, eight bytes a view.
class LazyText {
public:
    constexpr LazyText() = default;
    constexpr LazyText(std::string_view message, std::string_view context, bool has_context)
        : message_(message), context_(context), has_context_(has_context) {}

    constexpr std::string_view message() const noexcept { return message_; }
    /// The translation; valid until the catalogs are read anew.
    std::string_view text() const;
    std::string str() const { return std::string(text()); }
    operator std::string() const { return str(); }
    operator std::string_view() const { return text(); }

private:
    std::string_view message_;
    std::string_view context_;
    bool has_context_ = false;
};

/// Marks a literal for translation (django: gettext_lazy as _).
template <std::size_t N> constexpr LazyText tr(const char (&message)[N]) { return {{message, N - 1}, {}, false}; }
/// With a context that tells apart equal texts (django: pgettext_lazy).
template <std::size_t M, std::size_t N> constexpr LazyText tr(const char (&context)[M], const char (&message)[N]) {
    return {{message, N - 1}, {context, M - 1}, true};
}
Value to_value(const LazyText& text);

namespace translation {

/// The translation of MESSAGE, or MESSAGE itself.
std::string gettext(std::string_view message);
/// SINGULAR or PLURAL as the language counts NUMBER; nothing is put in for "%d" or "%(n)s".
std::string ngettext(std::string_view singular, std::string_view plural, std::int64_t number);
std::string pgettext(std::string_view context, std::string_view message);
std::string npgettext(std::string_view context, std::string_view singular, std::string_view plural,
                      std::int64_t number);
/// As gettext, without a copy: a view of the catalog's text or of MESSAGE.
std::string_view translated(std::string_view message);
std::string_view translated(std::string_view context, std::string_view message);
/// Marks a text for the collector of messages and leaves it as it is.
constexpr const char* gettext_noop(const char* message) { return message; }

/// Answers the bytes of the catalog of a locale ("pt_BR"), .mo or .po, or nothing.
using CatalogSource = Function<std::optional<std::string>(std::string_view locale)>;
/// FOLDER/<locale>/LC_MESSAGES/DOMAIN.mo, else .po.
CatalogSource folder_source(std::string folder, std::string domain = "django");

struct Options {
    /// LANGUAGE_CODE: what is active when nobody activated another one.
    std::string language_code = "en-us";
    /// LANGUAGES: the codes a site offers, with their names; empty: all that are known.
    std::vector<std::pair<std::string, std::string>> languages;
    /// Where catalogs come from; an earlier source wins.
    std::vector<CatalogSource> sources;
    bool use_i18n = true;
};
/// At start-up, while nothing is translated.
void configure(Options options);
/// Reads all catalogs anew (development). Texts given out as views before stay valid.
void reload();
/// Catalogs that could not be read since configure(), each with its reason, for checks.
std::vector<std::string> catalog_problems();

/// Makes CODE the language of this request; a language without catalogs shows the messages as they are.
void activate(std::string_view code);
/// Back to the default language.
void deactivate();
/// No translation and the settings' formats.
void deactivate_all();
/// The code of the active language; nothing after deactivate_all().
std::optional<std::string> get_language();
/// True when the active language is written from right to left.
bool get_language_bidi();

/// Another language for the length of a block; nothing: no translation at all.
class override {
public:
    explicit override(std::optional<std::string_view> code);
    ~override();
    override(const override&) = delete;
    override& operator=(const override&) = delete;

private:
    const void* language_;
    bool has_language_;
};

/// Nothing is known about a language (django raises KeyError), or the site does not offer it (LookupError).
NUAGES_DEFINE_ERROR(UnknownLanguage, Error);

struct LanguageInfo {
    std::string code;
    std::string name;             ///< in English
    std::string name_local;       ///< in the language
    std::string name_translated;  ///< in the active language
    bool bidi = false;
};
/// Throws UnknownLanguage ("Unknown language code xx.").
LanguageInfo get_language_info(std::string_view code);
/// True when CODE is well-formed and there are formats or catalogs for it or for its base.
bool check_for_language(std::string_view code);
/// The language the site offers that is closest to CODE; throws UnknownLanguage when there is none. STRICT: no sibling
/// ("fr-ca" for "fr-fr") will do.
std::string get_supported_language_variant(std::string_view code, bool strict = false);
/// LANGUAGES, or all known languages with their English names.
const std::vector<std::pair<std::string, std::string>>& languages();
/// LANGUAGE_CODE.
std::string_view default_language();

/// "pt_BR" of "pt-br".
std::string to_locale(std::string_view language);
/// "pt-br" of "pt_BR".
std::string to_language(std::string_view locale);
/// The language that a path begins with ("/de/about/"), if the site offers it.
std::optional<std::string> get_language_from_path(std::string_view path, bool strict = false);
/// The codes of an Accept-Language header by falling quality; nothing when it is malformed.
std::vector<std::pair<std::string, double>> parse_accept_lang_header(std::string_view header);
/// What an Accept-Language header asks for of what the site offers, else the default language.
std::string get_language_from_accept(std::string_view header);

}  // namespace translation

}  // namespace nuages
