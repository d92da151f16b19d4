// What the site said about languages and formats, and the languages in use.
#pragma once

#include <nuages/utils/detail/language.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/utils/translation.hpp>

#include <map>
#include <mutex>
#include <shared_mutex>

namespace nuages::utils::detail {

class LocaleRegistry {
public:
    static LocaleRegistry& instance();

    const Language& language(std::string_view code);
    const Language* default_language();
    /// Languages are made anew from now on. Former ones are kept: requests and texts point into them.
    void forget();

    translation::Options options;
    formats::Settings format_settings;
    std::atomic<const formats::LocaleFormats*> plain_formats{nullptr};  // the settings' own
    std::vector<const formats::LocaleFormats*> retired_formats;         // of former settings: texts point into them
    std::vector<std::string> problems;

private:
    const Language& made(std::string_view code);

    std::shared_mutex mutex_;
    std::map<std::string, const Language*, std::less<>> languages_;
    std::vector<const Language*> retired_;
    std::atomic<const Language*> default_{nullptr};
};

}  // namespace nuages::utils::detail
