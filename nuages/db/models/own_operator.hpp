// OwnOperator: for expressions of a type whose equality is spelled differently, as PostgreSQL's text search is.
#pragma once

#include <string_view>

namespace nuages::db::models {

/// What an Expression is besides when it stands on the right of `field=expression` and = is not meant by that.
struct OwnOperator {
    /// The operator with a space behind it: "@@ ".
    virtual std::string_view equals() const = 0;

protected:
    ~OwnOperator() = default;
};

}  // namespace nuages::db::models
