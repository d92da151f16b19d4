// Forward declarations of nuages/core/files.
#pragma once

namespace nuages::files {
struct ImageSize;
struct FolderOptions;
}  // namespace nuages::files
