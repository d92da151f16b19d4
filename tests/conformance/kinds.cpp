// Every kind of case file and the function that runs it. A new kind is one source file and one line here.
#include "runner.hpp"

namespace nuages::conformance {

void run_multipart(const File& file, Report& report);
void run_locale_formats(const File& file, Report& report);
void run_orm_queries(const File& file, Report& report);
void run_schema_sql(const File& file, Report& report);
void run_signing(const File& file, Report& report);
void run_template_filters(const File& file, Report& report);
void run_template_syntax(const File& file, Report& report);
void run_validators(const File& file, Report& report);
void run_utils(const File& file, Report& report);

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"multipart", run_multipart},
        {"locale_formats", run_locale_formats},
        {"orm_queries", run_orm_queries},
        {"schema_sql", run_schema_sql},
        {"signing", run_signing},
        {"template_filters", run_template_filters},
        {"template_syntax", run_template_syntax},
        {"utils", run_utils},
        {"validators", run_validators},
    };
    return all;
}

}  // namespace nuages::conformance
