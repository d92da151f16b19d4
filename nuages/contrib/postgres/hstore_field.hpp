// HStoreField (django.contrib.postgres.fields): texts by key, in a column of PostgreSQL's type hstore.
//
//     struct Dog : models::Model<Dog> {
//         BigAutoField id;
//         postgres::HStoreField data;                       // a std::map<std::string, std::optional<std::string>>
//     };
//     Dog{.data = {{"breed", "labrador"}, {"owner", std::nullopt}}}.save();
//     Dog::objects.filter("data__breed"_f = "labrador", "data__has_keys"_f = {"breed", "owner"});
//
// CREATE EXTENSION hstore, once per database. Lookups: exact, contains, contained_by, has_key, has_keys, has_any_keys, isnull.
// Transforms: keys and values (lists), and any other word as a key.
#pragma once

#include <nuages/contrib/postgres/array_field.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace nuages::postgres {

using HStore = std::map<std::string, std::optional<std::string>>;

/// The class of hstores. In models made from data their value is a JSON object of texts and nulls.
extern const models::FieldType hstore_type;
models::Field hstore_field(std::string name);

/// Refuses values that lack one of these keys; with STRICT those that have others too.
Ref<const validators::Validator> KeysValidator(std::vector<std::string> keys, bool strict = false);

struct HStoreOptions {
    ListDefault default_ = {};  ///< .default_ = call<no_data>
    NUAGES_COMMON_FIELD_OPTIONS;
};
/// Tells the Describer that listens of the field at `member`.
void report(const void* member, const HStoreOptions& options);

namespace detail {
HStore read_hstore(const db::Cell& cell);
HStore hstore_of(const models::Literal& value);
/// "a"=>"1", "b"=>NULL
std::string hstore_text(const HStore& pairs);
models::Literal json_of(const HStore& pairs);
nuages::Value value_of(const HStore& pairs);
}  // namespace detail

class HStoreField : public HStore {
public:
    using value_type = HStore;
    using Options = HStoreOptions;
    static constexpr models::FieldKind kind = models::FieldKind::binary;
    static constexpr std::string_view class_name = "HStoreField";
    static constexpr const models::FieldType& field_type = hstore_type;

    HStoreField() = default;
    HStoreField(const HStoreOptions& options, NUAGES_SITE) {
        if (options.default_.literal && !models::detail::decoding) assign_literal(options.default_.literal());
        if (site == models::detail::Site::described)
            report(this, options);
    }
    HStoreField(HStore pairs) : HStore(std::move(pairs)) {}
    HStoreField(std::initializer_list<HStore::value_type> pairs) : HStore(pairs) {}
    using HStore::operator=;

    void read_column(const db::Cell& cell) { HStore::operator=(detail::read_hstore(cell)); }
    void bind_column(db::Param& out) const {
        bound_ = detail::hstore_text(*this);
        out = db::Param(bound_);
    }
    void assign_literal(const models::Literal& value) { HStore::operator=(detail::hstore_of(value)); }
    models::Literal as_literal() const { return detail::json_of(*this); }
    nuages::Value as_value() const { return detail::value_of(*this); }

private:
    mutable std::string bound_;  // where a statement borrows the text
};

}  // namespace nuages::postgres

namespace nuages::db::models {

template <> struct OwnLookups<postgres::HStore> {
    template <class R> static consteval bool takes() {
        using Pair = typename detail::ListItem<R>::type;
        if constexpr (std::is_same_v<R, postgres::HStore> || std::is_same_v<R, std::nullptr_t>) {
            return true;
        } else if constexpr (!std::is_void_v<Pair>) {
            return std::is_same_v<typename detail::ListItem<Pair>::type, std::string>;
        } else if constexpr (detail::WithoutOptional<R>::nullable) {
            return takes<detail::plain_t<R>>();
        }
        return false;
    }
    template <class R> static consteval LookupFit lookup(std::string_view rest) {
        const auto fit = [](bool fits) { return fits ? LookupFit::fits : LookupFit::misfit; };
        const std::string_view word = detail::path_head(rest), behind = detail::path_tail(rest);
        if (rest == "isnull") return fit(std::is_same_v<R, bool>);
        if (rest.empty() || detail::is_word_of(rest, " exact contains contained_by ")) return fit(takes<R>());
        if (rest == "has_key") return detail::fit_of<std::string, R>("");
        if (rest == "has_keys" || rest == "has_any_keys") return detail::fit_of<std::string, R>("in");
        if (word == "keys") return detail::fit_of<std::vector<std::string>, R>(behind);
        if (word == "values") return detail::fit_of<std::vector<std::optional<std::string>>, R>(behind);
        return detail::fit_of<std::string, R>(behind);
    }
    template <fixed_string Rest> static consteval auto transformed() {
        constexpr std::string_view word = Rest.view();
        if constexpr (word == "keys")
            return std::type_identity<std::vector<std::string>>{};
        else if constexpr (word == "values")
            return std::type_identity<std::vector<std::optional<std::string>>>{};
        else if constexpr (detail::separator_of(word) == word.size())
            return std::type_identity<std::string>{};
        else
            return std::type_identity<void>{};
    }
};

}  // namespace nuages::db::models
