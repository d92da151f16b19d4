#include <nuages/urls/converters.hpp>

#include <nuages/base/error.hpp>

#include <charconv>
#include <vector>

namespace nuages::routing {
namespace {

bool accept_any(std::string_view, http::Capture&) { return true; }

bool accept_int(std::string_view text, http::Capture& capture) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), capture.number);
    return error == std::errc{} && end == text.data() + text.size();
}

constexpr Converter kBuiltIn[] = {
    {"str", "[^/]+", accept_any},
    {"int", "[0-9]+", accept_int},
    {"slug", "[-a-zA-Z0-9_]+", accept_any},
    {"path", ".+", accept_any},
    {"uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", accept_any},
};

// Filled at start-up, before there are other threads.
std::vector<Converter>& registered() {
    static std::vector<Converter> converters;
    return converters;
}

}  // namespace

const Converter* find_converter(std::string_view name) {
    for (const Converter& converter : kBuiltIn)
        if (converter.name == name) return &converter;
    for (const Converter& converter : registered())
        if (converter.name == name) return &converter;
    return nullptr;
}

void register_converter(const Converter& converter) {
    if (const Converter* known = find_converter(converter.name)) {
        if (known->regex == converter.regex && known->accepts == converter.accepts) return;
        throw ImproperlyConfigured("Converter '" + std::string(converter.name) + "' is already registered.");
    }
    registered().reserve(kConvertersMax);  // patterns keep pointers
    if (registered().size() == kConvertersMax) throw ImproperlyConfigured("Too many URL converters are registered.");
    registered().push_back(converter);
}

}  // namespace nuages::routing
