// Forward declarations of nuages::shell.
#pragma once

namespace nuages::shell {

class SyntaxError;
class Object;
class Interpreter;
struct Arguments;

}  // namespace nuages::shell
