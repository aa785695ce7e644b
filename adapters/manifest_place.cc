#include "adapters/manifest_place.h"

#include <fmt/format.h>

#include <span>
#include <utility>

namespace luqiao::adapters {
namespace {

std::string replaced(std::string text, std::string_view name, const std::string& value) {
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at)) {
        text.replace(at, name.size(), value);
        at += value.size();
    }
    return text;
}

Result<std::string> column_of(std::span<const SqlColumn> columns, const std::string& name) {
    const SqlColumn* found = find_column(columns, name);
    if (found != nullptr) return quoted_identifier(found->name);
    return fail(Errc::InvalidArgument, "the manifest's table has no column \"{}\"", name);
}

}  // namespace

std::vector<SettingField> manifest_place_fields(std::string_view name, std::string_view table) {
    using enum SettingKind;
    return {{"folder", Path, "of file: where the files lie", ""},
            {"name", Text, "of file: its name, with {party}, {date}, {of}", name},
            {"database", Path, "of table: SQLite file of the exchange database", ""},
            {"busy_timeout", Time, "how long a locked database is waited for", "2s"},
            {"table", Text, "of table: a row a message", table},
            {"day_column", Text, "of table: 2025-10-13", "DAY"},
            {"of_column", Text, "of table: received or sent", "DIRECTION"},
            {"key_column", Text, "of table: the business key", "MSGID"},
            {"sm3_column", Text, "of table: SM3 of the message; may be NULL", "SM3"}};
}

void check_manifest_place(const Section& section,
                          std::string_view kind_key,
                          Diagnostics& findings) {
    for (const std::string& of : section.list("daily")) {
        if (of == "received" || of == "sent") continue;
        findings.add("C404", section.at("daily"),
                     {"daily 只列 received 与 sent", "daily lists received and sent"});
    }
    if (section.time("daily_after") >= std::chrono::days(1)) {
        findings.add("C404", section.at("daily_after"),
                     {"daily_after 应短于 24h", "daily_after is less than 24h"});
    }
    const std::string kind = section.text(kind_key);
    const char* needed = kind == "file" ? "folder" : kind == "table" ? "database" : nullptr;
    if (needed == nullptr || !section.text(needed).empty()) return;
    findings.add("C404", section.at(kind_key),
                 {fmt::format("{} = \"{}\" 须写明 {}", kind_key, kind, needed),
                  fmt::format("{} = \"{}\" needs {}", kind_key, kind, needed)});
}

std::string manifest_file_name(const Section& section, const ManifestWanted& wanted) {
    std::string name = replaced(section.text("name"), "{party}", wanted.party);
    name = replaced(std::move(name), "{date}", to_string(wanted.day));
    return replaced(std::move(name), "{of}", wanted.of);
}

Result<ManifestTable> open_manifest_table(const Section& section,
                                          const std::filesystem::path& base_folder) {
    ManifestTable out;
    LQ_TRY(out.session, open_sqlite({.file = base_folder / section.text("database"),
                                     .busy_timeout = section.time("busy_timeout")}));
    LQ_TRY(const std::string table, out.session->table_name(section.text("table")));
    if (table.empty()) {
        return fail(Errc::InvalidArgument, "the exchange database has no table \"{}\"",
                    section.text("table"));
    }
    LQ_TRY(const auto columns, out.session->columns(table));
    out.table = quoted_identifier(table);
    LQ_TRY(out.day, column_of(columns, section.text("day_column")));
    LQ_TRY(out.of, column_of(columns, section.text("of_column")));
    LQ_TRY(out.key, column_of(columns, section.text("key_column")));
    LQ_TRY(out.sm3, column_of(columns, section.text("sm3_column")));
    return out;
}

}  // namespace luqiao::adapters
