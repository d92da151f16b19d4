// get_or_create() and update_or_create() with competitors: fibers and threads that want the same row.
#include <nuages/async/loop.hpp>
#include <nuages/async/task_group.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace race {

namespace models = nuages::models;
using namespace nuages::literals;

struct Tag : models::Model<Tag> {
    BigAutoField id;
    CharField label{{.max_length = 20, .unique = true}};
    IntegerField uses{{.default_ = 0}};
};

}  // namespace race

using namespace nuages;
using race::Tag;

namespace {

constexpr int kRounds = 20, kCompetitors = 8;

void make_table() {
    std::vector<const db::models::ModelMeta*> metas;
    for (auto meta : models::list<Tag>()) metas.push_back(&meta());
    db::models::schema::create_tables(db::connection(), metas);
}

/// Calls `want` for each round with its label, from several fibers of two threads at once; how often it made the row.
template <class F> std::vector<int> made_by_competitors(F want) {
    std::vector<int> made(kRounds);
    const auto compete = [&] {
        async::run([&] {
            for (int round = 0; round < kRounds; ++round) {
                async::task_group([&](async::TaskGroup& group) {
                    for (int i = 0; i < kCompetitors; ++i) {
                        group.spawn([&, round] {
                            if (want("tag" + std::to_string(round))) __atomic_fetch_add(&made[static_cast<std::size_t>(round)], 1, __ATOMIC_RELAXED);
                        });
                    }
                });
            }
        });
    };
    std::thread other(compete);
    compete();
    other.join();
    return made;
}

TEST(Competitors, GetOrCreateMakesOneRowAndAllFindIt) {
    const db::testing::TestDatabase database;
    async::run([] { make_table(); });
    const std::vector<int> made = made_by_competitors([](const std::string& label) {
        const auto [tag, created] = Tag::objects.get_or_create("label"_f = label, models::defaults("uses"_f = 1));
        EXPECT_EQ(tag.label, label);
        EXPECT_GT(tag.id.value, 0);
        return created;
    });
    EXPECT_EQ(made, std::vector<int>(kRounds, 1));
    async::run([] { EXPECT_EQ(Tag::objects.count(), kRounds); });
}

TEST(Competitors, UpdateOrCreateMakesOneRowAndLosesNoUpdate) {
    const db::testing::TestDatabase database;
    async::run([] { make_table(); });
    const std::vector<int> made = made_by_competitors([](const std::string& label) {
        return Tag::objects.update_or_create("label"_f = label, models::defaults("uses"_f = "uses"_f + 1),
                                             models::create_defaults("uses"_f = 1)).second;
    });
    EXPECT_EQ(made, std::vector<int>(kRounds, 1));
    async::run([] {
        EXPECT_EQ(Tag::objects.filter("uses"_f = 2 * kCompetitors).count(), kRounds);
    });
}

}  // namespace
