// mapping/source.h - one file that a rule author wrote, its lines, and findings with excerpts of
// it.
#pragma once

#include "base/diagnostic.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Limits of forms, formats and maps. What is over one gets M102 and is not read any further.
inline constexpr std::size_t kFileSizeMax = 1u << 20;
inline constexpr std::size_t kLinesMax = 10'000;
inline constexpr std::size_t kLineSizeMax = 4096;
inline constexpr std::size_t kDepthMax = 16;
inline constexpr std::size_t kRowsMax = 5'000;
inline constexpr std::size_t kFieldsMax = 2'000;
inline constexpr std::size_t kItemsMax = 100'000;
inline constexpr std::size_t kFindingsMax = 500;   ///< per file
inline constexpr std::size_t kSegmentsMax = 16;    ///< of one path
inline constexpr std::size_t kTupleMax = 8;        ///< fields on one side of a row
inline constexpr std::size_t kColumnsMax = 100;    ///< the last number of `cols(1..3)`
inline constexpr std::size_t kNamespacesMax = 16;  ///< of a format or map
inline constexpr std::size_t kLiteralsMax = 64;    ///< arguments of a codec, members of `in (…)`
inline constexpr std::size_t kChainMax = 32;       ///< codecs of a row, its aliases replaced
inline constexpr std::size_t kFitMax = 1u << 20;   ///< bytes
inline constexpr std::size_t kTextSizeMax = 100'000;       ///< characters of text(n)
inline constexpr std::size_t kHexSizeMax = 4096;           ///< bytes of hex(n)
inline constexpr std::size_t kDecimalDigitsMax = 30;       ///< of decimal(p,s)
inline constexpr std::size_t kMessageSizeMax = 64u << 20;  ///< bytes of `limit`
inline constexpr std::size_t kMessageDepthMax = 64;        ///< levels of `limit`
inline constexpr std::size_t kRecordSizeMax = 1u << 20;    ///< bytes of `record`
inline constexpr std::size_t kPlaceMax = 1u << 20;         ///< a column, offset or id
inline constexpr std::size_t kArgumentsMax = 16;           ///< of one function call
inline constexpr std::size_t kOperationsMax = 256;    ///< of one expression, its `let`s replaced
inline constexpr std::size_t kDeclarationsMax = 500;  ///< `let`, `codec` and `use` of a map, each

/// One source file, by its path below conf/ ("maps/sti.apply.map").
struct SourceFile {
    std::string path;
    std::string text;
};

/// Adds findings of one file, each with the source line it is about. Not shared by threads.
class Report {
public:
    /// `source` and `findings` outlive the report.
    Report(const SourceFile& source, Diagnostics& findings);

    void error(std::string code, Position at, Text message, Fix fix = {});
    void warning(std::string code, Position at, Text message, Fix fix = {});
    void note(std::string code, Position at, Text message, Fix fix = {});

    /// Any finding; its excerpt is put in.
    void add(Diagnostic finding);
    /// Warnings and notes are left out: the same lines are compiled once more.
    void errors_only(bool on) { errors_only_ = on; }

    [[nodiscard]] const std::string& file() const { return source_.path; }
    /// The lines without their ends (LF or CR LF); at most kLinesMax + 1 of them.
    [[nodiscard]] const std::vector<std::string_view>& lines() const { return lines_; }
    [[nodiscard]] Position at(int line, int column, int length = 1) const;
    /// Where `text` stands first in a line, if it does.
    [[nodiscard]] std::optional<Position> find(int line, std::string_view text) const;
    /// The edits that take a whole line out, or put one behind it.
    [[nodiscard]] Edit erase_line(int line) const;
    [[nodiscard]] Edit insert_line_behind(int line, const std::string& text) const;
    /// Whether an error was reported through this object.
    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    [[nodiscard]] std::size_t errors() const { return errors_; }

private:
    [[nodiscard]] int line_length(int line) const;

    const SourceFile& source_;
    Diagnostics& findings_;
    std::vector<std::string_view> lines_;
    std::size_t count_ = 0;
    std::size_t errors_ = 0;
    bool errors_only_ = false;
};

}  // namespace luqiao::mapping
