// Forward declarations of nuages::conf names.
#pragma once

namespace nuages::conf {

class Env;
struct DatabaseUrl;
struct EmbeddedFile;
struct EmbeddedFiles;
struct Resources;

}  // namespace nuages::conf
