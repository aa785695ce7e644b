// mapping/compile_row.h - one row of a map: names, chain, clauses; then whether they fit together.
#pragma once

#include "mapping/compile_chain.h"
#include "mapping/names.h"
#include "mapping/program.h"

#include <optional>

namespace luqiao::mapping {

inline bool reads(Arrow arrow) {
    return arrow != Arrow::Write;
}
inline bool writes(Arrow arrow) {
    return arrow != Arrow::Read;
}

/// Resolves a row and judges it by itself.
///
/// Findings: M101 names, M107 codec arguments, M110 types, M111 literals, M130 code tables, M140
/// bytes (note), M160 direction and grade, M195 an example that fails.
std::optional<RowRule> compile_row(const RowSyntax& syntax,
                                   const NameScope& scope,
                                   ChainCompiler& chains,
                                   Report& report);

/// What a row is judged on: its syntax for the carets, its rule for the meaning.
struct RowContext {
    const RowSyntax& syntax;
    const RowRule& rule;
    const Chain& chain;
    const NameScope& scope;
    Report& report;
};

/// The edit that adds `; clause` to the row.
inline Edit add_clause(const RowSyntax& row, const std::string& clause) {
    return insert_behind(row.at, " ; " + clause);
}

/// All of the following, and M110 of tuples, M160 directions and grades, M170 defaults.
void check_row(const RowContext& row);
/// M110: the chain against the field, each codec against the next, and the wire field, by running
/// it on values of the type.
void check_chain(const RowContext& row);
/// M130: each code table of the row, executed in the directions that the row has.
void check_tables(const RowContext& row);
/// M140, M141: the longest text that is written, and its characters, against the wire field.
void check_columns(const RowContext& row);
/// M195: runs every example of the row, in the directions the row has.
void check_examples(const RowContext& row);

}  // namespace luqiao::mapping
