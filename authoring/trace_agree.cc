#include "authoring/trace_agree.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::authoring {
namespace {

using mapping::Row;
using mapping::Slot;
using mapping::SlotState;

bool is_same(const Row& left, const Row& right) {
    return std::equal(left.slots.begin(), left.slots.end(), right.slots.begin(), right.slots.end(),
                      [](const Slot& a, const Slot& b) {
                          return a.state == b.state &&
                                 (a.state != SlotState::Value || a.text() == b.text());
                      });
}

void drop(const std::string& list, std::size_t item, Trace& out) {
    const std::string prefix = fmt::format("{}[{}].", list, item);
    for (TraceEntry& entry : out.entries) {
        if (entry.canonical.find(prefix) != std::string::npos) entry.dropped = true;
    }
}

std::string_view text_of(const mapping::Format& format, const Slot& slot) {
    if (!slot.has_value()) return {};
    std::string_view text = slot.text();
    if (format.kind != mapping::FormatKind::Fixed) return text;
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

std::optional<Date> as_of(const mapping::Program& program, const mapping::Record& record) {
    std::optional<Date> out = program.as_of_day;
    if (!program.as_of) return out;
    const Slot& slot = record.root().slots[*program.as_of];
    if (!slot.has_value()) return out;
    if (const auto day = parse_date(slot.text().substr(0, 10))) out = *day;
    return out;
}

void agree_on_record(const mapping::Record& mine, const mapping::Record& decoded, Trace& out) {
    out.agrees = is_same(mine.root(), decoded.root());
    const auto& lists = mine.form().root.lists;
    for (std::size_t list = 0; list < lists.size(); ++list) {
        const auto& own = mine.root().lists[list];
        const auto& theirs = decoded.root().lists[list];
        std::size_t next = 0;
        for (std::size_t item = 0; item < own.size(); ++item) {
            if (next < theirs.size() && is_same(own[item], theirs[next])) {
                ++next;
            } else {
                drop(lists[list].path, item, out);
            }
        }
        if (next != theirs.size()) out.agrees = false;
    }
}

bool is_same_message(const mapping::Format& format,
                     const mapping::WireScope& scope,
                     const mapping::WireRow& mine,
                     const mapping::WireRow& written) {
    for (std::size_t at = 0; at < scope.fields.size(); ++at) {
        if (text_of(format, mine.slots[at]) != text_of(format, written.slots[at])) return false;
    }
    for (std::size_t list = 0; list < scope.lists.size(); ++list) {
        const mapping::WireItems& left = mine.lists[list];
        const mapping::WireItems& right = written.lists[list];
        if (left.count != right.count) return false;
        for (std::size_t item = 0; item < left.count; ++item) {
            const mapping::WireScope& items = scope.lists[list].scope;
            if (!is_same_message(format, items, left.rows[item], right.rows[item])) return false;
        }
    }
    return true;
}

}  // namespace luqiao::authoring
