// Templates that go down without end are refused before a request's small stack is used up.
#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/templates/engine.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

std::string outcome_on_a_fiber(const templates::Engine& engine, const char* name) {
    std::string outcome;
    auto run_on_a_small_stack = [&] {
        auto task = async::spawn([&] {
            templates::Context context{{"list", Value::list({1})}, {"x", "y"}};
            try {
                outcome = engine.get_template(name)->render(context);
            } catch (const templates::TemplateError& error) {
                outcome = error.name();
            }
        });
        task.join();
    };
    if (async::on_fiber()) {
        run_on_a_small_stack();
    } else {
        async::run(run_on_a_small_stack);
    }
    return outcome;
}

TEST(TemplateDepth, EndsInAnErrorOnARequestsStack) {
    std::string nested, filters = "{{ x";
    for (int i = 0; i < 10'000; ++i) nested += "{% if x %}";
    for (int i = 0; i < 10'000; ++i) filters += "|lower";
    const templates::Engine engine({.in_memory = {
        {"include", "{% include 'include' %}"},
        {"for", "{% for a in list %}{% with b=a %}{% if b %}{% include 'for' %}{% endif %}{% endwith %}{% endfor %}"},
        {"filter", "{% filter upper %}{% spaceless %}{% include 'filter' %}{% endspaceless %}{% endfilter %}"},
        {"block", "{% block a %}{% include 'block' with c=x only %}{% endblock %}"},
        {"i18n", "{% load i18n tz cache %}{% language 'de' %}{% timezone 'UTC' %}{% autoescape off %}{% include 'i18n' %}{% endautoescape %}{% endtimezone %}{% endlanguage %}"},
        {"nested", nested},
        {"filters", filters + " }}"},
    }});
    for (const char* name : {"include", "for", "filter", "block", "i18n"})
        EXPECT_EQ(outcome_on_a_fiber(engine, name), "TemplateError") << name;
    EXPECT_EQ(outcome_on_a_fiber(engine, "nested"), "TemplateSyntaxError");
    EXPECT_EQ(outcome_on_a_fiber(engine, "filters"), "y");
}

}  // namespace
