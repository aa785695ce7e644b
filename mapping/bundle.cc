#include "mapping/bundle.h"

#include "mapping/compile_expression.h"
#include "mapping/compile_map.h"
#include "mapping/parse_form.h"
#include "mapping/parse_format.h"
#include "mapping/parse_map.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

std::uint64_t fnv(std::string_view bytes, std::uint64_t state) {
    for (const char c : bytes) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return state;
}

constexpr std::size_t kHashDigits = 32;  // 128 bits: nobody finds other files of the same name

/// The same lines as `openssl dgst -sm3 -r` prints, so that a hash can be made by hand.
std::string hash_of(const std::vector<const SourceFile*>& files, const CompileOptions& options) {
    std::string lines;
    for (const SourceFile* file : files) {
        lines += options.digest(file->text) + "  " + file->path + "\n";
    }
    return options.digest(lines).substr(0, kHashDigits);
}

bool is_in(const SourceFile& file, std::string_view folder, std::string_view extension) {
    return file.path.starts_with(folder) && file.path.ends_with(extension);
}

/// Every table that a field's type names exists.
void check_tables(const Scope& scope, const Tables& tables, Report& report) {
    for (const Field& field : scope.fields) {
        if (field.type.kind != TypeKind::Code || tables.find(field.type.table) != tables.end()) {
            continue;
        }
        const auto place = report.find(field.at.line, fmt::format("code({})", field.type.table));
        const std::string best = did_you_mean(field.type.table, names_of(tables));
        report.error(
            "M101", place.value_or(field.at),
            {fmt::format("没有代码表{}", field.type.table),
             fmt::format("there is no code table {}", field.type.table)},
            place && !best.empty() ? as_fix(*place, fmt::format("code({})", best)) : Fix{});
    }
    for (const List& list : scope.lists) check_tables(list.scope, tables, report);
}

std::shared_ptr<const Form> compile_form(const SourceFile& file,
                                         const Tables& tables,
                                         const CompileOptions& options,
                                         Diagnostics& findings) {
    Report report(file, findings);
    std::optional<FormSyntax> syntax = parse_form(file, report);
    if (!syntax) return nullptr;
    check_tables(syntax->form.root, tables, report);
    const NameScope scope{syntax->form, tables};
    std::vector<Check> checks;
    for (const CheckSyntax& check : syntax->checks) {
        if (auto compiled = compile_check(check, scope, report)) {
            checks.push_back(std::move(*compiled));
        }
    }
    syntax->form.checks = std::move(checks);
    syntax->form.item_checks =
        compile_item_conditions(syntax->form, tables, options.item_conditions, findings);
    return std::make_shared<const Form>(std::move(syntax->form));
}

std::vector<const SourceFile*> in_order(const std::vector<SourceFile>& files,
                                        Diagnostics& findings) {
    std::vector<const SourceFile*> out;
    out.reserve(files.size());
    for (const SourceFile& file : files) out.push_back(&file);
    std::stable_sort(out.begin(), out.end(),
                     [](const auto* a, const auto* b) { return a->path < b->path; });
    const auto same = [](const SourceFile* a, const SourceFile* b) { return a->path == b->path; };
    for (auto twin = std::adjacent_find(out.begin(), out.end(), same); twin != out.end();
         twin = std::adjacent_find(out.begin(), out.end(), same)) {
        findings.add("M104", {(*twin)->path, 1, 1, 1},
                     {"文件给出了两次", "the file is given twice"});
        out.erase(twin);
    }
    return out;
}

}  // namespace

std::string plain_digest(std::string_view bytes) {
    const std::uint64_t first = fnv(bytes, 0xcbf29ce484222325U);
    return fmt::format("{:016x}{:016x}", first, fnv(bytes, ~first));
}

std::shared_ptr<const Bundle> Bundle::compile(const std::vector<SourceFile>& files,
                                              Diagnostics& findings,
                                              const CompileOptions& options) {
    auto bundle = std::make_shared<Bundle>();
    const std::vector<const SourceFile*> ordered = in_order(files, findings);
    bundle->hash_ = hash_of(ordered, options);
    for (const SourceFile* file : ordered) {
        if (!is_in(*file, "codes/", ".csv")) continue;
        const std::string name(stem(file->path));
        auto table = CodeTable::parse(name, file->text, file->path, findings);
        if (table) bundle->tables_[name] = std::make_unique<const CodeTable>(std::move(*table));
    }
    for (const SourceFile* file : ordered) {
        if (is_in(*file, "forms/", ".form")) {
            auto form = compile_form(*file, bundle->tables_, options, findings);
            if (form) bundle->forms_.insert_or_assign(form->name, form);
        } else if (is_in(*file, "formats/", ".format")) {
            Report report(*file, findings);
            auto format = parse_format(*file, report);
            if (!format) continue;
            auto shared = std::make_shared<const Format>(std::move(*format));
            bundle->formats_.insert_or_assign(shared->name, shared);
        }
    }
    bundle->hasher_ = options.hasher;
    const Library library{bundle->forms_, bundle->formats_, bundle->tables_, options.hasher.get()};
    for (const SourceFile* file : ordered) {
        if (!is_in(*file, "maps/", ".map")) continue;
        Report report(*file, findings);
        const auto syntax = parse_map(*file, report);
        auto program = syntax ? compile_map(*syntax, library, report) : std::nullopt;
        if (!program) continue;
        program->bundle = bundle->hash_;
        const auto recipients = options.outgoing.find(program->name);
        if (recipients != options.outgoing.end()) {
            check_privacy(*program, recipients->second, syntax->at, report);
        }
        bundle->programs_.insert_or_assign(program->name, std::move(*program));
    }
    findings.sort();
    return bundle;
}

const Program* Bundle::find(std::string_view name) const {
    const auto found = programs_.find(name);
    return found == programs_.end() ? nullptr : &found->second;
}

std::shared_ptr<const Form> Bundle::form(std::string_view name) const {
    const auto found = forms_.find(name);
    return found == forms_.end() ? nullptr : found->second;
}

std::shared_ptr<const Format> Bundle::format(std::string_view name) const {
    const auto found = formats_.find(name);
    return found == formats_.end() ? nullptr : found->second;
}

const CodeTable* Bundle::table(std::string_view name) const {
    const auto found = tables_.find(name);
    return found == tables_.end() ? nullptr : found->second.get();
}

}  // namespace luqiao::mapping
