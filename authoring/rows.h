// authoring/rows.h - every row of a compiled map with where it stands: what the tools walk over.
#pragma once

#include "mapping/evaluate.h"
#include "mapping/program.h"

#include <string>
#include <vector>

namespace luqiao::authoring {

/// One branch of a `when` that a row stands in.
struct Guard {
    const mapping::WhenRule* when = nullptr;
    std::size_t branch = 0;  ///< 0: the condition holds, 1: it does not
};

/// A row of a program. Points into the program, which outlives it.
struct RowPlace {
    const mapping::RowRule* row = nullptr;
    const mapping::EachRule* each = nullptr;       ///< the block around it; nullptr: none
    const mapping::List* list = nullptr;           ///< of the form, inside `each`
    const mapping::WireList* wire_list = nullptr;  ///< of the format, inside `each`
    std::vector<Guard> guards;                     ///< outermost first
    std::size_t column = 0;                        ///< of `each … cols`, from 0
    const mapping::RowRule* last = nullptr;  ///< written_rows: the same row of the last column
};

/// All rows of `program` in the order of writing; those of `each … cols` once per column, as they
/// run.
std::vector<RowPlace> rows_of(const mapping::Program& program);
/// The same as their author wrote them: each once.
std::vector<RowPlace> written_rows(const mapping::Program& program);

/// Whether every branch that the row stands in is taken.
bool guards_hold(const RowPlace& place, const mapping::Operands& operands);

/// The canonical field `part` of the row; the row has one.
const mapping::Field& canonical_field(const mapping::Program& program,
                                      const RowPlace& place,
                                      std::size_t part = 0);
/// The wire field `part` of the row; the row has one.
const mapping::WireField& wire_field(const mapping::Program& program,
                                     const RowPlace& place,
                                     std::size_t part = 0);

/// "applicant.birth_date", "attachments.kind", "(a, b)", `const("工作")`: as people name a side.
/// A wire field of all columns is "CL{1..3}".
std::string canonical_name(const mapping::Program& program, const RowPlace& place);
std::string wire_name(const mapping::Program& program, const RowPlace& place);

/// "trim | date(yyyyMMdd)", wire side first; empty for an empty chain.
std::string chain_text(const std::vector<mapping::CodecCall>& chain);
/// `date(yyyyMMdd)`
std::string call_text(const mapping::CodecCall& call);

/// "<->", "<=>", "<-", "->"
std::string_view arrow_text(mapping::Arrow arrow);

}  // namespace luqiao::authoring
