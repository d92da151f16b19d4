// Operators of the language, and which exception is which.
#pragma once

#include <nuages/shell/object.hpp>

#include <string>
#include <string_view>

namespace nuages::shell {

Object unary(std::string_view op, const Object& operand);
Object binary(std::string_view op, const Object& left, const Object& right);
Object item_at(const Object& of, const Object& index);
Object sliced(const Object& of, const Object& from, const Object& to, const Object& step);
/// str().
std::string str(const Object& value);
/// format(): what stands behind the colon in an f-string, "[[fill]align][sign][0][width][,][.precision][type]".
std::string formatted_value(const Object& value, std::string_view format);
/// A method of a str, or of a list, by name. False where there is none.
bool text_method(const std::string& text, std::string_view name, Object& found);
bool sequence_method(const Ref<Sequence>& sequence, std::string_view name, Object& found);
/// Whether an exception is of the class `name` or of one derived from it.
bool exception_is(const Error& error, std::string_view name);
/// The name of an exception as the language shows it: what the query API throws has Django's names.
std::string exception_name(const Error& error);

}  // namespace nuages::shell
