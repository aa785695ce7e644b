// authoring/diagnostic_families.h - the codes of all findings, by what reports them.
#pragma once

#include "base/diagnostic_code.h"

#include <span>
#include <string_view>

namespace luqiao::authoring {

struct DiagnosticFamily {
    Text title;
    std::span<const DiagnosticCode> codes;  ///< sorted
};

/// The compiler, workbooks, the prover, the configuration.
std::span<const DiagnosticFamily> diagnostic_families();
/// nullptr: no family has the code.
const DiagnosticCode* find_diagnostic_code(std::string_view code);

/// M200-M229: what the import of a workbook refuses.
std::span<const DiagnosticCode> sheet_codes();
/// P100-P129: promises of rows, messages and cases that do not hold.
std::span<const DiagnosticCode> prover_codes();

}  // namespace luqiao::authoring
