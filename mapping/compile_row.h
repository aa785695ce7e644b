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

/// M110, M160, M130, M140.
void check_row(const RowContext& row);
/// M195: runs every example of the row, in the directions the row has.
void check_examples(const RowContext& row);

}  // namespace luqiao::mapping
