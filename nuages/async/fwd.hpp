// Forward declarations of nuages::async names.
#pragma once

namespace nuages::async {

class Cancelled;
class CancelShield;
class Loop;
class NotOnFiber;
class TimeoutError;
class Waker;
template <class T> class ContextLocal;
template <class T> class FiberLocal;
template <class R> class Task;

}  // namespace nuages::async
