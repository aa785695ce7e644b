// base/diagnostic_code.h - what a code of a finding means: its cause, a mistake that gets it, and
// how that is mended. The reference page and the rules of SARIF are made of such values.
#pragma once

#include "base/text.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace luqiao {

struct DiagnosticCode {
    std::string_view code;
    Text meaning;                   ///< what is wrong, in general
    Text mending;                   ///< what to do about it
    std::string_view mistake = {};  ///< lines, or a cell, that get it
    std::string_view mended = {};   ///< the same, right; empty: to be deleted
};

/// nullptr: there is none in `codes`.
inline const DiagnosticCode* find_code(std::span<const DiagnosticCode> codes,
                                       std::string_view code) {
    const auto found = std::find_if(codes.begin(), codes.end(),
                                    [&](const DiagnosticCode& one) { return one.code == code; });
    return found == codes.end() ? nullptr : &*found;
}

}  // namespace luqiao
