// {% if %} with its operators, {% ifchanged %}, {% firstof %}.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/parsing.hpp>

namespace nuages::templates {

namespace {

enum class Operator : std::uint8_t {
    literal,
    or_,
    and_,
    not_,
    in,
    not_in,
    is,
    is_not,
    equal,
    not_equal,
    greater,
    greater_equal,
    less,
    less_equal,
    end,
};

struct OperatorName {
    std::string_view name;
    Operator op;
    int power;  // binding power, as in Django's smartif
};

constexpr OperatorName kOperators[] = {
    {"or", Operator::or_, 6},         {"and", Operator::and_, 7},          {"not", Operator::not_, 8},
    {"in", Operator::in, 9},          {"not in", Operator::not_in, 9},     {"is", Operator::is, 10},
    {"is not", Operator::is_not, 10}, {"==", Operator::equal, 10},         {"!=", Operator::not_equal, 10},
    {">", Operator::greater, 10},     {">=", Operator::greater_equal, 10}, {"<", Operator::less, 10},
    {"<=", Operator::less_equal, 10},
};

constexpr int kConditionDepthMax = 100;

// A condition as a tree in one array; a part is named by its place in it.
struct Condition {
    struct Part {
        Operator op = Operator::literal;
        int left = -1;
        int right = -1;
        Expression expression;
        Value constant;  // of a literal; else missing
    };
    std::vector<Part> parts;
    int root = -1;

    bool truthy(Renderer& renderer) const { return truthy(renderer, parts[static_cast<std::size_t>(root)]); }

private:
    const Part& part(int index) const { return parts[static_cast<std::size_t>(index)]; }

    bool truthy(Renderer& renderer, const Part& p) const {
        switch (p.op) {
            case Operator::literal:
                return p.constant.is_missing() ? p.expression.resolve_quietly(renderer).truthy() : p.constant.truthy();
            case Operator::or_: return truthy(renderer, part(p.left)) || truthy(renderer, part(p.right));
            case Operator::and_: return truthy(renderer, part(p.left)) && truthy(renderer, part(p.right));
            case Operator::not_: return !truthy(renderer, part(p.left));
            default: {
                const Part& right = part(p.right);
                const Value left_value = value(renderer, part(p.left));
                if (!right.constant.is_missing()) return compare(p.op, left_value, right.constant);
                return compare(p.op, left_value, value(renderer, right));
            }
        }
    }

    // What an operand is to an operator above it: Python's `and` and `or` give one of their operands.
    Value value(Renderer& renderer, const Part& p) const {
        if (p.op == Operator::literal) return p.expression.resolve_quietly(renderer);
        if (p.op == Operator::or_ || p.op == Operator::and_) {
            Value left = value(renderer, part(p.left));
            return left.truthy() == (p.op == Operator::or_) ? left : value(renderer, part(p.right));
        }
        return truthy(renderer, p);
    }

    // 1 and 0 as Python's `in` answers, -1 where it raises.
    static int contains(const Value& container, const Value& item) {
        if (container.is_string()) {
            if (!item.is_string()) return -1;
            return container.as_text().find(item.as_text()) != std::string_view::npos;
        }
        bool found = false;
        const bool iterable = container.iterate([&](Value each) {
            found = each.equals(item);
            return !found;
        });
        return iterable ? found : -1;
    }

    static bool compare(Operator op, const Value& left, const Value& right) {
        switch (op) {
            case Operator::in: return contains(right, left) == 1;
            case Operator::not_in: return contains(right, left) == 0;
            case Operator::is: return left.is_identical(right);
            case Operator::is_not: return !left.is_identical(right);
            case Operator::equal: return left.equals(right);
            case Operator::not_equal: return !left.equals(right);
            default: break;
        }
        const int order = left.compare(right);
        if (order == Value::kUnordered) return false;
        switch (op) {
            case Operator::greater: return order > 0;
            case Operator::greater_equal: return order >= 0;
            case Operator::less: return order < 0;
            default: return order <= 0;
        }
    }
};

// Reads words into a Condition by operator precedence.
class ConditionParser {
public:
    ConditionParser(const Parser& parser, const std::vector<std::string>& words) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::string word = words[i];
            if (i + 1 < words.size() &&
                ((word == "is" && words[i + 1] == "not") || (word == "not" && words[i + 1] == "in"))) {
                word.append(" ").append(words[++i]);
            }
            const OperatorName* op = find(word);
            Expression expression = op ? Expression() : parser.compile(word);
            tokens_.push_back({std::move(word), op, std::move(expression)});
        }
    }

    Condition parse() {
        condition_.root = expression(0, 0);
        if (next_ < tokens_.size()) {
            throw TemplateSyntaxError("Unused '" + tokens_[next_].text + "' at end of if expression.");
        }
        return std::move(condition_);
    }

private:
    struct Word {
        std::string text;
        const OperatorName* op;
        Expression expression;  // of an operand
    };

    static const OperatorName* find(std::string_view word) {
        for (const OperatorName& op : kOperators) {
            if (op.name == word) return &op;
        }
        return nullptr;
    }

    int power() const { return next_ < tokens_.size() && tokens_[next_].op ? tokens_[next_].op->power : 0; }

    int add(Operator op, int left, int right, Expression expression = {}) {
        Value constant = expression ? expression.literal() : Value();
        condition_.parts.push_back({op, left, right, std::move(expression), std::move(constant)});
        return static_cast<int>(condition_.parts.size()) - 1;
    }

    int expression(int right_power, int depth) {
        if (depth > kConditionDepthMax) throw TemplateSyntaxError("The condition of an if tag is nested too deep.");
        int left = operand(depth);
        while (next_ < tokens_.size() && right_power < power()) {
            const Word& word = tokens_[next_++];
            if (word.op->op == Operator::not_) {
                throw TemplateSyntaxError("Not expecting 'not' as infix operator in if tag.");
            }
            const int right = expression(word.op->power, depth + 1);
            left = add(word.op->op, left, right);
        }
        return left;
    }

    int operand(int depth) {
        if (next_ >= tokens_.size()) throw TemplateSyntaxError("Unexpected end of expression in if tag.");
        const Word& word = tokens_[next_++];
        if (!word.op) return add(Operator::literal, -1, -1, word.expression);
        if (word.op->op != Operator::not_) {
            throw TemplateSyntaxError("Not expecting '" + word.text + "' in this position in if tag.");
        }
        return add(Operator::not_, expression(word.op->power, depth + 1), -1);
    }

    std::vector<Word> tokens_;
    std::size_t next_ = 0;
    Condition condition_;
};

struct IfNode final : Node {
    struct Branch {
        Condition condition;
        bool unconditional = false;
        NodeList nodes;
    };
    std::vector<Branch> branches;

    void render(Renderer& renderer) const override {
        for (const Branch& branch : branches) {
            if (branch.unconditional || holds(renderer, branch.condition)) {
                branch.nodes.render(renderer);
                return;
            }
        }
    }
    void each_list(FunctionRef<void(const NodeList&)> visit) const override {
        for (const Branch& branch : branches) visit(branch.nodes);
    }

private:
    static bool holds(Renderer& renderer, const Condition& condition) {
        Renderer::ScratchGuard guard(renderer);
        try {
            return condition.truthy(renderer);
        } catch (const VariableDoesNotExist&) {
            return false;
        }
    }
};

Ref<const Node> compile_if(Parser& parser, const Token& token) {
    auto node = make_ref<IfNode>();
    auto words = token.split();
    words.erase(words.begin());
    node->branches.push_back({ConditionParser(parser, words).parse(), false, {}});
    node->branches.back().nodes = parser.parse({"elif", "else", "endif"});
    Token next = parser.next_token();
    while (next.tag_name() == "elif") {
        words = next.split();
        words.erase(words.begin());
        node->branches.push_back({ConditionParser(parser, words).parse(), false, {}});
        node->branches.back().nodes = parser.parse({"elif", "else", "endif"});
        next = parser.next_token();
    }
    if (next.contents == "else") {
        node->branches.push_back({{}, true, parser.parse({"endif"})});
        next = parser.next_token();
    }
    if (next.contents != "endif") {
        throw TemplateSyntaxError("Malformed template tag at line " + std::to_string(next.line) + ": \"" +
                                  std::string(next.contents) + "\"");
    }
    return node;
}

struct IfChangedNode final : Node {
    std::vector<Expression> watched;
    NodeList changed;
    NodeList unchanged;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        std::string output;
        Value now;
        if (watched.empty()) {
            output = renderer.capture(changed);
            now = Value(output);
        } else {
            std::vector<Value> values;
            for (const Expression& expression : watched) values.push_back(expression.resolve_quietly(renderer));
            now = Value::list(std::move(values));
        }
        Value& before = memory_of_round(renderer, this);
        if (!before.is_missing() && before.equals(now)) {
            unchanged.render(renderer);
            return;
        }
        before = std::move(now);
        if (watched.empty()) {
            renderer.out() += output;
        } else {
            changed.render(renderer);
        }
    }
    void each_list(FunctionRef<void(const NodeList&)> visit) const override {
        visit(changed);
        visit(unchanged);
    }
};

Ref<const Node> compile_ifchanged(Parser& parser, const Token& token) {
    auto node = make_ref<IfChangedNode>();
    const auto words = token.split();
    for (std::size_t i = 1; i < words.size(); ++i) node->watched.push_back(parser.compile(words[i]));
    node->changed = parser.parse({"else", "endifchanged"});
    if (parser.next_token().contents == "else") {
        node->unchanged = parser.parse({"endifchanged"});
        parser.delete_first_token();
    }
    return node;
}

struct FirstOfNode final : Node {
    std::vector<Expression> choices;
    std::string target;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        std::string text;
        for (const Expression& choice : choices) {
            const Value value = choice.resolve_quietly(renderer);
            if (!value.truthy()) continue;
            renderer.write_to(text, value);
            break;
        }
        if (target.empty()) {
            renderer.out() += text;
        } else {
            renderer.context().set(target, Value(SafeString(std::move(text))));
        }
    }
};

Ref<const Node> compile_firstof(Parser& parser, const Token& token) {
    auto node = make_ref<FirstOfNode>();
    auto words = token.split();
    if (words.size() < 2) throw TemplateSyntaxError("'firstof' statement requires at least one argument");
    if (words.size() >= 4 && words[words.size() - 2] == "as") {
        node->target = words.back();
        words.resize(words.size() - 2);
    }
    for (std::size_t i = 1; i < words.size(); ++i) node->choices.push_back(parser.compile(words[i]));
    return node;
}

}  // namespace

void add_condition_tags(Library& library) {
    library.tag("if", compile_if);
    library.tag("ifchanged", compile_ifchanged);
    library.tag("firstof", compile_firstof);
}

}  // namespace nuages::templates
