// Callbacks of on_commit() in tests, whose transaction never commits (django.test.TestCase.captureOnCommitCallbacks).
#pragma once

#include <nuages/base/function.hpp>

#include <string_view>
#include <vector>

namespace nuages::db {

/// What was given to on_commit().
struct CommitCallback {
    Function<void()> call;
    bool robust = false;
};

/// Keyword arguments of `capture_on_commit_callbacks`.
struct CaptureOptions {
    bool execute = false;  ///< True: they run when BLOCK is over, in their order, and so do those that they register.
    std::string_view using_ = "default";
};

/// Runs BLOCK inside the open transaction, and takes the callbacks that it registers out of it.
/// Throws TransactionManagementError outside of a transaction.
std::vector<CommitCallback> capture_on_commit_callbacks(FunctionRef<void()> block, const CaptureOptions& options = {});

}  // namespace nuages::db
