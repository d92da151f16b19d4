// /plaintext /json: the server alone. /db /queries /updates /fortunes: with the ORM and a template (/sdb ... are the same
// for SQLite). /raw/...: the same statements through cursors.
#include "views.hpp"

#include "models.hpp"

#include <nuages/async/task_group.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

using namespace nuages;

namespace {

constexpr int kWorlds = 10'000;

/// A row of World as the benchmark's JSON spells it.
struct WorldRow {
    std::int64_t id;
    std::int32_t randomNumber;
};

struct Greeting {
    std::string_view message;
};

/// xorshift: the generator of the program that we compare to, so that both pay the same for it.
int random_number() {
    thread_local std::uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<int>((state >> 32) % kWorlds) + 1;
}

/// ?queries=N held to 1..500; anything else counts as 1.
int query_count(Request& request) {
    std::string_view text = request.GET["queries"];
    int count = 1;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return std::clamp(count, 1, 500);
}

World random_world() { return World::objects.get("id"_f = random_number()); }

Response plaintext(const Request&) { return Response("Hello, World!", "text/plain"); }

Response json(const Request&) { return JsonResponse(Greeting{"Hello, World!"}); }

Response one_query(const Request&) {
    World world = random_world();
    return JsonResponse(WorldRow{world.id, world.random_number});
}

/// One get for each of ROWS, all at once.
template <class Row, class Get> void get_each(std::vector<Row>& rows, Get get) {
    async::task_group([&](async::TaskGroup& group) {
        for (Row& row : rows) group.spawn([&row, get] { row = get(); });
    });
}

Response many_queries(Request& request) {
    std::vector<World> worlds(static_cast<std::size_t>(query_count(request)));
    get_each(worlds, random_world);
    std::vector<WorldRow> rows;
    for (const World& world : worlds) rows.push_back({world.id, world.random_number});
    return JsonResponse(rows);
}

/// The same, one after the other.
Response queries_in_turn(Request& request) {
    std::vector<WorldRow> rows(static_cast<std::size_t>(query_count(request)));
    for (WorldRow& row : rows) {
        World world = random_world();
        row = {world.id, world.random_number};
    }
    return JsonResponse(rows);
}

/// Reads the rows, then writes them in one statement.
Response bulk_updates(Request& request) {
    std::vector<World> worlds(static_cast<std::size_t>(query_count(request)));
    get_each(worlds, random_world);
    std::sort(worlds.begin(), worlds.end(), [](const World& a, const World& b) { return a.id < b.id; });
    for (World& world : worlds) world.random_number = random_number();
    World::objects.bulk_update(std::span(worlds), {"random_number"});
    std::vector<WorldRow> rows;
    for (const World& world : worlds) rows.push_back({world.id, world.random_number});
    return JsonResponse(rows);
}

WorldRow raw_world() {
    const auto rows =
        connection().query<std::int64_t, std::int32_t>("SELECT id, randomnumber FROM world WHERE id = %s", random_number());
    return {std::get<0>(rows.at(0)), std::get<1>(rows.at(0))};
}

Response raw_query(const Request&) { return JsonResponse(raw_world()); }

Response raw_queries(Request& request) {
    std::vector<WorldRow> rows(static_cast<std::size_t>(query_count(request)));
    get_each(rows, raw_world);
    return JsonResponse(rows);
}

Response raw_updates(Request& request) {
    std::vector<WorldRow> rows(static_cast<std::size_t>(query_count(request)));
    get_each(rows, raw_world);
    std::sort(rows.begin(), rows.end(), [](const WorldRow& a, const WorldRow& b) { return a.id < b.id; });
    std::string ids = "{", numbers = "{";
    for (WorldRow& row : rows) {
        row.randomNumber = random_number();
        ids.append(ids.size() > 1 ? "," : "").append(std::to_string(row.id));
        numbers.append(numbers.size() > 1 ? "," : "").append(std::to_string(row.randomNumber));
    }
    connection().execute(
        "UPDATE world SET randomnumber = v.r FROM unnest(%s::int[], %s::int[]) AS v (i, r) WHERE world.id = v.i", ids + "}",
        numbers + "}");
    return JsonResponse(rows);
}

Response updates(Request& request) {
    std::vector<WorldRow> rows(static_cast<std::size_t>(query_count(request)));
    atomic([&] {
        for (WorldRow& row : rows) {
            World world = random_world();
            world.random_number = random_number();
            world.save({.update_fields = {"random_number"}});
            row = {world.id, world.random_number};
        }
    });
    return JsonResponse(rows);
}

Response fortunes(Request& request) {
    std::vector<Fortune> fortunes = Fortune::objects.list();
    fortunes.push_back({.id = 0, .message = "Additional fortune added at request time."});
    std::sort(fortunes.begin(), fortunes.end(),
              [](const Fortune& a, const Fortune& b) { return a.message < b.message; });
    return render(request, "bench/fortunes.html", {{"fortunes", fortunes}});
}

}  // namespace

Urls urls() {
    return {.patterns = {
        path("plaintext", plaintext),
        path("json", json),
        path("db", one_query),
        path("queries", many_queries),
        path("updates", bulk_updates),
        path("fortunes", fortunes),
        path("raw/db", raw_query),
        path("raw/queries", raw_queries),
        path("raw/updates", raw_updates),
        path("sdb", one_query),
        path("in_turn", queries_in_turn),
        path("squeries", queries_in_turn),
        path("supdates", updates),
        path("sfortunes", fortunes),
    }};
}

}  // namespace bench
