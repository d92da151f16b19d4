#include <nuages/db/models/detail/compiled_queries.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/signals.hpp>
#include <nuages/db/models/swapping.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <memory>
#include <mutex>

namespace nuages::db::models {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

// "CustomerOrder" is "customer order".
std::string verbose(std::string_view object_name) {
    std::string out;
    for (std::size_t i = 0; i < object_name.size(); ++i) {
        const char c = object_name[i];
        const bool upper = c >= 'A' && c <= 'Z';
        const bool after_lower = i > 0 && object_name[i - 1] >= 'a' && object_name[i - 1] <= 'z';
        const bool before_lower = i + 1 < object_name.size() && object_name[i + 1] >= 'a' && object_name[i + 1] <= 'z';
        if (upper && i > 0 && (after_lower || before_lower)) out += ' ';
        out += upper ? static_cast<char>(c + 32) : c;
    }
    return out;
}

std::uint32_t hash_name(std::string_view text) {
    std::uint32_t hash = 2166136261u;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

// Guards what is made on first use: automatic through models, and the registries' tables. No field is asked for its
// target under it: that runs code of others.
std::recursive_mutex& lazy_mutex() {
    static std::recursive_mutex mutex;
    return mutex;
}

constexpr std::array<std::string_view, 26> kClassNames = {
    "SmallAutoField",
    "AutoField",
    "BigAutoField",
    "BooleanField",
    "SmallIntegerField",
    "IntegerField",
    "BigIntegerField",
    "PositiveSmallIntegerField",
    "PositiveIntegerField",
    "PositiveBigIntegerField",
    "FloatField",
    "DecimalField",
    "CharField",
    "TextField",
    "DateField",
    "TimeField",
    "DateTimeField",
    "DurationField",
    "UUIDField",
    "GenericIPAddressField",
    "BinaryField",
    "JSONField",
    "CompositePrimaryKey",
    "ForeignKey",
    "OneToOneField",
    "ManyToManyField",
};

}  // namespace

std::string_view field_class_name(const Field& field) {
    if (!field.type_name.empty()) return field.type_name;
    if (field.kind == FieldKind::reverse) return "ManyToOneRel";
    return kClassNames[static_cast<std::size_t>(field.kind)];
}

const ModelMeta& Field::target() const { return relation.model ? *relation.model : relation.resolve(); }

Literal Field::composite_value(const void* object) const {
    std::vector<Literal> values;
    for (const Field* part : model->pk_columns()) values.push_back(part->get(object));
    return Literal(std::move(values));
}

void Field::set_composite(void* object, const Literal& value) const {
    const std::vector<const Field*>& columns = model->pk_columns();
    if (!value.is_null() && (value.kind() != Literal::Kind::list || value.list().size() != columns.size()))
        throw ValueError("'pk' must have " + std::to_string(columns.size()) + " elements.");
    for (std::size_t i = 0; i < columns.size(); ++i)
        columns[i]->set(object, value.is_null() ? Literal() : value.list()[i]);
}

const Field& Field::target_field() const {
    const ModelMeta& meta = target();
    return relation.to_field.empty() ? meta.pk() : meta.field(relation.to_field);
}

const Field& Field::value_field() const {
    const Field* field = this;
    while (field->is_foreign_key()) field = &field->target_field();
    return *field;
}

namespace {

// What Django's field classes add to their options.
void complete_options(Field& field) {
    const std::string_view type = field.type_name;
    if (field.is_auto()) field.blank = true;
    if (!field.db_index && (field.kind == FieldKind::foreign_key || type == "SlugField")) field.db_index = !field.unique;
    if (field.is_composite() || field.is_generated()) {
        field.editable = false;
        field.blank = true;
    }
    if (field.auto_now || field.auto_now_add) {
        field.editable = false;
        field.blank = true;
    }
    if (field.is_generated()) return;
    if (type == "SlugField") {
        if (!field.max_length) field.max_length = 50;
    } else if (type == "EmailField") {
        if (!field.max_length) field.max_length = 254;
    } else if (type == "URLField") {
        if (!field.max_length) field.max_length = 200;
    } else if (type == "FileField" || type == "ImageField" || type == "FilePathField") {
        if (!field.max_length) field.max_length = 100;
    }
}

// A class of the program's own says what kind its fields are; so do the items of arrays.
void take_type(Field& field) {
    if (field.type) {
        field.kind = field.type->kind;
        field.type_name = field.type->name;
    }
    if (!field.base_field) return;
    Field base = field.base_field->field;
    take_type(base);
    complete_options(base);
    if (base.name.empty()) base.name = field.name;
    field.base_field = make_ref<BaseField>(std::move(base));
}

}  // namespace

bool ModelMeta::is_pk_column(const Field& field) const {
    return std::find(pk_columns_.begin(), pk_columns_.end(), &field) != pk_columns_.end();
}

std::vector<const Field*> ModelMeta::parent_links() const {
    std::vector<const Field*> links;
    for (const Field* field : columns_) {
        if (field->kind == FieldKind::one_to_one && field->relation.parent_link) links.push_back(field);
    }
    return links;
}

void ModelMeta::finish() {
    forget_compiled_queries();
    if (model_name.empty()) model_name = lower(object_name);
    if (db_table.empty()) db_table = app_label + "_" + model_name;
    if (verbose_name.empty()) verbose_name = verbose(object_name);
    if (verbose_name_plural.empty()) verbose_name_plural = verbose_name + "s";
    const bool data_only = !ops;
    if (!order_with_respect_to.empty()) add_order(data_only);
    if (data_only) {
        ops = &record_model_ops();
        if (std::none_of(fields.begin(), fields.end(), [](const Field& field) { return field.primary_key; })) {
            Field id;
            id.name = "id";
            id.verbose_name = "ID";
            id.kind = FieldKind::big_auto;
            id.primary_key = id.auto_created = id.blank = true;
            fields.insert(fields.begin(), std::move(id));
        }
    }
    columns_.clear();
    many_to_many_.clear();
    pk_columns_.clear();
    hashes_.clear();
    std::size_t slot = 0;
    for (Field& field : fields) {
        field.model = this;
        if (field.attname.empty()) field.attname = field.is_foreign_key() ? field.name + "_id" : field.name;
        if (field.column.empty()) field.column = field.attname;
        if (field.verbose_name.empty()) {
            field.verbose_name = field.name;
            std::replace(field.verbose_name.begin(), field.verbose_name.end(), '_', ' ');
        }
        if (field.kind == FieldKind::one_to_one) field.unique = true;
        take_type(field);
        if (data_only) {
            field.ops = &record_ops(field.kind);
            field.offset = slot++ * record_slot_size();
        }
        complete_options(field);
        if (field.primary_key) pk_ = &field;
        if (field.concrete()) {
            field.column_index = static_cast<int>(columns_.size());
            columns_.push_back(&field);
        } else if (field.kind == FieldKind::many_to_many) {
            many_to_many_.push_back(&field);
        }
        hashes_.push_back(hash_name(field.name));
    }
    if (pk_ && pk_->is_composite()) {
        for (const std::string& part : pk_->parts) pk_columns_.push_back(&this->field(part));
        if (pk_columns_.size() < 2)
            throw ImproperlyConfigured("CompositePrimaryKey of " + label() + " must include at least two fields.");
    } else if (pk_) {
        pk_columns_.push_back(pk_);
    }
    if (!pk_) throw ImproperlyConfigured("Model " + label() + " has no primary key: declare one (BigAutoField id).");
}

// Objects of a model with order_with_respect_to are numbered in the column "_order", and come in that order.
void ModelMeta::add_order(bool data_only) {
    const auto named = [&](std::string_view name) {
        return std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
    };
    if (!named(order_with_respect_to))
        throw ImproperlyConfigured(label() + ": 'order_with_respect_to' refers to the nonexistent field '" +
                                   order_with_respect_to + "'.");
    if (!named("_order")) {
        if (!data_only)
            throw ImproperlyConfigured(label() + " has order_with_respect_to: declare `IntegerField _order {{.editable = false}};`.");
        Field order;
        order.name = "_order";
        order.kind = FieldKind::integer;
        order.type_name = "OrderWrt";
        order.editable = false;
        fields.push_back(std::move(order));
    }
    ordering = {"_order"};
}

const Field* ModelMeta::find(std::string_view name) const {
    if (name == "pk") return pk_;
    const std::uint32_t hash = hash_name(name);
    for (std::size_t i = 0; i < hashes_.size(); ++i) {
        if (hashes_[i] == hash && fields[i].name == name) return &fields[i];
    }
    for (const Field* field : columns_) {
        if (field->is_foreign_key() && field->attname == name) return field;
    }
    return nullptr;
}

const Field& ModelMeta::field(std::string_view name) const {
    if (const Field* found = find(name)) return *found;
    throw FieldDoesNotExist(object_name + " has no field named '" + std::string(name) + "'");
}

namespace {

// The model behind a many-to-many field that names none: an id and two foreign keys.
std::unique_ptr<ModelMeta> make_through(const Field& field, const ModelMeta& target) {
    const ModelMeta& source = *field.model;
    const bool self = &source == &target;
    auto meta = std::make_unique<ModelMeta>();
    meta->app_label = source.app_label;
    meta->object_name = source.object_name + "_" + field.name;
    meta->db_table = field.relation.db_table.empty() ? source.db_table + "_" + field.name : field.relation.db_table;
    meta->verbose_name = source.object_name + "-" + target.object_name + " relationship";
    meta->auto_created = true;
    const auto key = [&](const std::string& name, const ModelMeta& to) {
        Field foreign;
        foreign.name = name;
        foreign.kind = FieldKind::foreign_key;
        foreign.relation.model = &to;
        foreign.relation.related_name = "+";
        foreign.relation.db_constraint = field.relation.db_constraint;
        foreign.db_index = true;
        meta->fields.push_back(std::move(foreign));
    };
    key(self ? "from_" + source.model_name : source.model_name, source);
    key(self ? "to_" + target.model_name : target.model_name, target);
    meta->unique_together = {{meta->fields[0].name, meta->fields[1].name}};
    meta->finish();
    return meta;
}

// For through models whose fields are not in a registry of their own.
std::map<const Field*, std::unique_ptr<ModelMeta>>& throughs() {
    static auto* all = new std::map<const Field*, std::unique_ptr<ModelMeta>>;
    return *all;
}

}  // namespace

const ModelMeta& ModelMeta::through(const Field& field) const {
    if (field.relation.through_model) return *field.relation.through_model;
    if (field.relation.through) return field.relation.through();
    const ModelMeta* made = __atomic_load_n(&field.through_cache, __ATOMIC_ACQUIRE);
    if (made) return *made;
    const ModelMeta& target = field.target();  // before the lock: who makes that model may wait for the lock
    const std::lock_guard lock(lazy_mutex());
    auto& entry = throughs()[&field];
    if (!entry || entry->db_table.empty()) {
        entry = make_through(field, target);
        entry->registry = registry;
    }
    __atomic_store_n(&field.through_cache, entry.get(), __ATOMIC_RELEASE);
    return *entry;
}

bool Constraint::is_check() const { return fields.empty() && expressions.empty(); }


ModelMeta::ModelMeta() = default;
ModelMeta::~ModelMeta() {
    forget_compiled_queries();
    const std::lock_guard lock(lazy_mutex());
    for (const Field& field : fields) {
        if (field.through_cache) throughs().erase(&field);
    }
}

struct Registry::State {
    std::vector<ModelMeta*> models;
    std::size_t version = 0;
    struct Relations {
        std::size_t version = 0;
        const std::vector<ReverseRelation>* current = nullptr;
    };
    std::map<const ModelMeta*, Relations> relations;
    std::list<std::vector<ReverseRelation>> snapshots;  // all that were ever handed out
};

Registry::Registry() : state_(new State) {}
Registry::~Registry() { delete state_; }

Registry& Registry::global() {
    static auto* registry = new Registry;
    return *registry;
}

void Registry::add(ModelMeta& meta) {
    forget_compiled_queries();
    {
        const std::lock_guard lock(lazy_mutex());
        if (meta.registry == this) return;
        meta.registry = this;
        state_->models.push_back(&meta);
        ++state_->version;
    }
    if (signals::class_prepared().has_listeners(&meta)) signals::class_prepared().send_from(&meta, meta);
}

void Registry::forget_relations() {
    forget_compiled_queries();
    const std::lock_guard lock(lazy_mutex());
    ++state_->version;
}

const ModelMeta* Registry::find(std::string_view label) const {
    const std::string wanted = lower(label);
    const std::lock_guard lock(lazy_mutex());
    for (const ModelMeta* meta : state_->models) {
        if (lower(meta->label()) == wanted) return meta;
    }
    return nullptr;
}

std::vector<const ModelMeta*> Registry::models() const {
    const std::lock_guard lock(lazy_mutex());
    return {state_->models.begin(), state_->models.end()};
}

namespace {

// "%(app_label)s_%(class)s_related" is a name that each model fills in for itself.
std::string filled_in(std::string name, const ModelMeta& meta) {
    const auto replace = [&](std::string_view what, const std::string& by) {
        for (std::size_t at = name.find(what); at != name.npos; at = name.find(what, at + by.size()))
            name.replace(at, what.size(), by);
    };
    if (name.find("%(") == name.npos) return name;
    replace("%(class)s", meta.model_name);
    replace("%(model_name)s", meta.model_name);
    replace("%(app_label)s", meta.app_label);
    return name;
}

void add_reverse(std::vector<ReverseRelation>& out, const Field& field, const ModelMeta& target) {
    const Relation& relation = field.relation;
    ReverseRelation reverse{&field, {}, {}};
    const bool hidden = !relation.related_name.empty() && relation.related_name.back() == '+';
    const bool self_symmetrical = field.kind == FieldKind::many_to_many && relation.symmetrical;
    if (!relation.related_name.empty() && !hidden) {
        reverse.accessor = reverse.query_name = filled_in(relation.related_name, *field.model);
    } else {
        // A Reverse member of the target that names this field gives the relation its name.
        for (const Field& declared : target.fields) {
            if (declared.kind != FieldKind::reverse || declared.relation.via != field.name) continue;
            try {
                if (&declared.target() == field.model) reverse.accessor = reverse.query_name = declared.name;
            } catch (const ImproperlyConfigured&) {
                // It leads to a model that is not loaded, so not to this one.
            }
        }
        if (reverse.query_name.empty() && !hidden && !field.model->default_related_name.empty()) {
            reverse.accessor = reverse.query_name = filled_in(field.model->default_related_name, *field.model);
        } else if (reverse.query_name.empty()) {
            reverse.query_name = field.model->model_name;
            if (!hidden) {
                reverse.accessor =
                    field.kind == FieldKind::one_to_one ? field.model->model_name : field.model->model_name + "_set";
            }
        }
    }
    if (!relation.related_query_name.empty()) reverse.query_name = relation.related_query_name;
    if (hidden || self_symmetrical) reverse.accessor.clear();
    if (hidden || self_symmetrical) reverse.query_name.clear();
    out.push_back(std::move(reverse));
}

void add_relations(std::vector<ReverseRelation>& out, const ModelMeta& model, const ModelMeta& target) {
    for (const Field& field : model.fields) {
        if (field.kind == FieldKind::reverse || !field.is_relation()) continue;
        // Where no model is chosen yet, the relation leads nowhere.
        if (!field.relation.swappable.empty() && !find_swapped_in(field.relation.swappable)) continue;
        if (&field.target() == &target) add_reverse(out, field, target);
    }
    for (const Field* field : model.many_to_many()) {
        if (!field->relation.swappable.empty() && !find_swapped_in(field->relation.swappable)) continue;
        const ModelMeta& through = model.through(*field);
        if (!through.auto_created) continue;
        for (const Field* key : through.columns()) {
            if (key->is_foreign_key() && &key->target() == &target) add_reverse(out, *key, target);
        }
    }
}

}  // namespace

const std::vector<ReverseRelation>& Registry::relations_to(const ModelMeta& meta) const {
    // Asking a field for its target may describe, and so add, further models: go on until nothing new comes. It is
    // asked without the lock, as another thread may be adding that very model, and wait for the lock.
    std::vector<ReverseRelation> found;
    std::size_t version = 0;
    for (bool searched = false;; searched = true) {
        std::vector<ModelMeta*> models;
        {
            const std::lock_guard lock(lazy_mutex());
            State::Relations& entry = state_->relations[&meta];
            if (entry.current && entry.version == state_->version) return *entry.current;
            if (searched && version == state_->version) {
                entry.current = &state_->snapshots.emplace_back(std::move(found));
                entry.version = version;
                return *entry.current;
            }
            version = state_->version;
            models = state_->models;
        }
        found.clear();
        for (const ModelMeta* model : models) {
            if (!swapped_for(*model)) add_relations(found, *model, meta);
        }
    }
}

}  // namespace nuages::db::models
