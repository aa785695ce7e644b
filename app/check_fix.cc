#include "app/check_fix.h"

#include "app/configuration.h"
#include "app/files.h"
#include "app/process.h"
#include "base/diagnostic.h"

#include <map>
#include <set>

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;

/// Files that findings want changed, as the findings name them.
std::set<std::string> files_with_fixes(const Diagnostics& findings) {
    std::set<std::string> out;
    for (const Diagnostic& one : findings.list()) {
        if (one.fix.safe && !one.fix.edits.empty()) out.insert(one.fix.edits[0].at.file);
    }
    return out;
}

Status replace_file(const fs::path& path, const std::string& text) {
    std::error_code failure;
    const fs::perms mode = fs::status(path, failure).permissions();
    LQ_CHECK(write_file(path, text));
    if (!failure) fs::permissions(path, mode, failure);
    return {};
}

/// Findings of rules name their files below the folder, those of settings with the folder's name.
fs::path place_of(const fs::path& folder, const std::string& file) {
    return fs::exists(folder / file) ? folder / file : folder.parent_path() / file;
}

/// One round; how many fixes it made.
Result<std::size_t> fix_once(const ConfOptions& options, std::map<fs::path, FixedFile>& changed) {
    const Configuration configuration = load_configuration(options.conf, options.overlays);
    std::size_t count = 0;
    for (const std::string& file : files_with_fixes(configuration.findings)) {
        const fs::path path = place_of(configuration.folder, file);
        LQ_TRY(const std::string text, read_file(path));
        Mended mended = mend(text, file, configuration.findings.list());
        if (mended.fixes == 0 || mended.text == text) continue;
        LQ_CHECK(replace_file(path, mended.text));
        FixedFile& entry = changed[path];
        if (entry.path.empty()) entry = {path, text, {}, 0};
        entry.after = std::move(mended.text);
        entry.fixes += mended.fixes;
        count += mended.fixes;
    }
    return count;
}

}  // namespace

Result<std::vector<FixedFile>> fix_files(const ConfOptions& options) {
    std::map<fs::path, FixedFile> changed;
    for (int round = 0; round < kFixRoundsMax; ++round) {
        LQ_TRY(const std::size_t count, fix_once(options, changed));
        if (count == 0) break;
    }
    std::vector<FixedFile> out;
    for (auto& [path, file] : changed) out.push_back(std::move(file));
    return out;
}

Result<std::vector<FixedFile>> fixes_of_a_copy(const ConfOptions& options) {
    LQ_TRY(const TemporaryFolder folder, TemporaryFolder::create("luqiao-check"));
    const fs::path from = fs::weakly_canonical(options.conf);
    ConfOptions copied = options;
    copied.conf = folder.path() / from.filename();
    std::error_code failure;
    fs::copy(from, copied.conf, fs::copy_options::recursive, failure);
    if (failure) {
        return fail(Errc::Unavailable, "{}", failure.message()).at(from.string());
    }
    LQ_TRY(std::vector<FixedFile> out, fix_files(copied));
    for (FixedFile& file : out) {
        file.path = from / file.path.lexically_relative(fs::weakly_canonical(copied.conf));
    }
    return out;
}

}  // namespace luqiao::app
