// base/diagnostic.h - one finding about a file that a person wrote: where, what, why, how to mend.
#pragma once

#include "base/text.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace luqiao {

enum class Severity : std::uint8_t { Error, Warning, Note };
/// "error", "warning", "note"
std::string_view to_string(Severity severity);

/// A place in a text file. Lines and columns count from 1, columns in code points. In a workbook:
/// the sheet and its cell ("D12"; empty: the whole sheet), line and column are the cell's.
struct Position {
    std::string file;
    int line = 0;
    int column = 0;
    int length = 1;          ///< code points to underline
    std::string sheet = {};  ///< empty: the file is text
    std::string cell = {};

    /// "conf/maps/a.map:12:5", "a.xlsx 映射!D12"
    [[nodiscard]] std::string text() const;
};

/// One change that a program can make: the code points at `at` become `text`. A length of 0
/// inserts. The end of a line counts as one code point behind its last, so a whole line goes with
/// column 1 and its length + 1.
struct Edit {
    Position at;
    std::string text;
};

/// How to mend it: a sentence, and where a program can do it, the edits; all of one file.
struct Fix {
    Text text;
    std::vector<Edit> edits;
    bool safe = true;  ///< nothing else can have been meant: `luqiao check --fix` makes the edits

    Fix() = default;
    /// What is the same in both languages, such as a piece of a rule.
    Fix(std::string same) : text{same, std::move(same)} {}
    Fix(const char* same) : Fix(std::string(same)) {}
    Fix(Text sentence, std::vector<Edit> changes = {}, bool is_safe = true)
        : text(std::move(sentence)), edits(std::move(changes)), safe(is_safe) {}

    [[nodiscard]] bool empty() const { return text.zh.empty() && edits.empty(); }
};

/// "write X instead", as a sentence and as an edit.
Fix write_instead(const Position& at, const std::string& text);
/// The edit that puts `text` directly behind `at`.
Edit insert_behind(const Position& at, std::string text);

/// Another place that belongs to the finding: "the first of the two stands here".
struct Place {
    Position at;
    Text note;
};

/// One finding. The same shape on the command line, in the console and in the API.
struct Diagnostic {
    std::string code;  ///< "M101", "C110", ...
    Severity severity = Severity::Error;
    Position at;
    Text message;
    std::string excerpt;              ///< the whole source line, without its end
    Fix fix = {};                     ///< what to write instead; empty when not known
    Text cause = {};                  ///< why, shown beside the caret; empty when `message` says it
    Text expected = {};               ///< what should stand there; empty when `message` says it all
    std::vector<Place> related = {};  ///< where the cause stands, if elsewhere
};

enum class Language : std::uint8_t { Both, Zh, En };

struct RenderOptions {
    Language language = Language::Both;
    bool colour = false;  ///< ANSI, for a terminal
};

/// As a compiler does it, with the caret under East Asian wide characters and tabs:
///
///     maps/p.m.map:12:32 error M130 中文 (English)
///      12 | applicant.nationality <-> gj : code(country.alpha3)
///         |                                ^^^^^^^^^^^^^^^^^^^^ cause (country.csv:212, :219)
///         = fix: what to do
std::string render(const Diagnostic& diagnostic, const RenderOptions& options = {});
/// `text` in one language, or "中文 (English)"; once, when both are the same or one is empty.
std::string in_language(const Text& text, Language language);

/// Cells that `text` takes on a terminal: East Asian wide characters two, combining ones none.
std::size_t cells(std::string_view text);

/// All findings of a run, in the order of file, sheet, line, column.
class Diagnostics {
public:
    void add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }
    void add(std::string code, Position at, Text message, std::string excerpt = {}, Fix fix = {});
    void append(const Diagnostics& other);
    void sort();

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] const std::vector<Diagnostic>& list() const { return list_; }

private:
    std::vector<Diagnostic> list_;
};

/// Text of one file after the fixes of its findings.
struct Mended {
    std::string text;
    std::size_t fixes = 0;  ///< how many were applied
};

/// Applies every safe fix of a finding that changes `file`, in the order of their places; a fix
/// that touches what an earlier one changed is left for the next run. The sides of a fix stay
/// together: all of its edits, or none.
Mended mend(std::string_view text,
            const std::string& file,
            const std::vector<Diagnostic>& findings);

}  // namespace luqiao
