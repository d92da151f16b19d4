// What a regular expression's matches look like, for reverse(): characters stand for themselves, classes for one of
// their members, groups for parameters, optional groups for both their absence and their presence. The same choices as
// Django makes, as the URL that comes out is checked against the expression afterwards.
#include <nuages/urls/detail/pattern.hpp>

#include <nuages/base/error.hpp>

namespace nuages::routing {
namespace {

struct Element {
    enum Kind { kText, kParameter, kBackReference, kSequence, kOptional } kind;
    std::string text;
    std::vector<Element> inner;  // of a sequence; of an optional: one element

    bool has_parameter() const {
        if (kind == kParameter || kind == kBackReference) return true;
        for (const Element& element : inner)
            if (element.has_parameter()) return true;
        return false;
    }
};

struct EndOfPattern {};
struct Disjunction {};

// One character at a time; classes like \d are one of their members.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    void next() {
        for (;;) {
            escaped = false;
            character = take();
            if (character != '\\') return;
            character = take();
            escaped = true;
            switch (character) {
                case 'A':
                case 'b':
                case 'B':
                case 'Z': continue;  // no width
                case 'd': character = '0'; return;
                case 'D':
                case 'S':
                case 'w': character = 'x'; return;
                case 's': character = ' '; return;
                case 'W': character = '!'; return;
                default: return;
            }
        }
    }
    bool try_next() {
        try {
            next();
            return true;
        } catch (const EndOfPattern&) {
            return false;
        }
    }
    // Inside a capturing group, past its first character: goes to its closing parenthesis.
    void skip_group() {
        int nesting = character == '(' && !escaped;
        for (;;) {
            next();
            if (escaped) continue;
            if (character == '(') ++nesting;
            if (character == ')' && nesting-- == 0) return;
        }
    }

    char character = 0;
    bool escaped = false;

private:
    char take() {
        if (at_ == text_.size()) throw EndOfPattern();
        return text_[at_++];
    }
    std::string_view text_;
    std::size_t at_ = 0;
};

class Parser {
public:
    explicit Parser(std::string_view regex) : reader_(regex) {}

    std::vector<Element> run() {
        try {
            reader_.next();
            while (step()) {
                if (consume_next_) reader_.next();
                consume_next_ = true;
            }
        } catch (const EndOfPattern&) {}
        return std::move(result_);
    }

private:
    void text(char c) { result_.push_back({Element::kText, std::string(1, c), {}}); }

    bool step() {
        const char c = reader_.character;
        if (reader_.escaped) {
            text(c);
        } else if (c == '|') {
            throw Disjunction();
        } else if (c == '$') {
            return false;
        } else if (c == ')') {
            close_group();
        } else if (c == '[') {
            reader_.next();
            text(reader_.character);
            do {
                reader_.next();
            } while (reader_.escaped || reader_.character != ']');
        } else if (c == '(') {
            open_group();
        } else if (c == '*' || c == '?' || c == '+' || c == '{') {
            quantify(c);
        } else if (c != '^') {
            text(c);
        }
        return true;
    }

    void close_group() {
        if (groups_.empty()) return;
        const auto start = result_.begin() + static_cast<std::ptrdiff_t>(groups_.back());
        groups_.pop_back();
        Element group{Element::kSequence, {}, {start, result_.end()}};
        result_.erase(start, result_.end());
        result_.push_back(std::move(group));
    }

    void open_group() {
        reader_.next();
        if (reader_.character != '?' || reader_.escaped) {
            result_.push_back({Element::kParameter, {}, {}});
            reader_.skip_group();
            return;
        }
        reader_.next();
        const char kind = reader_.character;
        if (kind == '!' || kind == '=' || kind == '<') return reader_.skip_group();
        if (kind == ':') return groups_.push_back(result_.size());
        if (kind != 'P') throw ImproperlyConfigured(std::string("Non-reversible reg-exp portion: '(?") + kind + "'");
        reader_.next();
        const char opening = reader_.character;
        if (opening != '=' && opening != '<')
            throw ImproperlyConfigured(std::string("Non-reversible reg-exp portion: '(?P") + opening + "'");
        const char closing = opening == '<' ? '>' : ')';
        std::string name;
        for (reader_.next(); reader_.character != closing; reader_.next()) name += reader_.character;
        result_.push_back({opening == '<' ? Element::kParameter : Element::kBackReference, name, {}});
        if (opening == '<') reader_.skip_group();
    }

    // A quantifier stands for its least number of repetitions.
    void quantify(char c) {
        int count = c == '+' ? 1 : 0;
        if (c == '{') {
            std::string digits;
            for (reader_.next(); reader_.character != '}'; reader_.next()) digits += reader_.character;
            for (std::size_t i = 0; i < digits.size() && digits[i] != ','; ++i)
                if (digits[i] >= '0' && digits[i] <= '9' && count < kRepetitionsMax)
                    count = count * 10 + digits[i] - '0';
        }
        if (reader_.try_next()) {
            if (reader_.character != '?') consume_next_ = false;
        } else {
            at_end_ = true;
        }
        reader_.escaped = false;
        if (result_.empty()) {
        } else if (count == 0 && result_.back().has_parameter()) {
            Element optional{Element::kOptional, {}, {std::move(result_.back())}};
            result_.back() = std::move(optional);
        } else if (count == 0) {
            result_.pop_back();
        } else {
            const Element repeated = result_.back();
            for (int i = 1; i < count && i < kRepetitionsMax; ++i) result_.push_back(repeated);
        }
        if (at_end_) throw EndOfPattern();
    }

    static constexpr int kRepetitionsMax = 100;
    Reader reader_;
    std::vector<Element> result_;
    std::vector<std::size_t> groups_;
    bool consume_next_ = true;
    bool at_end_ = false;
};

constexpr std::size_t kTemplatesMax = 1000;

void append(Template& to, const Template& more) {
    for (const Template::Part& part : more.parts) {
        if (!part.is_parameter && !to.parts.empty() && !to.parts.back().is_parameter) {
            to.parts.back().text += part.text;
        } else {
            to.parts.push_back(part);
        }
    }
}

std::vector<Template> flatten(const std::vector<Element>& elements) {
    std::vector<Template> result(1);
    for (const Element& element : elements) {
        std::vector<Template> inner;
        if (element.kind == Element::kSequence) {
            inner = flatten(element.inner);
        } else if (element.kind == Element::kOptional) {
            inner.emplace_back();
            for (Template& present : flatten(element.inner)) inner.push_back(std::move(present));
        } else {
            const bool parameter = element.kind != Element::kText;
            inner.push_back({{{element.text, parameter, element.kind == Element::kBackReference}}});
        }
        std::vector<Template> product;
        for (const Template& before : result) {
            for (const Template& after : inner) {
                if (product.size() == kTemplatesMax) break;
                product.push_back(before);
                append(product.back(), after);
            }
        }
        result = std::move(product);
    }
    return result;
}

}  // namespace

std::optional<std::vector<Template>> templates_of_regex(std::string_view regex) {
    try {
        return flatten(Parser(regex).run());
    } catch (const Disjunction&) {
        return std::nullopt;
    }
}

}  // namespace nuages::routing
