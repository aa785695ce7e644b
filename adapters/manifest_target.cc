#include "adapters/manifest_target.h"

#include "adapters/folder.h"
#include "adapters/manifest_source.h"
#include "base/text.h"

#include <fmt/format.h>

#include <array>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kHeadLines = 2;  ///< "manifest,…" and "key,sm3"

Status insert(const Section& section,
              const std::filesystem::path& base_folder,
              const ManifestWanted& wanted,
              std::string_view csv) {
    LQ_TRY(const ManifestTable into, open_manifest_table(section, base_folder));
    LQ_TRY(auto transaction, Transaction::begin(*into.session));
    const std::array<SqlValue, 2> which{to_string(wanted.day), wanted.of};
    LQ_TRY([[maybe_unused]] const auto gone,
           into.session->execute(
               fmt::format("DELETE FROM {} WHERE {} = ? AND {} = ?", into.table, into.day, into.of),
               which));
    const std::string sql = fmt::format("INSERT INTO {} ({}, {}, {}, {}) VALUES (?, ?, ?, ?)",
                                        into.table, into.day, into.of, into.key, into.sm3);
    const auto lines = split(csv, '\n');
    for (std::size_t at = kHeadLines; at < lines.size(); ++at) {
        const std::size_t comma = lines[at].find(',');
        if (comma == std::string_view::npos) continue;  // behind the last line
        const std::string_view sm3 = lines[at].substr(comma + 1);
        const std::array<SqlValue, 4> row{
            which[0], which[1], std::string(lines[at].substr(0, comma)),
            sm3.empty() ? SqlValue(std::monostate{}) : SqlValue(std::string(sm3))};
        LQ_TRY([[maybe_unused]] const auto added, into.session->execute(sql, row));
    }
    return transaction.commit();
}

bool is_same_text(const Section& a, const Section& b, std::string_view key) {
    return a.text(key) == b.text(key);
}

}  // namespace

Spec manifest_target_spec() {
    using enum SettingKind;
    Spec out{.name = "reconcile.give",
             .summary = "Where our manifest of a day is put for a party.",
             .fields = {{"to", Text, "file or table"},
                        {"daily", List,
                         "what of the day before is put there by itself: received (what it took "
                         "from us), sent (what we took from it), or both",
                         ""},
                        {"daily_after", Time, "how long after midnight", "1h"}},
             .example = "to = \"file\"\nfolder = \"essc/ours\"\ndaily = [\"received\"]\n"};
    const auto place = manifest_place_fields("luqiao_{party}_{date}_{of}.csv", "LUQIAO_OURS");
    out.fields.insert(out.fields.end(), place.begin(), place.end());
    return out;
}

void check_manifest_target(const Section& section, const Section& source, Diagnostics& findings) {
    check_manifest_place(section, "to", findings);
    const std::string to = section.text("to");
    if (to != "file" && to != "table" && section.has("to")) {
        findings.add("C404", section.at("to"), {"to 应为 file 或 table", "to is file or table"});
    }
    const std::string name = section.text("name");
    if (to == "file" && (name.find("{date}") == name.npos || name.find("{of}") == name.npos)) {
        findings.add("C404", section.at("name"),
                     {"name 须含 {date} 与 {of}，否则后一份覆盖前一份",
                      "name holds {date} and {of}: one manifest would replace another"});
    }
    if (to != source.text("source")) return;
    const bool is_same = to == "file" ? is_same_text(section, source, "folder") &&
                                            is_same_text(section, source, "name")
                                      : is_same_text(section, source, "database") &&
                                            same_name(section.text("table"), source.text("table"));
    if (is_same) {
        findings.add("C404", section.at(to == "file" ? "name" : "table"),
                     {"与对方清单同一处：会被当作对方的读回",
                      "the place of the party's own manifests: ours would be read as theirs"});
    }
}

std::optional<Section> manifest_target(const std::optional<Setting>& reconcile) {
    const Section source = manifest_source(reconcile);
    const Setting* give = source.table("give");
    if (give == nullptr) return std::nullopt;
    Diagnostics ignored;
    return Section::check(manifest_target_spec(), *give, ignored);
}

Status put_manifest(std::string_view kind,
                    const Section& section,
                    const std::filesystem::path& base_folder,
                    const ManifestWanted& wanted,
                    std::string_view csv) {
    if (kind == "table") return insert(section, base_folder, wanted, csv);
    LQ_TRY(const Folder folder, Folder::open(base_folder / section.text("folder"), false));
    return folder.write(manifest_file_name(section, wanted), csv);
}

}  // namespace luqiao::adapters
