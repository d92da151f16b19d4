// Command: one management command. Its function's parameters are its arguments, typed.
//
//     struct LoadOptions {                                  // options: --clear, --batch-size N, --only NAME
//     (repeatable)
//         bool clear = false;
//         std::int64_t batch_size = 1000;
//         std::vector<std::string> only;
//     };
//     const Command load_articles {"load_articles", "Loads articles from FILE.",
//         [](Io& io, std::string file, LoadOptions options) { ... },
//         {{"file", "A text file, one article per line."}, {"--clear", "Deletes all articles first."}}};
//
// Positional arguments: text, whole numbers and reals; std::optional for one that may be left out; std::vector for the
// rest. An aggregate parameter holds the options: a bool is a flag (--no-name when its default is true), a vector may
// be repeated, the others take a value and show their default. A function returns nothing, or its exit code.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/management/arguments.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::management {

/// A command failed in a way that the user can understand: the message is shown without a trace, then the program ends.
class CommandError : public Error {
public:
    explicit CommandError(std::string message, int returncode = 1)
        : Error(std::move(message)), returncode_(returncode) {}
    const char* name() const noexcept override { return "CommandError"; }
    int returncode() const noexcept { return returncode_; }

private:
    int returncode_;
};

/// The command line is wrong: usage is shown, the exit code is 2.
class UsageError : public CommandError {
public:
    explicit UsageError(std::string message) : CommandError(std::move(message), 2) {}
    const char* name() const noexcept override { return "UsageError"; }
};

/// The function of a command, erased.
class CommandAction {
public:
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, CommandAction>) CommandAction(F function)
        : holder_(make_ref<Held<F>>(std::move(function))) {}

    std::vector<Parameter> parameters() const { return holder_->parameters(); }
    int run(Io& io, const ParsedArguments& arguments) const { return holder_->run(io, arguments); }

private:
    struct Holder : RefCounted {
        virtual std::vector<Parameter> parameters() const = 0;
        virtual int run(Io& io, const ParsedArguments& arguments) const = 0;
    };
    template <class F> struct Held final : Holder {
        F function;
        explicit Held(F&& from) : function(std::move(from)) {}
        std::vector<Parameter> parameters() const override { return detail::Call<F>::parameters(); }
        int run(Io& io, const ParsedArguments& arguments) const override {
            return detail::Call<F>::run(function, io, arguments);
        }
    };
    Ref<const Holder> holder_;
};

/// What help says about one argument.
struct ArgumentHelp {
    std::string
        name;  ///< of a positional argument, in their order; or "--option", also "-o/--option" to give it a letter
    std::string help = {};
};

/// A management command: a constant in its app, listed in App::commands by address.
struct Command {
    const char* name;
    const char* help;
    CommandAction action;
    std::vector<ArgumentHelp> arguments = {};
    bool requires_settings = true;       ///< false: runs without a site (help, version, startproject)
    bool requires_system_checks = true;  ///< false: runs although the checks find errors
    bool runs_on_fiber = true;           ///< false: for what starts loops of its own, as a server does

    /// The parameters with the names and texts of `arguments`; throws Error when one names no parameter.
    std::vector<Parameter> parameters() const;
    /// "usage: manage load_articles [--clear] file" and the list of arguments.
    std::string usage(std::string_view program) const;
    /// Reads ARGUMENTS and runs; throws UsageError and what the command throws. Returns the exit code.
    int run(Io& io, const std::vector<std::string>& arguments) const;
};

}  // namespace nuages::management
