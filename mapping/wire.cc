#include "mapping/wire.h"

#include "mapping/charset.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kReaderIssuesMax = 200;  // of one reader: a hostile message has thousands

/// RFC 6901 escapes.
void append_segment(std::string& out, std::string_view segment) {
    out += '/';
    for (const char byte : segment) {
        if (byte == '~') {
            out += "~0";
        } else if (byte == '/') {
            out += "~1";
        } else {
            out += byte;
        }
    }
}

std::string json_pointer(const WirePlace& place) {
    std::string out;
    if (place.list != nullptr) {
        for (const std::string& segment : place.list->segments) append_segment(out, segment);
        out += fmt::format("/{}", place.item);
    }
    if (place.field != nullptr && !place.field->is_self) {
        for (const std::string& segment : place.field->segments) append_segment(out, segment);
    }
    return out;
}

std::string xml_pointer(const Format& format, const WirePlace& place) {
    std::string out = format.root;
    if (place.list != nullptr) {
        for (const std::string& segment : place.list->segments) out += "/" + segment;
        out += fmt::format("[{}]", place.item + 1);
    }
    if (place.field == nullptr || place.field->is_self) return out;
    for (std::size_t at = 0; at < place.field->segments.size(); ++at) {
        const bool last = at + 1 == place.field->segments.size();
        out += last && place.field->is_attribute ? "/@" : "/";
        out += place.field->segments[at];
    }
    return out;
}

std::string table_pointer(const WirePlace& place) {
    std::string out;
    if (place.list != nullptr) {
        out = fmt::format("{}[{}]", place.list->segments.back(), place.item + 1);
    } else if (place.field != nullptr && place.field->segments.size() > 1) {
        out = place.field->segments.front();
    }
    if (place.field != nullptr && !place.field->segments.empty()) {
        if (!out.empty()) out += '.';
        out += place.field->segments.back();
    }
    return out;
}

std::string path_pointer(const WirePlace& place) {
    std::string out;
    if (place.list != nullptr) out = fmt::format("{}[{}]", place.list->path, place.item);
    if (place.field != nullptr && !place.field->is_self) {
        if (!out.empty()) out += '.';
        out += place.field->path;
    }
    return out;
}

std::string fixed_pointer(const WirePlace& place) {
    const std::size_t offset = place.field != nullptr ? place.field->offset : 0;
    if (place.list == nullptr) return fmt::format("byte {}", offset);
    return fmt::format("record {}, byte {}", place.item + 1, offset);
}

Slot by_rule(Empty rule) {
    switch (rule) {
        case Empty::Absent: return {};
        case Empty::Cleared: {
            Slot slot;
            slot.state = SlotState::Cleared;
            return slot;
        }
        case Empty::Value: return value_slot({});
    }
    return {};
}

}  // namespace

void WireRow::reset(const WireScope& scope) {
    slots.assign(scope.fields.size(), Slot{});
    if (lists.size() != scope.lists.size()) lists.resize(scope.lists.size());
    for (WireItems& items : lists) items.count = 0;
}

WireRow& WireRow::add(std::size_t index, const WireScope& scope) {
    WireItems& items = lists[index];
    if (items.count == items.rows.size()) items.rows.emplace_back();
    WireRow& row = items.rows[items.count++];
    row.reset(scope);
    return row;
}

void WireMessage::reset(const Plan& plan, const Format& format) {
    root.reset(format.root_scope);
    issues.clear();
    seen.assign(plan.nodes, 0);
    objects = 0;
}

Slot bad_slot(Errc reason, std::string_view found) {
    Slot slot = value_slot(found);
    slot.state = SlotState::Bad;
    slot.reason = reason;
    return slot;
}

Slot seen_slot(std::string_view text) {
    Slot slot = value_slot(text);
    slot.note(marks(text));
    return slot;
}

Slot empty_slot(const Format& format) {
    return by_rule(format.empty);
}

Slot null_slot(const Format& format) {
    return by_rule(format.null);
}

std::string wire_pointer(const Format& format, const WirePlace& place) {
    switch (format.kind) {
        case FormatKind::Json: return json_pointer(place);
        case FormatKind::Xml: return xml_pointer(format, place);
        case FormatKind::Table: return table_pointer(place);
        case FormatKind::Fixed: return fixed_pointer(place);
        case FormatKind::Csv:
        case FormatKind::Thrift: return path_pointer(place);
    }
    return {};
}

std::string step_pointer(const Format& format, const WireStep& last) {
    std::vector<const WireStep*> way;
    for (const WireStep* step = &last; step != nullptr; step = step->up) way.push_back(step);
    std::reverse(way.begin(), way.end());
    const bool is_json = format.kind == FormatKind::Json;
    std::string out;
    for (const WireStep* step : way) {
        const std::string_view key = prefix_code_points(step->key, 64);
        if (key.empty()) {
            const std::size_t first = format.kind == FormatKind::Thrift ? 0 : 1;
            out += is_json ? fmt::format("/{}", step->index)
                           : fmt::format("[{}]", step->index + first);
        } else if (is_json) {
            append_segment(out, key);
        } else {
            if (!out.empty()) out += format.kind == FormatKind::Xml ? '/' : '.';
            out += key;
        }
    }
    return out;
}

void note_unknown(const Format& format, const WireStep& where, WireMessage& into) {
    if (!format.refuse_unknown || into.issues.size() >= kReaderIssuesMax) return;
    Issue issue;
    issue.code = Errc::UnknownField;
    issue.pointer = step_pointer(format, where);
    issue.expected = fmt::format("a field of {}", format.name);
    issue.message = {fmt::format("报文格式 {} 没有字段 {}", format.name, issue.pointer),
                     fmt::format("the format {} has no field {}", format.name, issue.pointer)};
    into.issues.push_back(std::move(issue));
}

void note_too_many(const WireList& list, std::string pointer, WireMessage& into) {
    Issue issue;
    issue.code = Errc::LimitExceeded;
    issue.pointer = std::move(pointer);
    issue.expected = fmt::format("at most {} items", list.items_max);
    issue.message = {fmt::format("{} 最多 {} 项", list.path, list.items_max),
                     fmt::format("{} has at most {} items", list.path, list.items_max)};
    into.issues.push_back(std::move(issue));
}

const WireList* record_list(const Format& format) {
    const WireScope& root = format.root_scope;
    return root.fields.empty() && root.lists.size() == 1 ? root.lists.data() : nullptr;
}

const WireScope& record_scope(const Format& format) {
    const WireList* list = record_list(format);
    return list != nullptr ? list->scope : format.root_scope;
}

Result<std::string_view> message_text(const Format& format, std::string_view bytes, Arena& arena) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (format.charset == Charset::Utf8) {
        if (bytes.substr(0, kMark.size()) == kMark) bytes.remove_prefix(kMark.size());
        if (simdjson::validate_utf8(bytes.data(), bytes.size())) return arena.copy(bytes);
    }
    return to_utf8(arena.copy(bytes), format.charset, arena);
}

Status append_message(const Format& format, std::string_view text, std::string& into) {
    if (format.charset != Charset::Utf8) return append_encoded(into, text, format.charset);
    into.append(text);
    return {};
}

Status read_wire(const Plan& plan,
                 const Format& format,
                 std::string_view bytes,
                 Arena& arena,
                 WireMessage& into) {
    into.reset(plan, format);
    if (bytes.size() > format.size_max) {
        return fail(Errc::LimitExceeded, "{} bytes, at most {}", bytes.size(), format.size_max)
            .at(fmt::format("byte {}", format.size_max));
    }
    switch (format.kind) {
        case FormatKind::Json: return read_json(plan, format, bytes, arena, into);
        case FormatKind::Xml: return read_xml(plan, format, bytes, arena, into);
        case FormatKind::Csv: return read_csv(plan, format, bytes, arena, into);
        case FormatKind::Fixed: return read_fixed(plan, format, bytes, arena, into);
        case FormatKind::Table: return read_table(plan, format, bytes, arena, into);
        case FormatKind::Thrift: return read_thrift(plan, format, bytes, arena, into);
    }
    return fail(Errc::Internal, "unknown format kind");
}

Status write_wire(const Plan& plan, const Format& format, const WireRow& root, std::string& into) {
    into.clear();
    switch (format.kind) {
        case FormatKind::Json: return write_json(plan, format, root, into);
        case FormatKind::Xml: return write_xml(plan, format, root, into);
        case FormatKind::Csv: return write_csv(plan, format, root, into);
        case FormatKind::Fixed: return write_fixed(plan, format, root, into);
        case FormatKind::Table: return write_table(plan, format, root, into);
        case FormatKind::Thrift: return write_thrift(plan, format, root, into);
    }
    return fail(Errc::Internal, "unknown format kind");
}

}  // namespace luqiao::mapping
