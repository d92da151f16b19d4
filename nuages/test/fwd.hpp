// Forward declarations of nuages::test names.
#pragma once

namespace nuages::test {

class Client;
class Form;
class RequestFactory;
struct File;
class LiveServer;
struct ClientOptions;
struct ClientResponse;

}  // namespace nuages::test
