#include <nuages/server/worker_start.hpp>

#include <nuages/base/error.hpp>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace nuages::server {

namespace {

// The master may be older than the worker that it starts: after a change of the fields this number goes up.
constexpr int kVersion = 2;

[[noreturn]] void refuse(std::string_view text) {
    throw Error(std::string(WorkerStart::kVariable) + " is for the workers of another version (" + std::string(text) +
                "). The master is older than the program: upgrade it with USR2, or start it anew.");
}

// Takes the number that TEXT starts with, and a separator behind it.
int take_number(std::string_view& text, std::string_view whole) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) refuse(whole);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
    return number;
}

}  // namespace

std::string WorkerStart::text() const {
    std::string out;
    for (const int field : {kVersion, static_cast<int>(number), static_cast<int>(threads), board, channel})
        out += std::to_string(field) + " ";
    for (const int socket : sockets) out += std::to_string(socket) + " ";
    return out;
}

std::optional<WorkerStart> take_worker_start() {
    const char* const variable = std::getenv(WorkerStart::kVariable);
    if (!variable) return std::nullopt;
    const std::string whole = variable;
    ::unsetenv(WorkerStart::kVariable);
    std::string_view rest = whole;
    if (take_number(rest, whole) != kVersion) refuse(whole);
    WorkerStart start;
    start.number = static_cast<unsigned>(take_number(rest, whole));
    start.threads = static_cast<unsigned>(take_number(rest, whole));
    start.board = take_number(rest, whole);
    start.channel = take_number(rest, whole);
    while (!rest.empty()) start.sockets.push_back(take_number(rest, whole));
    return start;
}

}  // namespace nuages::server
