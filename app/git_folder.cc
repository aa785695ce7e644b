#include "app/git_folder.h"

#include <cerrno>
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
    LQ_TRY(TemporaryFolder own, TemporaryFolder::create("luqiao-base"));
    const std::string archive = (own.path() / "base.tar").string();
    GitFolder out(std::move(own));
    std::error_code failure;
    fs::create_directory(out.files(), failure);
    // In a subfolder `git archive` takes that folder alone, with paths from there.
    LQ_CHECK(
        run({"git", "-C", folder.string(), "archive", "--format=tar", "-o", archive, revision}));
    LQ_CHECK(run({"tar", "-xf", archive, "-C", out.files().string()}));
    return out;
}

}  // namespace luqiao::app
