// utils.json: direct calls of utility functions. Each area has a table of handlers in a file of its own.
#include "runner.hpp"

namespace nuages::conformance {

HandlerTable utils_formats_handlers();
HandlerTable utils_http_handlers();
HandlerTable utils_request_handlers();
HandlerTable utils_text_handlers();
HandlerTable utils_urls_handlers();

void run_utils(const File& file, Report& report) {
    HandlerTable all;
    for (const HandlerTable& table :
         {utils_formats_handlers(), utils_http_handlers(), utils_request_handlers(), utils_text_handlers(), utils_urls_handlers()})
        all.insert(all.end(), table.begin(), table.end());
    for (const json::value& one : file.cases()) run_case({file, one.as_object()}, all, report);
}

}  // namespace nuages::conformance
