#include "corpus.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace raw_requests {
namespace {

class Reader {
public:
    explicit Reader(const std::string& path) : path_(path), name_(path.substr(path.rfind('/') + 1)) {}

    std::vector<Case> read() {
        std::ifstream file(path_);
        if (!file) throw std::runtime_error("Cannot read " + path_);
        bool in_bytes = false;
        for (std::string line; std::getline(file, line);) {
            ++line_;
            if (line.starts_with("== ")) {
                cases_.push_back({name_ + ":" + std::to_string(line_) + " " + line.substr(3), {}, {}});
                in_bytes = false;
            } else if (!in_bytes && (line.empty() || line[0] == '#')) {
                continue;
            } else if (cases_.empty()) {
                refuse("a line before the first case");
            } else if (line.starts_with("-> ")) {
                if (in_bytes) refuse("an outcome behind the bytes");
                cases_.back().outcomes.push_back(outcome(line.substr(3)));
            } else if (line.empty()) {
                in_bytes = false;
            } else {
                in_bytes = true;
                cases_.back().bytes += unescape(line);
            }
        }
        for (const Case& one : cases_)
            if (one.outcomes.empty() || one.bytes.empty()) throw std::runtime_error(one.place + ": no outcome or no bytes");
        return std::move(cases_);
    }

private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw std::runtime_error(name_ + ":" + std::to_string(line_) + ": " + what);
    }

    Outcome outcome(const std::string& text) const {
        Outcome out;
        if (text == "more") return out;
        if (text.size() == 3 && text.find_first_not_of("0123456789") == text.npos) {
            out.kind = Outcome::Kind::refused;
            out.status = std::stoi(text);
            return out;
        }
        const std::size_t first = text.find(' '), second = text.find(" \""), end = text.rfind('"');
        if (first == text.npos || second == text.npos || second < first + 1 || end < second + 2)
            refuse("no outcome: " + text);
        out.kind = Outcome::Kind::request;
        out.method = text.substr(0, first);
        out.target = unescape(text.substr(first + 1, second - first - 1));
        out.body = unescape(text.substr(second + 2, end - second - 2));
        const std::string rest = text.substr(end + 1);
        if (!rest.empty() && rest != " close") refuse("unknown: " + rest);
        out.closes = !rest.empty();
        return out;
    }

    std::string unescape(std::string_view text) const {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '{') {
                const std::size_t star = text.find('*', i), end = text.find('}', i);
                if (star == text.npos || end == text.npos || star > end) refuse("a brace without TIMES*TEXT}");
                const std::string part = unescape(text.substr(star + 1, end - star - 1));
                for (int times = std::stoi(std::string(text.substr(i + 1, star - i - 1))); times > 0; --times) out += part;
                i = end;
            } else if (text[i] == '\\') {
                out += escaped(text, i);
            } else {
                out += text[i];
            }
        }
        return out;
    }

    char escaped(std::string_view text, std::size_t& i) const {
        if (++i == text.size()) refuse("a backslash at the end");
        switch (text[i]) {
            case 'r': return '\r';
            case 'n': return '\n';
            case 't': return '\t';
            case '0': return '\0';
            case '\\':
            case '"':
            case '{':
            case ' ': return text[i];
            case 'x':
                if (i + 2 < text.size()) {
                    i += 2;
                    return static_cast<char>(std::stoi(std::string(text.substr(i - 1, 2)), nullptr, 16));
                }
                break;
            default: break;
        }
        refuse("an unknown escape");
    }

    std::string path_;
    std::string name_;
    int line_ = 0;
    std::vector<Case> cases_;
};

}  // namespace

std::string describe(const Outcome& outcome) {
    switch (outcome.kind) {
        case Outcome::Kind::more: return "more";
        case Outcome::Kind::refused: return std::to_string(outcome.status);
        case Outcome::Kind::request: break;
    }
    const std::string body = outcome.body.size() > 100 ? std::to_string(outcome.body.size()) + " bytes" : outcome.body;
    return outcome.method + " " + outcome.target + " \"" + body + "\"" + (outcome.closes ? " close" : "");
}

std::vector<Case> read_cases(const std::string& path) { return Reader(path).read(); }

}  // namespace raw_requests
