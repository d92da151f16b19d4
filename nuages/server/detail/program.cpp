#include <nuages/server/detail/program.hpp>

#include <nuages/base/error.hpp>
#include <nuages/server/detail/sockets.hpp>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace nuages::server::detail {

namespace {

std::string working_folder() {
    char* here = ::getcwd(nullptr, 0);
    const std::string folder = here ? here : "";
    std::free(here);
    return folder;
}

std::string found_in_path(const std::string& name) {
    const char* const variable = std::getenv("PATH");
    std::string_view rest = variable ? variable : "/usr/bin:/bin";
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        const std::string candidate = std::string(rest.substr(0, colon)) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return {};
}

template <class Number> bool is_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Program this_program() {
    Program program;
    std::string words;
    const Descriptor file(::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC));
    char block[4096];
    for (ssize_t size; file && (size = ::read(file.get(), block, sizeof block)) > 0;)
        words.append(block, static_cast<std::size_t>(size));
    for (std::size_t at = 0; at < words.size();) {
        program.arguments.emplace_back(words.c_str() + at);
        at += program.arguments.back().size() + 1;
    }
    if (program.arguments.empty()) throw Error("Cannot read /proc/self/cmdline: the master starts its workers with it.");
    const std::string& typed = program.arguments[0];
    if (typed.starts_with('/')) program.path = typed;
    else if (typed.find('/') != typed.npos) program.path = working_folder() + "/" + typed;
    else program.path = found_in_path(typed);
    if (program.path.empty() || ::access(program.path.c_str(), X_OK) != 0) program.path = "/proc/self/exe";
    return program;
}

Account account_of(std::string_view user, std::string_view group) {
    Account account;
    account.user = ::geteuid();
    account.group = ::getegid();
    if (!user.empty()) {
        const std::string name(user);
        const passwd* found = is_number(user, account.user) ? ::getpwuid(account.user) : ::getpwnam(name.c_str());
        if (!found && !is_number(user, account.user)) throw Error("There is no user \"" + name + "\".");
        if (found) {
            account.user = found->pw_uid;
            account.group = found->pw_gid;
            account.user_name = found->pw_name;
        }
    }
    if (!group.empty() && !is_number(group, account.group)) {
        const std::string name(group);
        const struct group* found = ::getgrnam(name.c_str());
        if (!found) throw Error("There is no group \"" + name + "\".");
        account.group = found->gr_gid;
    }
    account.is_set = account.user != ::geteuid() || account.group != ::getegid();
    if (account.is_set && ::geteuid() != 0)
        throw Error("Only root may let workers run as another user or group. Leave --user and --group out.");
    return account;
}

bool become(const Account& account) noexcept {
    if (!account.is_set) return true;
    const bool grouped = account.user_name.empty() ? ::setgroups(1, &account.group) == 0
                                                   : ::initgroups(account.user_name.c_str(), account.group) == 0;
    return grouped && ::setgid(account.group) == 0 && ::setuid(account.user) == 0;
}

Execution::Execution(const Program& program, const std::vector<std::pair<std::string, std::string>>& variables)
    : path_(program.path), arguments_(program.arguments) {
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('='));
        const bool is_replaced = std::any_of(variables.begin(), variables.end(), [&](auto& v) { return v.first == name; });
        if (!is_replaced) environment_.emplace_back(text);
    }
    for (const auto& [name, value] : variables)
        if (!value.empty()) environment_.push_back(name + "=" + value);
    for (std::string& word : arguments_) argv_.push_back(word.data());
    for (std::string& entry : environment_) envp_.push_back(entry.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
}

void Execution::run(const std::vector<int>& descriptors) noexcept {
    for (const int descriptor : descriptors) ::fcntl(descriptor, F_SETFD, 0);
    ::execve(path_.c_str(), argv_.data(), envp_.data());
    const char* const reason = std::strerror(errno);
    for (const char* part : {"Cannot start ", path_.c_str(), ": ", reason, "\n"})
        [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, part, std::strlen(part));
    ::_exit(127);
}

}  // namespace nuages::server::detail
