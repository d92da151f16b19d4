#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/queryset.hpp>
#include <nuages/db/transaction.hpp>

namespace nuages::db::models::detail {

namespace {
constexpr std::int64_t kGetRowsMax = 21;  // enough to say "more than 20"
}  // namespace

QNode conjunction(std::initializer_list<const QNode*> conditions) {
    if (conditions.size() == 1) return **conditions.begin();
    QNode all;
    all.children.reserve(conditions.size());
    for (const QNode* condition : conditions) all.children.push_back(*condition);
    return all;
}

Query annotated(const Query& query, const QNode& alias) {
    return query.annotate(alias.path, alias.expression ? alias.expression : expr::value(alias.value));
}

Query ordered(const Query& query, std::initializer_list<std::string_view> names) {
    std::vector<OrderBy> ordering;
    for (std::string_view name : names) {
        if (!name.empty()) ordering.emplace_back(Name::borrow(name));
    }
    return query.order_by(std::move(ordering));
}

std::vector<Name> names(std::initializer_list<std::string_view> texts) {
    std::vector<Name> list;
    for (std::string_view text : texts) {
        if (!text.empty()) list.push_back(Name::borrow(text));
    }
    return list;
}

namespace {
void fetch_limited(Query query, ObjectList& found, std::span<const ExtraColumn> columns) {
    if (!query.is_sliced()) query = query.order_by({}).slice(0, kGetRowsMax);
    query.fetch(found, columns);
}
}  // namespace

void fetch_for_get(const Query& query, std::initializer_list<const QNode*> conditions, ObjectList& found,
                   std::span<const ExtraColumn> columns) {
    fetch_limited(conditions.size() ? query.filter(conjunction(conditions)) : query, found, columns);
}

void fetch_for_get(const Query& query, const std::vector<QNode>& conditions, ObjectList& found) {
    QNode all;
    all.children = conditions;
    fetch_limited(query.filter(std::move(all)), found, {});
}

void fetch_aggregates(const Query& query, std::initializer_list<const QNode*> aliases, void* result,
                      std::span<const ExtraColumn> columns) {
    std::vector<Assignment> aggregates;
    for (const QNode* alias : aliases) aggregates.emplace_back(alias->path, alias->expression);
    query.aggregate(aggregates, [&](std::span<const Cell> row) {
        check_columns(row.size(), columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i].decode(static_cast<char*>(result) + columns[i].offset, row[i]);
        }
    });
}

std::vector<Assignment> set_fields(const ModelMeta& meta, void* object, const std::vector<QNode>& keywords) {
    std::vector<Assignment> computed;
    for (const QNode& keyword : keywords) {
        const std::string_view path = keyword.path.view();
        if (path.find("__") != path.npos || keyword.op != QNode::Op::leaf) continue;
        const Field* field = meta.find(path);
        if (!field) continue;
        if (keyword.expression)
            computed.emplace_back(keyword.path, keyword.expression);
        else
            field->set(object, keyword.value);
    }
    return computed;
}

void set_new_fields(const ModelMeta& meta, void* object, const std::vector<QNode>& keywords) {
    const std::vector<Assignment> computed = set_fields(meta, object, keywords);
    if (computed.empty()) return;
    throw ValueError("A new " + meta.object_name + " cannot be made with an expression as its '" +
                     std::string(computed.front().name.view()) + "': there is no row yet to compute it from.");
}

std::exception_ptr try_insert(const Query& query, FunctionRef<void()> insert) {
    try {
        AtomicOptions options;
        if (!query.database().empty()) options.using_ = query.database();
        run_atomic(insert, options);
        return nullptr;
    } catch (const IntegrityError&) {
        return std::current_exception();
    }
}

std::string does_not_exist_text(const ModelMeta& meta) { return meta.object_name + " matching query does not exist."; }

std::string multiple_objects_text(const ModelMeta& meta, std::size_t found) {
    return "get() returned more than one " + meta.object_name + " -- it returned " +
           (found < static_cast<std::size_t>(kGetRowsMax) ? std::to_string(found) : "more than 20") + "!";
}

void throw_manager_keeps_no_rows(const ModelMeta& meta) {
    throw TypeError("The manager of " + meta.object_name + " is not iterable: use all().");
}

void throw_index_error() { throw Error("list index out of range"); }

}  // namespace nuages::db::models::detail
