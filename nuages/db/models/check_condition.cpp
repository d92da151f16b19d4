// Q.check(): whether a condition holds for given values, asked of the database.
#include <nuages/base/log.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/transaction.hpp>

namespace nuages::db::models {

namespace {

/// The query has no table: its names are the values alone.
const ModelMeta& no_model() {
    static const ModelMeta none;
    return none;
}

bool row_comes(const Connection& connection, const SqlWriter& statement) {
    bool found = false;
    const auto run = [&] {
        connection.execute(statement.text(), statement.params(), [&](std::span<const Cell>) { found = true; });
    };
    if (connection.in_atomic_block())
        run_atomic(run, {.using_ = connection.alias()});  // an error must not doom the block
    else
        run();
    return found;
}

}  // namespace

bool check_condition(const QNode& condition, const std::vector<Assignment>& against, std::string_view using_) {
    Select select(no_model(), nullptr);
    for (const Assignment& value : against)
        select.add_annotation(value.name, value.expression ? value.expression : expr::value(value.value), false);
    select.add_annotation(Name::borrow("_check"), expr::value(Literal(1)), true);
    select.add_q(condition);
    const Connection connection = db::connection(using_);
    SqlWriter out(connection);
    out.scope = &select;
    out << "SELECT ";
    out.param(Param(std::int64_t(1)));
    out << " AS ";
    out.name("_check");
    const std::size_t before = out.text().size();
    out << " WHERE COALESCE((";
    const Outcome outcome = WhereNode::combine(QNode::Op::and_, false, select.where);
    if (outcome == Outcome::never) {
        out.boolean(false);
        out << "), ";
        out.boolean(true);
        out << ')';
    } else if (write_conditions(out, select.where)) {
        out << "), ";
        out.boolean(true);
        out << ')';
    } else {
        out.text().resize(before);
    }
    try {
        return row_comes(connection, out);
    } catch (const DatabaseError& error) {
        log::warning("nuages.db.models", "Got a database error calling check(): " + error.message());
        return true;
    }
}

}  // namespace nuages::db::models
