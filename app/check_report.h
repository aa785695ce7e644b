// app/check_report.h - the findings of a check for programs: JSON and SARIF.
#pragma once

#include "base/diagnostic.h"

#include <string>
#include <string_view>

namespace luqiao::app {

/// One document: {bundle, findings: [{code, severity, file, line, column, length, message: {zh,
/// en}, cause, expected, excerpt, help, fixes: [{text, safe, edits: [{file, line, column, length,
/// text}]}], related: [{file, line, column, length, note}]}]}. Texts are {zh, en}. In an edit the
/// end of a line counts as one code point behind its last.
std::string findings_as_json(const Diagnostics& findings, std::string_view bundle);

/// SARIF 2.1.0 (OASIS), one run, columns in code points: rules with their help, results with
/// regions, related locations and the fixes that are safe.
std::string findings_as_sarif(const Diagnostics& findings, Language language);

}  // namespace luqiao::app
