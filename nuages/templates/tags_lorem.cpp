// {% lorem %}: filler text. The first words and the first paragraph are the ones that everybody knows.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/filtering.hpp>

#include <algorithm>
#include <random>

namespace nuages::templates {

namespace {

constexpr std::string_view kParagraph =
    "Lorem ipsum dolor sit amet, consectetur adipisicing elit, sed do eiusmod tempor incididunt ut labore et dolore "
    "magna "
    "aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo "
    "consequat. "
    "Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur "
    "sint "
    "occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id est laborum.";

constexpr std::size_t kCommonWords = 19;
constexpr std::int64_t kCountMax = 10'000;

// The words of the paragraph in order, in lower case.
const std::vector<std::string>& all_words() {
    static const std::vector<std::string> words = [] {
        std::vector<std::string> list;
        std::string word;
        for (char c : kParagraph) {
            if (c == ' ') {
                list.push_back(std::move(word));
                word.clear();
            } else if (c != ',' && c != '.') {
                word += static_cast<char>(c | 0x20);
            }
        }
        list.push_back(std::move(word));
        return list;
    }();
    return words;
}

std::size_t random_below(std::size_t end) {
    static thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(generator);
}

std::string words(std::int64_t count, bool common) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) {
        const bool known = common && static_cast<std::size_t>(i) < kCommonWords;
        if (i > 0) text += ' ';
        text += all_words()[known ? static_cast<std::size_t>(i) : random_below(all_words().size())];
    }
    return text;
}

std::string sentence() {
    std::string text = words(static_cast<std::int64_t>(4 + random_below(12)), false);
    text[0] = static_cast<char>(text[0] & ~0x20);
    return text + (random_below(4) == 0 ? '?' : '.');
}

std::string paragraph() {
    std::string text = sentence();
    for (std::size_t more = random_below(4); more > 0; --more) text.append(" ").append(sentence());
    return text;
}

struct LoremNode final : Node {
    Expression count;
    char method = 'b';
    bool common = true;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        const std::int64_t wanted = std::min(to_integer(count.resolve(renderer)).value_or(1), kCountMax);
        if (method == 'w') {
            renderer.out() += words(wanted, common);
            return;
        }
        for (std::int64_t i = 0; i < wanted; ++i) {
            if (i > 0) renderer.out() += "\n\n";
            if (method == 'p') renderer.out() += "<p>";
            renderer.out() += common && i == 0 ? std::string(kParagraph) : paragraph();
            if (method == 'p') renderer.out() += "</p>";
        }
    }
};

Ref<const Node> compile_lorem(Parser& parser, const Token& token) {
    auto parts = token.split();
    auto node = make_ref<LoremNode>();
    node->common = parts.back() != "random";
    if (!node->common) parts.pop_back();
    if (parts.back() == "w" || parts.back() == "p" || parts.back() == "b") {
        node->method = parts.back()[0];
        parts.pop_back();
    }
    std::string count = "1";
    if (parts.size() > 1) {
        count = parts.back();
        parts.pop_back();
    }
    node->count = parser.compile(count);
    if (parts.size() != 1) throw TemplateSyntaxError("Incorrect format for 'lorem' tag");
    return node;
}

}  // namespace

void add_lorem_tag(Library& library) { library.tag("lorem", compile_lorem); }

}  // namespace nuages::templates
