// Func: a database function in the program's own words (django.db.models.Func).
#pragma once

#include <nuages/db/models/expression.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Keyword arguments of Func(). All of them are SQL of the program itself: user input belongs into the arguments.
struct FuncOptions {
    std::string function;                                       ///< "GROUP_CONCAT"; letters, digits, underscores, dots
    std::string template_ = "%(function)s(%(expressions)s)";  ///< %% is a percent sign
    std::string arg_joiner = ", ";
    int arity = -1;                                             ///< how many arguments it takes; -1: any number
    std::vector<std::pair<std::string, std::string>> extra = {};  ///< further names that the template uses
    OutputType output = {};                                     ///< unknown: what the arguments have in common
};

namespace expr {

/// A function of the program's own: func({F("title")}, {.function = "UNACCENT"}). TypeError for another number of
/// arguments than `arity`; ValueError for a template with a name that was not given, or a function that is no name.
Expr func(std::vector<Expr> arguments, FuncOptions options);

}  // namespace expr

}  // namespace nuages::db::models
