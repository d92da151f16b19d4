#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/cell.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/serializers/detail/json_text.hpp>
#include <nuages/serializers/detail/natural_keys.hpp>
#include <nuages/serializers/fixtures.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/dateparse.hpp>
#include <nuages/utils/detail/json_parse.hpp>
#include <nuages/utils/uuid.hpp>

#include <map>

namespace nuages::serializers {

namespace json = boost::json;
using db::models::Field;
using db::models::FieldKind;
using db::models::Literal;
using db::models::ModelMeta;
using db::models::Name;
using db::models::QNode;
using db::models::Query;

namespace {

// DjangoJSONEncoder: milliseconds, and Z for UTC.
std::string datetime_text(DateTime at) {
    std::string text = at.iso();
    text.erase(text.size() - 6);  // +00:00
    if (at.time().microsecond() != 0) text.resize(text.size() - 3);
    return text + "Z";
}

std::string time_text(Time at) {
    std::string text = at.iso();
    if (at.microsecond() != 0) text.resize(text.size() - 3);
    return text;
}

json::value data_of(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::boolean: return value.integer() != 0;
        case Literal::Kind::integer: return value.integer();
        case Literal::Kind::real: return value.real();
        case Literal::Kind::text:
        case Literal::Kind::decimal: return json::value(value.text());
        case Literal::Kind::blob: return json::value(utils::base64_encode(value.text()));
        case Literal::Kind::date: return json::value(Date{value.integer()}.iso());
        case Literal::Kind::time: return json::value(time_text(Time{value.integer()}));
        case Literal::Kind::datetime: return json::value(datetime_text(DateTime{value.integer()}));
        case Literal::Kind::duration: return json::value(utils::duration_string(Duration{value.integer()}));
        case Literal::Kind::uuid: {
            const auto uuid = Uuid::parse(value.text());
            return json::value(uuid ? uuid->str() : value.text());
        }
        case Literal::Kind::json: {
            boost::system::error_code error;
            json::value parsed = utils::detail::parse_json(value.text(), error);
            return error ? json::value(value.text()) : parsed;
        }
        case Literal::Kind::list: {
            json::array items;
            for (const Literal& item : value.list()) items.push_back(data_of(item));
            return items;
        }
        default: return nullptr;
    }
}

}  // namespace

struct FixtureWriter::State {
    Out out;
    WriteOptions options;
    bool first = true;
    std::map<std::pair<const Field*, Literal>, json::value> natural;  // of those referred to

    /// The natural key of the row of TARGET's model where TARGET has this value; null when it has none.
    json::value natural_key(const Field& target, const Literal& value) {
        if (const auto known = natural.find({&target, value}); known != natural.end()) return known->second;
        const ModelMeta& meta = *target.model;
        const Ref<db::models::Instance> row = db::models::Instance::create(meta);
        std::vector<Name> names;
        std::vector<const Field*> ends;
        for (const std::string& path : natural_paths(meta)) {
            names.emplace_back(path);
            const ModelMeta* at = &meta;
            std::string_view rest = path;
            for (std::size_t cut; (cut = rest.find("__")) != rest.npos; rest.remove_prefix(cut + 2))
                at = &at->field(rest.substr(0, cut)).target();
            ends.push_back(&at->field(rest));
        }
        json::value key;
        Query(meta).using_(options.using_).filter(QNode(Name(target.name), value)).order_by({}).values(names).each([&](auto cells) {
            json::array parts;
            for (std::size_t i = 0; i < ends.size(); ++i) {
                const Ref<db::models::Instance> holder = db::models::Instance::create(*ends[i]->model);
                ends[i]->ops->decode(ends[i]->member(holder->object()), cells[i]);
                parts.push_back(data_of(ends[i]->get(holder->object())));
            }
            key = std::move(parts);
        });
        return natural[{&target, value}] = key;
    }

    json::value reference(const Field& target, const Literal& value) {
        if (value.is_null()) return nullptr;
        if (options.use_natural_foreign_keys && !target.model->natural_key.empty()) {
            if (json::value key = natural_key(target, value); !key.is_null()) return key;
        }
        return data_of(value);
    }

    json::value many(const Field& field, const void* object) {
        const ModelMeta& target = field.target();
        const Ref<db::models::Instance> row = db::models::Instance::create(target);
        std::vector<Literal> keys;
        db::models::related_query(field, object).using_(options.using_).values({Name::borrow("pk")}).each([&](auto cells) {
            target.pk().ops->decode(target.pk().member(row->object()), cells[0]);
            keys.push_back(target.pk().get(row->object()));
        });
        json::array list;
        for (const Literal& key : keys) list.push_back(reference(target.pk(), key));
        return list;
    }

    json::object dump(const ModelMeta& meta, const void* object) {
        json::object made;
        made["model"] = meta.app_label + "." + meta.model_name;
        if (!options.use_natural_primary_keys || meta.natural_key.empty()) made["pk"] = data_of(meta.pk().get(object));
        json::object& fields = made["fields"].emplace_object();
        for (const Field* field : meta.columns()) {
            if (field->primary_key) continue;
            const Literal value = field->get(object);
            if (field->type && field->type->value_to_string && !value.is_null())
                fields[field->name] = field->type->value_to_string(*field, value);
            else
                fields[field->name] = field->is_foreign_key() ? reference(field->target_field(), value) : data_of(value);
        }
        for (const Field* field : meta.many_to_many()) {
            if (meta.through(*field).auto_created) fields[field->name] = many(*field, object);
        }
        return made;
    }
};

FixtureWriter::FixtureWriter(Out out, WriteOptions options) : state_(new State{std::move(out), options, true, {}}) {
    if (options.format == Format::json) state_->out("[");
}

FixtureWriter::~FixtureWriter() { delete state_; }

void FixtureWriter::add(const ModelMeta& meta, const void* object) {
    std::string text;
    const bool lines = state_->options.format == Format::jsonl, indented = !lines && state_->options.indent >= 0;
    if (!lines) {
        if (!state_->first) text += indented ? "," : ", ";
        if (indented) text += '\n';
    }
    state_->first = false;
    append_json(text, state_->dump(meta, object), {.indent = lines ? -1 : state_->options.indent});
    if (lines) text += '\n';
    state_->out(text);
}

std::size_t FixtureWriter::add_all(const Query& query) {
    constexpr std::int64_t kRowsAtOnce = 1000;
    const ModelMeta& meta = query.meta();
    std::size_t count = 0;
    for (std::int64_t from = 0;; from += kRowsAtOnce) {
        const Ref<db::models::ObjectList> list = meta.ops->make_list(meta);
        const std::size_t rows = query.slice(from, kRowsAtOnce).fetch(*list);
        for (std::size_t i = 0; i < list->size(); ++i) add(meta, list->at(i));
        count += rows;
        if (rows < static_cast<std::size_t>(kRowsAtOnce)) return count;
    }
}

void FixtureWriter::finish() {
    if (state_->options.format == Format::jsonl) return;
    state_->out(state_->options.indent >= 0 ? "\n]\n" : "]");
}

}  // namespace nuages::serializers
