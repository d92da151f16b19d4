// The benchmark site. `load` fills an empty database; `runserver ADDRESS --threads N` serves it without debug.
// BENCH_FILES names a folder that it serves at /static/ as well.
#include "bench/models.hpp"
#include "bench/views.hpp"

#include <nuages/contrib/staticfiles/staticfiles.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/site.hpp>

#include <string>
#include <vector>

namespace bench {

using namespace nuages;

const Command load {"load", "Fills World and Fortune when they are empty.", [](Io& io) {
    if (World::objects.exists()) {
        io.write("Already loaded.");
        return;
    }
    std::vector<World> worlds(10'000);
    for (int i = 0; World& world : worlds) {
        world.id = ++i;
        world.random_number = i * 7919 % 10'000 + 1;
    }
    std::vector<Fortune> fortunes;
    for (const char* message : {
             "fortune: No such file or directory",
             "A build that never breaks is a build that nobody runs.",
             "After enough levels of indirection, only the pointer remembers where it came from.",
             "Measure twice, commit once.",
             "The cache is warm; the coffee is not.",
             "Every constant is variable, given enough releases.",
             "Any sufficiently tested program is indistinguishable from a simple one.",
             "A queue is a list of things that somebody else is waiting for.",
             "There are two hard things: naming, and also naming.",
             "Feature: a bug that pays rent.",
             "<script>alert(\"This text must arrive escaped.\");</script>",
             "クラウドの上にはいつも空がある",
         })
        fortunes.push_back({.id = static_cast<int>(fortunes.size()) + 1, .message = message});
    atomic([&] {
        World::objects.bulk_create(worlds);
        Fortune::objects.bulk_create(fortunes);
    });
    io.write("Loaded 10000 worlds and 12 fortunes.");
}};

const App app {
    .name     = "bench",
    .models   = models::list<World, Fortune>(),
    .commands = {&load},
};

Settings settings() {
    Env env;
    const std::string files = env.str("BENCH_FILES", "");
    Settings settings{
        .secret_key     = "only for benchmarks on the loopback address",
        .allowed_hosts  = {"127.0.0.1", "localhost"},
        .installed_apps = {&app},
        .root_urlconf   = urls,
        .databases      = {{"default", env.database("DATABASE_URL", "sqlite:///bench.sqlite3")}},
        .static_root    = files,
    };
    // Other scenarios have no middleware at all.
    if (!files.empty()) {
        settings.installed_apps.push_back(&contrib::staticfiles::app);
        settings.middleware = {contrib::staticfiles::whitenoise};
    }
    return settings;
}

}  // namespace bench

int main(int argc, char** argv) { return nuages::execute_from_command_line(argc, argv, bench::settings); }
