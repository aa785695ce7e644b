// tests/authoring/sheet_fixture.h - workbooks of the shipped maps, and ways to spoil them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authoring/sheet_export.h"
#include "authoring/sheet_import.h"

namespace luqiao::authoring {

/// Rules with the bundle that they compile to.
struct Rules {
    std::vector<mapping::SourceFile> files;
    std::shared_ptr<const mapping::Bundle> bundle;
};

/// conf/{forms,formats,codes,maps}, compiled once.
const Rules& shipped_rules();
/// Form, format and tables of the tests' small base, and the map p.m of its own text.
const Rules& sample_rules();
inline constexpr const char* kSampleMap = "p.m";
inline constexpr const char* kSamplePath = "maps/p.m.map";
/// The same with another text of one map; `bundle` is compiled anew.
Rules with_map(const Rules& rules, const std::string& path, const std::string& text);
std::string text_of(const Rules& rules, const std::string& path);

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);
/// A folder of its own for the running test.
std::filesystem::path test_folder();

/// The bytes of a workbook.
std::string bytes_of(const Workbook& workbook);
/// The workbook of a map, after `edit`.
std::string exported(const Rules& rules,
                     const std::string& map,
                     const std::function<void(Workbook&)>& edit = {});

/// The cell of 映射 in the row of the map's line `line` (from 1).
std::string& cell_of(Workbook& workbook, std::size_t line, SheetColumn column);

/// The entries of a ZIP archive, and the archive of entries.
std::map<std::string, std::string> unpacked(const std::string& bytes);
std::string packed(const std::map<std::string, std::string>& entries);
/// The workbook with the XML of one cell of 映射 replaced, such as
/// `<c r="F12"><f>1+1</f><v>2</v></c>`.
std::string with_cell(const std::string& bytes, const std::string& cell, const std::string& xml);
/// With `from` replaced by `to` in one part, once.
std::string with_part(const std::string& bytes,
                      const std::string& part,
                      const std::string& from,
                      const std::string& to);

struct Imported {
    std::optional<SheetImport> import;
    Diagnostics findings;

    /// "M210 映射!F12", one a line.
    [[nodiscard]] std::string places() const;
    /// Lines that differ from the map: "-5 old" and "+5 new".
    [[nodiscard]] std::vector<std::string> changes() const;
};
Imported imported(const std::string& bytes, const Rules& rules, const ImportOptions& options = {});

}  // namespace luqiao::authoring
