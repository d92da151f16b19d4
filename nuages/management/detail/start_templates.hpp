// The files that startproject and startapp write, embedded by CMakeLists.txt.
#pragma once

#include <nuages/conf/embedded.hpp>

namespace nuages::embedded {

extern const conf::EmbeddedFiles project_template;
extern const conf::EmbeddedFiles app_template;

}  // namespace nuages::embedded
