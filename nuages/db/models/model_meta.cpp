// How a Meta reaches the run-time metadata.
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/model_meta.hpp>

namespace nuages::db::models {

std::vector<std::string> all_permissions() { return {"add", "change", "delete", "view"}; }

MetaPairs::MetaPairs() noexcept = default;
MetaPairs::MetaPairs(std::initializer_list<MetaPair> pairs) {
    for (const MetaPair& pair : pairs) {
        texts.emplace_back(pair.first);
        texts.emplace_back(pair.second);
    }
}

namespace detail {

void append_group(std::vector<std::string>& to, const std::vector<std::string>& group) {
    to.insert(to.end(), group.begin(), group.end());
    to.emplace_back();
}

void append_name(std::vector<std::string>& to, std::string_view name) { to.emplace_back(name); }

struct MetaEntries::State : RefCounted {
    std::vector<Index> indexes;
    std::vector<Constraint> constraints;
};

namespace {
std::optional<QNode> given(const QNode& condition) {
    if (condition.empty()) return std::nullopt;
    return condition;
}
}  // namespace

const MetaEntries::State* MetaEntries::state() const { return static_cast<const State*>(state_.get()); }

MetaEntries::State& MetaEntries::changed() {
    if (!state_) state_ = make_ref<State>();
    return static_cast<State&>(*state_);
}

void MetaEntries::add_index(const MetaEntry& entry, std::string_view db_tablespace, const IndexMethod& method) {
    changed().indexes.push_back({std::string(entry.name), entry.fields, given(entry.condition), entry.expressions,
                                 entry.include, entry.opclasses, std::string(db_tablespace), method});
}

void MetaEntries::add_constraint(const MetaEntry& entry, Deferrable deferrable, Tristate nulls_distinct,
                                 std::string_view error_code, std::string_view error_message) {
    changed().constraints.push_back({std::string(entry.name), entry.fields, given(entry.condition), entry.expressions,
                                     entry.include, entry.opclasses, deferrable, {}, std::string(error_code),
                                     std::string(error_message)});
    if (nulls_distinct.given) changed().constraints.back().nulls_distinct = nulls_distinct.value;
}

void MetaEntries::add_exclusion(const OrderBy& expression, std::string_view operator_, std::string_view index_type) {
    Constraint& last = changed().constraints.back();
    last.expressions.push_back(expression);
    last.operators.emplace_back(operator_);
    last.index_type = index_type;
}

void take_meta(ModelMeta& to, const PlainMeta& from) {
    to.ordering = from.ordering;
    to.db_table = from.db_table;
    to.verbose_name = from.verbose_name;
    to.verbose_name_plural = from.verbose_name_plural;
    if (from.indexes.state()) to.indexes = from.indexes.state()->indexes;
    if (from.constraints.state()) to.constraints = from.constraints.state()->constraints;
    for (bool starts = true; const std::string& name : from.unique_together) {
        if (starts) to.unique_together.emplace_back();
        if (!name.empty()) to.unique_together.back().push_back(name);
        starts = name.empty();
    }
    to.get_latest_by = from.get_latest_by;
    if (!from.app_label.empty()) to.app_label = from.app_label;
    to.managed = from.managed;
    to.default_related_name = from.default_related_name;
    to.order_with_respect_to = from.order_with_respect_to;
    to.db_table_comment = from.db_table_comment;
    to.db_tablespace = from.db_tablespace;
    to.select_on_save = from.select_on_save;
    to.default_permissions = from.default_permissions;
    for (std::size_t i = 0; i + 1 < from.permissions.size(); i += 2)
        to.permissions.emplace_back(from.permissions[i], from.permissions[i + 1]);
    to.natural_key = from.natural_key;
    to.required_db_features = from.required_db_features;
    to.required_db_vendor = from.required_db_vendor;
    to.swappable = from.swappable;
}

}  // namespace detail
}  // namespace nuages::db::models
