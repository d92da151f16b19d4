#include <nuages/utils/detail/catalog.hpp>

#include <algorithm>
#include <charconv>

namespace nuages::utils::detail {

namespace {

constexpr std::size_t kPluralTextMax = 1000;
constexpr int kPluralDepthMax = 50;
constexpr std::size_t kFormsMax = 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

// Recursive descent over C's operators, lowest first.
struct PluralRule::Reader {
    PluralRule& rule;
    std::string_view text;
    bool good = true;
    int depth = 0;

    struct Infix {
        std::string_view sign;
        Operator op;
        int power;
    };
    static constexpr Infix kInfix[] = {
        {"||", Operator::or_, 1},     {"&&", Operator::and_, 2},           {"==", Operator::equal, 3},
        {"!=", Operator::not_equal, 3}, {"<=", Operator::less_equal, 4},   {">=", Operator::greater_equal, 4},
        {"<", Operator::less, 4},     {">", Operator::greater, 4},         {"+", Operator::add, 5},
        {"-", Operator::subtract, 5}, {"*", Operator::multiply, 6},        {"/", Operator::divide, 6},
        {"%", Operator::modulo, 6},
    };

    int add(Part part) {
        rule.parts_.push_back(part);
        return static_cast<int>(rule.parts_.size()) - 1;
    }
    bool accept(std::string_view sign) {
        text = trimmed(text);
        if (!text.starts_with(sign)) return false;
        text.remove_prefix(sign.size());
        return true;
    }

    int choice() {
        if (++depth > kPluralDepthMax) good = false;
        if (!good) return -1;
        const int condition = infix(0);
        int result = condition;
        if (accept("?")) {
            const int yes = choice();
            if (!accept(":")) good = false;
            const int no = choice();
            result = add({Operator::choose, 0, condition, yes, no});
        }
        --depth;
        return result;
    }

    int infix(int power) {
        int left = operand();
        for (;;) {
            text = trimmed(text);
            const Infix* found = nullptr;
            for (const Infix& known : kInfix) {
                if (text.starts_with(known.sign)) {
                    found = &known;
                    break;
                }
            }
            if (!found || found->power <= power || !good) return left;
            text.remove_prefix(found->sign.size());
            const int right = infix(found->power);
            left = add({found->op, 0, left, right, -1});
        }
    }

    int operand() {
        if (++depth > kPluralDepthMax) good = false;
        if (!good) return -1;
        int result = -1;
        if (accept("(")) {
            result = choice();
            if (!accept(")")) good = false;
        } else if (accept("!")) {
            result = add({Operator::not_, 0, operand(), -1, -1});
        } else if (accept("n")) {
            result = add({Operator::n, 0, -1, -1, -1});
        } else {
            std::uint64_t number = 0;
            auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            if (error != std::errc()) {
                good = false;
            } else {
                text.remove_prefix(static_cast<std::size_t>(end - text.data()));
                result = add({Operator::number, number, -1, -1, -1});
            }
        }
        --depth;
        return result;
    }
};

bool PluralRule::parse(std::string_view header) {
    const std::size_t count_at = header.find("nplurals=");
    const std::size_t plural_at = header.find("plural=", count_at == header.npos ? 0 : count_at + 9);
    if (count_at == header.npos || plural_at == header.npos) return false;
    std::size_t count = 0;
    std::from_chars(header.data() + count_at + 9, header.data() + header.size(), count);
    std::string_view formula = header.substr(plural_at + 7);
    formula = trimmed(formula.substr(0, formula.find(';')));
    PluralRule read;
    Reader reader{read, formula};
    if (count < 1 || count > kFormsMax || formula.size() > kPluralTextMax) return false;
    read.root_ = reader.choice();
    if (!reader.good || !trimmed(reader.text).empty()) return false;
    read.count_ = count;
    read.text_ = formula;
    *this = std::move(read);
    return true;
}

std::uint64_t PluralRule::value_of(int index, std::uint64_t n) const noexcept {
    const Part& part = parts_[static_cast<std::size_t>(index)];
    auto a = [&] { return value_of(part.a, n); };
    auto b = [&] { return value_of(part.b, n); };
    switch (part.op) {
        case Operator::number: return part.value;
        case Operator::n: return n;
        case Operator::not_: return a() == 0;
        case Operator::multiply: return a() * b();
        case Operator::divide: {
            const std::uint64_t divisor = b();
            return divisor == 0 ? 0 : a() / divisor;
        }
        case Operator::modulo: {
            const std::uint64_t divisor = b();
            return divisor == 0 ? 0 : a() % divisor;
        }
        case Operator::add: return a() + b();
        case Operator::subtract: return a() - b();
        case Operator::less: return a() < b();
        case Operator::less_equal: return a() <= b();
        case Operator::greater: return a() > b();
        case Operator::greater_equal: return a() >= b();
        case Operator::equal: return a() == b();
        case Operator::not_equal: return a() != b();
        case Operator::and_: return a() != 0 && b() != 0;
        case Operator::or_: return a() != 0 || b() != 0;
        case Operator::choose: return a() != 0 ? b() : value_of(part.c, n);
    }
    return 0;
}

std::size_t PluralRule::form_of(std::uint64_t n) const noexcept {
    if (root_ < 0) return n != 1;
    const std::uint64_t form = value_of(root_, n);
    return form < count_ ? static_cast<std::size_t>(form) : 0;
}

void Catalog::add(std::string_view context, bool has_context, std::string_view id, std::vector<std::string> forms) {
    std::string key;
    if (has_context) key.append(context).append("\4");
    key += id;
    messages_.try_emplace(std::move(key), std::move(forms));
}

const std::vector<std::string>* Catalog::find(std::string_view context, bool has_context, std::string_view id) const {
    if (!has_context) {
        auto found = messages_.find(id);
        return found == messages_.end() ? nullptr : &found->second;
    }
    std::string key;
    key.reserve(context.size() + 1 + id.size());
    key.append(context).append("\4").append(id);
    auto found = messages_.find(key);
    return found == messages_.end() ? nullptr : &found->second;
}

void Catalog::merge(const Catalog& other) {
    for (const auto& entry : other.messages_) messages_.insert(entry);
}

void Catalog::take_header(std::string_view header) {
    for (std::size_t at = 0; at < header.size();) {
        const std::size_t end = std::min(header.find('\n', at), header.size());
        const std::string_view line = header.substr(at, end - at);
        if (line.starts_with("Plural-Forms:")) plural.parse(line.substr(13));
        at = end + 1;
    }
}

bool Catalog::read(std::string_view bytes, std::string& error) {
    const bool is_mo = bytes.size() >= 4 && (bytes.substr(0, 4) == "\xde\x12\x04\x95" || bytes.substr(0, 4) == "\x95\x04\x12\xde");
    return is_mo ? read_mo(bytes, error) : read_po(bytes, error);
}

bool Catalog::read_mo(std::string_view bytes, std::string& error) {
    const bool little = bytes.front() == '\xde';
    auto number = [&](std::size_t at) -> std::size_t {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            value = value << 8 | static_cast<unsigned char>(bytes[little ? at + 3 - i : at + i]);
        }
        return value;
    };
    error = "the .mo file is damaged";
    if (bytes.size() < 28) return false;
    const std::size_t count = number(8), ids = number(12), texts = number(16);
    if (ids > bytes.size() || texts > bytes.size()) return false;
    if (count > (bytes.size() - ids) / 8 || count > (bytes.size() - texts) / 8) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t id_size = number(ids + i * 8), id_at = number(ids + i * 8 + 4);
        const std::size_t text_size = number(texts + i * 8), text_at = number(texts + i * 8 + 4);
        if (id_at > bytes.size() || id_size > bytes.size() - id_at) return false;
        if (text_at > bytes.size() || text_size > bytes.size() - text_at) return false;
        std::string_view id = bytes.substr(id_at, id_size), text = bytes.substr(text_at, text_size);
        if (id.empty()) {
            take_header(text);
            continue;
        }
        std::vector<std::string> forms;
        const bool has_plural = id.find('\0') != id.npos;
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t end = has_plural ? std::min(text.find('\0', at), text.size()) : text.size();
            forms.emplace_back(text.substr(at, end - at));
            at = end + 1;
        }
        messages_.try_emplace(std::string(id.substr(0, id.find('\0'))), std::move(forms));
    }
    error.clear();
    return true;
}

namespace {

// One entry of a .po file while its lines come.
struct PoEntry {
    std::string context, id, plural;
    std::vector<std::string> forms;
    bool has_context = false, has_id = false, fuzzy = false;
};

// The text between quotes with C's escapes resolved, appended.
bool append_quoted(std::string& out, std::string_view text) {
    text = trimmed(text);
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        switch (text[++i]) {
            case 'n': out += '\n'; break;
            case 't': out += '\t'; break;
            case 'r': out += '\r'; break;
            default: out += text[i];
        }
    }
    return true;
}

}  // namespace

bool Catalog::read_po(std::string_view text, std::string& error) {
    PoEntry entry;
    std::string* target = nullptr;
    auto close = [&] {
        if (entry.has_id && entry.id.empty() && !entry.has_context) {
            if (!entry.forms.empty()) take_header(entry.forms[0]);
        } else if (entry.has_id && !entry.fuzzy && !entry.forms.empty() && !entry.forms[0].empty()) {
            add(entry.context, entry.has_context, entry.id, std::move(entry.forms));
        }
        entry = {};
        target = nullptr;
    };
    int number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = trimmed(text.substr(at, end - at));
        at = end + 1;
        ++number;
        if (line.empty()) continue;
        if (line.front() == '#') {
            if (!entry.forms.empty()) close();
            if (line.starts_with("#,") && line.find("fuzzy") != line.npos) entry.fuzzy = true;
            continue;
        }
        if (line.front() != '"') {
            const std::size_t quote = line.find('"');
            const std::string_view word = trimmed(line.substr(0, std::min(quote, line.size())));
            line.remove_prefix(std::min(quote, line.size()));
            if ((word == "msgctxt" || word == "msgid") && !entry.forms.empty()) close();
            if (word == "msgctxt") {
                entry.has_context = true;
                target = &entry.context;
            } else if (word == "msgid") {
                entry.has_id = true;
                target = &entry.id;
            } else if (word == "msgid_plural") {
                target = &entry.plural;
            } else if (word.starts_with("msgstr") && entry.forms.size() < kFormsMax) {
                target = &entry.forms.emplace_back();
            } else {
                target = nullptr;
            }
        }
        if (!target || !append_quoted(*target, line)) {
            error = "line " + std::to_string(number) + " of the .po file is malformed";
            return false;
        }
    }
    close();
    return true;
}

}  // namespace nuages::utils::detail
