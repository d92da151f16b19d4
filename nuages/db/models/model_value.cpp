#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/model_value.hpp>
#include <nuages/db/models/related.hpp>

#include <string>

namespace nuages::db::models {

using nuages::Value;

namespace detail {

namespace {

// ---- rows ---------------------------------------------------------------------------------------------------
class RowsObject final : public RefCounted {
public:
    explicit RowsObject(RowsRecipe recipe) : recipe_(std::move(recipe)) {}

    ObjectList& rows() {
        if (fetched()) return *recipe_.list;
        if (recipe_.shared) {
            static_cast<RowList&>(*recipe_.list).fill(recipe_.query, recipe_.columns);
            return *recipe_.list;
        }
        const ModelMeta& meta = recipe_.query.meta();
        Ref<ObjectList> list = meta.ops->make_list(meta);  // of this fiber alone until it is whole
        recipe_.query.fetch(*list, recipe_.columns);
        if (!recipe_.fetched) recipe_.list = std::move(list);
        recipe_.fetched = true;
        return *recipe_.list;
    }
    bool fetched() const {
        return recipe_.shared ? static_cast<const RowList&>(*recipe_.list).complete : recipe_.fetched;
    }
    const Query& query() const { return recipe_.query; }
    const ObjectType& row_type() const { return *recipe_.row_type; }

private:
    RowsRecipe recipe_;
};

RowsObject& rows_of(const void* self) { return *const_cast<RowsObject*>(static_cast<const RowsObject*>(self)); }

Value row_at(RowsObject& rows, std::size_t index, const Value& owner) {
    return Value::object(rows.rows().at(index), rows.row_type()).within(owner);
}

Value rows_get(const void* self, const Key& key, const Value& owner) {
    RowsObject& rows = rows_of(self);
    if (key.name == "all") return owner;
    if (key.name == "count") {
        return rows.fetched() ? Value(rows.rows().size()) : Value(rows.query().count());
    }
    if (key.name == "exists") return rows.fetched() ? Value(rows.rows().size() > 0) : Value(rows.query().exists());
    if (key.name == "first" || key.name == "last") {
        if (rows.rows().size() == 0) return Value(nullptr);
        return row_at(rows, key.name == "first" ? 0 : rows.rows().size() - 1, owner);
    }
    if (key.is_index && static_cast<std::size_t>(key.index) < rows.rows().size()) {
        return row_at(rows, static_cast<std::size_t>(key.index), owner);
    }
    return {};
}

void rows_iterate(const void* self, const Value& owner, FunctionRef<bool(Value)> each) {
    RowsObject& rows = rows_of(self);
    const std::size_t size = rows.rows().size();
    for (std::size_t i = 0; i < size; ++i) {
        if (!each(row_at(rows, i, owner))) return;
    }
}

std::int64_t rows_size(const void* self) { return static_cast<std::int64_t>(rows_of(self).rows().size()); }

Value rows_at(const void* self, std::size_t index, const Value& owner) {
    RowsObject& rows = rows_of(self);
    return index < rows.rows().size() ? row_at(rows, index, owner) : Value();
}

bool rows_truthy(const void* self) { return rows_of(self).rows().size() > 0; }

void rows_str(const void* self, std::string& out) {
    RowsObject& rows = rows_of(self);
    constexpr std::size_t kShown = 20;  // as Django's repr of a queryset
    out += "<QuerySet [";
    for (std::size_t i = 0; i < rows.rows().size(); ++i) {
        if (i) out += ", ";
        if (i == kShown) {
            out += "'...(remaining elements truncated)...'";
            break;
        }
        out += "<" + rows.query().meta().object_name + ": ";
        rows.row_type().str(rows.rows().at(i), out);
        out += ">";
    }
    out += "]>";
}

constexpr ObjectType kRowsType{.name = "QuerySet",
                               .get = rows_get,
                               .iterate = rows_iterate,
                               .size = rows_size,
                               .at = rows_at,
                               .str = rows_str,
                               .truthy = rows_truthy};

// ---- related managers ---------------------------------------------------------------------------------------
class ManagerObject final : public RefCounted {
public:
    ManagerObject(const Field& field, const void* owner, Value keeper)
        : field_(field), owner_(owner), keeper_(std::move(keeper)) {}

    Value all() const {
        const ModelMeta& meta = field_.target();
        RowsRecipe recipe{related_query(field_, owner_), {}, false, false, {}, meta.ops->object_type};
        RelatedCache* cache =
            field_.ops->related ? field_.ops->related(const_cast<void*>(field_.member(owner_))) : nullptr;
        if (ObjectList* prefetched = cache ? cache->list() : nullptr) {
            recipe.list = Ref<ObjectList>(prefetched);
            recipe.fetched = true;
        }
        return value_of_rows(std::move(recipe));
    }
    std::string name() const { return field_.model->label() + "." + field_.name; }

private:
    const Field& field_;
    const void* owner_;
    Value keeper_;
};

const ManagerObject& manager_of(const void* self) { return *static_cast<const ManagerObject*>(self); }

constexpr ObjectType kManagerType{
    .name = "RelatedManager",
    .get =
        [](const void* self, const Key& key, const Value&) {
            if (key.is_index) return Value();
            return manager_of(self).all().get(key);
        },
    .str = [](const void* self, std::string& out) { out += manager_of(self).name() + ".None"; },
};

Value value_of_related(const Field& field, const void* object) {
    void* member = const_cast<void*>(field.member(object));
    if (field.ops->is_null(member)) return Value(nullptr);
    RelatedCache* cache = field.ops->related(member);
    const Instance& instance = fetch_related(field.target_field(), *cache, field.ops->get(member));
    return Value::object(Ref<RefCounted>(const_cast<Instance*>(&instance)), instance.object(),
                         *field.target().ops->object_type);
}

}  // namespace

Value value_of_rows(RowsRecipe recipe) {
    auto object = make_ref<RowsObject>(std::move(recipe));
    const void* self = object.get();
    return Value::object(Ref<RefCounted>(object), self, kRowsType);
}

Value value_of_field(const ModelMeta& meta, const void* object, const Key& key, const Value& owner) {
    const Field* field = meta.find(key.name);
    if (!field) {
        if (key.name.starts_with("get_") && key.name.ends_with("_display") && key.name.size() > 12) {
            field = meta.find(key.name.substr(4, key.name.size() - 12));
            if (!field || field->choices.empty()) return {};
            const Literal value = field->get(object);
            for (const Choice& choice : field->choices) {
                if (choice.value == value) return Value(choice.label);
            }
            return value.is_null() ? Value(nullptr) : Value(repr(value));
        }
        return {};
    }
    if (!field->concrete()) return value_of_manager(*field, object, owner);
    if (field->is_foreign_key() && key.name == field->name) return value_of_related(*field, object);
    const void* member = field->member(object);
    if (field->ops->is_null(member)) return Value(nullptr);
    return field->ops->to_value(member).within(owner);
}

const ObjectType& object_type(const ModelMeta& meta) { return *meta.ops->object_type; }

std::string default_str(const ModelMeta& meta, const void* object) {
    const bool unset = !meta.pk().is_composite() && meta.pk().ops->is_null(meta.pk().member(object));
    return meta.object_name + " object (" + (unset ? "None" : python_str(meta.pk().get(object))) + ")";
}

bool same_object(const ModelMeta& meta, const void* object, const Value& other, const ObjectType& type) {
    if (other.type() != &type) return false;
    const Field& key = meta.pk();
    if (key.ops->is_null(key.member(object))) return object == other.self();
    return key.get(object) == key.get(other.self());
}

}  // namespace detail

Value to_value(const QuerySetBase& rows) {
    detail::RowsRecipe recipe{rows.query(), {}, false, true, {}, rows.query().meta().ops->object_type};
    if (const RowKind* kind = rows.kind()) {
        recipe.columns = kind->columns();
        recipe.row_type = kind->type;
    }
    const ModelMeta& meta = rows.query().meta();
    recipe.list = rows.keeps_rows() ? rows.shared_rows() : make_ref<RowList>(meta, *meta.ops);
    return detail::value_of_rows(std::move(recipe));
}

Value value_of_manager(const Field& field, const void* owner, const Value& keeper) {
    auto object = make_ref<detail::ManagerObject>(field, owner, keeper);
    const void* self = object.get();
    return Value::object(Ref<RefCounted>(object), self, detail::kManagerType);
}

}  // namespace nuages::db::models
