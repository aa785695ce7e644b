#include "app/configuration.h"
#include "app/files.h"
#include "app/rule_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "authoring/format_rules.h"

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;

bool is_rule_file(const fs::path& path) {
    const std::string ending = path.extension().string();
    return ending == ".map" || ending == ".form" || ending == ".format";
}

/// The files named, and those below the folders named.
Result<std::vector<fs::path>> files_of(const std::vector<fs::path>& named) {
    std::vector<fs::path> out;
    for (const fs::path& path : named) {
        std::error_code failure;
        if (!fs::exists(path, failure)) {
            return fail(Errc::NotFound, "no such file or folder").at(path.string());
        }
        if (!fs::is_directory(path, failure)) {
            if (!is_rule_file(path)) {
                return fail(Errc::BadValue, "neither .map nor .form nor .format").at(path.string());
            }
            out.push_back(path);
            continue;
        }
        for (fs::recursive_directory_iterator entry(path, failure), end; !failure && entry != end;
             entry.increment(failure)) {
            if (entry->is_regular_file() && is_rule_file(entry->path())) {
                out.push_back(entry->path());
            }
        }
        if (failure) return fail(Errc::Unavailable, "{}", failure.message()).at(path.string());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

/// The permissions stay: others read the rules too.
Status replace(const fs::path& path, std::string_view text) {
    std::error_code failure;
    const fs::path target = fs::weakly_canonical(path, failure);
    const fs::perms permissions = fs::status(target, failure).permissions();
    LQ_CHECK(write_file(target, text));
    fs::permissions(target, permissions, failure);
    return {};
}

class FmtRun {
public:
    explicit FmtRun(const FmtOptions& options) : options_(options) {}

    Status file(const fs::path& path) {
        LQ_TRY(const std::string before, read_file(path));
        Diagnostics findings;
        const auto after = authoring::format_rules({path.string(), before}, findings);
        if (!after) {
            for (const Diagnostic& one : findings.list()) fmt::print("{}\n", render(one));
            ++refused_;
            return {};
        }
        if (options_.to_stdout) {
            fmt::print("{}", *after);
            return {};
        }
        if (*after == before) return {};
        ++changed_;
        fmt::print("{}\n", path.string());
        return options_.check ? Status() : replace(path, *after);
    }

    [[nodiscard]] int finish(std::size_t files) const {
        if (!options_.to_stdout) {
            fmt::print(stderr,
                       "{}个文件，{}个{}，{}个有语法错误 | {} files, {} {}, {} with errors\n",
                       files, changed_, options_.check ? "需要排版" : "已排版", refused_, files,
                       changed_, options_.check ? "to be formatted" : "formatted", refused_);
        }
        return refused_ > 0 || (options_.check && changed_ > 0) ? kFindings : kDone;
    }

private:
    const FmtOptions& options_;
    std::size_t changed_ = 0;
    std::size_t refused_ = 0;
};

}  // namespace

int fmt_command(const FmtOptions& options) {
    const auto files = files_of(options.paths);
    if (!files) {
        fmt::print(stderr, "{}: {}\n", files.error().where, files.error().message);
        return files.error().code == Errc::NotFound ? kNotFound : kBadUsage;
    }
    FmtRun run(options);
    for (const fs::path& path : *files) {
        if (const Status done = run.file(path); !done) {
            fmt::print(stderr, "{}: {}\n", done.error().where, done.error().message);
            return kCannotReach;
        }
    }
    return run.finish(files->size());
}

}  // namespace luqiao::app
