#include "mapping/row_issue.h"

#include "mapping/charset.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace luqiao::mapping {
namespace {

/// The first row that connects the wire field at `slot` with a canonical field.
const RowRule* row_of_wire_in(const Block& block, const WireField* wire, const WireScope& scope) {
    for (const Rule& rule : block.rules) {
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            if (row->wire_constant || row->canonical.empty()) continue;
            for (const std::size_t slot : row->wire) {
                if (slot < scope.fields.size() && &scope.fields[slot] == wire) return row;
            }
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) {
                if (const RowRule* found = row_of_wire_in(branch, wire, scope)) return found;
            }
        }
    }
    return nullptr;
}

/// The first row that fills or reads the canonical field `ref`.
const RowRule* row_of_field(const Block& block, const FieldRef& ref) {
    for (const Rule& rule : block.rules) {
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            const auto& fields = row->canonical;
            if (!row->wire.empty() &&
                std::find(fields.begin(), fields.end(), ref) != fields.end()) {
                return row;
            }
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) {
                if (const RowRule* found = row_of_field(branch, ref)) return found;
            }
        }
    }
    return nullptr;
}

const Block& rows_at(const Program& program, const ItemPlace& at) {
    return at.each != nullptr ? at.each->body[at.column] : program.body;
}

const WireScope& item_scope(const Program& program, const ItemPlace& at) {
    const WireScope& root = program.format->root_scope;
    const bool in_list = at.each != nullptr && !at.each->columns;
    return in_list ? root.lists[at.each->wire_list].scope : root;
}

std::string_view last_name(const WireField& field) {
    const std::string_view path = field.path;
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string field_path(const Program& program, const FieldRef& ref, const ItemPlace& at) {
    const Field& field = field_of(program, ref, at);
    if (!ref.in_item || at.each == nullptr) return field.path;
    return fmt::format("{}[{}].{}", program.form->root.lists[at.each->list].path, at.item,
                       field.path);
}

void name_wire(IssueParts& parts,
               const Program& program,
               const WireField& wire,
               bool in_item,
               const ItemPlace& at) {
    const Format& format = *program.format;
    WirePlace place{&wire, nullptr, at.item};
    if (in_item && at.each != nullptr && !at.each->columns)
        place.list = &format.root_scope.lists[at.each->wire_list];
    parts.pointer = wire_pointer(format, place);
    parts.wire_name = last_name(wire);
    if (parts.label.zh.empty()) parts.label = wire.label;
}

/// Eight bytes at a time: a byte below 0x20, at 0x7F or above sets its high bit.
bool is_printable_ascii(std::string_view text) {
    constexpr std::uint64_t kHigh = 0x8080808080808080u;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        const std::uint64_t low = word - 0x2020202020202020u;
        const std::uint64_t high = word + 0x0101010101010101u;
        if (((low | high | word) & kHigh) != 0) return false;
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char byte) { return byte >= 0x20 && byte < 0x7F; });
}

}  // namespace

const Field& field_of(const Program& program, const FieldRef& ref, const ItemPlace& at) {
    const Scope& root = program.form->root;
    const bool in_item = ref.in_item && at.each != nullptr;
    return in_item ? root.lists[at.each->list].scope.fields[ref.slot] : root.fields[ref.slot];
}

const CodeTable* table_of(const Program& program, const RowRule& row, const Field& field) {
    if (field.type.kind != TypeKind::Code) return nullptr;
    for (const CodecCall& call : row.chain) {
        const CodeTable* table = call.arguments.table;
        if (table != nullptr && table->name() == field.type.table) return table;
    }
    return program.table(field.type.table);
}

const WireField& wire_field_of(const Program& program,
                               const RowRule& row,
                               std::size_t slot,
                               const ItemPlace& at) {
    const ItemPlace place = row.wire_in_item ? at : ItemPlace{};
    return item_scope(program, place).fields[slot];
}

bool is_demanded(const WireScope& scope, const WireRow& row, std::size_t slot) {
    const WireField& field = scope.fields[slot];
    if (!field.required || field.group == WireField::kNoGroup) return field.required;
    const std::string& prefix = scope.groups[field.group].prefix;
    for (std::size_t other = 0; other < scope.fields.size(); ++other) {
        const bool is_inside = scope.fields[other].path.starts_with(prefix);
        if (is_inside && row.slots[other].state != SlotState::Absent) return true;
    }
    return false;
}

const WireField* column_field(const Block& rules, const Format& format, const WireRow& root) {
    for (const Rule& rule : rules.rules) {
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            if (!row->wire_in_column || row->arrow == Arrow::Write) continue;
            for (const std::size_t slot : row->wire) {
                const SlotState state = root.slots[slot].state;
                if (state != SlotState::Value && state != SlotState::Bad) continue;
                return &format.root_scope.fields[slot];
            }
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) {
                if (const WireField* found = column_field(branch, format, root)) return found;
            }
        }
    }
    return nullptr;
}

const RowRule* row_of_wire(const Program& program, const WireField& wire, const ItemPlace& at) {
    return row_of_wire_in(rows_at(program, at), &wire, item_scope(program, at));
}

Issue row_issue(const Program& program, const RowFinding& finding) {
    const RowRule* row = finding.row;
    bool in_item = finding.at.each != nullptr;
    if (row == nullptr && finding.wire != nullptr) {
        row = row_of_wire(program, *finding.wire, finding.at);
    } else if (row == nullptr && finding.canonical != nullptr) {
        row = row_of_field(rows_at(program, finding.at), *finding.canonical);
        // What a check of items asks for may stand outside of their list.
        if (row == nullptr && !finding.canonical->in_item) {
            row = row_of_field(rows_at(program, {}), *finding.canonical);
        }
    }
    IssueParts parts;
    parts.code = finding.code;
    parts.severity = finding.severity;
    parts.expected = finding.expected;
    parts.got = finding.got;
    const FieldRef* ref = finding.canonical;
    if (ref == nullptr && row != nullptr && !row->canonical.empty()) ref = &row->canonical[0];
    if (ref != nullptr) {
        const Field& field = field_of(program, *ref, finding.at);
        parts.field = field_path(program, *ref, finding.at);
        parts.label = field.label;
        parts.privacy = field.privacy;
    } else {
        parts.privacy = Privacy::C3;  // nobody knows what it is
    }
    if (row != nullptr && row->computed) {
        parts.field = row->computed->name;
        parts.privacy = row->computed->value.privacy;
    }
    if (row != nullptr) {
        for (const FieldRef& other : row->canonical) {
            parts.privacy = std::max(parts.privacy, field_of(program, other, finding.at).privacy);
        }
        parts.rule = &row->at;
    }
    const WireField* wire = finding.wire;
    if (wire == nullptr && row != nullptr && !row->wire.empty()) {
        wire = &wire_field_of(program, *row, row->wire[finding.wire_part], finding.at);
        in_item = row->wire_in_item;
    }
    if (wire != nullptr) name_wire(parts, program, *wire, in_item, finding.at);
    return make_issue(parts);
}

CodecResult check_type(std::string_view text,
                       const Type& type,
                       const CodeTable* table,
                       CodecContext& context) {
    const bool is_short =
        type.kind == TypeKind::Text && type.repertoire != Repertoire::Digit &&
        (type.size_max == 0 || text.size() <= static_cast<std::size_t>(type.size_max)) &&
        is_printable_ascii(text);
    return is_short ? CodecResult::value(text) : to_canonical(text, type, table, context);
}

Act act_on(const RowRule& row, Errc reason) {
    const bool is_code = reason == Errc::UnmappedCode || reason == Errc::ExpiredCode;
    if (is_code) return {row.on_unmapped, row.unmapped_default};
    if (reason == Errc::LimitExceeded) return {row.on_over, row.over_default};
    return {row.on_bad, row.bad_default};
}

std::string expected_by(const CodecCall& call) {
    if (call.codec == nullptr) return {};
    if (call.codec->expected != nullptr) return call.codec->expected(call.arguments);
    return std::string(call.codec->name);
}

std::string byte_limit(std::size_t bytes_max, Charset charset) {
    return fmt::format("at most {} bytes of {}", bytes_max, to_string(charset));
}

std::string_view wire_type_name(WireType type) {
    switch (type) {
        case WireType::Text: return "text";
        case WireType::Int:
        case WireType::I32:
        case WireType::I64: return "integer";
        case WireType::Number:
        case WireType::Double: return "number";
        case WireType::Bool: return "true or false";
    }
    return {};
}

namespace {

template <class Number>
bool parses(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

bool fits_wire_type(std::string_view text, WireType type) {
    switch (type) {
        case WireType::Text: return true;
        case WireType::Bool: return text == "true" || text == "false";
        case WireType::I32: return is_json_number(text) && parses<std::int32_t>(text);
        case WireType::I64: return is_json_number(text) && parses<std::int64_t>(text);
        case WireType::Int:
            return is_json_number(text) && text.find_first_of(".eE") == std::string_view::npos;
        case WireType::Number:
        case WireType::Double: return is_json_number(text) && parses<double>(text);
    }
    return false;
}

bool exceeds(std::string_view text, std::size_t bytes_max, Charset charset) {
    // No character takes more than twice its UTF-8 bytes in GB18030.
    if (bytes_max == 0 || text.size() <= bytes_max / 2) return false;
    if (charset == Charset::Utf8) return text.size() > bytes_max;
    return encoded_size(text, charset).value_or(0) > bytes_max;
}

bool is_lost_in_padding(std::string_view text, std::string_view canonical, FormatKind kind) {
    return kind == FormatKind::Fixed && text.ends_with(' ') && canonical.ends_with(' ');
}

bool can_hold(std::string_view text, FormatKind kind) {
    const auto any = [text](auto&& test) { return std::any_of(text.begin(), text.end(), test); };
    const auto is_control = [](char byte) {
        return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
    };
    switch (kind) {
        case FormatKind::Json:
        case FormatKind::Thrift: return true;
        case FormatKind::Csv:
        case FormatKind::Table: return text.find('\0') == std::string_view::npos;
        case FormatKind::Fixed: return !any(is_control);
        case FormatKind::Xml:
            return !any([&is_control](char byte) {
                return is_control(byte) && byte != '\t' && byte != '\n' && byte != '\r' &&
                       byte != 0x7F;
            }) && text.find("\xEF\xBF\xBE") == std::string_view::npos &&
                   text.find("\xEF\xBF\xBF") == std::string_view::npos;
    }
    return false;
}

Issue too_many_items(const List& list, const EachRule& each, ItemCount items, std::string pointer) {
    IssueParts parts;
    parts.code = Errc::LimitExceeded;
    parts.severity = each.drop_over ? Severity::Warning : Severity::Error;
    parts.pointer = std::move(pointer);
    parts.field = list.path;
    parts.rule = &each.at;
    parts.label = list.label;
    parts.expected = fmt::format("at most {} items", items.most);
    const std::string got = fmt::format("{} items", items.count);
    parts.got = got;
    return make_issue(parts);
}

Issue message_issue(const Error& error) {
    Issue issue;
    issue.code = error.code;
    issue.pointer = error.where;
    issue.message = {fmt::format("{}（{}）", info(error.code).title_zh, error.where),
                     fmt::format("{}: {}", info(error.code).title_en, error.message)};
    return issue;
}

}  // namespace luqiao::mapping
