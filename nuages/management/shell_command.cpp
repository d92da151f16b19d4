// shell: a prompt that reads Django's query syntax and runs it on the site's models.
#include <nuages/async/fiber.hpp>
#include <nuages/async/task.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/detail/completion.hpp>
#include <nuages/management/detail/line_editor.hpp>
#include <nuages/management/detail/result_text.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/shell/interpreter.hpp>
#include <nuages/site/site.hpp>

#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace nuages::management::detail {
namespace {

constexpr std::size_t kStackSize = std::size_t{8} << 20;  // a comprehension over a recursive function goes deep
constexpr std::size_t kWidthWithoutTerminal = 160;

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return kWidthWithoutTerminal;
}

/// What `x` is in a text that ends with `x.query`: such a text shows formatted SQL.
const boost::json::value* query_owner(const boost::json::value& tree) {
    const boost::json::value* last = &tree;
    if (const boost::json::value* all = tree.as_object().if_contains("seq")) {
        if (all->as_array().empty()) return nullptr;
        last = &all->as_array().back();
    }
    const boost::json::value* name = last->as_object().if_contains("attr");
    return name && name->as_string() == "query" ? last : nullptr;
}

class Session {
public:
    explicit Session(Io& io) : io_(io), interpreter_(db::models::Registry::global()) {
        for (const db::models::ModelMeta* meta : site::current().registry().models()) models_.push_back(meta);
        interpreter_.set("print", shell::callable("print", [this](const shell::Arguments& arguments) {
                             const shell::Object* sep = arguments.find(999, "sep");
                             const shell::Object* end = arguments.find(999, "end");
                             const std::string between = sep && !sep->is_none() ? as_text(*sep) : " ";
                             std::string line;
                             for (std::size_t i = 0; i < arguments.positional.size(); ++i)
                                 line += (i ? between : "") + as_text(arguments.positional[i]);
                             io_.print(line + (end && !end->is_none() ? as_text(*end) : "\n"));
                             return shell::Object();
                         }));
        interpreter_.set("pprint", shell::callable("pprint", [this](const shell::Arguments& arguments) {
                             io_.write(shell::repr(arguments.at(0, "object")));
                             return shell::Object();
                         }));
    }

    shell::Interpreter& interpreter() { return interpreter_; }

    /// Runs TEXT and shows the value of its last expression. Throws what it throws.
    void run(std::string_view text) {
        const boost::json::value tree = shell::parse(text);
        if (const boost::json::value* last = query_owner(tree)) {
            const shell::Object owner = interpreter_.run(without_last_attribute(tree, last));
            if (const auto* rows = owner.as<shell::RowSet>(); rows && !rows->manager) {
                io_.print(formatted_sql(rows->query.sql()));
                return;
            }
        }
        const shell::Object value = interpreter_.run(tree);
        if (!value.is_none()) io_.print(result_text(value, terminal_width()));
    }

    /// Runs TEXT; errors are shown as "FieldError: Cannot resolve ...". False when there was one.
    bool run_shown(std::string_view text) {
        try {
            run(text);
            return true;
        } catch (const Error& error) {
            io_.error(shell::exception_name(error) + (error.message().empty() ? "" : ": " + error.message()));
        } catch (const std::exception& error) {
            io_.error(error.what());
        }
        return false;
    }

    void greet() {
        std::string line = std::to_string(models_.size()) +
                           (models_.size() == 1 ? " object imported" : " objects imported") + " automatically";
        if (io_.verbosity() < 2) {
            io_.write(line + " (use -v 2 for details).\n");
            return;
        }
        io_.write(line + ":\n");
        for (const site::App* app : site::current().registry().apps()) {
            std::string names;
            for (const db::models::ModelMeta* meta : site::current().registry().models(*app))
                names += (names.empty() ? "" : ", ") + meta->object_name;
            if (!names.empty()) io_.write("  from " + app->name + ".models import " + names);
        }
        io_.write("");
    }

private:
    static bool is_text(const shell::Object& value) {
        return value.is_literal() && value.literal().kind() == db::models::Literal::Kind::text;
    }
    /// Python's str().
    static std::string as_text(const shell::Object& value) {
        shell::Object str;
        if (is_text(value) || !shell::find_builtin("str", str)) return value.literal().text();
        shell::Arguments arguments;
        arguments.positional = {value};
        return shell::invoke(str, arguments).literal().text();
    }

    static boost::json::value without_last_attribute(const boost::json::value& tree, const boost::json::value* last) {
        if (&tree == last) return last->at("of");
        boost::json::value copy = tree;
        copy.as_object().at("seq").as_array().back() = last->at("of");
        return copy;
    }

    Io& io_;
    shell::Interpreter interpreter_;
    std::vector<const db::models::ModelMeta*> models_;
};

std::string read_standard_input() {
    std::string text;
    char buffer[1 << 14];
    for (;;) {
        const ssize_t got = ::read(0, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw CommandError("Cannot read standard input.");
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > shell::kSourceMax) throw CommandError("The text on standard input is too long.");
    }
}

bool needs_more(std::string_view text) {
    try {
        shell::parse(text);
        return false;
    } catch (const shell::SyntaxError& error) {
        return error.incomplete();
    }
}

/// A block goes on until an empty line, as at Python's prompt.
bool is_block(std::string_view text) {
    const std::size_t end = text.find('\n');
    std::string_view first = text.substr(0, end);
    while (first.ends_with(' ') || first.ends_with('\t')) first.remove_suffix(1);
    return first.ends_with(':') || first.starts_with('@');
}

/// A whole statement, of as many lines as it takes; nothing at the end of input.
std::optional<std::string> read_statement(LineEditor& editor) {
    auto text = editor.read(">>> ");
    if (!text) return text;
    for (bool more = needs_more(*text) || is_block(*text); more;) {
        const auto next = editor.read("... ");
        if (!next) break;
        *text += "\n" + *next;
        more = is_block(*text) ? !next->empty() : needs_more(*text);
    }
    return text;
}

void talk(Session& session, Io& io) {
    const char* home = std::getenv("HOME");
    LineEditor editor(home && *home ? std::string(home) + "/.nuages_history" : std::string(),
                      [&](std::string_view line, std::size_t start) {
                          return completions(session.interpreter(), line, start);
                      });
    session.greet();
    for (;;) {
        try {
            const auto text = read_statement(editor);
            if (!text) break;
            if (*text == "exit" || *text == "quit" || *text == "exit()" || *text == "quit()") return;
            if (text->find_first_not_of(" \t\n") != text->npos) session.run_shown(*text);
        } catch (const LineEditor::Interrupted&) {
            io.write("\nKeyboardInterrupt");
        }
    }
    io.write("");
}

struct ShellOptions {
    std::string command;
};

int run_shell(Io& io, ShellOptions options) {
    async::set_stack_size(kStackSize);
    return async::spawn([&] {
               Session session(io);
               if (!options.command.empty()) return session.run_shown(options.command) ? 0 : 1;
               if (!::isatty(0)) return session.run_shown(read_standard_input()) ? 0 : 1;
               talk(session, io);
               return 0;
           })
        .join();
}

}  // namespace

const Command shell_command{
    .name = "shell",
    .help = "Runs queries in Django's syntax on the site's models: at a prompt, with -c, or from standard input.",
    .action = run_shell,
    .arguments = {{"-c/--command", "Runs this text and shows the value of its last expression."}},
    .requires_system_checks = false,
};

}  // namespace nuages::management::detail
