// JSON columns: paths into them, and the lookups that only they have (django.db.models.fields.json).
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/json.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/utils/json_text.hpp>
#include <nuages/utils/utf8.hpp>

#include <cmath>

namespace nuages::db::models {

namespace {

bool is_scalar_word(std::string_view json) { return json == "null" || json == "true" || json == "false"; }

}  // namespace

// White space between tokens goes, ", " and ": " come; letters outside ASCII are escaped.
std::string json_dumps(std::string_view text) {
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (inside) {
            if (static_cast<unsigned char>(c) >= 0x80) {
                const utils::Utf8Step step = utils::utf8_step(text, i);
                utils::append_json_escape(out, step.code_point);
                i += step.size;
                continue;
            }
            if (c == '\\' && i + 1 < text.size()) {
                if (text[i + 1] != '/') out += c;
                out += text[i + 1];
                i += 2;
                continue;
            }
            inside = c != '"';
            out += c;
        } else if (c == '"') {
            inside = true;
            out += c;
        } else if (c == ',' || c == ':') {
            out += c;
            out += ' ';
        } else if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
            out += c;
        }
        ++i;
    }
    return out;
}

std::string json_of(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::null: return "null";
        case Literal::Kind::boolean: return value.integer() ? "true" : "false";
        case Literal::Kind::integer: return std::to_string(value.integer());
        case Literal::Kind::real:
            if (std::isfinite(value.real())) return repr(value);
            return std::isnan(value.real()) ? "NaN" : value.real() < 0 ? "-Infinity" : "Infinity";
        case Literal::Kind::json: return json_dumps(value.text());
        case Literal::Kind::text: {
            std::string out;
            utils::append_json_string(out, value.text(), utils::JsonCharacters::ascii);
            return out;
        }
        case Literal::Kind::list: {
            std::string out = "[";
            for (const Literal& item : value.list()) out += (out.size() > 1 ? ", " : "") + json_of(item);
            return out + "]";
        }
        case Literal::Kind::decimal: throw TypeError("Object of type Decimal is not JSON serializable");
        case Literal::Kind::uuid: throw TypeError("Object of type UUID is not JSON serializable");
        case Literal::Kind::date: throw TypeError("Object of type date is not JSON serializable");
        case Literal::Kind::time: throw TypeError("Object of type time is not JSON serializable");
        case Literal::Kind::datetime: throw TypeError("Object of type datetime is not JSON serializable");
        case Literal::Kind::duration: throw TypeError("Object of type timedelta is not JSON serializable");
        default: throw TypeError("Object of type bytes is not JSON serializable");
    }
}

namespace {

struct KeyExpr final : Expression {
    Expr column;
    std::vector<std::string> keys;
    bool text;

    KeyExpr(Expr base, std::vector<std::string> path, bool as_text)
        : column(std::move(base)), keys(std::move(path)), text(as_text) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<KeyExpr>(resolver(column), keys, text); }
    void write(SqlWriter& out) const override {
        const std::vector<std::string_view> views(keys.begin(), keys.end());
        out.operations().json_extract(out.text(), views, text, [&] { column->write(out); },
                                      [&](std::string path) { out.owned_param(std::move(path)); });
    }
    OutputType output() const override {
        OutputType type{text ? FieldKind::text : FieldKind::json, nullptr, true};
        type.json_part = true;
        return type;
    }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(column); }
    std::string describe() const override {
        std::string name = "KeyTransform(" + column->describe();
        for (const std::string& key : keys) name += "__" + key;
        return name + ")";
    }
};

/// has_key, has_keys, has_any_keys, and isnull of a path.
struct HasKeyLookup final : Expression {
    Expr column;
    std::vector<std::string> path;
    std::vector<std::string> wanted;  // each behind `path`
    bool any = false, none = false, object_key = true;

    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override {
        const bool several = wanted.size() > 1;
        if (none) out << "NOT (";
        if (several) out << '(';
        for (std::size_t i = 0; i < std::max<std::size_t>(wanted.size(), 1); ++i) {
            if (i) out << (any ? " OR " : " AND ");
            std::vector<std::string_view> views(path.begin(), path.end());
            if (i < wanted.size()) views.emplace_back(wanted[i]);
            out.operations().json_has_key(out.text(), views, object_key, [&] { column->write(out); },
                                          [&](std::string text) { out.owned_param(std::move(text)); });
        }
        if (several) out << ')';
        if (none) out << ')';
    }
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(column); }
};

/// A JSON value, or a path into one, compared with bound JSON.
struct JsonLookup final : Expression {
    LookupKind kind;
    Expr lhs;
    std::vector<std::string> values;
    Literal plain;  ///< of "gt" and the like: what is compared where JSON has no type of its own

    JsonLookup(LookupKind lookup, Expr left) : kind(lookup), lhs(std::move(left)) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override {
        const bool part = lhs->output().json_part;
        lhs->write(out);
        const auto value = [&](const std::string& text) {
            const LookupOperator around = part ? out.operations().json_value(is_scalar_word(text)) : LookupOperator{};
            out << around.before;
            out.json_param(text);
            out << around.after;
        };
        if (kind == LookupKind::in) {
            out << " IN (";
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (i) out << ", ";
                value(values[i]);
            }
            out << ')';
            return;
        }
        if (kind == LookupKind::range) {
            out << " BETWEEN ";
            out.json_param(values[0]);
            out << " AND ";
            out.json_param(values[1]);
            return;
        }
        const LookupOperator sides = out.operations().lookup_operator(lookup_name(kind));
        out << ' ' << sides.before;
        if (kind != LookupKind::exact && !out.features().has_native_json_field) {
            out.param(out.keep(plain));
        } else {
            value(values[0]);
        }
        out << sides.after;
    }
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(lhs); }
    Outcome outcome() const override {
        return kind == LookupKind::in && values.empty() ? Outcome::never : Outcome::varies;
    }
};

const std::vector<Literal>& list_value(const Literal& literal) {
    if (literal.kind() != Literal::Kind::list) not_iterable(literal);
    return literal.list();
}

std::string key_text(const Literal& key) { return key.kind() == Literal::Kind::text ? key.text() : repr(key); }

Expr key_lookup(LookupKind kind, const Expr& lhs, const Literal& literal) {
    auto made = make_ref<HasKeyLookup>();
    if (const auto* key = dynamic_cast<const KeyExpr*>(lhs.get())) {
        made->column = key->column;
        made->path = key->keys;
    } else {
        made->column = lhs;
    }
    if (kind == LookupKind::has_key) {
        made->wanted = {key_text(literal)};
    } else {
        for (const Literal& key : list_value(literal)) made->wanted.push_back(key_text(key));
        made->any = kind == LookupKind::has_any_keys;
        if (made->wanted.empty())
            throw ValueError("The '" + std::string(lookup_name(kind)) + "' lookup needs at least one key.");
    }
    return made;
}

Expr null_lookup(const KeyExpr& key, bool null) {
    auto made = make_ref<HasKeyLookup>();
    made->column = key.column;
    made->path = key.keys;
    made->none = null;
    made->object_key = false;
    return made;
}

}  // namespace

Expr json_transform(std::string_view name, const Expr& operand) {
    if (const auto* key = dynamic_cast<const KeyExpr*>(operand.get())) {
        std::vector<std::string> keys = key->keys;
        keys.emplace_back(name);
        return make_ref<KeyExpr>(key->column, std::move(keys), key->text);
    }
    return make_ref<KeyExpr>(operand, std::vector<std::string>{std::string(name)}, false);
}

Expr json_lookup(LookupKind kind, const Expr& lhs, const Literal& literal) {
    const auto* key = dynamic_cast<const KeyExpr*>(lhs.get());
    switch (kind) {
        case LookupKind::has_key:
        case LookupKind::has_keys:
        case LookupKind::has_any_keys: return key_lookup(kind, lhs, literal);
        case LookupKind::contains:
        case LookupKind::contained_by: {
            auto made = make_ref<JsonContains>(kind, lhs, json_of(literal));
            return made;
        }
        case LookupKind::isnull: return key ? null_lookup(*key, literal.integer() != 0) : Expr();
        case LookupKind::exact:
        case LookupKind::in:
        case LookupKind::range: {
            auto made = make_ref<JsonLookup>(kind, lhs);
            if (kind == LookupKind::exact) {
                made->values = {json_of(literal)};
            } else {
                for (const Literal& value : list_value(literal)) made->values.push_back(json_of(value));
                if (kind == LookupKind::range && made->values.size() != 2)
                    throw ValueError("The range lookup takes two values.");
            }
            return made;
        }
        case LookupKind::gt:
        case LookupKind::gte:
        case LookupKind::lt:
        case LookupKind::lte: {
            if (!key || literal.is_null() || literal.kind() == Literal::Kind::list) return {};
            auto made = make_ref<JsonLookup>(kind, lhs);
            made->values = {json_of(literal)};
            made->plain = literal;
            return made;
        }
        default: return {};
    }
}

Expr json_text(const Expr& lhs) {
    const auto* key = dynamic_cast<const KeyExpr*>(lhs.get());
    return key && !key->text ? Expr(make_ref<KeyExpr>(key->column, key->keys, true)) : lhs;
}

namespace expr {

namespace {
struct KeyTextExpr final : Expression {
    Name path;
    explicit KeyTextExpr(Name name) : path(std::move(name)) {}
    Expr resolve(Resolver& resolver) const override {
        Expr found = resolver.column(path);
        const auto* key = dynamic_cast<const KeyExpr*>(found.get());
        if (!key) throw ValueError("KT() needs a path into a JSON column, such as \"meta__key\".");
        return make_ref<KeyExpr>(key->column, key->keys, true);
    }
    void write(SqlWriter&) const override {}
    std::string describe() const override { return "KT(" + std::string(path.view()) + ")"; }
};
}  // namespace

Expr key_text(Name path) { return make_ref<KeyTextExpr>(std::move(path)); }

}  // namespace expr

}  // namespace nuages::db::models
