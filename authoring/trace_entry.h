// authoring/trace_entry.h - what tracing has in common in both directions: names, masks,
// conditions.
#pragma once

#include "mapping/evaluate.h"
#include "mapping/row_issue.h"

#include <optional>
#include <string>
#include <string_view>

#include "authoring/trace.h"

namespace luqiao::authoring {

/// Where the tracer is: in the message itself or at one item of an `each`.
struct TracePlace {
    mapping::ItemPlace at = {};
    const mapping::List* list = nullptr;
    const mapping::WireList* wire_list = nullptr;
    std::size_t depth = 0;
};

/// Makes the entries of one trace. Holds references: used while one message is traced.
class TraceEntries {
public:
    TraceEntries(const mapping::Program& program, const TraceOptions& options, Trace& out);

    /// A new entry; valid until the next one is made.
    TraceEntry& row(const mapping::RowRule& rule, const TracePlace& place);
    TraceEntry& when(const mapping::WhenRule& rule,
                     const mapping::Operands& operands,
                     const TracePlace& place);
    TraceEntry& each(const mapping::EachRule& rule, std::size_t items, const TracePlace& place);
    TraceEntry& check(const mapping::Check& check, const TracePlace& place);

    /// `holds` and the operands of a condition, for entries whose condition is judged later.
    void judge(TraceEntry& entry,
               const mapping::Condition& condition,
               const mapping::Operands& operands,
               const TracePlace& place) const;

    void step(TraceEntry& entry, std::string what, const mapping::CodecResult& result);
    /// A step of which is known what was found there.
    void step_bad(TraceEntry& entry, std::string what, Errc reason, std::string_view found);

    /// Runs a codec and notes it.
    mapping::CodecResult decode(TraceEntry& entry,
                                const mapping::CodecCall& call,
                                std::string_view text,
                                mapping::CodecContext& context);
    mapping::CodecResult encode(TraceEntry& entry,
                                const mapping::CodecCall& call,
                                std::string_view text,
                                mapping::CodecContext& context);

    /// Gives each issue to the entries of its rule and item.
    void attach_issues();

    [[nodiscard]] std::string shown(std::string_view text, mapping::Privacy privacy) const;

private:
    TraceEntry& add(TraceEntry::Kind kind, const Position& rule, const TracePlace& place);

    const mapping::Program& program_;
    const TraceOptions& options_;
    Trace& out_;
    mapping::Privacy privacy_ = mapping::Privacy::C3;  ///< of the row that is being traced
};

/// "reject", "default", ...: as it is written behind `bad`.
std::string_view act_word(mapping::OnBad act);
/// "unmapped reject", `bad default x`
std::string act_text(const mapping::RowRule& rule, Errc reason);

}  // namespace luqiao::authoring
