// mapping/diagnostic_codes.h - every code of a finding about rules: what it means, a mistake that
// gets it, and how that is mended. The reference page and SARIF rules are made of it.
#pragma once

#include "base/text.h"

#include <span>
#include <string_view>

namespace luqiao::mapping {

struct DiagnosticCode {
    std::string_view code;
    Text meaning;                   ///< what is wrong, in general
    Text mending;                   ///< what to do about it
    std::string_view mistake = {};  ///< a line that gets it; empty when no single line shows it
    std::string_view mended = {};   ///< the same line, right
};

/// Sorted by code.
std::span<const DiagnosticCode> diagnostic_codes();
/// nullptr: there is none (settings, services and parties have codes of their own).
const DiagnosticCode* find_diagnostic_code(std::string_view code);

}  // namespace luqiao::mapping
