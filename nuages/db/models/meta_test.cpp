#include <nuages/db/models/meta.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace nuages::db::models {
namespace {

Registry* asked = nullptr;
const ModelMeta* shelf = nullptr;
bool others_waited = false;

/// As a model's metadata made on first use: whoever makes them may hold a guard that another thread waits for.
const ModelMeta& resolve_shelf() {
    std::packaged_task<std::size_t()> ask([] { return asked->models().size(); });
    std::future<std::size_t> answer = ask.get_future();
    std::thread(std::move(ask)).detach();
    others_waited |= answer.wait_for(std::chrono::seconds(20)) != std::future_status::ready;
    return *shelf;
}

TEST(Registry, ResolvesTargetsWhileOtherThreadsMayUseIt) {
    static Registry registry;
    static ModelMeta book, target;
    for (ModelMeta* meta : {&target, &book}) {
        meta->app_label = "shop";
        meta->object_name = meta == &book ? "Book" : "Shelf";
        if (meta == &book) {
            for (const FieldKind kind : {FieldKind::foreign_key, FieldKind::many_to_many}) {
                Field field;
                field.name = kind == FieldKind::foreign_key ? "shelf" : "shelves";
                field.kind = kind;
                field.relation.resolve = resolve_shelf;
                meta->fields.push_back(std::move(field));
            }
        }
        meta->finish();
        registry.add(*meta);
    }
    asked = &registry;
    shelf = &target;
    EXPECT_EQ(registry.relations_to(target).size(), 3u);  // both fields, and the table of the second
    EXPECT_FALSE(others_waited);
    EXPECT_EQ(&registry.relations_to(target), &registry.relations_to(target));
}

}  // namespace
}  // namespace nuages::db::models
