// template_syntax.json: templates rendered with a context.
#include "template_values.hpp"

#include <nuages/base/error.hpp>
#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/compiled.hpp>
#include <nuages/utils/url.hpp>

namespace nuages::conformance {

namespace {

// Stand-ins for the objects of Django's own test suite.
Value some_class(const void*, const Key& key, const Value&);

Value other_class(const void*, const Key& key, const Value&) {
    return key.name == "method" ? Value("OtherClass.method") : Value();
}
constexpr ObjectType kOtherClass{.name = "OtherClass", .get = other_class};
constexpr ObjectType kSomeClass{.name = "SomeClass", .get = some_class};

struct SilentException : ObjectDoesNotExist {
    using ObjectDoesNotExist::ObjectDoesNotExist;
};
struct SomeOtherException : Error {
    using Error::Error;
    const char* name() const noexcept override { return "SomeOtherException"; }
};
struct AttributeError : Error {
    using Error::Error;
    const char* name() const noexcept override { return "AttributeError"; }
};

Value some_class(const void* self, const Key& key, const Value&) {
    const std::string_view name = key.name;
    if (name == "otherclass") return Value::object(self, kOtherClass);
    if (name == "method") return "SomeClass.method";
    if (name == "method2") return Value::callable([]() -> Value { return ""; }, true);
    if (name == "method3" || name == "silent_fail_key" || name == "silent_fail_attribute") throw SilentException("");
    if (name == "method4" || name == "noisy_fail_key" || name == "noisy_fail_attribute") throw SomeOtherException("");
    if (name == "method5" || name == "type_error_attribute") throw templates::TypeError("");
    if (name == "attribute_error_attribute") throw AttributeError("");
    return {};
}

Value silent_item(const void*, const Key&, const Value&) { throw SilentException(""); }
Value silent_attribute(const void*, const Key& key, const Value&) {
    if (key.name == "b") throw SilentException("");
    return {};
}
Value test_object(const void*, const Key& key, const Value&) {
    if (key.name == "is_true") return true;
    if (key.name == "is_false") return false;
    if (key.name == "is_bad") throw SomeOtherException("ShouldNotExecuteException");
    return {};
}
void safe_text(const void*, std::string& out) { out += "you &gt; me"; }
void unsafe_text(const void*, std::string& out) { out += "you & me"; }
void wide_text(const void*, std::string& out) { out += "ŠĐĆŽćžšđ"; }

constexpr ObjectType kSilentItem{.name = "SilentGetItemClass", .get = silent_item};
constexpr ObjectType kSilentAttribute{.name = "SilentAttrClass", .get = silent_attribute};
constexpr ObjectType kTestObject{.name = "TestObj", .get = test_object};
constexpr ObjectType kSafe{.name = "SafeClass", .str = safe_text, .html_safe = true};
constexpr ObjectType kUnsafe{.name = "UnsafeClass", .str = unsafe_text};
constexpr ObjectType kWide{.name = "UTF8Class", .str = wide_text};

struct NamedError {
    std::string name;
    std::string message;
};

templates::EngineOptions options_of(const Case& one) {
    templates::EngineOptions options{.standard_libraries = false};
    options.static_prefix = str(one.setting("STATIC_URL"));
    options.media_prefix = str(one.setting("MEDIA_URL"));
    options.urlize_assume_https = truthy(one.setting("URLIZE_ASSUME_HTTPS"), false);
    if (const auto* held = one.fields.if_contains("templates")) {
        for (const auto& [name, source] : held->as_object())
            options.in_memory.emplace_back(std::string(name), text(source));
    }
    if (const auto* shadowed = one.fields.if_contains("shadowed_templates")) {
        for (const json::value& loader : shadowed->as_array()) {
            for (const auto& [name, source] : loader.as_object()) {
                options.in_memory.emplace_back(std::string(name), text(source));
            }
        }
    }
    if (one.has("urlconf"))
        options.reverse_url = [&one](const templates::UrlCall& call) { return template_url(one, call); };
    const json::value* engine = one.fields.if_contains("engine");
    if (!engine) return options;
    const json::object& fields = engine->as_object();
    if (const auto* invalid = fields.if_contains("string_if_invalid")) options.string_if_invalid = str(*invalid);
    if (const auto* autoescape = fields.if_contains("autoescape")) options.autoescape = truthy(*autoescape, true);
    if (const auto* debug = fields.if_contains("debug")) options.debug = truthy(*debug, false);
    if (const auto* builtins = fields.if_contains("builtins")) {
        for (const json::value& module : builtins->as_array()) {
            if (!str(module).starts_with("django.template.")) options.builtins.push_back(template_library(str(module)));
        }
    }
    if (const auto* libraries = fields.if_contains("libraries")) {
        for (const auto& [name, module] : libraries->as_object()) {
            options.libraries.emplace_back(std::string(name), template_library(str(module)));
        }
    }
    return options;
}

// A value of the context; a template among them is compiled by ENGINE.
Value context_value(const templates::Engine& engine, const json::value& value) {
    if (type_tag(value) == "template") return templates::to_value(*engine.from_string(text(value.at("source"))));
    return template_value(value);
}

std::string rendered(const Case& one, templates::EngineOptions options) {
    const templates::Engine engine(std::move(options));
    templates::Context context;
    for (const auto& [name, value] : one.at("context").as_object())
        context.set_owned(std::string(name), context_value(engine, value));
    if (const auto* flags = one.fields.if_contains("context_options")) {
        const json::object& fields = flags->as_object();
        if (const auto* autoescape = fields.if_contains("autoescape")) context.autoescape = truthy(*autoescape, true);
        if (const auto* localized = fields.if_contains("use_l10n")) context.use_l10n = truthy(*localized, true);
        if (const auto* zoned = fields.if_contains("use_tz")) context.use_tz = truthy(*zoned, true);
    }
    if (const auto* request = one.fields.if_contains("request")) {
        const json::object query{{"$type", "querydict"}, {"query", request->at("query")}};
        context.query = template_value(query);
        if (const auto* space = request->as_object().if_contains("resolver_match_namespace"))
            context.current_app = str(*space);
        if (const auto* app = request->as_object().if_contains("current_app")) {
            context.current_app = app->is_null() ? "" : str(*app);
        }
    }
    if (const auto* source = one.fields.if_contains("source"))
        return engine.from_string(text(*source))->render(context);
    const json::value& name = one.at("template");
    if (const auto* names = name.if_array()) {
        std::vector<std::string> choices;
        for (const json::value& choice : *names) choices.push_back(str(choice));
        return engine.select_template(choices)->render(context);
    }
    return engine.get_template(str(name))->render(context);
}

void run_one(const Case& one, Report& report) {
    const json::value* error = one.fields.if_contains("error");
    std::string output;
    NamedError raised;
    try {
        output = rendered(one, options_of(one));
    } catch (const Skip& skip) {
        return report.skip(one.id(), skip.what());
    } catch (const templates::TemplateSyntaxError& caught) {
        const bool named = one.fields.contains("raw_message");
        raised = {caught.name(), named ? caught.raw_message() : caught.raw_message()};
    } catch (const Error& caught) {
        raised = {caught.name(), caught.message()};
    } catch (const std::exception& caught) {
        raised = {"exception", caught.what()};
    }
    const std::string about = "  of " + json::serialize(one.has("source") ? one.at("source") : one.at("templates"));
    if (!error) {
        const std::string expected = text(one.at("output"));
        if (raised.name.empty() && output == expected) return report.pass();
        return report.fail(one.id(), expected + about,
                           raised.name.empty() ? output : raised.name + ": " + raised.message);
    }
    const json::value* message = one.fields.if_contains("raw_message");
    if (!message) message = one.fields.if_contains("message");
    const std::string wanted = str(*error);
    const bool text_counts = message && wanted.starts_with("Template");
    if (!raised.name.empty() && (!text_counts || (raised.name == wanted && raised.message == str(*message))))
        return report.pass();
    report.fail(one.id(), wanted + ": " + (message ? str(*message) : "") + about,
                raised.name.empty() ? "output: " + output : raised.name + ": " + raised.message);
}

}  // namespace

Value template_fixture(std::string_view name) {
    static const char self = 0;
    const std::pair<std::string_view, const ObjectType*> known[] = {
        {"SomeClass", &kSomeClass},
        {"OtherClass", &kOtherClass},
        {"SilentGetItemClass", &kSilentItem},
        {"SilentAttrClass", &kSilentAttribute},
        {"TestObj", &kTestObject},
        {"SafeClass", &kSafe},
        {"UnsafeClass", &kUnsafe},
        {"UTF8Class", &kWide},
    };
    const std::string_view last = name.substr(name.rfind('.') + 1);
    for (const auto& [class_name, type] : known) {
        if (class_name == last) return Value::object(&self, *type);
    }
    throw Skip("fixture of Django's test suite: " + std::string(last));
}

void run_template_syntax(const File& file, Report& report) {
    for (const json::value& one : file.cases()) {
        const Case fields{file, one.as_object()};
        const Environment environment(fields);
        run_one(fields, report);
    }
}

}  // namespace nuages::conformance
