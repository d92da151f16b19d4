#include <nuages/db/detail/transaction_state.hpp>
#include <nuages/db/execute_wrapper.hpp>

#include <utility>

namespace nuages::db {

ExecuteWrapper::ExecuteWrapper(Wrapper wrapper, std::string_view using_)
    : wrapper_(std::move(wrapper)), database_(&db::connection(using_).database()), outer_(detail::context().wrappers) {
    detail::context().wrappers = this;
}

ExecuteWrapper::~ExecuteWrapper() { detail::context().wrappers = outer_; }

namespace {

// Goes from the innermost wrapper outwards, so that the outermost one is called first.
ExecuteResult wrapped(const ExecuteWrapper* wrapper, const Connection& connection, ExecuteWrapper::Execute execute,
                      std::string_view sql, std::span<const Param> params) {
    while (wrapper && &wrapper->database() != &connection.database()) wrapper = wrapper->outer();
    if (!wrapper) return execute(sql, params);
    const auto inner = [&](std::string_view text, std::span<const Param> values) {
        return wrapper->call(execute, {text, values, connection});
    };
    return wrapped(wrapper->outer(), connection, inner, sql, params);
}

}  // namespace

namespace detail {

ExecuteResult execute_wrapped(const Connection& connection, std::string_view sql, std::span<const Param> params,
                              FunctionRef<ExecuteResult(std::string_view, std::span<const Param>)> execute) {
    return wrapped(context().wrappers, connection, execute, sql, params);
}

}  // namespace detail

}  // namespace nuages::db
