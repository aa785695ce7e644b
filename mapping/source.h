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
inline constexpr std::size_t kFindingsMax = 500;      ///< per file
inline constexpr std::size_t kArgumentsMax = 16;      ///< of one function call
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
};

}  // namespace luqiao::mapping
