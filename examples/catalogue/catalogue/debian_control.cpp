#include "debian_control.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

using nuages::Failure;
using nuages::Result;

namespace catalogue {
namespace {

constexpr std::size_t kMaxNameBytes = 150;
constexpr std::size_t kMaxVersionBytes = 150;
constexpr std::int64_t kMaxSize = INT64_C(1) << 42;  // in bytes and in units of 1024 bytes: no overflow

struct RelationField {
    std::string_view name;
    DependencyKind kind;
};
constexpr RelationField kRelationFields[] = {
    {"Depends", DependencyKind::depends},       {"Pre-Depends", DependencyKind::pre_depends},
    {"Recommends", DependencyKind::recommends}, {"Suggests", DependencyKind::suggests},
    {"Enhances", DependencyKind::enhances},     {"Breaks", DependencyKind::breaks},
    {"Conflicts", DependencyKind::conflicts},   {"Replaces", DependencyKind::replaces},
};

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool consists_of(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_alphanumeric(c) || others.find(c) != std::string_view::npos; });
}

bool is_package_name(std::string_view text) {
    return !text.empty() && text.size() <= kMaxNameBytes && is_alphanumeric(text.front()) && consists_of(text, "+-._");
}

bool is_version(std::string_view text) {
    return !text.empty() && text.size() <= kMaxVersionBytes && consists_of(text, ".+~:-_");
}

bool is_architecture(std::string_view text) { return !text.empty() && consists_of(text, "-"); }

std::string quoted(std::string_view text) { return '"' + std::string(text.substr(0, 80)) + '"'; }

/// A place in the value of a field. It knows on which line it stands, for the message.
class Scanner {
public:
    explicit Scanner(const StanzaField& field) : field_(field) {}

    bool at_end() {
        skip_space();
        return offset_ == field_.value.size();
    }
    /// Steps over TEXT where it comes next.
    bool accept(std::string_view text) {
        skip_space();
        if (!field_.value.substr(offset_).starts_with(text)) return false;
        offset_ += text.size();
        return true;
    }
    /// What stands up to the next of ENDS or white space; may be empty.
    std::string_view word(std::string_view ends) {
        skip_space();
        const std::size_t start = offset_;
        while (offset_ < field_.value.size() && !is_space(field_.value[offset_]) &&
               ends.find(field_.value[offset_]) == std::string_view::npos) {
            ++offset_;
        }
        return field_.value.substr(start, offset_ - start);
    }
    /// Steps past the next END; false where there is none.
    bool skip_past(char end) {
        const std::size_t found = field_.value.find(end, offset_);
        if (found == std::string_view::npos) return false;
        offset_ = found + 1;
        return true;
    }
    Failure failure(const std::string& reason) const {
        const std::string_view before = field_.value.substr(0, offset_);
        const auto lines = std::count(before.begin(), before.end(), '\n');
        return malformed(field_.line + static_cast<std::uint64_t>(lines), std::string(field_.name) + ": " + reason);
    }

private:
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }
    void skip_space() {
        while (offset_ < field_.value.size() && is_space(field_.value[offset_])) ++offset_;
    }

    const StanzaField& field_;
    std::size_t offset_ = 0;
};

Failure wrong(const StanzaField& field, const std::string& reason) { return Scanner(field).failure(reason); }

std::string_view parse_comparison(Scanner& scanner) {
    for (const std::string_view comparison : {"<<", "<=", ">=", ">>", "="}) {
        if (scanner.accept(comparison)) return comparison;
    }
    if (scanner.accept("<")) return "<=";  // as dpkg reads the obsolete forms
    if (scanner.accept(">")) return ">=";
    return {};
}

/// `name[:architecture] [(comparison version)] [[architectures]] [<profiles> ...]`
std::optional<Failure> parse_relation(Scanner& scanner, Relation& relation) {
    relation.name = scanner.word(":,|([<");
    if (!is_package_name(relation.name)) return scanner.failure("not a package name: " + quoted(relation.name));
    if (scanner.accept(":")) {
        relation.architecture = scanner.word(",|([<");
        if (!is_architecture(relation.architecture)) {
            return scanner.failure("not an architecture: " + quoted(relation.architecture));
        }
    }
    if (scanner.accept("(")) {
        relation.comparison = parse_comparison(scanner);
        if (relation.comparison.empty()) return scanner.failure("a version without one of << <= = >= >>");
        relation.version = scanner.word(")");
        if (!is_version(relation.version)) return scanner.failure("not a version: " + quoted(relation.version));
        if (!scanner.accept(")")) return scanner.failure("a version that does not end with \")\"");
    }
    // A binary package has no restrictions left; those of a source package do not concern a catalogue.
    if (scanner.accept("[") && !scanner.skip_past(']')) return scanner.failure("architectures that do not end");
    while (scanner.accept("<")) {
        if (!scanner.skip_past('>')) return scanner.failure("profiles that do not end");
    }
    return std::nullopt;
}

std::optional<Failure> parse_relations(const StanzaField& field, DependencyKind kind, std::vector<Relation>& out) {
    Scanner scanner{field};
    if (scanner.at_end()) return std::nullopt;
    int group = 1;
    for (;;) {
        Relation relation{.kind = kind, .group = group};
        if (auto failure = parse_relation(scanner, relation)) return failure;
        out.push_back(relation);
        if (scanner.at_end()) return std::nullopt;
        if (scanner.accept(",")) {
            ++group;
        } else if (!scanner.accept("|")) {
            return scanner.failure("expected \",\" or \"|\" after " + quoted(relation.name));
        }
    }
}

std::optional<Failure> parse_provides(const StanzaField& field, std::vector<Provided>& out) {
    std::vector<Relation> relations;
    if (auto failure = parse_relations(field, {}, relations)) return failure;
    int group = 0;
    for (const Relation& relation : relations) {
        if (relation.group == group) return wrong(field, "alternatives make no sense here");
        if (!relation.comparison.empty() && relation.comparison != "=") {
            return wrong(field, "only \"=\" makes sense here, for " + quoted(relation.name));
        }
        group = relation.group;
        out.push_back({relation.name, relation.version});
    }
    return std::nullopt;
}

/// Tags stand in a list that may be folded: `role::program, uitoolkit::gtk`.
std::optional<Failure> parse_tags(const StanzaField& field, std::vector<std::string_view>& out) {
    Scanner scanner{field};
    while (!scanner.at_end()) {
        const std::string_view tag = scanner.word(",");
        if (tag.empty()) return scanner.failure("an empty tag");
        if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(tag);
        if (!scanner.accept(",") && !scanner.at_end()) return scanner.failure("expected \",\" after " + quoted(tag));
    }
    return std::nullopt;
}

/// `Name <address>`; the name may be quoted, the address may be missing.
void parse_maintainer(std::string_view value, PackageRecord& record) {
    const std::size_t open = value.rfind('<');
    record.maintainer_name = value;
    if (open != std::string_view::npos && value.ends_with('>')) {
        record.maintainer_name = value.substr(0, open);
        record.maintainer_email = value.substr(open + 1, value.size() - open - 2);
    }
    std::string_view& name = record.maintainer_name;
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    if (name.empty()) name = record.maintainer_email;
}

std::optional<Failure> parse_size(const Stanza& stanza, std::string_view name, std::int64_t unit, std::int64_t& out) {
    const StanzaField* field = stanza.find(name);
    if (!field) return std::nullopt;
    const char* const end = field->value.data() + field->value.size();
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(field->value.data(), end, number);
    if (error != std::errc{} || stop != end || number < 0 || number > kMaxSize) {
        return wrong(*field, "not a size: " + quoted(field->value));
    }
    out = number * unit;
    return std::nullopt;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

/// The description in English, or else in whatever language there is.
std::string_view summary_of(const Stanza& stanza) {
    for (const std::string_view name : {"Description", "Description-en"}) {
        if (const StanzaField* field = stanza.find(name)) return first_line(field->value);
    }
    for (const StanzaField& field : stanza.fields) {
        if (field.name.starts_with("Description-") && field.name != "Description-md5") return first_line(field.value);
    }
    return {};
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

std::optional<Failure> parse_identity(const Stanza& stanza, PackageRecord& record) {
    const StanzaField* name = stanza.find("Package");
    if (!name) return malformed(stanza.line, "a stanza without a Package field");
    if (!is_package_name(name->value)) return wrong(*name, "not a package name: " + quoted(name->value));
    record.name = name->value;

    const std::string_view status = stanza["Status"];  // "install ok installed"
    record.installed = status.empty() || status.substr(status.rfind(' ') + 1) == "installed";

    const StanzaField* version = stanza.find("Version");
    if (!version && record.installed) {
        return malformed(stanza.line, std::string(record.name) + " has no Version field");
    }
    if (version && !is_version(version->value)) return wrong(*version, "not a version: " + quoted(version->value));
    if (version) record.version = version->value;

    const StanzaField* architecture = stanza.find("Architecture");
    if (architecture && !is_architecture(architecture->value)) {
        return wrong(*architecture, "not an architecture: " + quoted(architecture->value));
    }
    if (architecture) record.architecture = architecture->value;
    return std::nullopt;
}

}  // namespace

Result<PackageRecord> parse_package(const Stanza& stanza) {
    PackageRecord record;
    if (auto failure = parse_identity(stanza, record)) return *failure;
    record.source = stanza.find("Source") ? first_word(stanza["Source"]) : record.name;
    record.section = first_line(stanza["Section"]);
    record.priority = first_line(stanza["Priority"]);
    record.homepage = first_line(stanza["Homepage"]);
    record.summary = summary_of(stanza);
    record.essential = stanza["Essential"] == "yes";
    parse_maintainer(first_line(stanza["Maintainer"]), record);

    if (auto failure = parse_size(stanza, "Installed-Size", 1024, record.installed_size)) return *failure;
    if (auto failure = parse_size(stanza, "Size", 1, record.download_size)) return *failure;
    for (const auto& [name, kind] : kRelationFields) {
        const StanzaField* field = stanza.find(name);
        if (!field) continue;
        if (auto failure = parse_relations(*field, kind, record.relations)) return *failure;
    }
    if (const StanzaField* field = stanza.find("Provides")) {
        if (auto failure = parse_provides(*field, record.provides)) return *failure;
    }
    if (const StanzaField* field = stanza.find("Tag")) {
        if (auto failure = parse_tags(*field, record.tags)) return *failure;
    }
    return record;
}

}  // namespace catalogue
