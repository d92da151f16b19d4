// The nuages command. Outside a project: startproject, help, version. Inside one it builds the site quietly and becomes
// the site's own program with the same arguments, as `cargo run` does, so `nuages migrate` always runs today's code.
#include <nuages/management/execute.hpp>
#include <nuages/management/scaffold.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::string_view kBuildFolder = "build/dev";

std::string read_file(const std::string& path) {
    std::string text;
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) return text;
    char block[4096];
    for (std::size_t size; (size = std::fread(block, 1, sizeof block, file)) > 0;) text.append(block, size);
    std::fclose(file);
    return text;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// The innermost folder from here upwards whose CMakeLists.txt makes a site; empty when there is none.
std::string find_project() {
    char* here = ::getcwd(nullptr, 0);
    std::string folder = here ? here : "";
    std::free(here);
    while (!folder.empty()) {
        if (read_file(folder + "/CMakeLists.txt").find("nuages_add_site(") != std::string::npos) return folder;
        folder.resize(folder.rfind('/'));
    }
    return {};
}

/// Runs WORDS with both outputs going to LOG; true when it ended well.
bool run_quietly(const std::vector<std::string>& words, const std::string& log) {
    pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) {
        int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (file >= 0) {
            ::dup2(file, STDOUT_FILENO);
            ::dup2(file, STDERR_FILENO);
        }
        std::vector<char*> arguments;
        for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        std::fprintf(stderr, "%s: %s\n", arguments[0], std::strerror(errno));
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The folder of nuagesConfig.cmake that belongs to this very program: installed beside it, or in its build tree.
std::string package_folder() {
    char path[4096];
    ssize_t size = ::readlink("/proc/self/exe", path, sizeof path - 1);
    if (size <= 0) return {};
    std::string prefix(path, static_cast<std::size_t>(size));
    for (int i = 0; i < 2 && prefix.rfind('/') != prefix.npos; ++i) prefix.resize(prefix.rfind('/'));
    for (const char* candidate : {"/lib/cmake/nuages", ""})
        if (exists(prefix + candidate + "/nuagesConfig.cmake")) return prefix + candidate;
    return {};
}

bool has_program(const char* name) {
    std::string_view path = std::getenv("PATH") ? std::getenv("PATH") : "";
    while (!path.empty()) {
        std::string_view folder = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), folder.size() + 1));
        if (::access((std::string(folder) + "/" + name).c_str(), X_OK) == 0) return true;
    }
    return false;
}

int fail(const std::string& what, const std::string& log) {
    std::fprintf(stderr, "%s\n", read_file(log).c_str());
    std::fprintf(stderr, "nuages: %s (the output above is in %s)\n", what.c_str(), log.c_str());
    return 1;
}

/// Configures and builds the project in the current folder; the exit code, 0 when the program stands ready.
int build() {
    ::mkdir("build", 0777);
    ::mkdir(std::string(kBuildFolder).c_str(), 0777);
    const std::string folder(kBuildFolder), log = folder + "/nuages.log";
    if (!exists(folder + "/CMakeCache.txt")) {
        std::vector<std::string> configure{"cmake", "-S", ".", "-B", folder, "-DCMAKE_CXX_FLAGS=-g1 -Og"};
        if (has_program("ninja")) configure.insert(configure.end(), {"-G", "Ninja"});
        if (has_program("ccache")) configure.push_back("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache");
        if (std::string package = package_folder(); !package.empty()) configure.push_back("-Dnuages_DIR=" + package);
        if (::isatty(STDERR_FILENO)) std::fprintf(stderr, "Setting up the build in %s ...\n", folder.c_str());
        if (!run_quietly(configure, log)) {
            ::unlink((folder + "/CMakeCache.txt").c_str());
            return fail("the build could not be set up", log);
        }
    }
    if (!run_quietly({"cmake", "--build", folder, "--parallel"}, log)) return fail("the site does not build", log);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::string_view command = argc > 1 ? argv[1] : "help";
    std::string project = command == "startproject" ? std::string() : find_project();
    bool needs_no_site = command == "startapp" || command == "version" || command == "--version";
    if (project.empty() || needs_no_site) return nuages::execute_from_command_line(argc, argv, nullptr);

    if (::chdir(project.c_str()) != 0) {
        std::perror(project.c_str());
        return 1;
    }
    if (int code = build(); code != 0) return code;
    std::string program = read_file(std::string(kBuildFolder) + "/nuages-site");
    program = program.substr(0, program.find('\n'));
    std::vector<char*> arguments{argv, argv + argc};
    arguments[0] = program.data();  // what the program starts itself again with
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    std::fprintf(stderr, "nuages: %s: %s\n", program.c_str(), std::strerror(errno));
    return 1;
}
