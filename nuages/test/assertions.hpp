// What tests of a site expect of responses and queries.
#pragma once

#include <nuages/db/stats.hpp>
#include <nuages/test/client.hpp>

#include <gtest/gtest.h>

#include <string_view>

namespace nuages::test::detail {

testing::AssertionResult redirects(const ClientResponse& response, std::string_view url, int status = 0);
testing::AssertionResult contains(const ClientResponse& response, std::string_view text, int count = -1,
                                  int status = 200);
testing::AssertionResult lacks(const ClientResponse& response, std::string_view text, int status = 200);
testing::AssertionResult template_used(const ClientResponse& response, std::string_view name, bool is_used);
testing::AssertionResult json_equals(const ClientResponse& response, std::string_view expected);
testing::AssertionResult url_equals(std::string_view one, std::string_view other);
testing::AssertionResult has_message(std::string_view message, std::string_view text);
testing::AssertionResult num_queries(const db::QueryStats& stats, std::int64_t expected);

}  // namespace nuages::test::detail

/// The response redirects to URL (or did, when it was followed); STATUS may follow: 301, 302, 307, 308.
#define EXPECT_REDIRECTS(RESPONSE, ...) EXPECT_TRUE(::nuages::test::detail::redirects(RESPONSE, __VA_ARGS__))

/// The response is a 200 whose body has TEXT in it; a number of times and a status may follow.
#define EXPECT_CONTAINS(RESPONSE, ...) EXPECT_TRUE(::nuages::test::detail::contains(RESPONSE, __VA_ARGS__))
#define EXPECT_NOT_CONTAINS(RESPONSE, ...) EXPECT_TRUE(::nuages::test::detail::lacks(RESPONSE, __VA_ARGS__))

/// A template of that name was rendered for the response, as a parent or by an include too; or none was.
#define EXPECT_TEMPLATE_USED(RESPONSE, NAME) EXPECT_TRUE(::nuages::test::detail::template_used(RESPONSE, NAME, true))
#define EXPECT_TEMPLATE_NOT_USED(RESPONSE, NAME) EXPECT_TRUE(::nuages::test::detail::template_used(RESPONSE, NAME, false))

/// The body is JSON, and equal to the JSON text TEXT whatever the space and the order of members.
#define EXPECT_JSON_EQ(RESPONSE, TEXT) EXPECT_TRUE(::nuages::test::detail::json_equals(RESPONSE, TEXT))

/// The same URL, whatever the order of its query's parameters.
#define EXPECT_URL_EQ(ONE, OTHER) EXPECT_TRUE(::nuages::test::detail::url_equals(ONE, OTHER))

/// The statement throws an ERROR whose message has TEXT in it.
#define EXPECT_RAISES_MESSAGE(ERROR, TEXT, ...)                                        \
    do {                                                                               \
        try {                                                                          \
            __VA_ARGS__;                                                               \
            ADD_FAILURE() << #ERROR " not raised";                                     \
        } catch (const ERROR& nuages_error) {                                          \
            EXPECT_TRUE(::nuages::test::detail::has_message(nuages_error.what(), TEXT)); \
        }                                                                              \
    } while (false)

/// The statement sends that many queries; a failure lists them.
#define EXPECT_NUM_QUERIES(COUNT, ...)                                                       \
    do {                                                                                     \
        const ::nuages::db::StatsScope nuages_stats_scope(true);                             \
        __VA_ARGS__;                                                                         \
        EXPECT_TRUE(::nuages::test::detail::num_queries(nuages_stats_scope.stats(), COUNT)); \
    } while (false)
