// app/files.h - small files, written whole.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace luqiao::app {

/// Writes beside the place, flushes, renames: readers see the old file or the whole new one. Mode
/// 0600.
/// @errors Unavailable
Status write_file(const std::filesystem::path& path, std::string_view content);

/// The secret of a key file, without the white space at its ends.
/// @errors those of read_file; InvalidArgument: fewer than 32 characters
Result<std::string> read_secret(const std::filesystem::path& path);

}  // namespace luqiao::app
