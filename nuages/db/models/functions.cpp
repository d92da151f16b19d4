// Django's database functions, from one table: name, standard SQL, type of the result, number of arguments. Where a
// vendor spells one differently its Operations say so (Operations::function_sql).
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

/// What a function gives: a fixed kind, what its sources are (all alike), the first argument's, or a number.
enum class Result : std::uint8_t { integer, real, text, json, uuid, sources, first, numeric };

struct Function {
    std::string_view name;
    std::string_view sql;  // $1 .. $9: an argument; $*: all of them with commas
    Result result;
    std::uint8_t least, most;
    bool window = false;
};

constexpr std::uint8_t kAny = 255;

constexpr Function kFunctions[] = {
    {"Chr", "CHR($1)", Result::text, 1, 1},
    {"Left", "LEFT($1, $2)", Result::text, 2, 2},
    {"Length", "LENGTH($1)", Result::integer, 1, 1},
    {"Lower", "LOWER($1)", Result::first, 1, 1},
    {"LPad", "LPAD($1, $2, $3)", Result::text, 3, 3},
    {"LTrim", "LTRIM($1)", Result::first, 1, 1},
    {"MD5", "MD5($1)", Result::first, 1, 1},
    {"Ord", "ASCII($1)", Result::integer, 1, 1},
    {"Repeat", "REPEAT($1, $2)", Result::text, 2, 2},
    {"Replace", "REPLACE($1, $2, $3)", Result::sources, 3, 3},
    {"Reverse", "REVERSE($1)", Result::first, 1, 1},
    {"Right", "RIGHT($1, $2)", Result::text, 2, 2},
    {"RPad", "RPAD($1, $2, $3)", Result::text, 3, 3},
    {"RTrim", "RTRIM($1)", Result::first, 1, 1},
    {"SHA1", "SHA1($1)", Result::first, 1, 1},
    {"SHA224", "SHA224($1)", Result::first, 1, 1},
    {"SHA256", "SHA256($1)", Result::first, 1, 1},
    {"SHA384", "SHA384($1)", Result::first, 1, 1},
    {"SHA512", "SHA512($1)", Result::first, 1, 1},
    {"StrIndex", "INSTR($1, $2)", Result::integer, 2, 2},
    {"Substr", "SUBSTRING($*)", Result::text, 2, 3},
    {"Trim", "TRIM($1)", Result::first, 1, 1},
    {"Upper", "UPPER($1)", Result::first, 1, 1},
    {"Abs", "ABS($1)", Result::first, 1, 1},
    {"ACos", "ACOS($1)", Result::numeric, 1, 1},
    {"ASin", "ASIN($1)", Result::numeric, 1, 1},
    {"ATan", "ATAN($1)", Result::numeric, 1, 1},
    {"ATan2", "ATAN2($1, $2)", Result::numeric, 2, 2},
    {"Ceil", "CEILING($1)", Result::first, 1, 1},
    {"Cos", "COS($1)", Result::numeric, 1, 1},
    {"Cot", "COT($1)", Result::numeric, 1, 1},
    {"Degrees", "DEGREES($1)", Result::numeric, 1, 1},
    {"Exp", "EXP($1)", Result::numeric, 1, 1},
    {"Floor", "FLOOR($1)", Result::first, 1, 1},
    {"Ln", "LN($1)", Result::numeric, 1, 1},
    {"Log", "LOG($1, $2)", Result::numeric, 2, 2},
    {"Mod", "MOD($1, $2)", Result::numeric, 2, 2},
    {"Pi", "PI()", Result::real, 0, 0},
    {"Power", "POWER($1, $2)", Result::numeric, 2, 2},
    {"Radians", "RADIANS($1)", Result::numeric, 1, 1},
    {"Random", "RANDOM()", Result::real, 0, 0},
    {"Round", "ROUND($1, $2)", Result::first, 2, 2},
    {"Sign", "SIGN($1)", Result::first, 1, 1},
    {"Sin", "SIN($1)", Result::numeric, 1, 1},
    {"Sqrt", "SQRT($1)", Result::numeric, 1, 1},
    {"Tan", "TAN($1)", Result::numeric, 1, 1},
    {"UUID4", "UUIDV4()", Result::uuid, 0, 0},
    {"UUID7", "UUIDV7($*)", Result::uuid, 0, 1},
    {"Coalesce", "COALESCE($*)", Result::sources, 2, kAny},
    {"Greatest", "GREATEST($*)", Result::sources, 2, kAny},
    {"Least", "LEAST($*)", Result::sources, 2, kAny},
    {"NullIf", "NULLIF($1, $2)", Result::sources, 2, 2},
    {"JSONObject", "JSON_OBJECT($*)", Result::json, 0, kAny},
    {"JSONArray", "JSON_ARRAY($*)", Result::json, 0, kAny},
    {"CumeDist", "CUME_DIST()", Result::real, 0, 0, true},
    {"DenseRank", "DENSE_RANK()", Result::integer, 0, 0, true},
    {"FirstValue", "FIRST_VALUE($1)", Result::first, 1, 1, true},
    {"Lag", "LAG($*)", Result::first, 2, 3, true},
    {"LastValue", "LAST_VALUE($1)", Result::first, 1, 1, true},
    {"Lead", "LEAD($*)", Result::first, 2, 3, true},
    {"NthValue", "NTH_VALUE($1, $2)", Result::first, 2, 2, true},
    {"Ntile", "NTILE($1)", Result::integer, 1, 1, true},
    {"PercentRank", "PERCENT_RANK()", Result::real, 0, 0, true},
    {"Rank", "RANK()", Result::integer, 0, 0, true},
    {"RowNumber", "ROW_NUMBER()", Result::integer, 0, 0, true},
};

const Function* find_function(std::string_view name) {
    for (const Function& function : kFunctions) {
        if (function.name == name) return &function;
    }
    return nullptr;
}

bool is_integer(FieldKind kind) { return kind <= FieldKind::positive_big_integer && kind != FieldKind::boolean; }

// Python's isinstance() between field classes: who may stand where the other is expected.
bool is_kind_of(const OutputType& type, const OutputType& other) {
    const std::string_view a = output_name(type), b = output_name(other);
    if (a == b) return true;
    if (is_integer(type.kind) && is_integer(other.kind)) return b == "IntegerField" || type.kind == other.kind || b == "BigIntegerField";
    if (type.field && type.field->is_foreign_key()) return type.kind == other.kind;
    if (type.kind == FieldKind::char_) return b == "CharField";
    return a == "DateTimeField" && b == "DateField";
}

std::string described(const std::vector<Expr>& parts) {
    std::string text;
    for (const Expr& part : parts) text += (text.empty() ? "" : ", ") + (part ? part->describe() : std::string("None"));
    return text;
}

struct FunctionExpr final : Expression {
    const Function* function;
    std::vector<Expr> arguments;
    OutputType declared;

    FunctionExpr(const Function& which, std::vector<Expr> parts, OutputType type)
        : function(&which), arguments(std::move(parts)), declared(type) {}

    Expr resolve(Resolver& resolver) const override {
        auto resolved = make_ref<FunctionExpr>(*this);
        for (Expr& argument : resolved->arguments) argument = resolver(argument);
        return resolved;
    }
    void write(SqlWriter& out) const override {
        if (function->name == "Round" && !out.features().supports_rounding_to_tens) {
            const auto* places = dynamic_cast<const ValueExpr*>(arguments[1].get());
            if (places && places->literal.kind() == Literal::Kind::integer && places->literal.integer() < 0)
                throw ValueError("SQLite does not support negative precision.");
        }
        const bool decimal = output().known && output().kind == FieldKind::decimal && !function->window;
        const LookupOperator wrap = decimal ? out.operations().decimal_expression() : LookupOperator{};
        const bool shifted = function->result == Result::uuid && !arguments.empty();
        std::string_view sql = out.operations().function_sql(shifted ? "UUID7 shifted" : function->name);
        if (sql.empty()) sql = function->sql;
        out << wrap.before;
        for (std::size_t i = 0; i < sql.size(); ++i) {
            if (sql[i] != '$') {
                out << sql[i];
            } else if (sql[++i] == '*') {
                for (std::size_t a = 0; a < arguments.size(); ++a) {
                    if (a) out << ", ";
                    arguments[a]->write(out);
                }
            } else {
                arguments[static_cast<std::size_t>(sql[i] - '1')]->write(out);
            }
        }
        out << wrap.after;
    }
    OutputType output() const override {
        if (declared.known) return declared;
        switch (function->result) {
            case Result::integer: return {FieldKind::integer, nullptr, true};
            case Result::real: return {FieldKind::float_, nullptr, true};
            case Result::text: return {FieldKind::char_, nullptr, true};
            case Result::json: return {FieldKind::json, nullptr, true};
            case Result::uuid: return {FieldKind::uuid, nullptr, true};
            case Result::first: return arguments.front()->output();
            case Result::numeric: return number();
            case Result::sources: break;
        }
        return common_output(arguments);
    }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& argument : arguments) child(argument);
    }
    void group_by(std::vector<Expr>& out) const override {
        if (!contains_aggregate()) return out.push_back(Expr(this));
        for (const Expr& argument : arguments) argument->group_by(out);
    }
    std::string describe() const override { return std::string(function->name) + "(" + described(arguments) + ")"; }
    bool is_window() const override { return function->window; }

private:
    OutputType number() const {
        OutputType result = arguments.front()->output();
        for (const Expr& argument : arguments) {
            const OutputType type = argument->output();
            if (type.known && type.kind == FieldKind::decimal) return {FieldKind::decimal, nullptr, true};
            if (type.known && is_integer(type.kind)) result = {FieldKind::float_, nullptr, true};
        }
        return result;
    }
};

/// NAME(arguments) by a name that Django does not know, with a type that the caller says.
struct CustomFunction final : Expression {
    std::string name;
    std::vector<Expr> arguments;
    OutputType type;

    Expr resolve(Resolver& resolver) const override {
        auto resolved = make_ref<CustomFunction>(*this);
        for (Expr& argument : resolved->arguments) argument = resolver(argument);
        return resolved;
    }
    void write(SqlWriter& out) const override {
        out << name << '(';
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (i) out << ", ";
            arguments[i]->write(out);
        }
        out << ')';
    }
    OutputType output() const override { return type.known ? type : common_output(arguments); }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& argument : arguments) child(argument);
    }
    void group_by(std::vector<Expr>& out) const override {
        if (!contains_aggregate()) return out.push_back(Expr(this));
        for (const Expr& argument : arguments) argument->group_by(out);
    }
    std::string describe() const override { return "Func(" + described(arguments) + ", function=" + name + ")"; }
};

/// COALESCE(a, '') || COALESCE(b, '') ...
struct ConcatExpr final : Expression {
    std::vector<Expr> parts;
    OutputType declared;

    Expr resolve(Resolver& resolver) const override {
        auto resolved = make_ref<ConcatExpr>(*this);
        for (Expr& part : resolved->parts) part = resolver(part);
        return resolved;
    }
    // In the definition of a column it reads as Django writes it, in pairs: a later migration compares the two.
    void write_pairs(SqlWriter& out, std::size_t first) const {
        out << '(';
        write_part(out, *parts[first]);
        out << " || ";
        if (first + 2 == parts.size()) {
            write_part(out, *parts[first + 1]);
        } else {
            out << "COALESCE(";
            write_pairs(out, first + 1);
            out << ", '')";
        }
        out << ')';
    }
    static void write_part(SqlWriter& out, const Expression& part) {
        const OutputType type = part.output();
        const bool is_text = !type.known || type.kind == FieldKind::char_ || type.kind == FieldKind::text;
        const LookupOperator around = is_text ? LookupOperator{"COALESCE(", ", '')"} : out.operations().concat_part();
        out << around.before;
        part.write(out);
        out << around.after;
    }
    void write(SqlWriter& out) const override {
        if (out.inline_literals && parts.size() > 1) return write_pairs(out, 0);
        const LookupOperator around = out.operations().concat_part();
        out << '(';
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (i) out << " || ";
            out << around.before;
            parts[i]->write(out);
            out << around.after;
        }
        out << ')';
    }
    OutputType output() const override { return declared.known ? declared : common_output(parts); }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& part : parts) child(part);
    }
    std::string describe() const override { return "Concat(" + described(parts) + ")"; }
};

struct CastExpr final : Expression {
    Expr operand;
    OutputType type;
    CastExpr(Expr inner, OutputType to) : operand(std::move(inner)), type(to) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<CastExpr>(resolver(operand), type); }
    void write(SqlWriter& out) const override {
        const Wrap wrap = out.operations().cast(output_name(type), type.max_length, type.decimal_places);
        out << wrap.before;
        operand->write(out);
        out << wrap.after;
    }
    OutputType output() const override { return type; }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    std::string describe() const override { return "Cast(" + operand->describe() + ")"; }
};

struct CollateExpr final : Expression {
    Expr operand;
    std::string collation;
    CollateExpr(Expr inner, std::string name) : operand(std::move(inner)), collation(std::move(name)) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<CollateExpr>(resolver(operand), collation); }
    void write(SqlWriter& out) const override {
        operand->write(out);
        out << " COLLATE ";
        out.name(collation);
    }
    OutputType output() const override { return operand->output(); }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    std::string describe() const override { return "Collate(" + operand->describe() + ")"; }
};

struct TypedExpr final : Expression {
    Expr operand;
    OutputType type;
    TypedExpr(Expr inner, OutputType as) : operand(std::move(inner)), type(as) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<TypedExpr>(resolver(operand), type); }
    void write(SqlWriter& out) const override { operand->write(out); }
    OutputType output() const override { return type; }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    void group_by(std::vector<Expr>& out) const override {
        if (!contains_aggregate()) return out.push_back(Expr(this));
        operand->group_by(out);
    }
    std::string describe() const override { return "ExpressionWrapper(" + operand->describe() + ")"; }
};

struct RawExpr final : Expression {
    std::string sql;
    std::vector<Literal> parameters;
    OutputType type;
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override {
        out << '(';
        std::size_t used = 0;
        for (std::size_t i = 0; i < sql.size(); ++i) {
            if (sql[i] == '%' && i + 1 < sql.size() && sql[i + 1] == 's') {
                if (used == parameters.size()) throw TypeError("not enough arguments for the SQL of RawSQL");
                out.param(parameters[used++]);
                ++i;
            } else {
                out << sql[i];
                if (sql[i] == '%' && i + 1 < sql.size() && sql[i + 1] == '%') ++i;
            }
        }
        if (used != parameters.size()) throw TypeError("not all arguments converted for the SQL of RawSQL");
        out << ')';
    }
    OutputType output() const override { return type; }
    std::string describe() const override { return "RawSQL(" + sql + ")"; }
    bool conditional() const override { return type.known && type.kind == FieldKind::boolean; }
};

void check_constants(std::string_view name, const std::vector<Expr>& arguments) {
    const auto constant = [&](std::size_t i) -> const Literal* {
        const auto* value = i < arguments.size() ? dynamic_cast<const ValueExpr*>(arguments[i].get()) : nullptr;
        return value ? &value->literal : nullptr;
    };
    const auto below_one = [](const Literal* value) {
        return value && value->kind() == Literal::Kind::integer && value->integer() <= 0;
    };
    if ((name == "Left" || name == "Right") && below_one(constant(1))) throw ValueError("'length' must be greater than 0.");
    if (name == "Substr") {
        if (below_one(constant(1))) throw ValueError("'pos' must be greater than 0");
    }
    if ((name == "LPad" || name == "RPad" || name == "Repeat") && constant(1) &&
        constant(1)->kind() == Literal::Kind::integer && constant(1)->integer() < 0)
        throw ValueError(name == "Repeat" ? "'number' must be greater or equal to 0."
                                          : "'length' must be greater or equal to 0.");
    if ((name == "Lag" || name == "Lead") && below_one(constant(1)))
        throw ValueError(std::string(name) + " requires a positive integer for the offset.");
    if (name == "NthValue" && below_one(constant(1)))
        throw ValueError("NthValue requires a positive integer as for nth.");
    if (name == "Ntile" && below_one(constant(0))) throw ValueError("num_buckets must be greater than 0.");
}

}  // namespace

OutputType common_output(const std::vector<Expr>& sources) {
    OutputType found;
    for (const Expr& source : sources) {
        const OutputType type = source->output();
        if (!type.known) continue;
        if (!found.known) {
            found = type;
        } else if (!is_kind_of(found, type)) {
            throw FieldError("Expression contains mixed types: " + std::string(output_name(found)) + ", " +
                             std::string(output_name(type)) + ". You must set output_field.");
        }
    }
    return found;
}

namespace expr {

bool is_function(std::string_view name) { return name == "Concat" || find_function(name); }

std::vector<std::string_view> function_names() {
    std::vector<std::string_view> names{"Concat"};
    for (const Function& function : kFunctions) names.push_back(function.name);
    return names;
}

Expr call(std::string_view name, std::vector<Expr> arguments, OutputType output) {
    if (name == "Concat") {
        if (arguments.size() < 2) throw ValueError("Concat must take at least two expressions");
        auto made = make_ref<ConcatExpr>();
        made->parts = std::move(arguments);
        made->declared = output;
        return made;
    }
    const Function* function = find_function(name);
    if (!function) throw TypeError("There is no database function " + repr(Literal(name)) + ".");
    if ((name == "LPad" || name == "RPad") && arguments.size() == 2) arguments.push_back(value(Literal(" ")));
    if (name == "Replace" && arguments.size() == 2) arguments.push_back(value(Literal("")));
    if (name == "Round" && arguments.size() == 1) arguments.push_back(value(Literal(0)));
    if ((name == "Lag" || name == "Lead") && arguments.size() == 1) arguments.push_back(value(Literal(1)));
    if (name == "NthValue" && arguments.size() == 1) arguments.push_back(value(Literal(1)));
    if (name == "Ntile" && arguments.empty()) arguments.push_back(value(Literal(1)));
    if (function->most == kAny && arguments.size() < function->least)
        throw ValueError(std::string(name) + " must take at least two expressions");
    if (arguments.size() < function->least || (function->most != kAny && arguments.size() > function->most))
        throw TypeError("'" + std::string(name) + "' takes exactly " + std::to_string(function->least) +
                        (function->least == 1 ? " argument (" : " arguments (") + std::to_string(arguments.size()) +
                        " given)");
    check_constants(name, arguments);
    return make_ref<FunctionExpr>(*function, std::move(arguments), output);
}

Expr function(std::string_view sql_name, std::vector<Expr> arguments, FieldKind result) {
    for (const char c : sql_name) {
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            throw ValueError("A function's name has letters, digits and underscores only.");
    }
    auto made = make_ref<CustomFunction>();
    made->name = sql_name;
    made->arguments = std::move(arguments);
    made->type = {result, nullptr, result != FieldKind::reverse};
    return made;
}

Expr json_object(std::vector<std::pair<std::string, Expr>> members) {
    std::vector<Expr> arguments;
    for (auto& member : members) {
        arguments.push_back(value(Literal(std::move(member.first))));
        arguments.push_back(std::move(member.second));
    }
    return call("JSONObject", std::move(arguments));
}

Expr lower(Expr operand) { return call("Lower", {std::move(operand)}); }
Expr upper(Expr operand) { return call("Upper", {std::move(operand)}); }
Expr length(Expr operand) { return call("Length", {std::move(operand)}); }
Expr coalesce(std::vector<Expr> operands) { return call("Coalesce", std::move(operands)); }
Expr concat(std::vector<Expr> operands) { return call("Concat", std::move(operands)); }
Expr random() { return call("Random", {}); }
Expr cast(Expr operand, FieldKind to) { return cast(std::move(operand), OutputType{to, nullptr, true}); }
Expr cast(Expr operand, OutputType to) { return make_ref<CastExpr>(std::move(operand), to); }
Expr typed(Expr operand, OutputType output) { return make_ref<TypedExpr>(std::move(operand), output); }

Expr collate(Expr operand, std::string_view name) {
    bool good = !name.empty() && name.size() < 64;
    for (const char c : name)
        good &= (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                c == '.' || c == '@';
    if (!good) throw ValueError("Invalid collation name: " + repr(Literal(name)) + ".");
    return make_ref<CollateExpr>(std::move(operand), std::string(name));
}

Expr raw_sql(std::string sql, std::vector<Literal> parameters, OutputType output) {
    auto made = make_ref<RawExpr>();
    made->sql = std::move(sql);
    made->parameters = std::move(parameters);
    made->type = output;
    return made;
}

}  // namespace expr

}  // namespace nuages::db::models
