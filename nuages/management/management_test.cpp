#include <nuages/async/fiber.hpp>
#include <nuages/db/database_cache.hpp>
#include <nuages/management/execute.hpp>
#include <nuages/management/scaffold.hpp>
#include <nuages/management/system_check.hpp>
#include <nuages/management/version.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/site/site.hpp>
#include <nuages/urls/path.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace nuages;
using management::UsageError;

namespace {

struct LoadOptions {
    bool clear = false;
    bool progress = true;
    std::int64_t batch_size = 1000;
    std::optional<double> ratio;
    std::vector<std::string> only;
    std::string format = "json";
};

std::string g_seen;

const Command load{
    "load",
    "Loads FILE.",
    [](Io&, std::string file, std::optional<std::int64_t> limit, LoadOptions options) {
        g_seen = file + " limit=" + (limit ? std::to_string(*limit) : "none") + (options.clear ? " clear" : "") +
                 (options.progress ? "" : " no-progress") + " batch=" + std::to_string(options.batch_size) +
                 " format=" + options.format + (options.ratio ? " ratio" : "");
        for (const std::string& one : options.only) g_seen += " " + one;
    },
    {{"file", "The file."},
     {"limit", "How many at most."},
     {"-c/--clear", "Deletes all first."},
     {"--only", "Just these."}},
};

std::string run(const Command& command, std::vector<std::string> words) {
    Io io({.colors = management::Colors::never});
    g_seen.clear();
    command.run(io, words);
    return g_seen;
}

template <class E, class F> std::string message_of(F f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    return "no such error";
}

TEST(Command, ReadsTypedArgumentsAndOptions) {
    EXPECT_EQ(run(load, {"a.txt"}), "a.txt limit=none batch=1000 format=json");
    EXPECT_EQ(run(load, {"a.txt", "5", "--batch-size", "20", "--clear", "--no-progress"}),
              "a.txt limit=5 clear no-progress batch=20 format=json");
    EXPECT_EQ(run(load, {"-c", "--only=x", "--only", "y", "--format=xml", "--ratio", "0.5", "a.txt"}),
              "a.txt limit=none clear batch=1000 format=xml ratio x y");
    EXPECT_EQ(run(load, {"--", "--clear"}), "--clear limit=none batch=1000 format=json");
    EXPECT_EQ(run(load, {"a.txt", "-7"}), "a.txt limit=-7 batch=1000 format=json");
}

TEST(Command, WrongUsageSaysWhatIsWrong) {
    EXPECT_EQ(message_of<UsageError>([] { run(load, {}); }), "the following arguments are required: file");
    EXPECT_EQ(message_of<UsageError>([] { run(load, {"a", "five"}); }), "argument limit: invalid int value: 'five'");
    EXPECT_EQ(message_of<UsageError>([] {
                  run(load, {"a", "--batch-size=1e3"});
              }),
              "argument --batch-size: invalid int value: '1e3'");
    EXPECT_EQ(message_of<UsageError>([] {
                  run(load, {"a", "--ratio=x"});
              }),
              "argument --ratio: invalid number value: 'x'");
    EXPECT_EQ(message_of<UsageError>([] { run(load, {"a", "--nope"}); }), "unrecognized arguments: --nope");
    EXPECT_EQ(message_of<UsageError>([] { run(load, {"a", "1", "b"}); }), "unrecognized arguments: b");
}

TEST(Command, RestAndNarrowIntegers) {
    static std::size_t count;
    const Command rest{"rest", "", [](Io&, std::uint8_t level, std::vector<std::int64_t> all) {
                           count = all.size();
                           return static_cast<int>(level);
                       }};
    Io io;
    EXPECT_EQ(rest.run(io, {"7", "1", "2", "3"}), 7);
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(rest.run(io, {"0"}), 0);
    EXPECT_EQ(count, 0u);
    EXPECT_THROW(rest.run(io, {"256"}), UsageError);
    EXPECT_THROW(rest.run(io, {"1", "x"}), UsageError);
}

TEST(Command, UsageListsEverything) {
    std::string usage = load.usage("mysite");
    EXPECT_TRUE(
        usage.starts_with("usage: mysite load [--clear] [--no-progress] [--batch-size BATCH_SIZE] [--ratio RATIO] "
                          "[--only ONLY] [--format FORMAT] file [limit]\n\nLoads FILE.\n"))
        << usage;
    EXPECT_NE(usage.find("  -c, --clear             Deletes all first.\n"), std::string::npos) << usage;
    EXPECT_NE(usage.find("  --batch-size BATCH_SIZE (default: 1000)\n"), std::string::npos) << usage;
}

TEST(Command, HelpForAnUnknownParameterIsAMistakeOfTheAuthor) {
    const Command wrong{"wrong", "", [](Io&) {}, {{"--nope", "x"}}};
    Io io;
    EXPECT_THROW(wrong.run(io, {}), Error);
}

TEST(Command, EveryBuiltInOneDescribesItself) {
    for (const Command* command : management::built_in_commands()) {
        EXPECT_NO_THROW(command->usage("x")) << command->name;
        EXPECT_FALSE(std::string_view(command->help).empty()) << command->name;
    }
}

TEST(Io, ColoursOnlyWhenAsked) {
    std::string output;
    Io plain({.captured_output = &output});
    plain.success("done");
    EXPECT_EQ(output, "done\n");
    output.clear();
    Io colored({.colors = management::Colors::always, .captured_output = &output});
    colored.success("done");
    EXPECT_EQ(output, "\x1b[32;1mdone\x1b[0m\n");
    output.clear();
    colored.progress(1, 2, "half");
    EXPECT_EQ(output, "") << "a bar is for terminals";
}

// --- the command line of a site

const Command shout{"shout", "Says it loudly.", [](Io& io, std::string text) {
                        if (!async::on_fiber()) throw CommandError("not on a fiber");
                        if (text == "fail") throw CommandError("Cannot shout that.", 3);
                        if (text == "break") throw Error("broken");
                        io.write(text + "!");
                    }};
bool g_has_error = false;
const App loud{.name = "loud", .commands = {&shout}, .checks = {{.run = [] {
                                                         std::vector<checks::Message> found;
                                                         if (g_has_error)
                                                             found.push_back(checks::Error("too loud", "whisper",
                                                                                           "loud.App", "loud.E001"));
                                                         return found;
                                                     }}}};

int g_settings_calls = 0;
Settings good_settings() {
    ++g_settings_calls;
    return {.secret_key = "k", .installed_apps = {&loud}, .databases = {{"default", {.name = ":memory:"}}}};
}
Settings bad_settings() { return {}; }
Settings unset_settings() { return {.secret_key = Env().str("NUAGES_TEST_SECRET_KEY")}; }

struct Outcome {
    int code;
    std::string out, err;
};
Outcome execute(std::vector<const char*> words, Settings (*settings)() = good_settings) {
    words.insert(words.begin(), "/path/to/mysite");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int code = execute_from_command_line(static_cast<int>(words.size()), words.data(), settings);
    return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(Execute, RunsAnAppsCommandOnAFiber) {
    Outcome outcome = execute({"shout", "hello"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "hello!\n");
}

TEST(Execute, ExitCodesTellErrorsFromWrongUsage) {
    EXPECT_EQ(execute({"shout", "fail"}).code, 3);
    EXPECT_EQ(execute({"shout", "fail"}).err, "CommandError: Cannot shout that.\n");
    EXPECT_EQ(execute({"shout", "break"}).code, 1);
    EXPECT_EQ(execute({"shout", "break"}).err, "Error: broken\n");
    Outcome usage = execute({"shout"});
    EXPECT_EQ(usage.code, 2);
    EXPECT_EQ(usage.err, "usage: mysite shout arg1\nmysite: error: the following arguments are required: arg1\n");
    EXPECT_EQ(execute({"shout", "x", "-v", "9"}).code, 2);
}

TEST(Execute, AnUnknownCommandSuggestsTheNearest) {
    Outcome outcome = execute({"shuot"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "Unknown command: 'shuot'. Did you mean shout?\nType 'mysite help' for usage.\n");
    EXPECT_EQ(execute({"migarte"}, nullptr).err,
              "Unknown command: 'migarte'. Did you mean migrate?\nType 'mysite help' for usage.\n");
}

TEST(Execute, HelpAndVersionNeedNoSettings) {
    g_settings_calls = 0;
    EXPECT_EQ(execute({"version"}).out, std::string(get_version()) + "\n");
    EXPECT_EQ(execute({"--version"}).out, std::string(get_version()) + "\n");
    EXPECT_EQ(g_settings_calls, 0);
    Outcome help = execute({"help"}, unset_settings);
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("runserver"), std::string::npos);
    EXPECT_NE(help.out.find("Note that only Nuages core commands are listed as settings are not properly configured "
                            "(error: Set the NUAGES_TEST_SECRET_KEY environment variable)."),
              std::string::npos)
        << help.out;
    EXPECT_NE(execute({}).out.find("[loud]\n    shout"), std::string::npos);
    EXPECT_EQ(execute({"help", "shout"}).out, execute({"shout", "--help"}).out);
    EXPECT_EQ(execute({"migrate"}, nullptr).code, 1);
}

TEST(Execute, MissingSecretKeyIsSaidInDjangosWords) {
    Outcome outcome = execute({"check"}, bad_settings);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "ImproperlyConfigured: The SECRET_KEY setting must not be empty.\n");
    EXPECT_EQ(execute({"check"}, unset_settings).err,
              "ImproperlyConfigured: Set the NUAGES_TEST_SECRET_KEY environment variable\n");
}

TEST(Execute, ChecksRunBeforeCommandsAndStopThem) {
    EXPECT_EQ(execute({"check"}).out, "System check identified no issues (0 silenced).\n");
    g_has_error = true;
    Outcome stopped = execute({"shout", "x"});
    EXPECT_EQ(stopped.code, 1);
    EXPECT_EQ(stopped.out, "");
    EXPECT_EQ(stopped.err,
              "CommandError: System check identified some issues:\n\nERRORS:\nloud.App: (loud.E001) too "
              "loud\n\tHINT: whisper\n\nSystem check identified 1 issue (0 silenced).\n");
    EXPECT_EQ(execute({"shout", "x", "--skip-checks"}).code, 0);
    auto silenced = [] {
        Settings settings = good_settings();
        settings.silenced_system_checks = {"loud.E001"};
        return settings;
    };
    EXPECT_EQ(execute({"check"}, +silenced).out, "System check identified no issues (1 silenced).\n");
    g_has_error = false;
}

TEST(Execute, CheckDeployFailsOnlyWhenAskedTo) {
    Outcome outcome = execute({"check", "--deploy"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_NE(outcome.err.find("?: (security.W020) ALLOWED_HOSTS must not be empty in deployment."), std::string::npos);
    EXPECT_EQ(execute({"check", "--deploy", "--fail-level", "WARNING"}).code, 1);
    EXPECT_EQ(execute({"check", "--tag", "nope"}).err,
              "CommandError: There is no system check with the \"nope\" tag.\n");
    EXPECT_EQ(execute({"check", "--deploy", "--list-tags"}).out, "models\nsecurity\nstaticfiles\n");
}

TEST(Execute, CreatecachetableMakesTheTablesOnce) {
    static const std::string file =
        (std::filesystem::temp_directory_path() / ("nuages-cache-" + std::to_string(::getpid()) + ".sqlite3")).string();
    const auto with_cache = [] {
        Settings settings = good_settings();
        settings.databases = {{"default", conf::DatabaseUrl{.name = file}}};
        settings.caches = {{"pages", {.backend = db::database_cache, .location = "page_cache"}}, {"memory", {}}};
        return settings;
    };
    EXPECT_EQ(execute({"createcachetable", "--dry-run"}, +with_cache).out,
              "CREATE TABLE \"page_cache\" (\"cache_key\" varchar(255) NOT NULL PRIMARY KEY, \"value\" text NOT NULL, "
              "\"expires\" datetime NOT NULL);\nCREATE INDEX \"page_cache_expires\" ON \"page_cache\" (\"expires\");\n");
    EXPECT_EQ(execute({"createcachetable", "-v", "2"}, +with_cache).out, "Cache table 'page_cache' created.\n");
    EXPECT_EQ(execute({"createcachetable"}, +with_cache).out, "Cache table 'page_cache' already exists.\n");
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(file + ending);
}

Urls shop_urls();
Urls all_urls();

TEST(Execute, CheckTemplatesNamesWhatNoDataIsNeededFor) {
    static const std::vector<std::pair<const char*, const char*>> pages{
        {"base.html", "{% block main %}{% endblock %}\n{% url 'shop:detail' 7 %}{% url 'shop:detail' pk=page.id %}"},
        {"good.html", "{% extends 'base.html' %}{% block main %}{% url 'maybe' as address %}{% endblock %}"},
        {"name.html", "\n{% url 'shop:detial' 7 %}"},
        {"namespace.html", "{% url 'shops:detail' 7 %}"},
        {"count.html", "{% url 'shop:detail' a b %}"},
        {"keyword.html", "{% url 'shop:detail' id=a %}"},
        {"value.html", "{% url 'shop:detail' 'seven' %}"},
        {"filter.html", "{{ x|date:'Y':'m' }}"},
        {"arguments.html", "{{ x|truncatewords }}"},
        {"tag.html", "{% widthratio 1 2 %}"},
        {"library.html", "{% load nowhere %}"},
        {"parent.html", "{% extends 'nowhere.html' %}"},
        {"block.html", "{% extends 'base.html' %}\n{% block mian %}{% endblock %}"},
    };
    static const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("nuages-check-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    for (const auto& [name, text] : pages) std::ofstream(folder / name) << text;
    const auto with_templates = [] {
        Settings settings = good_settings();
        settings.root_urlconf = all_urls;
        settings.templates.dirs = {folder.string()};
        return settings;
    };
    const Outcome outcome = execute({"check", "--templates"}, +with_templates);
    std::filesystem::remove_all(folder);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "CommandError: 13 templates checked, 10 errors.\n");
    const std::string_view expected[] = {
        "arguments.html:1: truncatewords requires 2 arguments, 1 provided\n",
        "block.html:2: No template that this one extends has a block named 'mian': it is never shown.\n",
        "count.html:1: Reverse for 'shop:detail' with 2 arguments not found. It takes 'pk'.\n",
        "filter.html:1: Could not parse the remainder: ':'m'' from 'x|date:'Y':'m''\n",
        "keyword.html:1: Reverse for 'shop:detail' with keyword argument 'id' not found. It takes 'pk'.\n",
        "library.html:1: 'nowhere' is not a registered tag library. Must be one of:\n",
        "name.html:2: Reverse for 'detial' not found. 'detial' is not a valid view function or pattern name.\n",
        "namespace.html:1: 'shops' is not a registered namespace\n",
        "parent.html:1: There is no template 'nowhere.html'.\n",
        "tag.html:1: widthratio takes at least three arguments\n",
        "value.html:1: Reverse for 'detail' with arguments '('seven',)' not found. 1 pattern(s) tried: ",
    };
    for (const std::string_view line : expected)
        EXPECT_NE(outcome.out.find(line), std::string::npos) << line << "in\n" << outcome.out;
    EXPECT_EQ(outcome.out.find("good.html"), std::string::npos);
    EXPECT_EQ(outcome.out.find("base.html"), std::string::npos);
}

TEST(Execute, DiffsettingsMasksSecrets) {
    std::string out = execute({"diffsettings"}).out;
    EXPECT_NE(out.find("SECRET_KEY = ********************  ###\n"), std::string::npos) << out;
    EXPECT_NE(out.find("INSTALLED_APPS = [loud]  ###\n"), std::string::npos) << out;
    EXPECT_EQ(out.find("APPEND_SLASH"), std::string::npos);
    EXPECT_NE(execute({"diffsettings", "--all"}).out.find("### APPEND_SLASH = True\n"), std::string::npos);
}

Urls shop_urls() {
    return {.app_name = "shop",
            .patterns = {path("<int:pk>/", [](Request&, std::int64_t) { return Response(); }, {.name = "detail"})}};
}
Urls all_urls() {
    return {.patterns = {path("", [](Request&) { return Response(); }), path("shop/", include(shop_urls))}};
}

TEST(Execute, ListurlsShowsRoutesAndNames) {
    auto with_urls = [] {
        Settings settings = good_settings();
        settings.root_urlconf = all_urls;
        return settings;
    };
    EXPECT_EQ(execute({"listurls"}, +with_urls).out, "/\n/shop/<int:pk>/  shop:detail\n");
}

TEST(Execute, MigrateWithoutModelsHasNothingToDo) {
    Outcome outcome = execute({"migrate"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("No tables to create."), std::string::npos);
    EXPECT_EQ(execute({"migrate", "nope"}).err, "Error: No installed app with label 'nope'.\n");
}

TEST(Execute, RunserverRefusesAddressesThatAreNone) {
    auto debug = [] {
        Settings settings = good_settings();
        settings.debug = true;
        return settings;
    };
    EXPECT_EQ(execute({"runserver", "nonsense"}, +debug).err,
              "CommandError: \"nonsense\" is not a valid port number or address:port pair.\n");
    EXPECT_EQ(execute({"runserver"}).err, "CommandError: You must set settings.ALLOWED_HOSTS if DEBUG is False.\n");
}

// --- startproject and startapp

class StartTest : public testing::Test {
protected:
    StartTest() {
        char name[] = "/tmp/nuages_start_XXXXXX";
        folder_ = ::mkdtemp(name);
    }
    ~StartTest() override { std::filesystem::remove_all(folder_); }
    std::string text(const std::string& path) {
        std::ifstream file(folder_ + "/" + path);
        std::stringstream all;
        all << file.rdbuf();
        return all.str();
    }
    std::string folder_;
};

TEST_F(StartTest, StartprojectFillsAFolder) {
    Outcome outcome = execute({"startproject", "mysite", folder_.c_str()}, nullptr);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(text("CMakeLists.txt").find("nuages_add_site(mysite APPS home)"), std::string::npos);
    EXPECT_NE(text("mysite/settings.cpp").find("namespace mysite {"), std::string::npos);
    EXPECT_NE(text(".gitignore").find(".env"), std::string::npos);
    EXPECT_NE(text("home/templates/home/welcome.html").find("{{ project_name }} is in the air"), std::string::npos);
    EXPECT_EQ(Env((folder_ + "/.env").c_str()).str("SECRET_KEY").size(), 50u);
    auto mode = std::filesystem::status(folder_ + "/.env").permissions();
    EXPECT_EQ(mode & std::filesystem::perms::others_read, std::filesystem::perms::none);
    Outcome again = execute({"startproject", "mysite", folder_.c_str()}, nullptr);
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("already exists"), std::string::npos);
}

TEST_F(StartTest, StartappFillsAFolder) {
    EXPECT_EQ(execute({"startapp", "blog", folder_.c_str()}, nullptr).code, 0);
    EXPECT_NE(text("app.cpp").find(".name = \"blog\""), std::string::npos);
    EXPECT_NE(text("templates/blog/index.html").find("<h1>blog</h1>"), std::string::npos);
}

TEST(Names, AreIdentifiersThatNothingElseHas) {
    auto message = [](std::string_view name) {
        return message_of<CommandError>([&] { management::require_valid_name(name, "app"); });
    };
    EXPECT_EQ(message("blog"), "no such error");
    EXPECT_EQ(message("my-app"), "'my-app' is not a valid app name. Please make sure the name is a valid identifier.");
    EXPECT_NE(message("../x").find("not a valid app name"), std::string::npos);
    EXPECT_NE(message("").find("not a valid app name"), std::string::npos);
    EXPECT_NE(message("class").find("is a word of C++"), std::string::npos);
    EXPECT_NE(message("std").find("conflicts with"), std::string::npos);
}

TEST(RandomKey, IsLongAndNeverTheSame) {
    std::string key = management::random_key(50);
    EXPECT_EQ(key.size(), 50u);
    EXPECT_NE(key, management::random_key(50));
    EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"), std::string::npos);
}

}  // namespace
