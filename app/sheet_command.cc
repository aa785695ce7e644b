#include "app/check_report.h"
#include "app/configuration.h"
#include "app/files.h"
#include "app/map_uses.h"
#include "app/rule_commands.h"
#include "base/json.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "authoring/diff.h"
#include "authoring/line_diff.h"
#include "authoring/sheet_export.h"
#include "authoring/sheet_import.h"

namespace luqiao::app {
namespace {

namespace fs = std::filesystem;
using authoring::LineChange;
using authoring::SheetImport;

int fail_with(const Error& error) {
    fmt::print(stderr, "{}: {}\n", error.where, error.message);
    if (error.code == Errc::NotFound) return kNotFound;
    return error.code == Errc::BadValue ? kFindings : kCannotReach;
}

/// Beside its place first: who reads sees the old workbook or the whole new one.
Status export_one(const Configuration& configuration,
                  const std::string& name,
                  const fs::path& path) {
    LQ_TRY(const auto workbook,
           authoring::make_workbook(configuration.sources, *configuration.realm->bundle, name));
    const fs::path temporary = path.string() + ".tmp";
    LQ_CHECK(authoring::write_xlsx(workbook, temporary));
    std::error_code failure;
    fs::rename(temporary, path, failure);
    if (failure) return fail(Errc::Unavailable, "{}", failure.message()).at(path.string());
    return {};
}

char sign_of(LineChange::Kind kind) {
    if (kind == LineChange::Kind::Removed) return '-';
    return kind == LineChange::Kind::Added ? '+' : ' ';
}

std::vector<LineChange> changes_of(const SheetImport& import) {
    return authoring::line_changes(authoring::lines_of(import.before),
                                   authoring::lines_of(import.after));
}

/// The rules with the new text.
struct Compiled {
    std::shared_ptr<const mapping::Bundle> bundle;
    Diagnostics findings;  ///< about this map, by cells
};

/// What the new text means, beside its lines; only rules without errors are compared.
authoring::DiffReport meaning(const Configuration& configuration, const Compiled& after) {
    const auto uses = map_uses(*configuration.realm);
    const mapping::Bundle& before = *configuration.realm->bundle;
    authoring::DiffReport out{before.hash(), after.bundle->hash(), 0,
                              authoring::diff_rules({before, uses}, {*after.bundle, uses})};
    authoring::sort(out);
    return out;
}

/// What is known at the end of an import; `import` is nullptr when the workbook was refused.
void report(const SheetImportOptions& options,
            const SheetImport* import,
            const Diagnostics& findings,
            const std::optional<authoring::DiffReport>& difference,
            bool written) {
    const auto changes = import == nullptr ? std::vector<LineChange>{} : changes_of(*import);
    if (options.json) {
        JsonWriter json;
        json.begin_object().field("map", import == nullptr ? std::string() : import->map);
        json.key("findings").begin_array();
        for (const Diagnostic& one : findings.list()) write_finding(json, one);
        json.end_array().key("changes").begin_array();
        for (const LineChange& one : changes) {
            if (one.kind == LineChange::Kind::Kept) continue;
            json.begin_object()
                .field("kind", one.kind == LineChange::Kind::Added ? "added" : "removed")
                .field("line", static_cast<std::uint64_t>(one.line + 1))
                .field("text", one.text)
                .end_object();
        }
        json.end_array();
        if (difference) json.key("difference").raw(authoring::to_json(*difference));
        json.field("written", written).end_object();
        fmt::print("{}\n", json.text());
        return;
    }
    for (const Diagnostic& one : findings.list()) fmt::print("{}\n", render(one));
    for (const LineChange& one : changes)
        fmt::print("{} {:>4} {}\n", sign_of(one.kind), one.line + 1, one.text);
    if (difference) fmt::print("{}", authoring::to_table(*difference));
}

/// Only findings about this map count.
Compiled compiled(const Configuration& configuration, const SheetImport& import) {
    std::vector<mapping::SourceFile> files = configuration.sources;
    for (mapping::SourceFile& file : files) {
        if (file.path == import.path) file.text = import.after;
    }
    Diagnostics all;
    Compiled out;
    out.bundle = mapping::Bundle::compile(files, all, configuration.compile_options);
    Diagnostics own;
    for (const Diagnostic& one : all.list()) {
        if (one.at.file == import.path && one.severity != Severity::Note) own.add(one);
    }
    out.findings = authoring::on_cells(import, own);
    return out;
}

/// The permissions stay: others read the rules too.
Status save(const Configuration& configuration, const SheetImport& import) {
    const fs::path path = configuration.folder / import.path;
    std::error_code failure;
    const fs::perms permissions = fs::status(path, failure).permissions();
    LQ_CHECK(write_file(path, import.after));
    if (!failure) fs::permissions(path, permissions, failure);
    return {};
}

bool has_code(const Diagnostics& findings, std::string_view code) {
    for (const Diagnostic& one : findings.list()) {
        if (one.code == code) return true;
    }
    return false;
}

}  // namespace

int sheet_export_command(const SheetExportOptions& options) {
    if (options.rule.empty() != options.all) {
        fmt::print(stderr, "请给出一个映射名或 --all | name one map, or --all\n");
        return kBadUsage;
    }
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    std::vector<std::pair<std::string, fs::path>> wanted;
    if (options.all) {
        for (const auto& [name, program] : configuration.realm->bundle->programs())
            wanted.emplace_back(name, options.out / (name + ".xlsx"));
        std::error_code failure;
        if (!options.out.empty()) fs::create_directories(options.out, failure);
    } else {
        wanted.emplace_back(options.rule,
                            options.out.empty() ? fs::path(options.rule + ".xlsx") : options.out);
    }
    for (const auto& [name, path] : wanted) {
        if (const Status done = export_one(configuration, name, path); !done)
            return fail_with(done.error());
        fmt::print("{}\n", path.string());
    }
    fmt::print(stderr, "导出{}个工作簿 | {} workbooks\n", wanted.size(), wanted.size());
    return kDone;
}

int sheet_import_command(const SheetImportOptions& options) {
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    const auto bytes = read_file(options.file);
    if (!bytes) return fail_with(bytes.error());
    Diagnostics findings;
    const auto import = authoring::import_sheet(
        *bytes, options.file.filename().string(), configuration.sources,
        *configuration.realm->bundle, {.force = options.force, .rebase = options.rebase}, findings);
    if (!import) {
        report(options, nullptr, findings, std::nullopt, false);
        fmt::print(stderr, "未导入 | not imported\n");
        return has_code(findings, "M205") || has_code(findings, "M223") ? kConflict : kFindings;
    }
    const Compiled after = compiled(configuration, *import);
    findings.append(after.findings);
    const bool differs = import->after != import->before;
    const bool is_good = !findings.has_errors();
    const bool writes = options.write && differs && is_good;
    if (writes) {
        if (const Status done = save(configuration, *import); !done) return fail_with(done.error());
    }
    std::optional<authoring::DiffReport> difference;
    if (differs && is_good) difference = meaning(configuration, after);
    report(options, &*import, findings, difference, writes);
    if (!is_good) {
        fmt::print(stderr, "有错误，未写入 | errors: nothing was written\n");
        return kFindings;
    }
    fmt::print(stderr, "{}\n",
               !differs ? "没有变化 | no change"
               : writes ? "已写入 " + import->path + " | written"
                        : "以上变化尚未写入，加 --write 写入 | a dry run: --write saves this");
    return differs && options.exit_code ? kChangesExist : kDone;
}

}  // namespace luqiao::app
