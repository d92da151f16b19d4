#include "orm_values.hpp"

#include <nuages/db/models/detail/select.hpp>

#include <algorithm>
#include <cmath>

namespace nuages::conformance {

using models::FieldKind;
using models::Literal;
using models::ModelMeta;

namespace {

std::string text_of(const db::Cell& cell) {
    std::string text;
    db::decode(cell, text);
    return text;
}

json::value uuid(std::string digits) {
    if (digits.size() == 32)
        for (const std::size_t at : {20, 16, 12, 8}) digits.insert(at, "-");
    return json::object{{"$type", "uuid"}, {"value", digits}};
}

}  // namespace

json::value cell(models::OutputType type, const db::Cell& cell) {
    if (cell.is_null()) return nullptr;
    const auto tagged = [](const char* tag, std::string text) {
        return json::object{{"$type", tag}, {"value", std::move(text)}};
    };
    if (type.known) {
        switch (type.kind) {
            case FieldKind::boolean: return json::value(cell.integer() != 0);
            case FieldKind::date: return tagged("date", text_of(cell));
            case FieldKind::time: return tagged("time", text_of(cell));
            case FieldKind::date_time: {
                DateTime at;
                db::decode(cell, at);
                return tagged("datetime", at.iso());
            }
            case FieldKind::decimal: {
                const bool text = cell.kind() == db::CellKind::text;
                return tagged("decimal", text                                   ? std::string(cell.text())
                                         : cell.kind() == db::CellKind::integer ? std::to_string(cell.integer())
                                                                                : models::repr(Literal(cell.real())));
            }
            case FieldKind::uuid: return uuid(std::string(cell.text()));
            case FieldKind::json: return json::parse(cell.text());
            case FieldKind::float_:
                return json::value(cell.kind() == db::CellKind::real ? cell.real()
                                                                     : static_cast<double>(cell.integer()));
            case FieldKind::duration:
                return json::object{{"$type", "timedelta"},
                                    {"value", cell.kind() == db::CellKind::real ? static_cast<std::int64_t>(cell.real())
                                                                                : cell.integer()}};
            default: break;
        }
    }
    switch (cell.kind()) {
        case db::CellKind::integer: return json::value(cell.integer());
        case db::CellKind::real: return json::value(cell.real());
        case db::CellKind::blob: return tagged("bytes", base64_encode(cell.text()));
        default: return json::value(text_of(cell));
    }
}

json::value rows_of(const Rows& rows) {
    json::array out;
    if (rows.shape == Rows::Shape::objects) {
        // The recorded value of an object among others is its key; annotations stand beside it.
        models::Select select(rows.query.meta(), nullptr);
        select.build(rows.query);
        std::vector<std::pair<std::string, models::OutputType>> extras;
        for (const auto& annotation : select.annotations) {
            if (annotation.selected) extras.emplace_back(annotation.alias.view(), annotation.expression->output());
        }
        const ModelMeta& meta = rows.query.meta();
        Ref<models::ObjectList> list = meta.ops->make_list(meta);
        std::vector<json::object> values;
        models::fetch_objects(
            rows.query, [&] { return list->append(); },
            [&](void*, const db::Cell* cells) {
                json::object annotations;
                for (const auto& [name, type] : extras) annotations[name] = cell(type, *cells++);
                values.push_back(std::move(annotations));
            },
            nullptr);
        for (std::size_t i = 0; i < list->size(); ++i) {
            const Literal key = meta.pk().get(list->at(i));
            json::object object{{"$model", meta.app_label + "." + meta.model_name}};
            object["pk"] = key.kind() == Literal::Kind::integer ? json::value(key.integer())
                           : key.kind() == Literal::Kind::uuid  ? uuid(key.text())
                                                                : json::value(key.text());
            if (!extras.empty()) object["annotations"] = values[i];
            out.push_back(std::move(object));
        }
        return out;
    }
    models::Select select(rows.query.meta(), nullptr);
    select.build(rows.query);
    rows.query.each([&](std::span<const db::Cell> cells) {
        json::array tuple;
        json::object dict;
        for (std::size_t i = 0; i < select.items.size(); ++i) {
            json::value value = cell(select.items[i].expression->output(), cells[i]);
            if (rows.shape == Rows::Shape::dicts)
                dict[select.items[i].alias] = std::move(value);
            else
                tuple.push_back(std::move(value));
        }
        if (rows.shape == Rows::Shape::dicts)
            out.push_back(std::move(dict));
        else if (rows.shape == Rows::Shape::flat)
            out.push_back(tuple.at(0));
        else
            out.push_back(std::move(tuple));
    });
    return out;
}

namespace {

bool is_number(const json::value& value) { return value.is_int64() || value.is_double() || value.is_uint64(); }

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

}  // namespace

// Numbers by value; objects by key and annotations, whatever else the recording holds of them.
bool same(const json::value& expected, const json::value& got, bool ordered) {
    if (is_number(expected) && is_number(got)) {
        const double a = expected.to_number<double>(), b = got.to_number<double>();
        return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
    }
    if (type_tag(expected) == "decimal") {
        const double a = std::stod(std::string(expected.at("value").as_string()));
        const double b = is_number(got)               ? got.to_number<double>()
                         : type_tag(got) == "decimal" ? std::stod(std::string(got.at("value").as_string()))
                                                      : std::nan("");
        return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
    }
    if (expected.is_array() && got.is_array()) return same_lists(expected.as_array(), got.as_array(), ordered);
    if (expected.is_object() && got.is_object()) {
        const json::object &a = expected.as_object(), &b = got.as_object();
        if (a.contains("$model")) {
            if (!b.contains("$model") || a.at("$model") != b.at("$model") || !same(a.at("pk"), b.at("pk"), ordered))
                return false;
            const json::value *x = a.if_contains("annotations"), *y = b.if_contains("annotations");
            return !x == !y && (!x || same(*x, *y, ordered));
        }
        if (a.size() != b.size()) return false;
        for (const auto& [key, value] : a) {
            if (!b.contains(key) || !same(value, b.at(key), ordered)) return false;
        }
        return true;
    }
    return expected == got;
}

}  // namespace nuages::conformance
