// How templates see a request.
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::views::detail {

/// `request` of a template; borrows.
Value request_value(const http::Request& request);
/// The query with all values of each key as a list: what {% querystring %} starts from; borrows.
Value query_lists(const http::Request& request);

}  // namespace nuages::views::detail
