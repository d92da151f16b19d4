// Forward declarations of nuages::contrib::staticfiles names.
#pragma once

namespace nuages::contrib::staticfiles {

class Finder;
struct FoundFile;

}  // namespace nuages::contrib::staticfiles

namespace nuages {
namespace staticfiles = contrib::staticfiles;
}
