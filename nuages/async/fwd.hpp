// Forward declarations of nuages::async names.
#pragma once

namespace nuages::async {

class Cancelled;
class CancelShield;
class ChannelClosed;
class Condition;
class Loop;
class Mutex;
class NotOnFiber;
class Semaphore;
class TaskGroup;
class TimeoutError;
class Waker;
template <class T> class Channel;
template <class T> class ContextLocal;
template <class T> class FiberLocal;
template <class R> class Task;

}  // namespace nuages::async
