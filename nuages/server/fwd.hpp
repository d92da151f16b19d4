// Forward declarations of nuages::server names.
#pragma once

namespace nuages::server {

class RequestParser;
class Server;
struct AccessRecord;
struct Limits;
struct ServerOptions;

}  // namespace nuages::server
