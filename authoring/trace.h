// authoring/trace.h - what each row did with one message: raw value, after each codec, final value.
#pragma once

#include "mapping/translator.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::authoring {

/// A value and how it came about. C2 and C3 values are masked unless they are to be revealed.
struct TraceStep {
    std::string what;  ///< "CSRQ", "date(yyyyMMdd)", "type date", "default", "fit 30 gb18030 cut"
    mapping::SlotState state = mapping::SlotState::Absent;
    std::string text;              ///< of a value; of a bad one what was found, when that is known
    Errc reason = Errc::Internal;  ///< when bad
};

/// A field of a condition with the value it had.
struct TraceOperand {
    std::string name;  ///< "item.state"
    mapping::SlotState state = mapping::SlotState::Absent;
    std::string text;
};

/// What one rule did. Rows of the other direction did nothing and are left out.
struct TraceEntry {
    enum class Kind : std::uint8_t { Row, When, Each, Check };
    Kind kind = Kind::Row;
    Position rule;
    std::size_t depth = 0;            ///< of blocks around it
    std::optional<std::size_t> item;  ///< inside `each`: number of the item, from 0
    bool dropped = false;             ///< Row: the item was dropped

    std::string canonical;  ///< Row: "applicant.birth_date"; Each: the list
    std::string wire;       ///< Row: "BODY.CSRQ"; Each: the party's list
    std::string arrow;
    std::string chain;             ///< "trim | date(yyyyMMdd)"
    std::vector<TraceStep> steps;  ///< Row: in the order they ran; the last one is what remains
    std::string act;  ///< Row: which clause fired: "default x", "unmapped reject", "bad drop"

    std::string condition;               ///< When, Check: as it would be written
    std::vector<TraceOperand> operands;  ///< When, Check, Row with `req when`
    bool holds = false;                  ///< When, Check; Row: `req` or `req when` was in force
    bool undecided = false;              ///< Check: a field of it is bad, so nothing is said
    std::size_t items = 0;               ///< Each

    std::vector<std::size_t> issues;  ///< indices in Trace::issues
};

/// A value of the message that no row looked at.
struct TraceUnread {
    std::string pointer;
    std::string text;
};

struct Trace {
    std::string map;
    std::string bundle;  ///< its hash
    bool encodes = false;
    std::vector<TraceEntry> entries;
    std::vector<TraceUnread> unread;     ///< decoding
    std::vector<mapping::Issue> issues;  ///< those of decode() or encode() themselves
    std::string output;  ///< canonical JSON, or the party's bytes; empty when rejected
    /// The values of the trace are those that decode() or encode() came to. False is a defect of
    /// the trace, and is shown.
    bool agrees = true;

    [[nodiscard]] bool rejected() const;
};

struct TraceOptions {
    std::string bundle;
    bool reveal = false;  ///< show C2 and C3 values as they are
};

/// Runs the message through decode(), and beside it row by row with the same reader and codecs.
Trace trace_decode(const mapping::Program& program,
                   std::string_view bytes,
                   const TraceOptions& options);
/// The same with encode().
Trace trace_encode(const mapping::Program& program,
                   const mapping::Record& record,
                   const TraceOptions& options);

/// For a terminal: a line per row, then unread fields, issues, the verdict.
std::string to_table(const Trace& trace);
/// One document: map, bundle, direction, verdict, rows[] with steps[], unread[], issues[].
std::string to_json(const Trace& trace);
/// What the party is told, as one document: map, bundle, verdict, issues[].
std::string issues_json(const Trace& trace);

}  // namespace luqiao::authoring
