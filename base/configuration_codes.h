// base/configuration_codes.h - every code of a finding about settings, calendars, services and
// parties: the one catalogue, as base/errors.h is for errors of messages.
#pragma once

#include "base/diagnostic_code.h"

namespace luqiao {

/// Sorted by code. C0 files · C1 settings · C2 calendars · C3 services · C4 parties and golden
/// cases · C5 what belongs together.
std::span<const DiagnosticCode> configuration_codes();

}  // namespace luqiao
