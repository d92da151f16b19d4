#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/func.hpp>

#include <string_view>

namespace nuages::db::models {

namespace {

/// A template, read: texts of SQL, and between them the places of the arguments.
std::vector<std::string> read_template(const FuncOptions& options) {
    std::vector<std::string> parts(1);
    const std::string_view text = options.template_;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            parts.back() += text[i];
            continue;
        }
        if (i + 1 < text.size() && text[i + 1] == '%') {
            parts.back() += '%';
            ++i;
            continue;
        }
        const std::size_t close = text.find(")s", i);
        if (i + 1 >= text.size() || text[i + 1] != '(' || close == text.npos)
            throw ValueError("A template of Func() has %(name)s for its parts and %% for a percent sign.");
        const std::string_view name = text.substr(i + 2, close - i - 2);
        i = close + 1;
        if (name == "expressions") {
            parts.emplace_back();
            continue;
        }
        const std::string* value = name == "function" ? &options.function : nullptr;
        for (const auto& extra : options.extra) {
            if (extra.first == name) value = &extra.second;
        }
        if (!value) throw ValueError("The template of Func() names '" + std::string(name) + "', which was not given.");
        parts.back() += *value;
    }
    return parts;
}

struct FuncExpr final : Expression {
    FuncOptions options;
    std::vector<std::string> parts;  // of the template
    std::vector<Expr> arguments;

    Expr resolve(Resolver& resolver) const override {
        auto resolved = make_ref<FuncExpr>(*this);
        for (Expr& argument : resolved->arguments) argument = resolver(argument);
        return resolved;
    }
    void write(SqlWriter& out) const override {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i) write_arguments(out);
            out << parts[i];
        }
    }
    void write_arguments(SqlWriter& out) const {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (i) out << options.arg_joiner;
            arguments[i]->write(out);
        }
    }
    OutputType output() const override { return options.output.known ? options.output : common_output(arguments); }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& argument : arguments) child(argument);
    }
    void group_by(std::vector<Expr>& out) const override {
        if (!contains_aggregate()) return out.push_back(Expr(this));
        for (const Expr& argument : arguments) argument->group_by(out);
    }
    std::string describe() const override {
        std::string text = "Func(";
        for (const Expr& argument : arguments) text += argument->describe() + ", ";
        return text + "function=" + options.function + ", template=" + options.template_ + ")";
    }
};

bool is_name(std::string_view text) {
    for (const char c : text) {
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')) return false;
    }
    return true;
}

}  // namespace

namespace expr {

Expr func(std::vector<Expr> arguments, FuncOptions options) {
    if (!is_name(options.function)) throw ValueError("A function's name has letters, digits, underscores and dots only.");
    if (options.arity >= 0 && arguments.size() != static_cast<std::size_t>(options.arity))
        throw TypeError("'" + options.function + "' takes exactly " + std::to_string(options.arity) +
                        (options.arity == 1 ? " argument (" : " arguments (") + std::to_string(arguments.size()) + " given)");
    auto made = make_ref<FuncExpr>();
    made->parts = read_template(options);
    made->options = std::move(options);
    made->arguments = std::move(arguments);
    return made;
}

}  // namespace expr

}  // namespace nuages::db::models
