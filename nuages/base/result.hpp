// Result<T>: a value or the reason why there is none. Parsers return it and never throw.
#pragma once

#include <nuages/base/error.hpp>

#include <optional>
#include <string>
#include <utility>

namespace nuages {

/// Why a Result has no value: one sentence that names what was wrong.
struct Failure {
    std::string message;
};

/// A T, or a Failure. `value()` throws Error with the failure's message.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(Failure failure) : failure_(std::move(failure)) {}

    bool ok() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }
    const std::string& error() const noexcept { return failure_.message; }

    T& value() & { return check(), *value_; }
    const T& value() const& { return check(), *value_; }
    T&& value() && { return check(), std::move(*value_); }
    T& operator*() & { return *value_; }
    const T& operator*() const& { return *value_; }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }

private:
    void check() const {
        if (!value_) throw Error(failure_.message);
    }
    std::optional<T> value_;
    Failure failure_;
};

}  // namespace nuages
