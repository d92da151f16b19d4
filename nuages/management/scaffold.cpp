#include <nuages/management/scaffold.hpp>

#include <nuages/management/command.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nuages::management {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

[[noreturn]] void fail(const std::string& path) { throw CommandError("'" + path + "': " + std::strerror(errno)); }

/// "home/dot-env-tpl" gives "home/.env".
std::string target_path(std::string_view path, const Replacements& replacements) {
    std::string out;
    while (!path.empty()) {
        std::string part(path.substr(0, path.find('/')));
        path.remove_prefix(std::min(path.size(), part.size() + 1));
        for (const auto& [name, text] : replacements)
            if (part == name) part = text;
        if (part.starts_with("dot-")) part.replace(0, 4, ".");
        if (part.ends_with("-tpl")) part.resize(part.size() - 4);
        out += (out.empty() ? "" : "/") + part;
    }
    return out;
}

void make_folders(const std::string& path) {
    for (std::size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1)) {
        std::string folder = path.substr(0, slash);
        if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) fail(folder);
    }
}

void write_new_file(const std::string& path, std::string_view text) {
    bool is_secret = path.ends_with("/.env");
    int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_secret ? 0600 : 0666);
    if (file < 0 && errno == EEXIST)
        throw CommandError(
            "'" + path +
            "' already exists. Overlaying a project into an existing directory won't replace conflicting files.");
    if (file < 0) fail(path);
    while (!text.empty()) {
        ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0) {
            int reason = errno;
            ::close(file);
            errno = reason;
            fail(path);
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::close(file) != 0) fail(path);
}

constexpr std::string_view kKeywords[] = {
    "alignas",   "alignof",  "and",      "asm",       "auto",      "bool",      "break",     "case",     "catch",
    "char",      "class",    "concept",  "const",     "consteval", "constexpr", "constinit", "continue", "co_await",
    "co_return", "co_yield", "decltype", "default",   "delete",    "do",        "double",    "else",     "enum",
    "explicit",  "export",   "extern",   "false",     "float",     "for",       "friend",    "goto",     "if",
    "inline",    "int",      "long",     "mutable",   "namespace", "new",       "noexcept",  "not",      "nullptr",
    "operator",  "or",       "private",  "protected", "public",    "register",  "requires",  "return",   "short",
    "signed",    "sizeof",   "static",   "struct",    "switch",    "template",  "this",      "throw",    "true",
    "try",       "typedef",  "typeid",   "typename",  "union",     "unsigned",  "using",     "virtual",  "void",
    "volatile",  "while",    "xor"};
/// Namespaces of the language and the framework, global names of the C library, folders and targets of a build.
constexpr std::string_view kTaken[] = {"std",   "nuages", "build",  "test",   "all",  "clean",  "install", "main",
                                       "abort", "div",    "exit",   "index",  "link", "log",    "malloc",  "printf",
                                       "read",  "remove", "rename", "signal", "stat", "system", "time",    "write"};

}  // namespace

void write_files(const conf::EmbeddedFiles& templates, const std::string& folder, const Replacements& replacements) {
    for (const conf::EmbeddedFile& file : templates) {
        std::string path = folder + "/" + target_path(file.path, replacements);
        std::string text(file.content());
        if (file.path.ends_with("-tpl"))
            for (const auto& [name, value] : replacements) replace_all(text, "{{ " + name + " }}", value);
        make_folders(path);
        write_new_file(path, text);
    }
}

void require_valid_name(std::string_view name, std::string_view kind) {
    auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    bool valid = !name.empty() && name.size() <= 64 && is_letter(name[0]) && name[0] != '_' &&
                 std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
    std::string quoted = "'" + std::string(name) + "'";
    if (!valid)
        throw CommandError(quoted + " is not a valid " + std::string(kind) +
                           " name. Please make sure the name is a valid identifier.");
    if (std::find(std::begin(kKeywords), std::end(kKeywords), name) != std::end(kKeywords))
        throw CommandError(quoted + " is a word of C++ and cannot be used as a " + std::string(kind) +
                           " name. Please try another name.");
    if (std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken))
        throw CommandError(quoted +
                           " conflicts with the name of something that every program has and cannot be used as a " +
                           std::string(kind) + " name. Please try another name.");
}

std::string random_key(std::size_t count) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)";
    constexpr unsigned limit = 256 - 256 % alphabet.size();  // bytes above would favour the first characters
    std::string key;
    while (key.size() < count) {
        unsigned char bytes[64];
        if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes)) continue;
        for (unsigned char byte : bytes)
            if (byte < limit && key.size() < count) key += alphabet[byte % alphabet.size()];
    }
    return key;
}

}  // namespace nuages::management
