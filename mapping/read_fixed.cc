#include "mapping/charset.h"
#include "mapping/wire.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

std::string_view without_padding(std::string_view bytes) {
    const std::size_t last = bytes.find_last_not_of(' ');
    return bytes.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Fields are cut by byte offset out of the undecoded bytes, so that a character of two or four
/// bytes never shifts the fields behind it.
Status read_record(const Format& format, std::string_view record, Arena& arena, WireRow& row) {
    const WireScope& scope = record_scope(format);
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        const WireField& field = scope.fields[slot];
        if (field.offset > record.size() || field.width > record.size() - field.offset) {
            return fail(Errc::Internal, "the field {} is outside the record", field.path);
        }
        const std::string_view raw = without_padding(record.substr(field.offset, field.width));
        if (raw.empty()) {
            row.slots[slot] = empty_slot(format);
        } else if (const auto text = to_utf8(raw, format.charset, arena)) {
            row.slots[slot] = seen_slot(*text);
        } else {
            row.slots[slot] = bad_slot(Errc::CharsetError, {});
        }
    }
    return {};
}

}  // namespace

/// Records of exactly `record_bytes` bytes, each ended by LF or CR LF; the last end may be missing.
Status read_fixed(const Plan& /*plan*/,
                  const Format& format,
                  std::string_view bytes,
                  Arena& arena,
                  WireMessage& into) {
    const WireList* list = record_list(format);
    std::string_view rest = arena.copy(bytes);
    std::size_t at = 0;
    do {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view record = rest.substr(0, end);
        if (record.size() == format.record_bytes + 1 && record.back() == '\r') {
            record.remove_suffix(1);
        }
        if (record.size() != format.record_bytes) {
            return fail(Errc::ParseFailed, "the record has {} bytes, not {}", record.size(),
                        format.record_bytes)
                .at(fmt::format("byte {}", at + std::min(record.size(), format.record_bytes)));
        }
        if (list != nullptr && list->items_max != 0 &&
            into.root.lists[0].count == list->items_max) {
            note_too_many(*list, fmt::format("byte {}", at), into);
            return {};
        }
        WireRow& row = list != nullptr ? into.root.add(0, list->scope) : into.root;
        LQ_CHECK(read_record(format, record, arena, row));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        at += end + 1;
        if (list == nullptr && !rest.empty()) {
            return fail(Errc::ParseFailed, "one record was expected, there are several")
                .at(fmt::format("byte {}", at));
        }
    } while (!rest.empty());
    return {};
}

}  // namespace luqiao::mapping
