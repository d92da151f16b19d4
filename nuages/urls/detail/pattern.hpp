// A route or an include, compiled: what path() and re_path() make and a resolver walks.
#pragma once

#include <nuages/http/resolver_match.hpp>
#include <nuages/urls/path.hpp>
#include <nuages/utils/regex.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::routing {

/// A way to write a route's URL: texts and parameters in turn. `reversible` is false for what can't be reversed.
struct Template {
    struct Part {
        std::string text;
        bool is_parameter = false;  // `text` is its name, or empty for an unnamed group
        bool is_back_reference = false;
    };
    std::vector<Part> parts;
};

/// What a route matched: the captures (into the path) and where its part of the path ends.
struct PatternMatch {
    PatternMatch() {}  // to write all captures costs a plain route more than the rest of its match
    http::Capture& set(std::size_t i, const http::Capture& capture) { return *std::construct_at(captures + i, capture); }

    std::size_t end = 0;
    std::size_t count = 0;
    union {
        http::Capture captures[http::ResolverMatch::kCapturesMax];  // the first `count` of them are set
    };
};

/// Whether an include stands below the code of the active language: i18n_patterns().
enum class LanguagePrefix { none, always, unless_default };

class Pattern final : public RefCounted {
public:
    /// A piece of a path() route.
    struct Piece {
        const Converter* converter = nullptr;  // null: a literal
        std::string text;                      // the literal, or the name
        unsigned char_class = 0;               // of a built-in converter's characters
    };

    Pattern(std::string_view route, bool is_endpoint, std::vector<const Converter*> own);  // path()
    struct IsRegex {};
    Pattern(std::string_view regex, bool is_endpoint, IsRegex);  // re_path()

    /// Matches at the front of `path`. An endpoint has to match all of it.
    bool match(std::string_view path, PatternMatch& out) const;

    /// Literal bytes that every path starts with.
    std::string_view prefix() const { return prefix_; }
    /// Literal bytes that every path ends with; empty for includes and regular expressions.
    std::string_view suffix() const;
    /// As a regular expression, as Django shows it in messages.
    std::string regex_text() const;
    /// The ways to write it; empty `parts` and disjunction() for a regular expression that can't be reversed.
    const std::vector<Template>& templates() const { return templates_; }
    /// "de/": what i18n_patterns() puts before the templates now; empty for other patterns.
    std::string language_text() const;
    bool has_disjunction() const { return has_disjunction_; }
    const Converter* converter_of(std::string_view parameter) const;
    std::vector<std::string> parameters() const;
    /// How many captures a match has.
    std::size_t parameters_count() const { return parameters_count_; }

    std::string route;
    bool is_regex = false;
    bool is_endpoint = true;
    PathOptions options;
    View view;                                     // of a route
    bool (*fits)(const http::Capture*) = nullptr;  // whether the captures fit the view's parameters
    RegexParameters regex_parameters;
    std::optional<Include> include;  // of an include
    LanguagePrefix language_prefix = LanguagePrefix::none;

private:
    void parse_route(std::vector<const Converter*> own);
    bool match_pieces(std::size_t piece, std::size_t at, std::string_view path, PatternMatch& out,
                      unsigned& steps) const;
    bool match_capture(std::size_t piece, std::size_t at, std::string_view path, PatternMatch& out,
                       unsigned& steps) const;
    bool match_own_converters(std::string_view path, PatternMatch& out) const;
    bool match_regex(std::string_view path, PatternMatch& out) const;

    std::vector<Piece> pieces_;
    std::string prefix_;
    std::optional<utils::Regex> regex_;  // re_path() and routes with own converters
    std::vector<std::pair<std::string, std::size_t>> groups_;
    std::vector<Template> templates_;
    bool has_disjunction_ = false;
    std::size_t parameters_count_ = 0;
};

/// django.utils.regex_helper.normalize: the texts that a regular expression's matches look like. Nothing for a
/// disjunction outside of groups. Throws ImproperlyConfigured on a construct that can't be reversed.
std::optional<std::vector<Template>> templates_of_regex(std::string_view regex);

}  // namespace nuages::routing
