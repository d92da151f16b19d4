// Languages: the table of recorded facts, the registry of those in use, and which one is active.
#include <nuages/utils/detail/language.hpp>

#include <nuages/utils/detail/locale_registry.hpp>

#include <algorithm>

namespace nuages::utils::detail {

namespace {

#include <nuages/utils/detail/locale_formats.inc>

// The older code beside nb and nn: a name, and no formats.
constexpr LanguageRow kNorwegian{"no", "Norwegian", "norsk", false, {}, {}, {}, {}, {}, {}, {}, {}, {}, -1, -1, -1, -1, -1};

constexpr std::size_t kLanguagesMax = 1000;

std::string_view base_of(std::string_view code) { return code.substr(0, code.find('-')); }

void add_catalogs(Language& language, std::string_view locale, const translation::Options& options,
                  std::vector<std::string>& problems) {
    for (const translation::CatalogSource& source : options.sources) {
        const auto bytes = source(locale);
        if (!bytes) continue;
        auto catalog = make_ref<Catalog>();
        std::string error;
        if (!catalog->read(*bytes, error)) {
            problems.push_back("The catalog of locale '" + std::string(locale) + "' cannot be read: " + error + ".");
            continue;
        }
        auto alike = std::find_if(language.catalogs.begin(), language.catalogs.end(), [&](const auto& known) {
            return known->plural.text() == catalog->plural.text();
        });
        if (alike == language.catalogs.end()) {
            language.catalogs.push_back(catalog);
        } else {
            (*alike)->merge(*catalog);
        }
        language.has_catalogs = true;
    }
}

}  // namespace

const ContextValue<LocaleState> locale_state;

const LanguageRow* language_rows_begin() noexcept { return std::begin(kLanguageRows); }
const LanguageRow* language_rows_end() noexcept { return std::end(kLanguageRows); }

const LanguageRow* find_language_row(std::string_view code) noexcept {
    if (code == kNorwegian.code) return &kNorwegian;
    const auto* row = std::lower_bound(std::begin(kLanguageRows), std::end(kLanguageRows), code,
                                       [](const LanguageRow& known, std::string_view wanted) { return known.code < wanted; });
    return row != std::end(kLanguageRows) && row->code == code ? row : nullptr;
}

const LanguageRow* find_formats_row(std::string_view code) noexcept {
    const LanguageRow* row = find_language_row(code);
    return row ? row : find_language_row(base_of(code));
}

std::vector<std::string_view> input_formats(int i) {
    const auto index = static_cast<std::size_t>(i);
    const std::size_t begin = index == 0 ? 0 : kInputFormatEnds[index - 1];
    return {kInputFormats + begin, kInputFormats + kInputFormatEnds[index]};
}

LocaleRegistry& LocaleRegistry::instance() {
    static auto* const all = new LocaleRegistry;  // reachable to the end, as what it gives out
    return *all;
}

const Language& LocaleRegistry::language(std::string_view code) {
    {
        std::shared_lock lock(mutex_);
        if (auto found = languages_.find(code); found != languages_.end()) return *found->second;
    }
    std::unique_lock lock(mutex_);
    return made(code);
}

const Language& LocaleRegistry::made(std::string_view code) {
    if (auto found = languages_.find(code); found != languages_.end()) return *found->second;
    if (languages_.size() >= kLanguagesMax) throw translation::UnknownLanguage("Too many languages are in use.");
    auto* language = new Language;
    language->code = code;
    const LanguageRow* row = find_language_row(base_of(code));
    language->bidi = row && row->bidi;
    if (options.use_i18n) {
        const std::string locale = translation::to_locale(code);
        add_catalogs(*language, locale, options, problems);
        const std::size_t mark = locale.find('_');
        if (mark != locale.npos) add_catalogs(*language, std::string_view(locale).substr(0, mark), options, problems);
        if (code != options.language_code && !code.starts_with("en")) {
            const Language& fallback = made(options.language_code);
            language->catalogs.insert(language->catalogs.end(), fallback.catalogs.begin(), fallback.catalogs.end());
        }
    }
    languages_.emplace(std::string(code), language);
    return *language;
}

const Language* LocaleRegistry::default_language() {
    if (const Language* known = default_.load(std::memory_order_acquire)) return known;
    const Language& made_now = language(options.language_code);
    default_.store(&made_now, std::memory_order_release);
    return &made_now;
}

void LocaleRegistry::forget() {
    std::unique_lock lock(mutex_);
    default_.store(nullptr);
    for (const auto& entry : languages_) retired_.push_back(entry.second);
    languages_.clear();
    problems.clear();
}

const Language* active_language() {
    const LocaleState* state = locale_state.find();
    if (state && state->has_language) return state->language;
    return LocaleRegistry::instance().default_language();
}

const Language& language_of(std::string_view code) { return LocaleRegistry::instance().language(code); }

Found find_message(const Language* language, std::string_view context, bool has_context, std::string_view id) {
    if (!language) return {};
    for (const Ref<Catalog>& catalog : language->catalogs) {
        if (const auto* forms = catalog->find(context, has_context, id)) return {forms, catalog.get()};
    }
    return {};
}

}  // namespace nuages::utils::detail
