// ModelMeta: a model at run time, made from a C++ struct by the typed layer or from data alone.
#pragma once

#include <nuages/db/models/field.hpp>
#include <nuages/db/models/index_method.hpp>
#include <nuages/db/models/model_ops.hpp>
#include <nuages/db/models/q.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Ops of data-only records: objects are rows of Literals, and so need no C++ struct.
const ModelOps& record_model_ops();

/// An index of Meta.indexes: over fields ("-name" for descending), or over expressions.
struct Index {
    std::string name;  ///< empty: Django's name
    std::vector<std::string> fields;
    std::optional<QNode> condition;
    std::vector<OrderBy> expressions = {};
    std::vector<std::string> include = {}, opclasses = {};  ///< where the database has them
    std::string db_tablespace = {};
    IndexMethod method = {};  ///< of PostgreSQL: contrib/postgres/indexes.hpp
};

/// A constraint of Meta.constraints: unique over `fields` or `expressions`, or else a check of `condition`.
struct Constraint {
    using Deferrable = models::Deferrable;

    std::string name;
    std::vector<std::string> fields;  ///< empty, and no expressions: a check constraint
    std::optional<QNode> condition;
    std::vector<OrderBy> expressions = {};
    std::vector<std::string> include = {}, opclasses = {};
    Deferrable deferrable = Deferrable::no;
    std::optional<bool> nulls_distinct = {};
    std::string violation_error_code = {}, violation_error_message = {};
    /// Of an exclusion constraint: for each of `expressions` the operator that may not hold between two rows ("&&").
    std::vector<std::string> operators = {};
    std::string index_type = {};  ///< with operators: "GIST"

    bool is_exclusion() const { return !operators.empty(); }
    bool is_check() const;
};

struct ModelMeta {
    std::string app_label;    ///< "blog"
    std::string object_name;  ///< "Article"
    std::string model_name;   ///< "article"; empty: object_name in lower case
    std::string db_table;     ///< empty: app_label_model_name
    std::string verbose_name, verbose_name_plural;
    std::vector<Field> fields;  ///< in the order of declaration, with those that have no column
    std::vector<std::string> ordering;
    std::vector<std::string> get_latest_by;  ///< "-published_at", "id"
    std::vector<Index> indexes;
    std::vector<Constraint> constraints;
    std::vector<std::vector<std::string>> unique_together;
    bool managed = true;
    bool auto_created = false;  ///< the through model of a many-to-many field
    bool select_on_save = false;
    std::string db_table_comment, db_tablespace, default_related_name;
    /// The name of a foreign key: objects have an order among those with the same one, in the column "_order". A model made
    /// from data gets that field by itself; a struct declares `IntegerField _order {{.editable = false}};`.
    std::string order_with_respect_to;
    std::vector<std::string> required_db_features;  ///< names of Features; tables are made only where all hold
    std::string required_db_vendor;                 ///< "postgresql": tables are made only there
    std::string swappable;  ///< the setting that may put another model in this one's place: "AUTH_USER_MODEL" (swapping.hpp)
    std::vector<std::string> default_permissions = {"add", "change", "delete", "view"};
    std::vector<std::pair<std::string, std::string>> permissions;  ///< codename and name
    /// Fields that tell an object from others without its key, for fixtures: what natural_key() returns in Django.
    std::vector<std::string> natural_key;
    const ModelOps* ops = nullptr;

    ModelMeta();
    ~ModelMeta();
    ModelMeta(const ModelMeta&) = delete;  // fields and queries point into it
    ModelMeta& operator=(const ModelMeta&) = delete;

    /// Fills in names, columns and look-up tables, after `fields` is complete. A model without primary key gets
    /// Django's "id" only when it is data-only; else it is an ImproperlyConfigured.
    void finish();

    /// Made from data alone: objects are rows of Literals.
    bool is_record() const { return ops == &record_model_ops(); }
    std::string label() const { return app_label + "." + object_name; }
    /// The primary key; a composite one has no column of its own.
    const Field& pk() const { return *pk_; }
    /// The columns of the primary key: one, or those of a composite key.
    const std::vector<const Field*>& pk_columns() const { return pk_columns_; }
    bool is_pk_column(const Field& field) const;
    /// The one-to-one fields that link to the table that this one extends.
    std::vector<const Field*> parent_links() const;
    /// The fields with a column, in the order of the table.
    const std::vector<const Field*>& columns() const { return columns_; }
    const std::vector<const Field*>& many_to_many() const { return many_to_many_; }
    /// A field by name, attname or "pk"; null if there is none.
    const Field* find(std::string_view name) const;
    /// A field by name; FieldDoesNotExist (Django's text) if there is none.
    const Field& field(std::string_view name) const;
    /// The through model of a many-to-many field of this model; the automatic one is made on first use.
    const ModelMeta& through(const Field& many_to_many) const;

    Registry* registry = nullptr;  ///< set by Registry::add

private:
    void add_order(bool data_only);

    const Field* pk_ = nullptr;
    std::vector<const Field*> columns_, many_to_many_, pk_columns_;
    std::vector<std::uint32_t> hashes_;
};

/// A relation seen from its target: reverse side of a foreign key or of a many-to-many field.
struct ReverseRelation {
    const Field* field = nullptr;  ///< on the other model
    std::string query_name;        ///< in lookups
    std::string accessor;          ///< as a member; "" if hidden
    bool to_many() const { return field->kind != FieldKind::one_to_one; }
    const ModelMeta& model() const { return *field->model; }
};

/// The models that know of each other: reverse relations and deletions look here. Safe from several threads.
class Registry {
public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;

    /// Adds a finished meta, which must outlive the registry's use. Adding one twice is no error.
    void add(ModelMeta& meta);
    const ModelMeta* find(std::string_view label) const;  ///< "blog.Article", any case
    std::vector<const ModelMeta*> models() const;         ///< in the order of addition, without automatic ones
    /// All relations that lead to `meta`; the vector stays valid.
    const std::vector<ReverseRelation>& relations_to(const ModelMeta& meta) const;
    /// Relations lead elsewhere from now on: a setting names another model (set_swappable).
    void forget_relations();

    /// The registry of the program's own models.
    static Registry& global();

private:
    struct State;
    State* state_;
};

}  // namespace nuages::db::models
