// authoring/sheet_import.h - a workbook read back into the text of its map, with every refusal at
// once.
#pragma once

#include "mapping/bundle.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/sheet_row.h"

namespace luqiao::authoring {

struct ImportOptions {
    bool force = false;   ///< the workbook wins over what changed in the map since the export
    bool rebase = false;  ///< what changed in the map since is kept; the same lines: M223
};

/// A line of the new text.
struct ImportedLine {
    std::string text;
    int row = 0;           ///< row of 映射 it came from; 0: from the map as it is now
    bool changed = false;  ///< not as it was at the export
};

struct SheetImport {
    std::string workbook;  ///< file name, for findings
    std::string map;       ///< "psb.residence_apply"
    std::string path;      ///< "maps/psb.residence_apply.map"
    std::string before;    ///< the map as it is now
    std::string after;     ///< what the workbook makes of it
    std::vector<ImportedLine> lines;
    Namespaces namespaces;
    std::array<int, kSheetColumns> columns{};  ///< where each column stands, from 1
};

/// Reads the workbook `bytes` that make_workbook() made of one of `files`. Rows that nobody touched
/// come back as they were, byte for byte; changed and new ones as the formatter sets them.
///
/// Findings: M200-M223, all at once. Nothing is returned when one of them is an error.
std::optional<SheetImport> import_sheet(std::string_view bytes,
                                        const std::string& file,
                                        const std::vector<mapping::SourceFile>& files,
                                        const mapping::Bundle& bundle,
                                        const ImportOptions& options,
                                        Diagnostics& findings);

/// Findings of compiling the new text: those about the map point to cells of the workbook.
Diagnostics on_cells(const SheetImport& import, const Diagnostics& findings);

}  // namespace luqiao::authoring
