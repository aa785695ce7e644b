// app/check_fix.h - `luqiao check --fix`: makes the safe edits of the findings, and looks again.
#pragma once

#include "app/command_line.h"
#include "base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace luqiao::app {

/// One file that was changed.
struct FixedFile {
    std::filesystem::path path;
    std::string before;
    std::string after;
    std::size_t fixes = 0;
};

/// Checks the folder, applies every safe fix that meets no other, and begins again until nothing
/// changes, at most `kFixRoundsMax` times. Each file is replaced as a whole, with its mode.
/// @errors Unavailable: a file cannot be written; those before it are changed
Result<std::vector<FixedFile>> fix_files(const ConfOptions& options);

/// The same on a copy of the folder, which is deleted afterwards.
Result<std::vector<FixedFile>> fixes_of_a_copy(const ConfOptions& options);

inline constexpr int kFixRoundsMax = 8;

}  // namespace luqiao::app
