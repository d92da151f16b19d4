#include "orm_values.hpp"

#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/decimal.hpp>

#include <algorithm>
#include <cmath>

namespace nuages::conformance {

using models::Instance;
using models::Literal;

namespace {

// The recording tells what is cached of a result's objects, and of theirs, and no further.
constexpr int kCachedDepth = 2;

json::value json_at(const shell::Object& value, bool whole, int depth);

json::object tagged(const char* tag, std::string text) { return {{"$type", tag}, {"value", std::move(text)}}; }

std::string hyphenated(std::string digits) {
    for (const std::size_t at : {20, 16, 12, 8}) digits.insert(at, "-");
    return digits;
}

json::value real(double value) {
    if (std::isfinite(value)) return value;
    return tagged("float", std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
}

json::value related(models::RelatedState* state, int depth) {
    if (auto* one = dynamic_cast<Instance*>(state)) return json_at(shell::Object(Ref<Instance>(one)), false, depth);
    auto* list = dynamic_cast<models::InstanceList*>(state);
    if (!list) return nullptr;
    json::array out;
    for (const Ref<Instance>& one : list->items) out.push_back(json_at(shell::Object(one), false, depth));
    return out;
}

// Others are attributes: of a FilteredRelation, or Prefetch's to_attr.
bool is_relation(const Instance& instance, std::string_view name) {
    return models::find_relation(instance.meta(), name).field || instance.meta().find(name);
}

json::object cached_relations(const Instance& instance, int depth) {
    json::object cached;
    for (const models::Field* field : instance.meta().columns()) {
        if (!field->is_foreign_key() || !field->ops->related) continue;
        models::RelatedCache* cache = field->ops->related(field->member(instance.object()));
        if (cache && cache->instance()) cached[field->name] = related(cache->state(), depth + 1);
    }
    if (instance.extras()) {
        for (const auto& [name, state] : instance.extras()->relations) {
            if (name.starts_with('\x01')) continue;  // a document that was read
            if (is_relation(instance, name)) cached[name] = related(state.get(), depth + 1);
        }
    }
    return cached;
}

json::value instance_json(Instance& instance, bool whole, int depth) {
    const models::ModelMeta& meta = instance.meta();
    json::object out{{"$model", meta.app_label + "." + meta.model_name}, {"pk", json_of(meta.pk().get(instance.object()))}};
    const models::InstanceExtras* extras = instance.extras();
    const bool deferred = extras && !extras->deferred.empty();
    if (whole || deferred) {
        json::object fields;
        for (const models::Field* field : meta.columns()) {
            if (!extras || !extras->is_deferred(*field)) fields[field->attname] = json_of(field->get(instance.object()));
        }
        out["fields"] = std::move(fields);
    }
    if (deferred) {
        std::vector<std::string> names;
        for (const models::Field* field : extras->deferred) names.push_back(field->attname);
        std::sort(names.begin(), names.end());
        out["deferred"] = json::array(names.begin(), names.end());
    }
    if (extras) {
        json::object annotations;
        for (const auto& [name, value] : extras->annotations) annotations[name] = json_of(value);
        for (const auto& [name, state] : extras->relations) {
            if (name.starts_with('\x01')) continue;
            if (!is_relation(instance, name)) annotations[name] = related(state.get(), depth + 1);
        }
        if (!annotations.empty()) out["annotations"] = std::move(annotations);
    }
    if (depth < kCachedDepth) {
        if (json::object cached = cached_relations(instance, depth); !cached.empty()) out["cached"] = std::move(cached);
    }
    return out;
}

json::value mapping_json(const shell::Mapping& mapping) {
    const bool plain = std::all_of(mapping.items.begin(), mapping.items.end(), [](const auto& item) {
        return item.first.is_literal() && item.first.literal().kind() == Literal::Kind::text;
    });
    if (plain) {
        json::object out;
        for (const auto& [key, value] : mapping.items) out[key.literal().text()] = json_of(value, false);
        return out;
    }
    json::array pairs;
    for (const auto& [key, value] : mapping.items) pairs.push_back(json::array{json_of(key, false), json_of(value, false)});
    return json::object{{"$type", "dict"}, {"value", std::move(pairs)}};
}

}  // namespace

json::value json_of(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::null: return nullptr;
        case Literal::Kind::boolean: return value.integer() != 0;
        case Literal::Kind::integer: return value.integer();
        case Literal::Kind::real: return real(value.real());
        case Literal::Kind::text: return json::value(value.text());
        case Literal::Kind::blob: return tagged("bytes", utils::base64_encode(value.text()));
        case Literal::Kind::date: return tagged("date", Date{value.integer()}.iso());
        case Literal::Kind::time: return tagged("time", Time{value.integer()}.iso());
        case Literal::Kind::datetime: return tagged("datetime", DateTime{value.integer()}.iso());
        case Literal::Kind::duration: return json::object{{"$type", "timedelta"}, {"value", value.integer()}};
        case Literal::Kind::decimal: return tagged("decimal", value.text());
        case Literal::Kind::uuid: return tagged("uuid", hyphenated(value.text()));
        case Literal::Kind::json: return json_of(shell::from_json(value.text()), false);
        case Literal::Kind::list: {
            json::array out;
            for (const Literal& item : value.list()) out.push_back(json_of(item));
            return out;
        }
        default: return tagged("repr", models::repr(value));
    }
}

json::value json_of(const shell::Object& value, bool whole) { return json_at(value, whole, 0); }

namespace {

json::value json_at(const shell::Object& value, bool whole, int depth) {
    if (value.is_literal()) return json_of(value.literal());
    if (auto* instance = value.as<Instance>()) return instance_json(*instance, whole, depth);
    if (const auto* mapping = value.as<shell::Mapping>()) return mapping_json(*mapping);
    json::array items;
    const auto* sequence = value.as<shell::Sequence>();
    const auto* rows = value.as<shell::RowSet>();
    if (!sequence && (!rows || rows->manager)) return tagged("repr", shell::repr(value));
    for (const shell::Object& item : shell::items_of(value)) items.push_back(json_of(item, false));
    if (sequence && sequence->kind == shell::Sequence::Kind::set) return json::object{{"$type", "set"}, {"value", std::move(items)}};
    const bool named = sequence && !sequence->names.empty();
    if (!named) return items;
    json::array names;
    for (const std::string& name : sequence->names) names.push_back(json::value(name));
    return json::object{{"$namedtuple", std::move(names)}, {"value", std::move(items)}};
}

bool is_number(const json::value& value) { return value.is_int64() || value.is_double() || value.is_uint64(); }

bool close(double a, double b) {
    return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

bool same_lists(const json::array& expected, const json::array& got, bool ordered) {
    if (expected.size() != got.size()) return false;
    std::vector<bool> taken(got.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        bool found = false;
        for (std::size_t j = ordered ? i : 0; j < (ordered ? i + 1 : got.size()) && !found; ++j) {
            if (!taken[j] && same(expected[i], got[j], ordered)) taken[j] = found = true;
        }
        if (!found) return false;
    }
    return true;
}

double decimal(const json::value& value) {
    return type_tag(value) == "decimal" ? std::stod(std::string(value.at("value").as_string())) : std::nan("");
}

bool same_moments(const json::value& expected, const json::value& got) {
    const std::string_view a = expected.at("value").as_string(), b = got.at("value").as_string();
    if (a == "<now>") return true;
    const auto x = DateTime::parse(a), y = DateTime::parse(b);
    return x && y && x->microseconds == y->microseconds;
}

}  // namespace

bool same(const json::value& expected, const json::value& got, bool ordered) {
    if (is_number(expected) && is_number(got)) return close(expected.to_number<double>(), got.to_number<double>());
    const std::string_view tag = type_tag(expected);
    if (tag == "decimal") return close(decimal(expected), decimal(got));
    if (tag == "datetime" && type_tag(got) == "datetime") return same_moments(expected, got);
    if (tag == "set" && type_tag(got) == "set") return same(expected.at("value"), got.at("value"), false);
    if (expected.is_array() && got.is_array()) return same_lists(expected.as_array(), got.as_array(), ordered);
    if (expected.is_object() && got.is_object()) {
        const json::object &a = expected.as_object(), &b = got.as_object();
        if (a.size() != b.size()) return false;
        for (const auto& [key, value] : a) {
            if (!b.contains(key) || !same(value, b.at(key), ordered)) return false;
        }
        return true;
    }
    return expected == got;
}

namespace {

// Objects without what else the recording has of them.
json::value without_members(const json::value& value) {
    if (value.is_array()) {
        json::array out;
        for (const json::value& item : value.as_array()) out.push_back(without_members(item));
        return out;
    }
    if (!value.is_object()) return value;
    json::object out;
    const bool model = value.as_object().contains("$model");
    for (const auto& [key, item] : value.as_object()) {
        if (!model || key == "$model" || key == "pk" || key == "annotations") out[key] = without_members(item);
    }
    return out;
}

}  // namespace

bool same_keys(const json::value& expected, const json::value& got, bool ordered) {
    return same(without_members(expected), without_members(got), ordered);
}

}  // namespace nuages::conformance
