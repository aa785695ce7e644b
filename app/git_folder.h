// app/git_folder.h - a folder as it was at a git revision.
#pragma once

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

    GitFolder(GitFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
    GitFolder(const GitFolder&) = delete;
    GitFolder& operator=(const GitFolder&) = delete;
    GitFolder& operator=(GitFolder&&) = delete;
    ~GitFolder();

    [[nodiscard]] std::filesystem::path files() const { return path_ / "files"; }

private:
    explicit GitFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace luqiao::app
