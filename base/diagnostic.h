// base/diagnostic.h - one finding about a file that a person wrote: where, what, why, how to mend.
#pragma once

#include "base/text.h"

#include <cstdint>
#include <string>
#include <vector>

namespace luqiao {

enum class Severity : std::uint8_t { Error, Warning, Note };

/// A place in a text file. Lines and columns count from 1, columns in code points.
struct Position {
    std::string file;
    int line = 0;
    int column = 0;
    int length = 1;  ///< code points to underline
};

/// One finding. The same shape on the command line, in the console and in the API.
struct Diagnostic {
    std::string code;  ///< "M101", "C110", ...
    Severity severity = Severity::Error;
    Position at;
    Text message;
    std::string excerpt;  ///< the whole source line, without its end
    std::string fix;      ///< what to write instead; empty when not known
};

/// `file:line:col error M101 message`, excerpt, caret and fix, as in a compiler.
std::string render(const Diagnostic& diagnostic);

/// All findings of a run, in the order of file, line, column.
class Diagnostics {
public:
    void add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }
    void add(std::string code,
             Position at,
             Text message,
             std::string excerpt = {},
             std::string fix = {});
    void append(const Diagnostics& other);
    void sort();

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] const std::vector<Diagnostic>& list() const { return list_; }

private:
    std::vector<Diagnostic> list_;
};

}  // namespace luqiao
