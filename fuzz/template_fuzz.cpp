// Any text as a template, rendered with values of every kind: it may be refused, never crash, hang or grow without bound.
#include <nuages/base/error.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using nuages::Value;
using namespace nuages::templates;

constexpr std::size_t kSourceMax = 4096;

// Values by one letter each; TEXT comes from the input.
void fill(Context& context, const std::string& text) {
    context.set("s", Value(text));
    context.set("h", Value::safe(text));
    context.set("i", Value(static_cast<std::int64_t>(text.size()) - 7));
    context.set("f", Value(text.empty() ? 0.1 : static_cast<double>(text[0]) * 1e17 / 3));
    context.set("d", Value::decimal("-123456789012345678901234567890.125"));
    context.set("n", nullptr);
    context.set("b", Value(true));
    context.set("t", Value::datetime(1'700'000'000'123'456));
    context.set("w", Value::naive_datetime(-62'000'000'000'000'000));
    context.set("y", Value::date(19'800));
    context.set("c", Value::time(86'399'999'999));
    context.set("u", Value::duration(-90'061'000'001));
    context.set("l", Value::list({1, "two", Value(text), nullptr, Value::list({3, 4})}));
    context.set("m", Value::map({{"a", 1}, {"list", Value::list({1, 2})}, {"0", text}, {2, "two"}}));
    context.set("p", Value::list({Value::tuple({1, "a"}), Value::tuple({2, "b"})}));
    context.set("g", Value::callable([] { return Value("called"); }));
    context.set("x", Value(std::nan("")));
    context.csrf_token = [] { return std::string("token"); };
}

const Engine& engine() {
    static const Engine built({.in_memory = {{"base", "{% block a %}base{% endblock %}{% block b %}{{ s }}{% endblock %}"},
                                             {"part", "[{{ s|upper }}{% cycle 'x' 'y' %}]"},
                                             {"self", "{{ i }}{% include 'self' %}"}}});
    return built;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > kSourceMax) return 0;
    // The first byte says how much of the input is the text that the template works on.
    const std::size_t cut = std::min<std::size_t>(data[0], size - 1);
    const std::string text(reinterpret_cast<const char*>(data) + 1, cut);
    std::string source(reinterpret_cast<const char*>(data) + 1 + cut, size - 1 - cut);
    static const bool started = [] {
        nuages::timezone::set_clock([] { return nuages::DateTime::from_ymdhms(2026, 5, 5, 12); });
        nuages::timezone::configure({"Europe/Paris", true});
        return true;
    }();
    (void)started;
    nuages::translation::deactivate();
    Context context;
    fill(context, text);
    std::string out;
    try {
        const auto page = engine().from_string("{% load i18n l10n tz static %}" + source);
        page->render(context, out);
    } catch (const nuages::Error&) {
    }
    return 0;
}
