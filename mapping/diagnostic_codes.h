// mapping/diagnostic_codes.h - every code of a finding of the compiler of rules: M100-M195.
#pragma once

#include "base/diagnostic_code.h"

namespace luqiao::mapping {

/// Sorted by code. Settings, services, parties, the prover and workbooks have codes of their own.
std::span<const DiagnosticCode> diagnostic_codes();

}  // namespace luqiao::mapping
