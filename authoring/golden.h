// authoring/golden.h - golden cases: one message frozen with everything that a map makes of it.
#pragma once

#include "mapping/program.h"
#include "mapping/translator.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::authoring {

/// One case, `cases/MAP/NAME/`, by what its files hold. All data in cases are invented, so that
/// their values may be shown.
///
///     in.EXT          the party's bytes; EXT is that of the format's kind (case_extension)
///     canonical.json  the record in canonical form
///     back.EXT        the bytes that the record is written as
///     issues.json     [{code, pointer, field, rule, severity}], the rule's file without its line
///
/// With in.EXT the message is read: canonical.json is what must come out, issues.json what must
/// be found, and back.EXT what the record is written as; without back.EXT that is in.EXT again,
/// as far as the map can write the record at all. Without in.EXT canonical.json is written:
/// back.EXT must come out and issues.json be found. No issues.json: there are none.
struct GoldenCase {
    std::string map;
    std::string name;
    std::optional<std::string> in;
    std::optional<std::string> canonical;
    std::optional<std::string> back;
    std::optional<std::string> issues;

    /// "cases/sti.apply/first"
    [[nodiscard]] std::string folder() const { return "cases/" + map + "/" + name; }
};

/// Limits of one case and of all of them.
inline constexpr std::size_t kCaseFileMax = 1u << 20;
inline constexpr std::size_t kCasesMax = 10'000;

/// "json", "xml", "csv", "txt" (fixed width), "bin" (Thrift): how in and back are called.
std::string_view case_extension(mapping::FormatKind kind);

/// Lower case letters, digits, `-`, `_` and `.`, 1 to 80 of them, no `.` in front.
bool is_case_name(std::string_view name);

/// One thing that is not as the case says.
struct Difference {
    std::string file;      ///< "canonical.json"
    std::string field;     ///< "applicant.birth_date", "files[2].kind", "byte 120"; may be empty
    std::string expected;  ///< "" is shown as such; "absent", "cleared" stand for no value
    std::string actual;
    std::string rule;  ///< the row that made it: "maps/sti.apply.map:14"; may be empty
};

/// What running a case gave.
struct CaseResult {
    std::vector<Difference> differences;
    GoldenCase actual;                      ///< the case as it would have to be written to pass
    std::optional<mapping::Record> record;  ///< read or given; nothing: it is no record
    mapping::Issues issues;                 ///< those that issues.json is about
    bool is_read = false;                   ///< there is an in.EXT
    bool is_written = false;                ///< the record was written without an error
};

CaseResult run_case(const mapping::Program& program, const GoldenCase& golden);

/// A case from bytes of the party, or from a record in canonical form: runs it and fills what is
/// not given.
CaseResult freeze(const mapping::Program& program, GoldenCase given);

/// "✗ sti.apply/first" and one line per difference: `canonical.json applicant.sex: male ⇒ female
/// (maps/sti.apply.map:14)`.
std::string render(const GoldenCase& golden, const CaseResult& result);

/// The issues as issues.json holds them, sorted.
std::string issues_json(const mapping::Issues& issues);

/// What issues.json holds, one line per issue, sorted: to compare two of them.
/// @errors ParseFailed, UnknownField
Result<std::vector<std::string>> issue_lines(std::string_view json);

/// JSON text with one member a line and two blanks a level; text that is no JSON stays as it is.
std::string laid_out(std::string_view json);

}  // namespace luqiao::authoring
