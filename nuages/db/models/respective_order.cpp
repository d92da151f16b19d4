#include <nuages/base/error.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/case.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/respective_order.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

const Field& reference_of(const ModelMeta& meta) {
    if (meta.order_with_respect_to.empty())
        throw ImproperlyConfigured(meta.label() + " has no order_with_respect_to.");
    return meta.field(meta.order_with_respect_to);
}

Query siblings(const ModelMeta& meta, const Literal& key, std::string_view database) {
    Query rows = Query(meta).filter(QNode(Name(reference_of(meta).attname), key));
    return database.empty() ? rows : rows.using_(database);
}

Literal key_of_owner(const ModelMeta& meta, const void* owner) { return reference_of(meta).target_field().get(owner); }

std::string_view chosen(const ModelMeta& meta, const ModelMeta& of, const void* object, std::string_view database) {
    return database.empty() ? db_for_write(meta, instance_database(of, object)) : database;
}

}  // namespace

std::vector<Literal> get_order(const ModelMeta& meta, const void* owner, std::string_view database) {
    std::vector<Literal> keys;
    const Query rows = siblings(meta, key_of_owner(meta, owner), database).order_by({OrderBy(Name("_order"))}).values({Name("pk")});
    for (std::vector<Literal>& row : rows.rows()) keys.push_back(std::move(row[0]));
    return keys;
}

void set_order(const ModelMeta& meta, const void* owner, std::span<const Literal> keys, std::string_view database) {
    const std::string_view alias = chosen(meta, reference_of(meta).target(), owner, database);
    const Query rows = siblings(meta, key_of_owner(meta, owner), alias);
    run_atomic(
        [&] {
            constexpr std::size_t kBatch = 300;
            for (std::size_t at = 0; at < keys.size(); at += kBatch) {
                const std::span<const Literal> part = keys.subspan(at, std::min(kBatch, keys.size() - at));
                std::vector<QNode> conditions;
                conditions.reserve(part.size());
                std::vector<expr::When> whens;
                for (std::size_t i = 0; i < part.size(); ++i) {
                    conditions.emplace_back(Name("pk"), part[i]);
                    const Literal number(static_cast<std::int64_t>(at + i));
                    whens.push_back({&conditions.back(), expr::value(number, FieldKind::integer)});
                }
                rows.filter(QNode(Name("pk__in"), Literal(std::vector<Literal>(part.begin(), part.end()))))
                    .update({Assignment(Name("_order"), expr::case_(whens))});
            }
        },
        {.using_ = alias, .savepoint = false});
}

Ref<Instance> neighbour_in_order(const ModelMeta& meta, const void* object, bool before, std::string_view database) {
    const Literal number = meta.field("_order").get(object);
    InstanceList found(meta);
    siblings(meta, reference_of(meta).get(object), database)
        .filter(QNode(Name(before ? "_order__lt" : "_order__gt"), number))
        .order_by({OrderBy(Name(before ? "-_order" : "_order"))})
        .slice(0, 1)
        .fetch(found);
    return found.items.empty() ? Ref<Instance>() : found.items.front();
}

std::int64_t next_order_number(const ModelMeta& meta, const void* object, std::string_view database) {
    const Query last = siblings(meta, reference_of(meta).get(object), database)
                           .order_by({OrderBy(Name("-_order"))})
                           .values({Name("_order")})
                           .slice(0, 1);
    const std::vector<std::vector<Literal>> rows = last.rows();
    return rows.empty() ? 0 : rows[0][0].integer() + 1;
}

}  // namespace nuages::db::models
