// Starting this program once more, as a worker or as the next master: its path, its arguments, and what is handed on.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace nuages::server::detail {

/// How this process was started. The path is the one that was typed, made absolute: after a deployment it leads to the
/// new program, a symbolic link to wherever it leads then.
struct Program {
    std::string path;
    std::vector<std::string> arguments;
};
/// Reads /proc/self. Throws Error.
Program this_program();

/// The account that workers run under; all empty: the master's own.
struct Account {
    bool is_set = false;
    uid_t user = 0;
    gid_t group = 0;
    std::string user_name;
};
/// Looks names or numbers up. Throws Error naming the one that does not exist.
Account account_of(std::string_view user, std::string_view group);
/// For good, with the supplementary groups. False with errno. Only in a child that will exec or serve.
bool become(const Account& account) noexcept;

/// What the child of a fork needs for exec, made before the fork.
class Execution {
public:
    /// VARIABLES are set, those with an empty value removed; everything else is as here.
    Execution(const Program& program, const std::vector<std::pair<std::string, std::string>>& variables);
    Execution(const Execution&) = delete;
    Execution& operator=(const Execution&) = delete;
    /// Becomes the program, with DESCRIPTORS open in it. Ends the process with status 127 when that fails.
    [[noreturn]] void run(const std::vector<int>& descriptors) noexcept;

private:
    std::string path_;
    std::vector<std::string> arguments_;
    std::vector<std::string> environment_;
    std::vector<char*> argv_;
    std::vector<char*> envp_;
};

}  // namespace nuages::server::detail
