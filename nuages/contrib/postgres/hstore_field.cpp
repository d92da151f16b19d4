#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/contrib/postgres/hstore_field.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/core/validators/validator.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/described_options.hpp>
#include <nuages/db/models/errors.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace nuages::postgres {

namespace {

using models::Expr;
using models::Field;
using models::FieldLookup;
using models::Literal;
using models::OutputType;
using Kind = Literal::Kind;

/// Reads "key"=>"value", "key"=>NULL as the server prints it.
class HStoreParser {
public:
    explicit HStoreParser(std::string_view text) : text_(text) {}
    HStore parse() {
        HStore pairs;
        while (at_ < text_.size()) {
            std::string key = quoted();
            expect("=>");
            if (text_.substr(at_, 4) == "NULL") {
                at_ += 4;
                pairs.emplace(std::move(key), std::nullopt);
            } else {
                pairs.emplace(std::move(key), quoted());
            }
            if (at_ < text_.size()) expect(", ");
        }
        return pairs;
    }

private:
    std::string quoted() {
        std::string out;
        expect("\"");
        for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
            out += text_[at_];
        }
        expect("\"");
        return out;
    }
    void expect(std::string_view what) {
        if (text_.substr(at_, what.size()) != what) throw db::DataError("the column holds no hstore");
        at_ += what.size();
    }
    std::string_view text_;
    std::size_t at_ = 0;
};

std::string text_of(const Literal& value) { return value.kind() == Kind::text ? value.text() : repr(value); }

HStore pairs_of(const Literal& value) {
    const auto refuse = [&] { throw models::ValueError("An HStoreField expected keys with values but got " + repr(value) + "."); };
    HStore pairs;
    if (value.kind() == Kind::json || value.kind() == Kind::text) {
        boost::system::error_code error;
        const boost::json::value document = boost::json::parse(value.text(), error);
        if (error || !document.is_object()) refuse();
        const std::optional<Literal> read = detail::literal_of_json(value.text());
        return read->list().empty() ? pairs : pairs_of(*read);
    }
    if (value.kind() != Kind::list) refuse();
    for (const Literal& pair : value.list()) {
        if (pair.kind() != Kind::list || pair.list().size() != 2) refuse();
        const Literal& item = pair.list()[1];
        pairs[text_of(pair.list()[0])] = item.is_null() ? std::nullopt : std::optional(text_of(item));
    }
    return pairs;
}

Literal get_prep_value(const Field&, const Literal& value) { return Literal(detail::hstore_text(pairs_of(value))); }

Literal from_db_value(const Field&, const Literal& value) {
    if (value.kind() != Kind::text) return value;
    return detail::json_of(HStoreParser(value.text()).parse());
}

Literal to_python(const Field&, const Literal& value) {
    try {
        return detail::json_of(pairs_of(value));
    } catch (const models::ValueError&) {
        throw ValidationError("Could not load JSON data.", "invalid_json");
    }
}

// ---- lookups ----

constexpr char kEquals[] = " = ", kContains[] = " @> ", kContainedBy[] = " <@ ", kHasKey[] = " ? ", kHasKeys[] = " ?& ",
               kHasAnyKeys[] = " ?| ";

Literal key_of(const Field&, const Literal& value) { return Literal(text_of(value)); }

Literal keys_of(const Field&, const Literal& value) {
    if (value.kind() != Kind::list) throw models::ValueError("A list of keys was expected, not " + repr(value) + ".");
    std::vector<Literal> keys;
    for (const Literal& key : value.list()) keys.emplace_back(text_of(key));
    return Literal(detail::array_text(Literal(std::move(keys))));
}

const FieldLookup* get_lookup(std::string_view name) {
    using namespace detail;
    static constexpr std::pair<std::string_view, FieldLookup> kLookups[] = {
        {"exact", {by_operator<kEquals>}},
        {"contains", {by_operator<kContains>}},
        {"contained_by", {by_operator<kContainedBy>}},
        {"has_key", {by_operator<kHasKey>, key_of}},
        {"has_keys", {by_operator<kHasKeys>, keys_of}},
        {"has_any_keys", {by_operator<kHasAnyKeys>, keys_of}},
    };
    for (const auto& [known, lookup] : kLookups) {
        if (known == name) return &lookup;
    }
    return nullptr;
}

/// The value behind a key, which is bound.
struct KeyNode final : detail::Node<KeyNode> {
    void write(models::SqlWriter& out) const override {
        out << '(';
        parts[0]->write(out);
        out << " -> CAST(";
        parts[1]->write(out);
        out << " AS text))";
    }
    OutputType output() const override { return detail::type_of(models::FieldKind::text); }
};

const Field& list_of_texts() {
    static const Field* const field = [] {
        Field text;
        text.kind = models::FieldKind::text;
        text.null = true;
        return new Field(array_field("values", text));
    }();
    return *field;
}

Expr get_transform(const Field&, std::string_view name, const Expr& operand) {
    if (name == "keys") return detail::wrapped("AKEYS(", operand, ")", list_of_texts());
    if (name == "values") return detail::wrapped("AVALS(", operand, ")", list_of_texts());
    auto made = make_ref<KeyNode>();
    made->parts = {operand, models::expr::value(Literal(name))};
    return made;
}

class Keys final : public validators::Validator {
public:
    Keys(std::vector<std::string> keys, bool strict) : keys_(std::move(keys)), strict_(strict) {}
    std::string_view name() const override { return "KeysValidator"; }
    void validate(const nuages::Value& value) const override {
        std::vector<std::string> found;
        if (value.is_string()) {
            for (const auto& [key, item] : pairs_of(Literal(value.as_text()))) found.push_back(key);
        } else if (value.is_mapping()) {
            for (const auto& item : value.as_map()) found.emplace_back(item.first.as_text());
        }
        refuse(keys_, found, "Some keys were missing: %(keys)s", "missing_keys");
        if (strict_) refuse(found, keys_, "Some unknown keys were provided: %(keys)s", "extra_keys");
    }

private:
    // Those of `all` that are not among `known`.
    static void refuse(const std::vector<std::string>& all, const std::vector<std::string>& known, const char* message, const char* code) {
        std::string list;
        for (const std::string& key : all) {
            if (std::find(known.begin(), known.end(), key) == known.end()) list += (list.empty() ? "" : ", ") + key;
        }
        if (!list.empty()) throw ValidationError(message, code, {{"keys", nuages::Value(list)}});
    }
    std::vector<std::string> keys_;
    bool strict_;
};

}  // namespace

const models::FieldType hstore_type{
    .name = "HStoreField",
    .kind = models::FieldKind::binary,
    .db_type =
        [](const Field&, const db::Connection& connection) {
            detail::require_postgresql(connection, "HStoreField");
            return std::string("hstore");
        },
    .get_prep_value = get_prep_value,
    .from_db_value = from_db_value,
    .to_python = to_python,
    .value_to_string = [](const Field&, const Literal& value) { return value.text(); },
    .get_lookup = get_lookup,
    .get_transform = get_transform,
};

Field hstore_field(std::string name) {
    Field field;
    field.name = std::move(name);
    field.type = &hstore_type;
    return field;
}

Ref<const validators::Validator> KeysValidator(std::vector<std::string> keys, bool strict) {
    return make_ref<Keys>(std::move(keys), strict);
}

void report(const void* member, const HStoreOptions& options) {
    models::detail::report_described(member, models::detail::described(options));
}

namespace detail {

HStore read_hstore(const db::Cell& cell) {
    if (cell.kind() != db::CellKind::text) throw db::DataError("the column holds no hstore");
    return HStoreParser(cell.text()).parse();
}

HStore hstore_of(const Literal& value) { return value.is_null() ? HStore() : pairs_of(value); }

std::string hstore_text(const HStore& pairs) {
    std::string out;
    for (const auto& [key, value] : pairs) {
        if (!out.empty()) out += ", ";
        append_quoted(out, key);
        out += "=>";
        if (value)
            append_quoted(out, *value);
        else
            out += "NULL";
    }
    return out;
}

Literal json_of(const HStore& pairs) {
    boost::json::object object;
    for (const auto& [key, value] : pairs) object[key] = value ? boost::json::value(*value) : boost::json::value(nullptr);
    return Literal::json(boost::json::serialize(object));
}

nuages::Value value_of(const HStore& pairs) {
    std::vector<nuages::Value::Item> items;
    for (const auto& [key, value] : pairs) items.emplace_back(key, value ? nuages::Value(*value) : nuages::Value(nullptr));
    return nuages::Value::map(std::move(items));
}


}  // namespace detail

}  // namespace nuages::postgres
