// template_filters.json: direct calls of the built-in filters.
#include "template_values.hpp"

#include <nuages/base/error.hpp>
#include <nuages/templates/detail/compiled.hpp>

namespace nuages::conformance {
namespace {

// What Django's filter function gives, before the template engine has its say.
Value filtered(const Case& one, const templates::Library::Filter& filter) {
    const templates::Engine engine(
        {.urlize_assume_https = truthy(one.setting("URLIZE_ASSUME_HTTPS"), false)});
    templates::Context context;
    std::string ignored;
    templates::Renderer renderer(engine, context, ignored);
    const json::value& autoescape = one.keyword("autoescape");
    templates::FilterCall call(renderer, truthy(autoescape, true));

    Value value = template_value(one.arg(0));
    const auto& definition = filter.definition;
    const int given = static_cast<int>(one.count()) - 1;
    if (given > definition.arguments_max || given < definition.arguments_min)
        throw Error(definition.name + " requires another number of arguments");
    const Value argument = given > 0 ? template_value(one.arg(1)) : Value();
    const bool safe = value.is_safe();
    if (definition.flags.takes_text && !value.is_string()) value = Value(value.str());
    Value result = definition.function(value, given > 0 ? &argument : nullptr, call).persistent();
    if (definition.flags.takes_text && definition.flags.is_safe && safe) result = std::move(result).as_safe();
    return result;
}

void run_one(const Case& one, Report& report) {
    const std::string name(one.fields.at("filter").as_string());
    const auto* filter = templates::builtin_library()->find_filter(name);
    if (!filter) return report.skip(one.id(), "not yet: " + name);
    const json::value* error = one.fields.if_contains("error");
    std::string got;
    bool refused = false;
    try {
        got = described(filtered(one, *filter));
    } catch (const Skip& skip) {
        return report.skip(one.id(), skip.what());
    } catch (const std::exception& raised) {
        refused = true;
        got = std::string("error: ") + raised.what();
    }
    try {
        const std::string expected = error ? "error: " + str(*error) : described(template_value(one.at("output")));
        if (error ? refused : expected == got) return report.pass();
        report.fail(one.id(), expected + "  of " + name + json::serialize(one.at("args")), got);
    } catch (const Skip& skip) {
        report.skip(one.id(), skip.what());
    }
}

}  // namespace

void run_template_filters(const File& file, Report& report) {
    for (const json::value& one : file.cases()) {
        const Case fields{file, one.as_object()};
        const Environment environment(fields);
        run_one(fields, report);
    }
}

}  // namespace nuages::conformance
