// Tagged values of the recorded cases as template values, and the surroundings a template case asks for.
#pragma once

#include "runner.hpp"

#include <nuages/templates/engine.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::conformance {

/// Skips what only Python has.
Value template_value(const json::value& value);
/// The kind of fixture objects of the syntax cases ("template_tests.utils.SomeClass"); skips unknown ones.
Value template_fixture(std::string_view name);

/// The library of a Python module ("django.templatetags.i18n"), those of Django's template tests among them.
Ref<const templates::Library> template_library(std::string_view module);

/// What {% url %} answers with the case's URL configuration.
std::string template_url(const Case& one, const templates::UrlCall& call);

/// The clock, settings, language, translations and time zone of a case, until the end of the block.
class Environment {
public:
    explicit Environment(const Case& one);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    static void set_language(const Case& one);
    static void set_zone(const Case& one);

    FrozenClock clock_;
};

/// Python's repr with a mark for safe text: what outputs are compared by.
std::string described(const Value& value);

}  // namespace nuages::conformance
