// adapters/file.h - messages as files in a folder that both sides can reach.
//
//     NAME.tmp ─fsync, rename─> NAME ─> NAME.ok        count=2
//                                                      sm3=<64 hexadecimal digits of NAME's bytes>
//
// The receiver touches NAME only when NAME.ok is there and agrees with it.
#pragma once

#include "adapters/registry.h"
#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::adapters {

/// What a marker file says about its file.
struct Marker {
    std::size_t count = 0;
    std::string sm3;  ///< lowercase hexadecimal
    bool operator==(const Marker&) const = default;
};

std::string format_marker(const Marker& marker);
/// Reads `count=` and `sm3=` lines in any order, with LF or CRLF. @errors ParseFailed
Result<Marker> parse_marker(std::string_view text);

/// One record of a file: the line with its line end.
struct FileRecord {
    std::size_t line = 0;  ///< from 1
    std::string_view bytes;
};

/// Lines of `bytes` that are not empty, after the first `header_lines` lines. LF (0x0A) is never
/// part of a GB18030 character, so undecoded bytes can be split.
std::vector<FileRecord> split_records(std::string_view bytes, std::size_t header_lines);

/// The file name of a delivery: `{id}`, `{date}` (day in China on which the id was made) and
/// `{format}` are filled in, so that every attempt gives the same name.
/// @errors Refused  the id cannot stand in a file name, or has no date
Result<std::string> delivery_file_name(std::string_view pattern,
                                       std::string_view id,
                                       std::string_view format);

Spec file_outlet_spec();
Spec file_inlet_spec();
Result<std::unique_ptr<broker::Outlet>> make_file_outlet(const Making& making);
Result<std::unique_ptr<broker::Inlet>> make_file_inlet(const Making& making);

}  // namespace luqiao::adapters
