#include "mapping/wire.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

void append_field(std::string& out, std::string_view text, char delimiter) {
    const bool plain = std::none_of(text.begin(), text.end(), [delimiter](char byte) {
        return byte == delimiter || byte == '"' || byte == '\n' || byte == '\r';
    });
    if (plain) {
        out += text;
        return;
    }
    out += '"';
    for (const char byte : text) {
        if (byte == '"') out += '"';
        out += byte;
    }
    out += '"';
}

void append_record(std::string& out,
                   const std::vector<std::string_view>& columns,
                   const Format& format) {
    for (std::size_t column = 0; column < columns.size(); ++column) {
        if (column > 0) out += format.delimiter;
        append_field(out, columns[column], format.delimiter);
    }
    out += format.crlf ? "\r\n" : "\n";
}

}  // namespace

/// Records of RFC 4180, each with its line end; a column nobody maps is empty.
Status write_csv(const Plan& /*plan*/,
                 const Format& format,
                 const WireRow& root,
                 std::string& into) {
    const WireScope& scope = record_scope(format);
    std::size_t width = 0;
    for (const WireField& field : scope.fields) width = std::max(width, field.offset + 1);
    // Kept from message to message.
    thread_local std::vector<std::string_view> columns;
    thread_local std::string out;
    columns.assign(width, {});
    out.clear();
    if (format.has_header) {
        for (const WireField& field : scope.fields) {
            columns[field.offset] = field.segments.empty() ? field.path : field.segments[0];
        }
        append_record(out, columns, format);
    }
    const WireList* list = record_list(format);
    const std::size_t records = list != nullptr ? root.lists[0].count : 1;
    for (std::size_t record = 0; record < records; ++record) {
        const WireRow& row = list != nullptr ? root.lists[0].rows[record] : root;
        std::fill(columns.begin(), columns.end(), std::string_view{});
        for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
            if (row.slots[slot].has_value())
                columns[scope.fields[slot].offset] = row.slots[slot].text();
        }
        append_record(out, columns, format);
    }
    return append_message(format, out, into);
}

}  // namespace luqiao::mapping
