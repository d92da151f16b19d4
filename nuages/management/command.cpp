#include <nuages/management/command.hpp>

#include <CLI/CLI.hpp>

namespace nuages::management {
namespace {

/// Upper case of a name for usage lines: "--batch-size" gives "BATCH_SIZE".
std::string value_name(const Parameter& parameter) {
    std::string name;
    for (char c : parameter.name.substr(2)) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
    return name;
}

/// "--batch-size" of "-b/--batch-size".
std::string_view long_name(std::string_view name) {
    std::size_t slash = name.find('/');
    return slash == name.npos ? name : name.substr(slash + 1);
}

std::string usage_word(const Parameter& parameter) {
    switch (parameter.kind) {
        case ParameterKind::positional: return parameter.name;
        case ParameterKind::optional_positional: return "[" + parameter.name + "]";
        case ParameterKind::rest: return "[" + parameter.name + " ...]";
        case ParameterKind::flag: return "[" + parameter.name + "]";
        case ParameterKind::option:
        case ParameterKind::repeated_option: return "[" + parameter.name + " " + value_name(parameter) + "]";
    }
    return {};
}

void append_row(std::string& out, std::string left, const Parameter& parameter) {
    std::string help = parameter.help;
    if (!parameter.default_text.empty())
        help += (help.empty() ? "" : " ") + ("(default: " + parameter.default_text + ")");
    out += "  " + left;
    if (!help.empty()) out += std::string(left.size() < 24 ? 24 - left.size() : 1, ' ') + help;
    out += '\n';
}

/// Hands the positional texts out to the parameters in their order.
void distribute(const std::vector<Parameter>& parameters, std::vector<std::string> texts,
                std::vector<std::vector<std::string>>& values) {
    std::size_t next = 0;
    std::string missing, extra;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i].is_option()) continue;
        bool rest = parameters[i].kind == ParameterKind::rest;
        if (parameters[i].kind == ParameterKind::positional && next == texts.size())
            missing += (missing.empty() ? "" : ", ") + parameters[i].name;
        while (next < texts.size() && (rest || values[i].empty())) values[i].push_back(std::move(texts[next++]));
    }
    if (!missing.empty()) throw UsageError("the following arguments are required: " + missing);
    while (next < texts.size()) extra += " " + texts[next++];
    if (!extra.empty()) throw UsageError("unrecognized arguments:" + extra);
}

/// Reads ARGUMENTS into one list of texts per parameter.
std::vector<std::vector<std::string>> parse(const std::vector<Parameter>& parameters,
                                            const std::vector<std::string>& arguments) {
    CLI::App parser;
    parser.set_help_flag();
    parser.allow_windows_style_options(false);
    std::vector<std::vector<std::string>> values(parameters.size());
    std::vector<CLI::Option*> flags(parameters.size());
    std::vector<std::string> positional;
    parser.add_option("arguments", positional)->expected(0, 1 << 20);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& parameter = parameters[i];
        if (!parameter.is_option()) continue;
        std::string name = parameter.letter.empty() ? parameter.name : parameter.letter + "," + parameter.name;
        if (parameter.kind == ParameterKind::flag) {
            flags[i] = parser.add_flag(name);
            continue;
        }
        bool repeated = parameter.kind == ParameterKind::repeated_option;
        parser.add_option(name, values[i])
            ->expected(1)
            ->allow_extra_args(false)
            ->multi_option_policy(repeated ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    }
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        parser.parse(std::move(reversed));
    } catch (const CLI::ExtrasError&) {
        std::string extra;
        for (const std::string& word : parser.remaining()) extra += " " + word;
        throw UsageError("unrecognized arguments:" + extra);
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (flags[i] && flags[i]->count() > 0) values[i].emplace_back();
    distribute(parameters, std::move(positional), values);
    return values;
}

}  // namespace

std::vector<Parameter> Command::parameters() const {
    std::vector<Parameter> all = action.parameters();
    std::size_t next_positional = 0;
    auto find = [&](const ArgumentHelp& entry) -> Parameter* {
        if (entry.name.starts_with('-')) {
            for (Parameter& parameter : all)
                if (parameter.name == long_name(entry.name)) return &parameter;
            return nullptr;
        }
        while (next_positional < all.size() && all[next_positional].is_option()) ++next_positional;
        return next_positional < all.size() ? &all[next_positional++] : nullptr;
    };
    for (const ArgumentHelp& entry : arguments) {
        Parameter* parameter = find(entry);
        if (!parameter) throw Error(std::string(name) + ": '" + entry.name + "' names no parameter of the command");
        parameter->help = entry.help;
        if (!parameter->is_option()) parameter->name = entry.name;
        if (entry.name.find('/') != entry.name.npos) parameter->letter = entry.name.substr(0, entry.name.find('/'));
    }
    int number = 0;
    for (Parameter& parameter : all)
        if (parameter.name.empty()) parameter.name = "arg" + std::to_string(++number);
    return all;
}

std::string Command::usage(std::string_view program) const {
    std::vector<Parameter> all;
    for (bool options : {true, false})
        for (const Parameter& parameter : parameters())
            if (parameter.is_option() == options) all.push_back(parameter);
    std::string out = "usage: " + std::string(program) + " " + name;
    for (const Parameter& parameter : all) out += " " + usage_word(parameter);
    out += "\n\n" + std::string(help) + "\n";
    bool any_positional = false;
    for (const Parameter& parameter : all) {
        if (parameter.is_option()) continue;
        if (!any_positional) out += "\npositional arguments:\n";
        any_positional = true;
        append_row(out, parameter.name, parameter);
    }
    out += "\noptions:\n";
    for (const Parameter& parameter : all) {
        if (!parameter.is_option()) continue;
        std::string left = parameter.letter.empty() ? parameter.name : parameter.letter + ", " + parameter.name;
        append_row(out, parameter.kind == ParameterKind::flag ? left : left + " " + value_name(parameter), parameter);
    }
    for (const auto& [option, text] : {std::pair{"-h, --help", "Shows this message."},
                                       {"-v, --verbosity N", "0 quiet, 1 normal, 2 and 3 talkative."},
                                       {"--no-color", "Does not colour the output."},
                                       {"--force-color", "Colours the output, whatever it is written to."},
                                       {"--no-input", "Asks no questions."},
                                       {"--traceback", "Lets an error end the program with its own report."},
                                       {"--skip-checks", "Does not run the system checks first."}})
        append_row(out, option, {.help = text});
    return out;
}

int Command::run(Io& io, const std::vector<std::string>& words) const {
    std::vector<Parameter> all = parameters();
    ParsedArguments parsed{.values = parse(all, words), .parameters = &all};
    return action.run(io, parsed);
}

}  // namespace nuages::management
