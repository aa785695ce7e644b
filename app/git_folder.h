// app/git_folder.h - a folder as it was at a git revision.
#pragma once

#include "app/process.h"
#include "base/result.h"

#include <filesystem>
#include <string>

namespace luqiao::app {

/// A temporary folder with the files of another as they were at a revision. Deleted with it.
class GitFolder {
public:
    /// Runs `git archive` and `tar`, without a shell.
    /// @errors BadValue: no revision; Unavailable: git or tar failed, `folder` is not in a
    /// repository, or had no files then
    static Result<GitFolder> at(const std::filesystem::path& folder, const std::string& revision);

    [[nodiscard]] std::filesystem::path files() const { return folder_.path() / "files"; }

private:
    explicit GitFolder(TemporaryFolder folder) : folder_(std::move(folder)) {}
    TemporaryFolder folder_;
};

}  // namespace luqiao::app
