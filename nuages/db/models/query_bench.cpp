// What a query costs before the database sees it, and what a row costs after.
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/shop_models.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>

#include <benchmark/benchmark.h>

namespace nuages::db::models {
namespace {

template <class Build> void compile(benchmark::State& state, Build build) {
    testing::Shop shop;
    sqlite::with_memory_database([&] {
        const Connection connection = db::connection();
        for (auto _ : state) {
            const Query query = build(shop);
            Select select(query.meta(), nullptr);
            select.build(query);
            SqlWriter out(connection);
            select.write(out);
            benchmark::DoNotOptimize(out.text().data());
        }
    });
}

void CompileGetByKey(benchmark::State& state) {
    compile(state, [](testing::Shop& shop) {
        return Query(shop.publisher).filter({Name::borrow("id"), Literal(7)}).slice(0, 21);
    });
}
BENCHMARK(CompileGetByKey);

void CompileJoinWithSixConditions(benchmark::State& state) {
    compile(state, [](testing::Shop& shop) {
        const auto q = [](const char* path, Literal value) { return QNode(Name::borrow(path), std::move(value)); };
        return Query(shop.review)
            .filter(q("score__gt", 3) && q("book__title__icontains", "art") && q("book__pages__lt", 500) &&
                    q("book__publisher__city", "London") && q("book__in_print", true) && q("verified", true))
            .order_by({"-score", "id"})
            .slice(0, 10);
    });
}
BENCHMARK(CompileJoinWithSixConditions);

/// A struct as the typed layer would make one, with one table of functions per member type.
struct Plain {
    std::int64_t id;
    std::string name, city;
    std::int64_t awards;
};

template <class T> const FieldOps& plain_ops() {
    static const FieldOps ops{[](void* member, const Cell& cell) { decode(cell, *static_cast<T*>(member)); },
                              [](const void* member, Param& out) { out = Param(*static_cast<const T*>(member)); },
                              [](const void* member) { return Literal(*static_cast<const T*>(member)); },
                              nullptr,
                              nullptr,
                              nullptr,
                              nullptr};
    return ops;
}

void FetchThousandRows(benchmark::State& state) {
    testing::Shop shop;
    sqlite::with_memory_database([&] {
        const std::vector<const ModelMeta*> models{&shop.publisher};
        schema::create_tables(connection(), models);
        std::vector<Ref<Instance>> made;
        std::vector<void*> objects;
        for (int i = 0; i < 1000; ++i) {
            made.push_back(Instance::create(shop.publisher));
            shop.publisher.field("name").set(made.back()->object(), Literal("publisher " + std::to_string(i)));
            shop.publisher.field("city").set(made.back()->object(), Literal("a city with a longer name"));
            shop.publisher.field("num_awards").set(made.back()->object(), Literal(i));
            objects.push_back(made.back()->object());
        }
        bulk_create(shop.publisher, objects);
        const std::size_t offsets[] = {offsetof(Plain, id), offsetof(Plain, name), offsetof(Plain, city),
                                       offsetof(Plain, awards)};
        for (std::size_t i = 0; i < 4; ++i) {
            shop.publisher.fields[i].offset = offsets[i];
            shop.publisher.fields[i].ops = i == 1 || i == 2 ? &plain_ops<std::string>() : &plain_ops<std::int64_t>();
        }
        const Query all = Query(shop.publisher).order_by({});
        for (auto _ : state) {
            TypedList<Plain> list;
            list.reserve(1000);
            all.fetch(list);
            benchmark::DoNotOptimize(list.items.data());
        }
        // The objects were filled as records: they must not be destroyed as such by other ops.
        testing::Shop fresh;
        for (std::size_t i = 0; i < 4; ++i) {
            shop.publisher.fields[i].offset = fresh.publisher.fields[i].offset;
            shop.publisher.fields[i].ops = fresh.publisher.fields[i].ops;
        }
    });
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(FetchThousandRows)->Unit(benchmark::kMicrosecond);

void RawThousandRows(benchmark::State& state) {
    sqlite::with_memory_database([&] {
        connection().execute("CREATE TABLE p (id integer primary key, name text, city text, awards integer)");
        for (int i = 0; i < 1000; ++i)
            connection().execute("INSERT INTO p VALUES (%s, %s, %s, %s)", i, "publisher x", "a city with a longer name",
                                 i);
        for (auto _ : state) {
            std::vector<Plain> list;
            list.reserve(1000);
            connection().execute("SELECT id, name, city, awards FROM p", std::span<const Param>(),
                                 [&](std::span<const Cell> cells) {
                                     list.push_back({cells[0].integer(), std::string(cells[1].text()),
                                                     std::string(cells[2].text()), cells[3].integer()});
                                 });
            benchmark::DoNotOptimize(list.data());
        }
    });
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(RawThousandRows)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nuages::db::models
