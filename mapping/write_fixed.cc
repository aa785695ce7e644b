#include "mapping/charset.h"
#include "mapping/wire.h"

namespace luqiao::mapping {
namespace {

/// Text stands left and is filled up with blanks; what has no value is blank.
Status append_record(const Format& format, const WireRow& row, std::string& out) {
    const WireScope& scope = record_scope(format);
    thread_local std::string bytes;  // kept from message to message
    const std::size_t begin = out.size();
    out.append(format.record_bytes, ' ');
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        const WireField& field = scope.fields[slot];
        if (!row.slots[slot].has_value()) continue;
        bytes.clear();
        LQ_CHECK(append_encoded(bytes, row.slots[slot].text(), format.charset));
        if (bytes.size() > field.width || field.offset + field.width > format.record_bytes) {
            return fail(Errc::LimitExceeded, "the field {} has {} bytes, {} fit", field.path,
                        bytes.size(), field.width)
                .at(fmt::format("byte {}", begin + field.offset));
        }
        out.replace(begin + field.offset, bytes.size(), bytes);
    }
    out += format.crlf ? "\r\n" : "\n";
    return {};
}

}  // namespace

Status write_fixed(const Plan& /*plan*/,
                   const Format& format,
                   const WireRow& root,
                   std::string& out) {
    if (record_list(format) == nullptr) return append_record(format, root, out);
    for (std::size_t item = 0; item < root.lists[0].count; ++item) {
        LQ_CHECK(append_record(format, root.lists[0].rows[item], out));
    }
    return {};
}

}  // namespace luqiao::mapping
