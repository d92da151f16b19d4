// django.utils.text, html, dateparse, duration, crypto.
#include "runner.hpp"

#include <nuages/utils/html.hpp>

namespace nuages::conformance {
namespace {

template <std::string (*F)(std::string_view)>
json::value text_function(const Case& one) {
    return json::value(F(str(one.arg(0))));
}

}  // namespace

HandlerTable utils_text_handlers() {
    return {
        {"utils.html.escape", text_function<utils::escape>},
    };
}

}  // namespace nuages::conformance
