// A site whose views do what a server has to survive.
#include <nuages/async/fiber.hpp>
#include <nuages/async/time.hpp>
#include <nuages/management/execute.hpp>
#include <nuages/site.hpp>
#include <nuages/views.hpp>

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

using namespace nuages;

namespace {

std::string note;  // what the start hook leaves for the views

void say(std::string_view text) { [[maybe_unused]] const ssize_t said = ::write(STDERR_FILENO, text.data(), text.size()); }

Response pid(Request&) { return Response(std::to_string(::getpid())); }
Response user(Request&) { return Response(std::to_string(::geteuid()) + ":" + std::to_string(::getegid())); }
Response client(Request& request) {
    return Response(std::string(request.remote_addr()) + " " + std::string(request.scheme()));
}
Response where(Request& request) {
    return Response(std::string(request.path) + " " + std::string(request.path_info()) + " " + reverse("where"));
}
Response started(Request&) { return Response(note); }
Response slow(Request&, std::int64_t ms) {
    say("slow begins\n");
    async::sleep_for(milliseconds(ms));
    return Response("slow " + std::to_string(::getpid()));
}
Response hang(Request&) {
    for (;;) ::usleep(10'000);  // holds the loop, and the processor as little as it can
}
/// Holds the loop until the test has made a file named "release".
Response hold(Request&) {
    for (int turns = 0; turns < 3000 && ::access("release", F_OK) != 0; ++turns) ::usleep(10'000);
    return Response("held");
}
Response crash(Request&) {
    ::raise(SIGKILL);
    return Response();
}

Urls urls() {
    return {.patterns = {path("", [](Request&) { return Response("hello\n"); }), path("pid/", pid), path("user/", user),
                         path("client/", client), path("where/", where, {.name = "where"}), path("started/", started), path("slow/<int:ms>/", slow),
                         path("hang/", hang), path("hold/", hold), path("crash/", crash)}};
}

const App app{
    .name = "serving",
    .start =
        [](site::Registry&) {
            // A file that the test makes and removes stands for a database that comes and goes.
            const char* const obstacle = std::getenv("SERVING_OBSTACLE");
            if (obstacle && ::access(obstacle, F_OK) == 0) throw Error("The database is not there.");
            note = "started on " + std::string(async::on_fiber() ? "a fiber" : "a thread");
        },
    .stop = [](site::Registry&) { say("site stopped\n"); },
};

Settings settings() {
    return {
        .secret_key = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz",
        .allowed_hosts = {"*"},
        .installed_apps = {&app},
        .root_urlconf = urls,
    };
}

}  // namespace

int main(int argc, char** argv) { return execute_from_command_line(argc, argv, settings); }
