// Forward declarations of nuages::base names.
#pragma once

namespace nuages {

class Error;
struct Duration;
template <class T> class Ref;
template <class T> class Result;
template <class Signature> class Function;
template <class Signature> class FunctionRef;

}  // namespace nuages
