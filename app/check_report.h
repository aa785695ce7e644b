// app/check_report.h - the findings of a check for programs: JSON and SARIF.
#pragma once

#include "base/diagnostic.h"
#include "base/json.h"

#include <string>
#include <string_view>

namespace luqiao::app {

/// One finding, wherever findings are given: {code, severity, file, line, column, length, message:
/// {zh, en}, cause, expected, excerpt, help, fixes: [{text, safe, edits: [{file, line, column,
/// length, text}]}], related: [{file, line, column, length, note}], text: as a person reads it}.
/// Other texts are {zh, en}. In an edit the end of a line counts as one code point behind its last.
/// In a workbook a place has its sheet and cell too.
void write_finding(JsonWriter& json, const Diagnostic& one);

/// One document: {bundle, findings: [...]}.
std::string findings_as_json(const Diagnostics& findings, std::string_view bundle);

/// SARIF 2.1.0 (OASIS), one run, columns in code points: rules with their help, results with
/// regions, related locations and the fixes that are safe.
std::string findings_as_sarif(const Diagnostics& findings, Language language);

}  // namespace luqiao::app
