#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/contrib/postgres/search.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/own_operator.hpp>

#include <cstdio>

namespace nuages::postgres::expr {

namespace {

using namespace postgres::detail;
using db::models::Literal;
using db::models::ValueError;

/// A bound text with a type that the server should read it as.
void write_text(SqlWriter& out, std::string text, std::string_view type) {
    out.owned_param(std::move(text));
    out << "::" << type;
}

void write_config(SqlWriter& out, const std::string& config) {
    if (config.empty()) return;
    write_text(out, config, "regconfig");
    out << ", ";
}

struct VectorNode final : Node<VectorNode> {
    VectorOptions options;

    void write(SqlWriter& out) const override {
        if (options.weight) out << "setweight(";
        out << "to_tsvector(";
        write_config(out, options.config);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            out << (i ? " || ' ' || COALESCE((" : "COALESCE((");
            parts[i]->write(out);
            out << ")::text, '')";
        }
        out << ')';
        if (options.weight) out << ", '" << options.weight << "')";
    }
};

constexpr std::string_view kQueryFunctions[] = {"plainto_tsquery(", "phraseto_tsquery(", "to_tsquery(", "websearch_to_tsquery("};

struct QueryNode final : Node<QueryNode>, db::models::OwnOperator {
    QueryOptions options;

    std::string_view equals() const override { return "@@ "; }
    void write(SqlWriter& out) const override {
        if (options.invert) out << "!!(";
        out << kQueryFunctions[static_cast<std::size_t>(options.search_type)];
        write_config(out, options.config);
        parts[0]->write(out);
        out << "::text)";
        if (options.invert) out << ')';
    }
};

struct JoinNode : Node<JoinNode> {
    std::string_view operation;

    void write(SqlWriter& out) const override {
        out << '(';
        write_list(out, parts, operation);
        out << ')';
    }
};
struct QueryJoinNode final : Node<QueryJoinNode>, db::models::OwnOperator {
    std::string_view operation;

    std::string_view equals() const override { return "@@ "; }
    void write(SqlWriter& out) const override {
        out << (parts.size() == 1 ? "!!(" : "(");
        write_list(out, parts, operation);
        out << ')';
    }
};

struct RankNode final : Node<RankNode> {
    RankOptions options;

    void write(SqlWriter& out) const override {
        out << (options.cover_density ? "ts_rank_cd(" : "ts_rank(");
        if (!options.weights.empty()) {
            std::string list = "{";
            for (const double weight : options.weights) {
                char text[32];
                std::snprintf(text, sizeof text, "%s%.9g", list.size() > 1 ? "," : "", weight);
                list += text;
            }
            write_text(out, list + "}", "real[]");
            out << ", ";
        }
        write_list(out, parts);
        if (options.normalization >= 0) {
            out << ", ";
            out.number(options.normalization);
        }
        out << ')';
    }
    OutputType output() const override { return type_of(FieldKind::float_); }
};

struct HeadlineNode final : Node<HeadlineNode> {
    std::string config, options;

    void write(SqlWriter& out) const override {
        out << "ts_headline(";
        write_config(out, config);
        write_list(out, parts);
        if (!options.empty()) {
            out << ", ";
            write_text(out, options, "text");
        }
        out << ')';
    }
    OutputType output() const override { return type_of(FieldKind::text); }
};

// "StartSel='<b>', MaxWords=5": quotes are doubled, as to_tsquery's options want them.
std::string headline_options(const HeadlineOptions& from) {
    std::string out;
    const auto key = [&](const char* name) { out.append(out.empty() ? "" : ", ").append(name).append("="); };
    const auto text = [&](const char* name, const std::string& value) {
        if (value.empty()) return;
        key(name);
        out += '"';
        for (const char c : value) out.append(c == '"' ? 2 : 1, c);
        out += '"';
    };
    const auto number = [&](const char* name, int value, int least) {
        if (value < least) return;
        key(name);
        out += std::to_string(value);
    };
    text("StartSel", from.start_sel);
    text("StopSel", from.stop_sel);
    number("MaxWords", from.max_words, 1);
    number("MinWords", from.min_words, 1);
    number("ShortWord", from.short_word, 0);
    if (from.highlight_all >= 0) {
        key("HighlightAll");
        out += from.highlight_all ? "true" : "false";
    }
    number("MaxFragments", from.max_fragments, 0);
    text("FragmentDelimiter", from.fragment_delimiter);
    return out;
}

struct TrigramNode final : Node<TrigramNode> {
    std::string_view before, between;

    void write(SqlWriter& out) const override {
        out << before;
        write_list(out, parts, between);
        out << ')';
    }
    OutputType output() const override { return type_of(FieldKind::float_); }
};

struct TrigramKind {
    std::string_view name, before, between;
};
constexpr TrigramKind kTrigrams[] = {
    {"similarity", "SIMILARITY(", ", "},
    {"word_similarity", "WORD_SIMILARITY(", ", "},
    {"strict_word_similarity", "STRICT_WORD_SIMILARITY(", ", "},
    {"distance", "(", " <-> "},
    {"word_distance", "(", " <<-> "},
    {"strict_word_distance", "(", " <<<-> "},
};

}  // namespace

Expr search_vector(std::vector<Expr> texts, const VectorOptions& options) {
    if (options.weight && (options.weight < 'A' || options.weight > 'D'))
        throw ValueError(std::string("The weight of a SearchVector is one of A, B, C and D, not '") + options.weight + "'.");
    auto made = make_ref<VectorNode>();
    made->parts = std::move(texts);
    made->options = options;
    return made;
}

Expr search_query(Expr text, const QueryOptions& options) {
    auto made = make_ref<QueryNode>();
    made->parts = {std::move(text)};
    made->options = options;
    return made;
}

Expr join(Expr left, std::string_view operation, Expr right, bool query) {
    if (query) {
        auto made = make_ref<QueryJoinNode>();
        made->parts = {std::move(left), std::move(right)};
        made->operation = operation;
        return made;
    }
    auto made = make_ref<JoinNode>();
    made->parts = {std::move(left), std::move(right)};
    made->operation = operation;
    return made;
}

Expr not_(Expr query) {
    auto made = make_ref<QueryJoinNode>();
    made->parts = {std::move(query)};
    return made;
}

Expr search_rank(Expr vector, Expr query, const RankOptions& options) {
    if (!options.weights.empty() && options.weights.size() != 4)
        throw ValueError("SearchRank takes four weights, of D, C, B and A: " + std::to_string(options.weights.size()) + " given.");
    auto made = make_ref<RankNode>();
    made->parts = {std::move(vector), std::move(query)};
    made->options = options;
    return made;
}

Expr search_headline(Expr text, Expr query, const HeadlineOptions& options) {
    auto made = make_ref<HeadlineNode>();
    made->parts = {std::move(text), std::move(query)};
    made->config = options.config;
    made->options = headline_options(options);
    return made;
}

Expr trigram(std::string_view what, Expr text, Expr other) {
    for (const TrigramKind& kind : kTrigrams) {
        if (kind.name != what) continue;
        auto made = make_ref<TrigramNode>();
        made->parts = {std::move(text), std::move(other)};
        made->before = kind.before;
        made->between = kind.between;
        return made;
    }
    throw ValueError("There is no trigram function '" + std::string(what.substr(0, 40)) + "'.");
}

}  // namespace nuages::postgres::expr
