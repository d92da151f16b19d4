// JSON text as Boost.JSON's values with exact numbers. Boost.JSON before 1.84 multiplies a number's digits by a power
// of ten and may be off by one in the last place: 123456789.98765433 would come back as another number.
#pragma once

#include <boost/json/error.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>

#include <string_view>

namespace nuages::utils::detail {

/// As boost::json::parse, each number the double nearest to its text.
boost::json::value parse_json(std::string_view text, boost::json::error_code& error,
                              const boost::json::parse_options& options = {});

/// The double nearest to a JSON number's text; OTHERWISE when there is none (1e400).
double json_real(std::string_view text, double otherwise) noexcept;

}  // namespace nuages::utils::detail
