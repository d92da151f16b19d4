// Field: one member of a model at run time. What the typed layer, the compiler, migrations and the admin share.
//
// A model's struct is only known to the typed layer. The core reaches a member through `offset` and `ops`, a table of
// functions for the member's C++ type: one table per field type, not per model, so no decoding code is generated.
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/core/validators/validator.hpp>
#include <nuages/db/models/expression.hpp>
#include <nuages/db/models/field_kind.hpp>
#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/literal.hpp>
#include <nuages/db/models/member_ops.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Ops of data-only records, whose members are all of one type: a Literal beside a RelatedCache.
const FieldOps& record_ops(FieldKind kind);
std::size_t record_slot_size();

struct Choice {
    Literal value;
    std::string label;
    std::string group = {};  ///< the heading it stands under, or none
};

/// Options of FileField, ImageField and FilePathField; only the path is in the column.
struct FileOptions {
    std::string upload_to;
    std::string width_field, height_field;  ///< ImageField: where the dimensions are kept
    std::string path, match;                ///< FilePathField: the folder, and a regular expression for names
    bool recursive = false, allow_files = true, allow_folders = false;
};

/// Where a relation leads. Exactly one of `resolve`, `model` is set by who describes the field.
struct Relation {
    const ModelMeta& (*resolve)() = nullptr;
    const ModelMeta* model = nullptr;
    OnDelete on_delete = OnDelete::CASCADE;
    std::string related_name;        ///< accessor on the target; "" stands for Django's default, "+" for none
    std::string related_query_name;  ///< name in lookups; "" stands for related_name, else the model's name
    std::string to_field;            ///< "" stands for the primary key
    bool symmetrical = false;
    bool db_constraint = true;
    bool parent_link = false;  ///< one_to_one: this table extends the other one
    Literal set_value;                 ///< of on_delete SET
    Literal (*set_call)() = nullptr;   ///< of on_delete SET, instead of set_value
    /// A condition on the target's rows that may be chosen: forms offer those, full_clean() refuses others.
    Expr limit_choices_to;
    Expr (*limit_choices_call)() = nullptr;  ///< instead of limit_choices_to: asked each time
    /// many_to_many: the through model where it is not made automatically, and its two foreign keys ("" = found by type).
    const ModelMeta& (*through)() = nullptr;
    const ModelMeta* through_model = nullptr;
    std::string through_source, through_target;
    std::string db_table;  ///< many_to_many: table of the automatic through model, "" for Django's name
    std::string via;       ///< reverse: the name of the foreign key or many-to-many field on the other model
    std::string swappable;  ///< the setting that says where it leads: "AUTH_USER_MODEL"; empty: nobody may choose
};

struct BaseField;

struct Field {
    std::string name;      ///< "author"
    std::string attname;   ///< "author_id"; empty stands for Django's choice
    std::string column;    ///< empty stands for attname
    FieldKind kind = FieldKind::char_;
    const FieldType* type = nullptr;  ///< of a class of the program's own (field_type.hpp); null: the framework's
    std::string type_name;  ///< Django's class name, for messages and migrations: "EmailField"; empty: the kind's own
    std::string verbose_name, help_text;
    std::size_t offset = 0;  ///< of the member in the object, in bytes
    const FieldOps* ops = nullptr;

    bool primary_key = false, null = false, blank = false, unique = false, editable = true;
    std::optional<bool> db_index;      ///< unset: as the field's class says (foreign keys and slugs have an index)
    bool auto_now = false, auto_now_add = false, auto_created = false;
    bool has_default = false;
    Literal default_value;             ///< with has_default
    Literal (*default_call)() = nullptr;  ///< callable default, with has_default
    Expr db_default;                   ///< what the database fills in: a value or an expression; empty: nothing
    Expr generated;                    ///< GeneratedField's expression; `kind` is that of its output
    bool db_persist = true;            ///< GeneratedField: STORED rather than VIRTUAL
    int max_length = 0;                ///< 0: none
    int max_digits = 0, decimal_places = 0;
    std::string db_collation, db_comment, db_tablespace;
    std::string protocol = "both";     ///< GenericIPAddressField: "both", "IPv4" or "IPv6"
    bool unpack_ipv4 = false, allow_unicode = false;
    std::string unique_for_date, unique_for_month, unique_for_year;  ///< names of date fields
    FileOptions file;
    std::vector<Choice> choices;
    std::vector<Ref<const validators::Validator>> validators;  ///< beside those of the field's class
    std::vector<std::pair<std::string, std::string>> error_messages;  ///< by code, instead of Django's texts
    Ref<const BaseField> base_field;   ///< of an array or a range: what its items are
    int size = 0;                      ///< of an array: how many items it may have; 0: any number
    std::vector<std::string> parts;    ///< composite: the names of its fields
    Relation relation;

    const ModelMeta* model = nullptr;  ///< set by ModelMeta::finish
    int column_index = -1;             ///< place among the model's columns, -1 without column
    mutable const ModelMeta* through_cache = nullptr;  ///< ModelMeta::through()'s

    bool concrete() const { return kind < FieldKind::composite || is_foreign_key(); }
    bool is_relation() const { return kind >= FieldKind::foreign_key; }
    bool is_foreign_key() const { return kind == FieldKind::foreign_key || kind == FieldKind::one_to_one; }
    bool is_auto() const { return kind <= FieldKind::big_auto; }
    bool is_composite() const { return kind == FieldKind::composite; }
    bool is_generated() const { return static_cast<bool>(generated); }
    /// The database fills it in when an object is inserted: such columns are read back.
    bool is_set_by_database() const { return is_auto() || is_generated() || db_default; }
    bool is_text() const { return kind == FieldKind::char_ || kind == FieldKind::text; }
    bool is_number() const { return kind <= FieldKind::decimal && kind != FieldKind::boolean; }
    bool has_index() const { return db_index.value_or(false); }
    bool has_unique() const { return unique || primary_key || kind == FieldKind::one_to_one; }

    /// The model a relation leads to.
    const ModelMeta& target() const;
    /// The condition of limit_choices_to; empty: none.
    Expr get_limit_choices_to() const {
        return relation.limit_choices_call ? relation.limit_choices_call() : relation.limit_choices_to;
    }
    /// The field of the target that a foreign key holds: its primary key, or `to_field`.
    const Field& target_field() const;
    /// The field whose type the column has: itself, or the end of a chain of foreign keys.
    const Field& value_field() const;

    void* member(void* object) const { return static_cast<char*>(object) + offset; }
    const void* member(const void* object) const { return static_cast<const char*>(object) + offset; }
    /// The value; of a composite key a list.
    Literal get(const void* object) const {
        return is_composite() ? composite_value(object) : ops->get(member(object));
    }
    void set(void* object, const Literal& value) const {
        if (is_composite()) return set_composite(object, value);
        ops->set(member(object), value);
    }

private:
    Literal composite_value(const void* object) const;
    void set_composite(void* object, const Literal& value) const;
};

/// What the items of an array or a range are: a field of no model.
struct BaseField : RefCounted {
    Field field;
    explicit BaseField(Field from) : field(std::move(from)) {}
};

/// Django's class name of a field: "CharField".
std::string_view field_class_name(const Field& field);

}  // namespace nuages::db::models
