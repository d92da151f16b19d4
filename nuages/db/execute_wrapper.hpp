// Wrappers around the statements of a piece of work (django's connection.execute_wrapper()): to count them, to log them, to
// refuse them, or to send others in their place.
//
//     const db::ExecuteWrapper blocker([](db::ExecuteWrapper::Execute, const db::Statement& statement) -> db::ExecuteResult {
//         throw RuntimeError("no queries while a template is rendered: " + std::string(statement.sql));
//     });
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/connection.hpp>

#include <span>
#include <string>
#include <string_view>

namespace nuages::db {

/// A statement on its way to the database, with the vendor's placeholders.
struct Statement {
    std::string_view sql;
    std::span<const Param> params;
    Connection connection;
};

/// While it lives, statements of this fiber and of those it gathers go through WRAPPER, savepoints too; BEGIN and
/// COMMIT do not. Of several the first one is the outermost. To be made and destroyed on the same fiber, in turn.
class ExecuteWrapper {
public:
    /// Sends a statement: the wrapper's own one, or another text with its parameters.
    using Execute = FunctionRef<ExecuteResult(std::string_view sql, std::span<const Param> params)>;
    using Wrapper = Function<ExecuteResult(Execute execute, const Statement& statement)>;

    explicit ExecuteWrapper(Wrapper wrapper, std::string_view using_ = "default");
    ~ExecuteWrapper();
    ExecuteWrapper(const ExecuteWrapper&) = delete;
    ExecuteWrapper& operator=(const ExecuteWrapper&) = delete;

    /// For the machinery of this folder.
    ExecuteResult call(Execute execute, const Statement& statement) const { return wrapper_(execute, statement); }
    const Database& database() const { return *database_; }
    const ExecuteWrapper* outer() const { return outer_; }

private:
    Wrapper wrapper_;
    const Database* database_;
    const ExecuteWrapper* outer_;
};

}  // namespace nuages::db
