#include "app/git_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

extern char** environ;  // NOLINT(readability-identifier-naming): POSIX

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;

Status run(std::vector<std::string> words) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
    if (failure != 0) return fail(Errc::Unavailable, "{}", std::strerror(failure)).at(words[0]);
    int state = 0;
    while (::waitpid(child, &state, 0) < 0) {
        if (errno != EINTR) return fail(Errc::Unavailable, "{}", std::strerror(errno)).at(words[0]);
    }
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
        return fail(Errc::Unavailable, "{} failed", words[0]).at(words[0]);
    }
    return {};
}

}  // namespace

Result<GitFolder> GitFolder::at(const fs::path& folder, const std::string& revision) {
    if (revision.empty() || revision.front() == '-') {
        return fail(Errc::BadValue, "not a revision").at(revision);
    }
    std::error_code failure;
    std::string pattern = (fs::temp_directory_path(failure) / "luqiao-base-XXXXXX").string();
    if (failure || ::mkdtemp(pattern.data()) == nullptr) {
        return fail(Errc::Unavailable, "cannot make a temporary folder").at(pattern);
    }
    GitFolder out{fs::path(pattern)};
    fs::create_directory(out.files(), failure);
    const std::string archive = (out.path_ / "base.tar").string();
    // In a subfolder `git archive` takes that folder alone, with paths from there.
    LQ_CHECK(
        run({"git", "-C", folder.string(), "archive", "--format=tar", "-o", archive, revision}));
    LQ_CHECK(run({"tar", "-xf", archive, "-C", out.files().string()}));
    return out;
}

GitFolder::~GitFolder() {
    if (path_.empty()) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace luqiao::app
