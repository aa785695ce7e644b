#include "app/golden_files.h"

#include "app/configuration.h"
#include "app/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;
using authoring::GoldenCase;

/// The four files of a case, by name and by what they hold.
using CaseFile = std::pair<std::string, std::optional<std::string> GoldenCase::*>;
std::array<CaseFile, 4> files_of(const mapping::Program& program) {
    const std::string extension(authoring::case_extension(program.format->kind));
    return {{{"in." + extension, &GoldenCase::in},
             {"canonical.json", &GoldenCase::canonical},
             {"back." + extension, &GoldenCase::back},
             {"issues.json", &GoldenCase::issues}}};
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
    std::vector<fs::path> out;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

class CaseLoader {
public:
    CaseLoader(fs::path conf, const mapping::Bundle& bundle, Diagnostics& findings)
        : conf_(std::move(conf)), bundle_(bundle), findings_(findings) {}

    std::vector<GoldenCase> load() {
        for (const fs::path& map : sorted_entries(conf_ / "cases")) {
            const std::string name = map.filename().string();
            const mapping::Program* const program = bundle_.find(name);
            if (!fs::is_directory(map)) {
                report("C420", map, "cases/ 下只放映射的目录", "cases/ holds a folder per map");
            } else if (program == nullptr) {
                report("C421", map, "没有这个映射", "there is no such map");
            } else {
                cases(map, *program);
            }
        }
        return std::move(out_);
    }

private:
    void report(std::string code, const fs::path& path, std::string zh, std::string en) {
        const std::string file = path.lexically_relative(conf_.parent_path()).string();
        findings_.add(std::move(code), {file, 1, 1, 1}, {std::move(zh), std::move(en)});
    }

    void cases(const fs::path& map, const mapping::Program& program) {
        for (const fs::path& folder : sorted_entries(map)) {
            const std::string name = folder.filename().string();
            if (!fs::is_directory(folder) || !authoring::is_case_name(name)) {
                report("C420", folder, "案例是一个目录，名称用小写字母、数字和 - _ .",
                       "a case is a folder named in lower case letters, digits and - _ .");
            } else if (out_.size() == authoring::kCasesMax) {
                report("C422", folder, fmt::format("案例超过{}个", authoring::kCasesMax),
                       fmt::format("more than {} cases", authoring::kCasesMax));
                return;
            } else {
                one(folder, program);
            }
        }
    }

    void one(const fs::path& folder, const mapping::Program& program) {
        GoldenCase golden;
        golden.map = program.name;
        golden.name = folder.filename().string();
        const auto known = files_of(program);
        for (const fs::path& path : sorted_entries(folder)) {
            const std::string name = path.filename().string();
            const auto* const file =
                std::find_if(known.begin(), known.end(),
                             [&name](const CaseFile& one) { return one.first == name; });
            if (file == known.end()) {
                report("C420", path,
                       fmt::format("案例的文件只有 {}、{}、{}、{}", known[0].first, known[1].first,
                                   known[2].first, known[3].first),
                       fmt::format("the files of a case are {}, {}, {} and {}", known[0].first,
                                   known[1].first, known[2].first, known[3].first));
                continue;
            }
            auto content = read_file(path);
            if (content && content->size() > authoring::kCaseFileMax) {
                content = fail(Errc::LimitExceeded, "larger than 1 MiB");
            }
            if (!content) {
                report("C420", path, "无法读取：" + content.error().message,
                       "cannot read: " + content.error().message);
                continue;
            }
            golden.*(file->second) = *std::move(content);
        }
        out_.push_back(std::move(golden));
    }

    fs::path conf_;
    const mapping::Bundle& bundle_;
    Diagnostics& findings_;
    std::vector<GoldenCase> out_;
};

}  // namespace

std::vector<GoldenCase> load_cases(const fs::path& conf,
                                   const mapping::Bundle& bundle,
                                   Diagnostics& findings) {
    return CaseLoader(conf, bundle, findings).load();
}

Status write_case(const fs::path& conf, const mapping::Bundle& bundle, const GoldenCase& golden) {
    const mapping::Program* const program = bundle.find(golden.map);
    if (program == nullptr) return fail(Errc::NotFound, "there is no map {}", golden.map);
    const fs::path folder = conf / golden.folder();
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return fail(Errc::Unavailable, "{}", failure.message()).at(folder.string());
    for (const auto& [name, member] : files_of(*program)) {
        const std::optional<std::string>& content = golden.*member;
        const fs::path path = folder / name;
        if (!content) {
            fs::remove(path, failure);
            continue;
        }
        LQ_CHECK(write_file(path, *content));
        fs::permissions(path, fs::perms::group_read | fs::perms::others_read, fs::perm_options::add,
                        failure);
    }
    return {};
}

}  // namespace luqiao::app
