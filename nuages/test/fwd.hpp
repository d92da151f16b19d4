// Forward declarations of nuages::test names.
#pragma once

namespace nuages::test {

class Client;
class LiveServer;
struct ClientOptions;
struct ClientResponse;

}  // namespace nuages::test
