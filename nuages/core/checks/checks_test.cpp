#include <nuages/base/error.hpp>
#include <nuages/core/checks/checks.hpp>

#include <gtest/gtest.h>

using namespace nuages;
using checks::Check;
using checks::Message;

namespace {

std::vector<Check> three_checks() {
    return {
        {.run = [] { return std::vector{checks::Warning("plain", "do this", "", "site.W001")}; }, .tags = {"site"}},
        {.run = [] { return std::vector{checks::Error("model", "", "blog.Article", "models.E001")}; },
         .tags = {"models"}},
        {.run = [] { return std::vector{checks::Warning("deploy")}; }, .tags = {"security"}, .deploy = true},
    };
}

TEST(Checks, DeploymentChecksRunOnlyWhenAskedFor) {
    EXPECT_EQ(checks::run_checks(three_checks()).size(), 2u);
    EXPECT_EQ(checks::run_checks(three_checks(), {.include_deployment_checks = true}).size(), 3u);
}

TEST(Checks, TagsSelect) {
    auto found = checks::run_checks(three_checks(), {.tags = {"models"}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(found[0].is_serious());
    EXPECT_EQ(checks::tags_of(three_checks()), (std::vector<std::string>{"models", "site"}));
    EXPECT_EQ(checks::tags_of(three_checks(), true).size(), 3u);
}

TEST(Checks, MessagesReadAsDjangosDo) {
    auto found = checks::run_checks(three_checks());
    EXPECT_EQ(found[0].str(), "?: (site.W001) plain\n\tHINT: do this");
    EXPECT_EQ(found[1].str(), "blog.Article: (models.E001) model");
    EXPECT_FALSE(found[0].is_serious());
}

TEST(Checks, LevelsHaveNames) {
    EXPECT_EQ(checks::severity_of("warning"), checks::Severity::warning);
    EXPECT_THROW(checks::severity_of("loud"), nuages::Error);
}

}  // namespace
