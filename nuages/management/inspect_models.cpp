#include <nuages/db/introspection.hpp>
#include <nuages/management/detail/inspect_models.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace nuages::management::detail {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// C++ keywords; a member of that name takes a trailing underscore, which is no part of the column's name.
constexpr std::string_view kKeywords =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl concept "
    "const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do double "
    "dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept "
    "not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires return short signed sizeof "
    "static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union "
    "unsigned using virtual void volatile wchar_t while xor xor_eq ";
// Members that every model has.
constexpr std::string_view kMembers =
    " objects pk key save update full_clean refresh_from_db meta str self described get_absolute_url models nuages std ";
// Names that stand for something in a model's scope.
constexpr std::string_view kTypes =
    " SmallAutoField AutoField BigAutoField CharField TextField SlugField EmailField URLField FileField ImageField FilePathField "
    "GenericIPAddressField BooleanField SmallIntegerField IntegerField BigIntegerField PositiveSmallIntegerField "
    "PositiveIntegerField PositiveBigIntegerField FloatField DecimalField DateField TimeField DateTimeField DurationField "
    "UUIDField BinaryField JSONField Choice Nullable Generated Embed ForeignKey OneToOneField CompositePrimaryKey "
    "ManyToManyField Reverse OnDelete QuerySet Manager DoesNotExist MultipleObjectsReturned Model Meta ";

bool is_word_of(std::string_view word, std::string_view words) {
    return words.find(" " + std::string(word) + " ") != words.npos;
}

std::string quoted(std::string_view text) {
    constexpr char kDigits[] = "01234567";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f || c == '?') {  // "??" might begin a trigraph
            out += '\\';
            for (const int shift : {6, 3, 0}) out += kDigits[byte >> shift & 7];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

// Text that ends neither the comment nor the line.
std::string comment(std::string_view text) {
    std::string out;
    for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == '\\' ? ' ' : c;
    return out;
}

// "blog_article-2" is BlogArticle2, as Django's table2model() names it.
std::string class_name(std::string_view table) {
    std::string name;
    bool begin = true;
    for (const char c : table) {
        if (!is_letter(c) && !is_digit(c)) {
            begin = true;
            continue;
        }
        name += begin && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : begin ? c : lower(c);
        begin = is_digit(c);
    }
    if (name.empty() || is_digit(name[0]) || is_word_of(name, kTypes)) name = "Model" + name;
    return name;
}

/// A member's name, and what to say of it.
struct MemberName {
    std::string name;
    std::vector<std::string> notes;
};

// What Django's normalize_col_name() does, for C++.
MemberName member_name(std::string_view column, const std::set<std::string>& used, bool is_relation) {
    MemberName made;
    std::string& name = made.name;
    for (const char c : column) name += lower(c);
    if (name != column) made.notes.push_back("Field name made lowercase.");
    if (is_relation && name.size() > 3 && name.ends_with("_id")) name.erase(name.size() - 3);
    bool strange = false;
    for (char& c : name) {
        if (is_letter(c) || is_digit(c) || c == '_') continue;
        c = '_';
        strange = true;
    }
    if (strange) made.notes.push_back("Field renamed to remove unsuitable characters.");
    const std::string before = name;
    for (std::size_t at = name.find("__"); at != name.npos; at = name.find("__")) name.erase(at, 1);
    if (name.starts_with('_')) name = "field" + name;
    if (name.ends_with('_')) name += "field";
    if (name.empty()) name = "field";
    if (name != before) made.notes.push_back("Field renamed because of its underscores.");
    if (is_digit(name[0])) {
        name = "number_" + name;
        made.notes.push_back("Field renamed because it wasn't a valid C++ identifier.");
    }
    if (is_word_of(name, kMembers)) {
        name += "_field";
        made.notes.push_back("Field renamed because every model has a member of that name.");
    }
    const std::string base = name;
    for (int number = 0; used.count(name); ++number) {
        name = base + "_" + std::to_string(number);
        if (number == 0) made.notes.push_back("Field renamed because of name conflict.");
    }
    return made;
}

struct Table {
    db::TableInfo info;
    std::string name;  // of the struct
    std::vector<db::ColumnInfo> columns;
    std::vector<db::RelationInfo> relations;
    std::vector<std::string> key;
    std::vector<std::vector<std::string>> unique_together;
    std::set<std::string> unique;

    const db::RelationInfo* relation(const std::string& column) const {
        for (const db::RelationInfo& one : relations) {
            if (one.column == column) return &one;
        }
        return nullptr;
    }
};

class Inspector {
public:
    Inspector(const db::Connection& connection, const InspectOptions& options)
        : connection_(connection), introspection_(connection.introspection()), options_(options) {}

    std::string run() {
        read();
        sort();
        std::string out =
            "// This header was made by inspectdb. It compiles as it stands; what a person should look at:\n"
            "//   * each model should have one field with primary_key = true\n"
            "//   * each ForeignKey and OneToOneField should have the on_delete that is wanted\n"
            "//   * remove `.managed = false` where migrations should create, modify and delete the table\n"
            "// Models and fields may be renamed, db_table and db_column may not.\n"
            "#pragma once\n\n#include <nuages/models.hpp>\n\nnamespace " +
            options_.name_space + " {\n\nnamespace models = nuages::models;\nusing namespace nuages::literals;\n";
        for (const Table& table : tables_) out += "\n" + model(table);
        return out + "\n}  // namespace " + options_.name_space + "\n";
    }

private:
    void read() {
        std::set<std::string> names;
        for (db::TableInfo& info : introspection_.get_table_list(connection_)) {
            const bool asked = options_.tables.empty()
                                   ? info.type == db::TableType::table ||
                                         (info.type == db::TableType::view && options_.include_views) ||
                                         (info.type == db::TableType::partition && options_.include_partitions)
                                   : std::find(options_.tables.begin(), options_.tables.end(), info.name) != options_.tables.end();
            if (!asked) continue;
            Table& table = tables_.emplace_back();
            table.info = std::move(info);
            table.columns = introspection_.get_table_description(connection_, table.info.name);
            table.relations = introspection_.get_relations(connection_, table.info.name);
            for (const db::ConstraintInfo& constraint : introspection_.get_constraints(connection_, table.info.name)) {
                if (constraint.primary_key) table.key = constraint.columns;
                if (!constraint.unique || constraint.primary_key || constraint.partial) continue;
                const auto& columns = constraint.columns;
                if (columns.size() == 1 && !columns[0].empty()) table.unique.insert(columns[0]);
                if (columns.size() > 1 && std::find(columns.begin(), columns.end(), "") == columns.end())
                    table.unique_together.push_back(columns);
            }
            std::string name = class_name(table.info.name);
            const std::string base = name;
            for (int number = 2; !names.insert(name).second; ++number) name = base + std::to_string(number);
            table.name = name;
        }
    }

    const Table* find(const std::string& name) const {
        for (const Table& table : tables_) {
            if (introspection_.identifier_converter(table.info.name) == introspection_.identifier_converter(name))
                return &table;
        }
        return nullptr;
    }

    // Tables that others refer to come first; in a circle some are named before they are defined.
    void sort() {
        std::vector<Table> sorted;
        std::vector<char> done(tables_.size(), 0);
        const auto place = [&](auto& self, std::size_t index) -> void {
            if (done[index]) return;
            done[index] = 1;
            for (const db::RelationInfo& relation : tables_[index].relations) {
                if (const Table* target = find(relation.target_table))
                    self(self, static_cast<std::size_t>(target - tables_.data()));
            }
            order_.push_back(index);
        };
        for (std::size_t i = 0; i < tables_.size(); ++i) place(place, i);
        for (const std::size_t index : order_) sorted.push_back(tables_[index]);
        tables_ = std::move(sorted);
    }

    static void add(std::string& options, std::string_view name, const std::string& value) {
        options += options.empty() ? "." : ", .";
        options += name;
        options += " = ";
        options += value;
    }

    // Designated initializers keep the order of the option structs.
    std::string field_options(const db::ColumnInfo& column, const db::FieldTypeInfo& type, const MemberName& member,
                              bool is_key, bool is_unique) const {
        std::string options;
        if (type.max_length) add(options, "max_length", std::to_string(type.max_length));
        if (type.type == "DecimalField") {
            add(options, "max_digits", std::to_string(type.max_digits));
            add(options, "decimal_places", std::to_string(type.decimal_places));
        }
        const bool is_text = type.type == "CharField" || type.type == "TextField";
        if (!column.collation.empty() && is_text) add(options, "db_collation", quoted(column.collation));
        if (column.null_ok) add(options, "blank", "true");
        if (is_unique) add(options, "unique", "true");
        if (is_key && !type.type.ends_with("AutoField")) add(options, "primary_key", "true");
        std::string plain = member.name;
        if (plain != column.name) add(options, "db_column", quoted(column.name));
        if (!column.comment.empty()) add(options, "db_comment", quoted(column.comment));
        return options;
    }

    std::string relation_options(const db::ColumnInfo& column, const db::RelationInfo& relation, const MemberName& member,
                                 bool several, bool is_key) const {
        const std::string_view rule = relation.on_delete == "CASCADE"       ? "DB_CASCADE"
                                      : relation.on_delete == "SET NULL"    ? "DB_SET_NULL"
                                      : relation.on_delete == "SET DEFAULT" ? "DB_SET_DEFAULT"
                                                                            : "DO_NOTHING";
        std::string options;
        add(options, "on_delete", std::string(rule));
        if (several) add(options, "related_name", "\"+\"");
        if (column.null_ok) add(options, "blank", "true");
        if (is_key) add(options, "primary_key", "true");
        if (member.name + "_id" != column.name) add(options, "db_column", quoted(column.name));
        if (!column.comment.empty()) add(options, "db_comment", quoted(column.comment));
        return options;
    }

    std::string relation_type(const Table& table, const db::RelationInfo& relation, const Table& target, bool unique) const {
        const bool later = &target > &table;
        std::string type = (unique ? "OneToOneField<" : "ForeignKey<") + (later ? "struct " + target.name : target.name);
        const bool to_key = target.key.size() == 1 && target.key[0] == relation.target_column;
        if (!to_key) type += ", " + quoted(member_name(relation.target_column, {}, false).name);
        return type + ">";
    }

    std::string model(const Table& table) const {
        std::string out = "struct " + table.name + " : models::Model<" + table.name + "> {\n";
        std::set<std::string> used;
        std::map<std::string, std::string> member_of;
        std::map<std::string, int> references;
        for (const db::RelationInfo& relation : table.relations) ++references[relation.target_table];
        std::string fields;
        for (const db::ColumnInfo& column : table.columns) fields += field(table, column, used, member_of, references);
        if (table.key.size() > 1) {
            std::string parts;
            for (const std::string& part : table.key) parts += (parts.empty() ? "" : ", ") + quoted(member_of[part]);
            out += "    CompositePrimaryKey<" + parts + "> key;\n";
        } else if (table.key.empty()) {
            out += "    // The table has no primary key: choose the column that tells its rows apart. The first one stands in.\n";
        }
        return out + fields + meta(table, member_of) + "};\n";
    }

    std::string field(const Table& table, const db::ColumnInfo& column, std::set<std::string>& used,
                      std::map<std::string, std::string>& member_of, const std::map<std::string, int>& references) const {
        const db::RelationInfo* relation = table.relation(column.name);
        const Table* target = relation ? find(relation->target_table) : nullptr;
        if (target && target->key.size() > 1) target = nullptr;  // of a composite key only all parts together are a reference
        MemberName member = member_name(column.name, used, target != nullptr);
        used.insert(member.name);
        member_of[column.name] = member.name;
        if (column.is_generated)
            return "    // " + comment(column.name) + ": computed by the database; declare it as Generated<...>.\n";
        const bool stands_in = table.key.empty() && &column == table.columns.data();
        const bool is_key = stands_in || (table.key.size() == 1 && table.key[0] == column.name);
        const bool is_unique = table.unique.count(column.name) && !is_key;
        std::string type, options;
        if (target) {
            type = relation_type(table, *relation, *target, is_unique || is_key);
            options = relation_options(column, *relation, member, references.at(relation->target_table) > 1, is_key);
            if (references.at(relation->target_table) > 1)
                member.notes.push_back("Several fields lead to that model: name a Reverse for each that is wanted.");
        } else {
            db::FieldTypeInfo info = introspection_.get_field_type(column);
            // An automatic key may be no part of a composite one.
            if (info.type.ends_with("AutoField") && !is_key) info.type = "BigIntegerField";
            if (info.guessed) member.notes.push_back("This field type is a guess.");
            if (relation) member.notes.push_back("Refers to " + comment(relation->target_table) + ".");
            options = field_options(column, info, member, is_key, is_unique);
            type = info.type;
        }
        if (column.null_ok && !is_key) type = "Nullable<" + type + ">";
        const bool keyword = is_word_of(member.name, kKeywords);
        std::string line = "    " + type + " " + member.name + (keyword ? "_" : "");
        if (!options.empty()) line += " {{" + options + "}}";
        line += ";";
        std::string notes;
        for (const std::string& note : member.notes) notes += (notes.empty() ? "  // " : " ") + note;
        return line + notes + "\n";
    }

    std::string meta(const Table& table, const std::map<std::string, std::string>& member_of) const {
        std::string options = ".db_table = " + quoted(table.info.name);
        std::string groups;
        for (const std::vector<std::string>& together : table.unique_together) {
            std::string group;
            bool known = true;
            for (const std::string& column : together) {
                const auto member = member_of.find(column);
                known &= member != member_of.end() && !is_generated(table, column);
                if (known) group += (group.empty() ? "" : ", ") + quoted(member->second);
            }
            if (known) groups += (groups.empty() ? "{" : ", {") + group + "}";
        }
        if (!groups.empty()) add(options, "unique_together", "{" + groups + "}");
        add(options, "managed", "false");
        if (!table.info.comment.empty()) add(options, "db_table_comment", quoted(table.info.comment));
        const std::string note = table.info.type == db::TableType::view ? "  // a view" : "";
        return "\n    static models::Meta<" + table.name + "> meta() {" + note + "\n        return {" + options + "};\n    }\n";
    }

    static bool is_generated(const Table& table, const std::string& column) {
        return std::any_of(table.columns.begin(), table.columns.end(),
                           [&](const db::ColumnInfo& one) { return one.name == column && one.is_generated; });
    }

    const db::Connection& connection_;
    const db::Introspection& introspection_;
    const InspectOptions& options_;
    std::vector<Table> tables_;
    std::vector<std::size_t> order_;
};

}  // namespace

std::string inspect_models(const db::Connection& connection, const InspectOptions& options) {
    return Inspector(connection, options).run();
}

}  // namespace nuages::management::detail
