// The query API as Objects: querysets, expressions, conditions and what their calls take.
#pragma once

#include <nuages/db/models/prefetch.hpp>
#include <nuages/db/models/window_frame.hpp>
#include <nuages/db/models/raw.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/shell/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace nuages::shell {

using models::Expr;
using models::Field;
using models::Instance;
using models::ModelMeta;
using models::Name;
using models::OrderBy;
using models::QNode;
using models::Query;

struct Expression final : RefCounted {
    Expr expr;
    std::string class_name;  ///< "F", "Sum"
    explicit Expression(Expr made, std::string name = {}) : expr(std::move(made)), class_name(std::move(name)) {}
};

struct Condition final : RefCounted {
    QNode node;
    explicit Condition(QNode tree) : node(std::move(tree)) {}
};

struct Order final : RefCounted {
    OrderBy order;
    explicit Order(OrderBy by) : order(std::move(by)) {}
};

struct WhenClause final : RefCounted {
    QNode condition;
    Expr then;
};

struct PrefetchObject final : RefCounted {
    models::Prefetch prefetch;
    explicit PrefetchObject(models::Prefetch made) : prefetch(std::move(made)) {}
};

/// "CharField(max_length=5)" as an output_field.
struct OutputField final : RefCounted {
    Field field;
};

struct FrameObject final : RefCounted {
    models::WindowFrame frame;
};

/// A queryset, or a manager (which keeps no rows).
struct RowSet final : RefCounted {
    enum class Shape : std::uint8_t { objects, dicts, tuples, flat, named };
    Query query;
    Shape shape = Shape::objects;
    bool manager = false;
    std::vector<std::string> names;  ///< columns of values(), where they were named
    std::optional<std::vector<Object>> cache;

    /// Of a related manager: whose, and by which relation.
    Ref<Instance> owner;
    const Field* relation = nullptr;
    bool backward = false;
    std::string accessor;

    std::optional<models::RawStatement> raw;  ///< of raw()
    std::vector<std::pair<std::string, std::string>> translations;

    explicit RowSet(Query rows) : query(std::move(rows)) {}
    const ModelMeta& meta() const { return query.meta(); }
    /// The rows, fetched once.
    const std::vector<Object>& fetched();
    /// A queryset that goes on from here.
    Ref<RowSet> then(Query longer) const;
};

Expr expression_of(const Object& value, bool text_is_path = true);
QNode condition_of(const Object& value);
/// `path=value` of filter() and Q().
QNode keyword_condition(const std::string& path, const Object& value);
/// All conditions of a call: positional ones and keywords.
QNode conditions_of(const Arguments& arguments);
std::vector<OrderBy> orders_of(const std::vector<Object>& values);

Object wrap(Ref<Instance> instance);
Object queryset_attribute(const Ref<RowSet>& rows, std::string_view name);
Object instance_attribute(const Ref<Instance>& instance, std::string_view name);
void set_instance_attribute(const Ref<Instance>& instance, std::string_view name, const Object& value);
Object model_attribute(const ModelMeta& meta, std::string_view name);
Ref<Instance> make_instance(const ModelMeta& meta, const Arguments& arguments);
/// The named members of `instance` are set as by assignment.
void set_members(const Ref<Instance>& instance, const std::vector<std::pair<std::string, Object>>& values);
Object raw_queryset(const ModelMeta& meta, const Arguments& arguments);
/// A value of a field or column as an Object: JSON becomes dicts and lists.
Object value_object(const Literal& value);
[[noreturn]] void no_attribute(const Object& of, std::string_view name);
std::string query_alias(const Object& value);

}  // namespace nuages::shell
