#include "adapters/manifest_source.h"

#include "adapters/folder.h"
#include "adapters/manifest_target.h"

#include <fmt/format.h>

#include <array>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kFileMax = 32U << 20U;
constexpr std::int64_t kManifestRowsMax =
    200'001;  ///< one more than a manifest may have: it is refused

Result<std::optional<std::string>> from_file(const Section& section,
                                             const std::filesystem::path& base_folder,
                                             const ManifestWanted& wanted) {
    LQ_TRY(const Folder folder, Folder::open(base_folder / section.text("folder"), false));
    auto content = folder.read(manifest_file_name(section, wanted), kFileMax);
    if (content) return std::optional(std::move(content->bytes));
    if (content.error().code == Errc::NotFound) return std::optional<std::string>();
    return std::move(content).error();
}

/// NULL and bytes become the empty text, which the reader of the manifest refuses for a key.
std::string text_of(const SqlValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return {};
}

Result<std::optional<std::string>> from_table(const Section& section,
                                              const std::filesystem::path& base_folder,
                                              const ManifestWanted& wanted) {
    LQ_TRY(const ManifestTable from, open_manifest_table(section, base_folder));
    const std::array<SqlValue, 2> values{to_string(wanted.day), wanted.of};
    LQ_TRY(const auto rows,
           from.session->query(
               fmt::format("SELECT {}, {} FROM {} WHERE {} = ? AND {} = ? LIMIT {}", from.key,
                           from.sm3, from.table, from.day, from.of, kManifestRowsMax),
               values));
    if (rows.empty()) return std::optional<std::string>();
    std::string out = fmt::format("manifest,{},{},{},{}\nkey,sm3\n", wanted.party,
                                  to_string(wanted.day), wanted.of, rows.size());
    for (const SqlRow& row : rows) {
        out += fmt::format("{},{}\n", text_of(row[0]), text_of(row[1]));
    }
    return std::optional(std::move(out));
}

}  // namespace

Spec manifest_source_spec() {
    using enum SettingKind;
    Spec out{
        .name = "reconcile",
        .summary = "How a party gives its manifest of a day, for reconciliation.",
        .fields = {{"source", Text, "http (it puts it), file or table", "http"},
                   {"grace", Time,
                    "how far from midnight a message may stand in the other side's next day",
                    "10m"},
                   {"daily", List,
                    "what of the day before is compared by itself: received, sent, or both", ""},
                   {"daily_after", Time,
                    "how long after midnight; until the manifest is there it is looked for "
                    "again",
                    "7h"},
                   {"give", Table, "where ours of a day is put; none: it asks for it over HTTP",
                    ""}},
        .example = "source = \"file\"\nfolder = \"essc/manifest\"\n"};
    const auto place = manifest_place_fields("{party}_{date}_{of}.csv", "LUQIAO_MANIFEST");
    out.fields.insert(out.fields.end(), place.begin(), place.end());
    return out;
}

void check_manifest_source(const Section& section, Diagnostics& findings) {
    check_manifest_place(section, "source", findings);
    if (const Setting* give = section.table("give")) {
        const Section target = Section::check(manifest_target_spec(), *give, findings);
        check_manifest_target(target, section, findings);
    }
    const std::string source = section.text("source");
    if (source == "http" || source == "file" || source == "table") return;
    findings.add("C404", section.at("source"),
                 {"source 应为 http、file 或 table", "source is http, file or table"});
}

Section manifest_source(const std::optional<Setting>& reconcile) {
    Diagnostics ignored;
    return Section::check(manifest_source_spec(), reconcile.value_or(Setting{Setting::Table{}, {}}),
                          ignored);
}

std::string manifest_stamp(const Section& section,
                           const std::filesystem::path& base_folder,
                           const ManifestWanted& wanted) {
    if (section.text("source") != "file") return {};
    const auto folder = Folder::open(base_folder / section.text("folder"), false);
    if (!folder) return {};
    const auto stamp = folder->stamp_of(manifest_file_name(section, wanted));
    if (!stamp) return {};
    return fmt::format("{} {} {}", stamp->number, stamp->size, stamp->changed_ns);
}

Result<std::optional<std::string>> fetch_manifest(const Section& section,
                                                  const std::filesystem::path& base_folder,
                                                  const ManifestWanted& wanted) {
    const std::string source = section.text("source");
    if (source == "file") return from_file(section, base_folder, wanted);
    if (source == "table") return from_table(section, base_folder, wanted);
    return std::optional<std::string>();
}

}  // namespace luqiao::adapters
