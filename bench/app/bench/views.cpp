// /plaintext /json: the server alone. /sdb /squeries /supdates /sfortunes: with the ORM and a template, on SQLite.
#include "views.hpp"

#include "models.hpp"

#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
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

Response many_queries(Request& request) {
    std::vector<WorldRow> rows(static_cast<std::size_t>(query_count(request)));
    for (WorldRow& row : rows) {
        World world = random_world();
        row = {world.id, world.random_number};
    }
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
        path("sdb", one_query),
        path("squeries", many_queries),
        path("supdates", updates),
        path("sfortunes", fortunes),
    }};
}

}  // namespace bench
