// Forward declarations of nuages::site names.
#pragma once

namespace nuages::site {

struct App;
struct Settings;
struct SettingLine;
class AppSettings;
class Registry;
class Site;

}  // namespace nuages::site

namespace nuages::management {
struct Command;
class Io;
}  // namespace nuages::management

namespace nuages {
using site::App;
using site::Registry;
using site::Settings;
}  // namespace nuages
