#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/cell.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/serializers/detail/json_text.hpp>
#include <nuages/serializers/detail/natural_keys.hpp>
#include <nuages/serializers/fixtures.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/detail/json_parse.hpp>

#include <algorithm>
#include <optional>

namespace nuages::serializers {

namespace json = boost::json;
using db::models::Field;
using db::models::FieldKind;
using db::models::Instance;
using db::models::Literal;
using db::models::ModelMeta;
using db::models::Name;
using db::models::QNode;
using db::models::Query;

namespace {

constexpr std::size_t kDepthMax = 200;  // of JSON inside JSON fields

Literal plain(const json::value& value) {
    switch (value.kind()) {
        case json::kind::bool_: return Literal(value.get_bool());
        case json::kind::int64: return Literal(value.get_int64());
        case json::kind::uint64: return Literal::decimal(std::to_string(value.get_uint64()));
        case json::kind::double_: return Literal(value.get_double());
        case json::kind::string: return Literal(std::string_view(value.get_string()));
        case json::kind::array: {
            std::vector<Literal> items;
            for (const json::value& item : value.get_array()) items.push_back(plain(item));
            return Literal(std::move(items));
        }
        default: return {};
    }
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

}  // namespace

struct FixtureReader::State {
    /// A relation of a stored object whose other end was not there yet.
    struct Forward {
        const ModelMeta* meta;
        Literal key;
        const Field* field;
        json::value value;
    };
    std::vector<const ModelMeta*> models;
    ReadOptions options;
    std::vector<Forward> forwards;
    std::vector<const ModelMeta*> loaded;

    const ModelMeta* find(std::string_view label) const {
        const std::string wanted = lower(label);
        for (const ModelMeta* meta : models) {
            if (lower(meta->label()) == wanted) return meta;
        }
        return nullptr;
    }

    bool is_excluded(std::string_view label) const {
        const std::string wanted = lower(label);
        return std::any_of(options.exclude.begin(), options.exclude.end(), [&](const std::string& entry) {
            const std::string name = lower(entry);
            return name == wanted || (name.find('.') == name.npos && wanted.starts_with(name + "."));
        });
    }

    /// The value of TARGET's column in the row with that natural key; nothing when there is none yet.
    std::optional<Literal> by_natural_key(const Field& target, const json::array& key) const {
        const ModelMeta& meta = *target.model;
        const std::vector<std::string> paths = natural_paths(meta);
        if (paths.size() != key.size())
            throw DeserializationError("a natural key of " + meta.label() + " has " + std::to_string(paths.size()) +
                                       " parts, and " + std::to_string(key.size()) + " were given");
        QNode same;
        for (std::size_t i = 0; i < paths.size(); ++i) {
            if (key[i].is_null())
                same.children.emplace_back(Name(paths[i] + "__isnull"), Literal(true));
            else
                same.children.emplace_back(Name(paths[i]), plain(key[i]));
        }
        std::optional<Literal> found;
        const Ref<Instance> row = Instance::create(meta);
        Query(meta).using_(options.using_).filter(std::move(same)).order_by({}).values({Name(target.attname)}).each([&](auto cells) {
            target.ops->decode(target.member(row->object()), cells[0]);
            found = target.get(row->object());
        });
        return found;
    }

    static Literal typed(const Field& field, const json::value& value) {
        if (value.is_null()) return {};
        const Field& stored = field.value_field();
        if (stored.kind == FieldKind::json) {
            std::string text;
            append_json(text, value, {.characters = utils::JsonCharacters::ascii});
            return Literal::json(std::move(text));
        }
        if (stored.kind == FieldKind::binary && !stored.type && value.is_string()) {
            auto bytes = utils::base64_decode(value.get_string());
            if (!bytes) throw DeserializationError("'" + field.name + "' is no base64");
            return Literal::blob(std::move(*bytes));
        }
        if (value.is_object()) throw DeserializationError("'" + field.name + "' takes no object");
        return db::models::to_python(field, plain(value));
    }

    /// A reference by key or natural key; nothing when it leads to what is not there yet.
    std::optional<Literal> reference(const Field& target, const json::value& value) const {
        if (value.is_array() && !target.model->natural_key.empty() && !target.is_composite())
            return by_natural_key(target, value.get_array());
        return typed(target, value);
    }

    std::optional<std::vector<Literal>> references(const Field& many, const json::value& value) const {
        if (!value.is_array()) throw DeserializationError("'" + many.name + "' takes a list");
        std::vector<Literal> keys;
        for (const json::value& item : value.get_array()) {
            const auto key = reference(many.target().pk(), item);
            if (!key) return std::nullopt;
            keys.push_back(*key);
        }
        return keys;
    }

    // The key of the row that has the natural key of this object, so that it is updated.
    void adopt_key(const ModelMeta& meta, void* object) const {
        if (meta.natural_key.empty()) return;
        QNode same;
        for (const std::string& name : meta.natural_key) {
            const Field& field = meta.field(name);
            const Literal value = field.get(object);
            if (value.is_null()) return;
            same.children.emplace_back(Name(field.name), value);
        }
        const Ref<Instance> row = Instance::create(meta);
        Query(meta).using_(options.using_).filter(std::move(same)).order_by({}).values({Name::borrow("pk")}).each([&](auto cells) {
            meta.pk().ops->decode(meta.pk().member(row->object()), cells[0]);
            meta.pk().set(object, meta.pk().get(row->object()));
        });
    }

    void store(const ModelMeta& meta, const json::object& entry) {
        const Ref<Instance> made = Instance::create(meta);
        void* object = made->object();
        db::models::initialize(meta, object);
        const json::value* key = entry.if_contains("pk");
        const bool has_key = key && !key->is_null();
        if (has_key && !meta.pk().is_composite()) meta.pk().set(object, typed(meta.pk(), *key));
        std::vector<Forward> waiting;
        std::vector<std::pair<const Field*, std::vector<Literal>>> many;
        const json::value* fields = entry.if_contains("fields");
        if (fields && !fields->is_object()) throw DeserializationError("'fields' is no object");
        for (const auto& [name, value] : fields ? fields->get_object() : json::object()) {
            const Field* field = meta.find(name);
            if (!field || field->kind == FieldKind::reverse) {
                if (options.ignorenonexistent) continue;
                throw DeserializationError(meta.object_name + " has no field named '" + std::string(name) + "'");
            }
            if (field->is_generated() || field->is_composite()) continue;
            set_field(meta, object, *field, value, many, waiting);
        }
        if (has_key && meta.pk().is_composite()) meta.pk().set(object, plain(*key));
        if (!has_key) adopt_key(meta, object);
        db::models::save(meta, object, {.update_fields = {}, .using_ = options.using_, .raw = true});
        for (const auto& [field, keys] : many)
            db::models::m2m_set(*field, object, keys, {}, options.using_);
        for (Forward& forward : waiting) {
            forward.key = meta.pk().get(object);
            forwards.push_back(std::move(forward));
        }
    }

    void set_field(const ModelMeta& meta, void* object, const Field& field, const json::value& value,
                   std::vector<std::pair<const Field*, std::vector<Literal>>>& many, std::vector<Forward>& waiting) const {
        try {
            if (field.kind == FieldKind::many_to_many) {
                if (auto keys = references(field, value))
                    many.emplace_back(&field, std::move(*keys));
                else
                    waiting.push_back({&meta, {}, &field, value});
            } else if (field.is_foreign_key()) {
                if (const auto key = reference(field.target_field(), value))
                    field.set(object, *key);
                else
                    waiting.push_back({&meta, {}, &field, value});
            } else {
                field.set(object, typed(field, value));
            }
        } catch (const ValidationError& error) {
            std::string shown;
            append_json(shown, value, {});
            throw DeserializationError("[" + error.messages().front() + "]: (" + lower(meta.label()) + "." + field.name +
                                       ") field_value was '" + shown.substr(0, 200) + "'");
        }
    }

    std::size_t read_entry(const json::value& entry, std::size_t number) {
        const std::string where = "object " + std::to_string(number);
        if (!entry.is_object()) throw DeserializationError(where + " is no JSON object");
        const json::value* label = entry.get_object().if_contains("model");
        if (!label || !label->is_string()) throw DeserializationError(where + " has no 'model'");
        const std::string_view name = label->get_string();
        if (is_excluded(name)) return 0;
        const ModelMeta* meta = find(name);
        if (!meta) {
            if (options.ignorenonexistent) return 0;
            throw DeserializationError("Invalid model identifier: '" + std::string(name) + "'");
        }
        try {
            store(*meta, entry.get_object());
            if (std::find(loaded.begin(), loaded.end(), meta) == loaded.end()) loaded.push_back(meta);
            return 1;
        } catch (const db::DatabaseError& error) {
            throw DeserializationError("Could not load " + meta->label() + "(pk=" + key_text(entry.get_object()) +
                                       "): " + error.message());
        } catch (const DeserializationError& error) {
            throw DeserializationError(lower(meta->label()) + ":pk=" + key_text(entry.get_object()) + ": " +
                                       error.message());
        }
    }

    static std::string key_text(const json::object& entry) {
        const json::value* key = entry.if_contains("pk");
        std::string text;
        append_json(text, key ? *key : json::value(nullptr), {});
        return text.substr(0, 100);
    }

    json::value parse(std::string_view text) const {
        boost::system::error_code error;
        json::parse_options parse_options;
        parse_options.max_depth = kDepthMax;
        json::value parsed = utils::detail::parse_json(text, error, parse_options);
        if (error) throw DeserializationError("the fixture is no JSON: " + error.message());
        return parsed;
    }
};

FixtureReader::FixtureReader(std::vector<const ModelMeta*> models, ReadOptions options)
    : state_(new State{std::move(models), std::move(options), {}, {}}) {}
FixtureReader::~FixtureReader() { delete state_; }

std::size_t FixtureReader::read(std::string_view text) {
    std::size_t stored = 0, number = 0;
    if (state_->options.format == Format::jsonl) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            const std::string_view line = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (line.find_first_not_of(" \t\r") == line.npos) continue;
            stored += state_->read_entry(state_->parse(line), ++number);
        }
        return stored;
    }
    const json::value parsed = state_->parse(text);
    if (!parsed.is_array()) throw DeserializationError("a fixture is a list of objects");
    for (const json::value& entry : parsed.get_array()) stored += state_->read_entry(entry, ++number);
    return stored;
}

std::vector<const ModelMeta*> FixtureReader::loaded() const { return state_->loaded; }

void FixtureReader::finish() {
    for (const State::Forward& forward : state_->forwards) {
        const ModelMeta& meta = *forward.meta;
        const Ref<Instance> made = Instance::create(meta);
        meta.pk().set(made->object(), forward.key);
        db::models::refresh(meta, made->object(), {}, state_->options.using_);
        const auto never_came = [&]() -> DeserializationError {
            std::string shown;
            append_json(shown, forward.value, {});
            return DeserializationError("no " + forward.field->target().label() + " has the natural key " + shown +
                                        ", which " + meta.label() + "." + forward.field->name + " refers to");
        };
        if (forward.field->kind == FieldKind::many_to_many) {
            const auto keys = state_->references(*forward.field, forward.value);
            if (!keys) throw never_came();
            db::models::m2m_set(*forward.field, made->object(), *keys, {}, state_->options.using_);
        } else {
            const auto key = state_->reference(forward.field->target_field(), forward.value);
            if (!key) throw never_came();
            forward.field->set(made->object(), *key);
            db::models::save(meta, made->object(), {.update_fields = {}, .using_ = state_->options.using_, .raw = true});
        }
    }
    state_->forwards.clear();
}

}  // namespace nuages::serializers
