// adapters/thrift_wire.h - Thrift's binary protocol read and written in memory, every length
// checked before anything is allocated.
//
// One message in its frame (thrift-binary-protocol.md, strict encoding; big endian):
//
//     80 01 00 TT │ i32 size, name │ i32 sequence │ struct
//     struct = (u8 type, i16 id, value)* 00
#pragma once

#include "base/result.h"
#include "base/thrift_type.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::adapters {

enum class WireMessageType : std::uint8_t { Call = 1, Reply = 2, Exception = 3, Oneway = 4 };

/// A field of the outermost struct. `value` are its bytes; of a String without the length.
struct WireField {
    std::int16_t id = 0;
    ThriftType type = ThriftType::Stop;
    std::string_view value;
};

/// Reads one struct that must fill `bytes` exactly, and checks everything inside it.
/// Limits: nesting 32, 4,096 fields on the outermost level.
/// @errors ParseFailed    truncated, an unknown type, a negative length, bytes after the end
///         LimitExceeded  a length or a count that the bytes cannot hold, or nested too deep
Result<std::vector<WireField>> read_struct(std::string_view bytes);

/// The first field with this id and type, or nullptr.
const WireField* find_field(const std::vector<WireField>& fields, std::int16_t id, ThriftType type);

/// A big-endian I32 value. `value` has four bytes.
std::int32_t to_i32(std::string_view value);

struct WireMessage {
    WireMessageType type = WireMessageType::Call;
    std::string_view name;
    std::int32_t sequence = 0;
    std::string_view content;  ///< the struct; not yet checked
};

/// Reads the head of a message. @errors ParseFailed, LimitExceeded
Result<WireMessage> read_message(std::string_view frame);

/// Appends to one struct. A string must be shorter than 2^31 bytes.
class WireWriter {
public:
    WireWriter& message(WireMessageType type, std::string_view name, std::int32_t sequence);
    WireWriter& text(std::int16_t id, std::string_view value);
    WireWriter& i32(std::int16_t id, std::int32_t value);
    /// A field of type Struct; `bytes` end with their own stop byte.
    WireWriter& structure(std::int16_t id, std::string_view bytes);
    WireWriter& stop();
    std::string take() { return std::move(out_); }

private:
    void number(std::uint32_t value);
    void head(ThriftType type, std::int16_t id);

    std::string out_;
};

}  // namespace luqiao::adapters
