#include "adapters/manifest_source.h"

#include "adapters/folder.h"
#include "adapters/table.h"

#include <fmt/format.h>

#include <array>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kFileMax = 32U << 20U;
constexpr std::int64_t kManifestRowsMax =
    200'001;  ///< one more than a manifest may have: it is refused

std::string replaced(std::string text, std::string_view name, const std::string& value) {
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
        text.replace(at, name.size(), value);
        at += value.size();
    }
    return text;
}

Result<std::optional<std::string>> from_file(const Section& section,
                                             const std::filesystem::path& base_folder,
                                             const ManifestWanted& wanted) {
    LQ_TRY(const Folder folder, Folder::open(base_folder / section.text("folder"), false));
    auto content = folder.read(manifest_file_name(section, wanted), kFileMax);
    if (content) return std::optional(std::move(content->bytes));
    if (content.error().code == Errc::NotFound) return std::optional<std::string>();
    return std::move(content).error();
}

Result<std::string> column_of(std::span<const SqlColumn> columns, const std::string& name) {
    const SqlColumn* found = find_column(columns, name);
    if (found != nullptr) return quoted_identifier(found->name);
    return fail(Errc::InvalidArgument, "the manifest's table has no column \"{}\"", name);
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
    LQ_TRY(const auto session, open_sqlite({.file = base_folder / section.text("database"),
                                            .busy_timeout = section.time("busy_timeout")}));
    LQ_TRY(const std::string table, session->table_name(section.text("table")));
    if (table.empty()) {
        return fail(Errc::InvalidArgument, "the exchange database has no table \"{}\"",
                    section.text("table"));
    }
    LQ_TRY(const auto columns, session->columns(table));
    LQ_TRY(const std::string day, column_of(columns, section.text("day_column")));
    LQ_TRY(const std::string of, column_of(columns, section.text("of_column")));
    LQ_TRY(const std::string key, column_of(columns, section.text("key_column")));
    LQ_TRY(const std::string sm3, column_of(columns, section.text("sm3_column")));
    const std::array<SqlValue, 2> values{to_string(wanted.day), wanted.of};
    LQ_TRY(const auto rows,
           session->query(fmt::format("SELECT {}, {} FROM {} WHERE {} = ? AND {} = ? LIMIT {}", key,
                                      sm3, quoted_identifier(table), day, of, kManifestRowsMax),
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
    return {
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
                   {"folder", Path, "of file: where the files lie", ""},
                   {"name", Text, "of file: its name, with {party}, {date}, {of}",
                    "{party}_{date}_{of}.csv"},
                   {"database", Path, "of table: SQLite file of the exchange database", ""},
                   {"busy_timeout", Time, "how long a locked database is waited for", "2s"},
                   {"table", Text, "of table: a row a message", "LUQIAO_MANIFEST"},
                   {"day_column", Text, "of table: 2025-10-13", "DAY"},
                   {"of_column", Text, "of table: received or sent", "DIRECTION"},
                   {"key_column", Text, "of table: the business key", "MSGID"},
                   {"sm3_column", Text, "of table: SM3 of the message; may be NULL", "SM3"}},
        .example = "source = \"file\"\nfolder = \"essc/manifest\"\n"};
}

void check_manifest_source(const Section& section, Diagnostics& findings) {
    for (const std::string& of : section.list("daily")) {
        if (of == "received" || of == "sent") continue;
        findings.add("C404", section.at("daily"),
                     {"daily 只列 received 与 sent", "daily lists received and sent"});
    }
    if (section.time("daily_after") >= std::chrono::days(1)) {
        findings.add("C404", section.at("daily_after"),
                     {"daily_after 应短于 24h", "daily_after is less than 24h"});
    }
    const std::string source = section.text("source");
    const auto miss = [&](const char* name) {
        if (!section.text(name).empty()) return;
        findings.add("C404", section.at("source"),
                     {fmt::format("source = \"{}\" 须写明 {}", source, name),
                      fmt::format("source = \"{}\" needs {}", source, name)});
    };
    if (source == "file") return miss("folder");
    if (source == "table") return miss("database");
    if (source == "http") return;
    findings.add("C404", section.at("source"),
                 {"source 应为 http、file 或 table", "source is http, file or table"});
}

Section manifest_source(const std::optional<Setting>& reconcile) {
    Diagnostics ignored;
    return Section::check(manifest_source_spec(), reconcile.value_or(Setting{Setting::Table{}, {}}),
                          ignored);
}

std::string manifest_file_name(const Section& section, const ManifestWanted& wanted) {
    std::string name = replaced(section.text("name"), "{party}", wanted.party);
    name = replaced(std::move(name), "{date}", to_string(wanted.day));
    return replaced(std::move(name), "{of}", wanted.of);
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
