// mapping/thrift_binary.h - the TBinaryProtocol encoding of Thrift, for messages known at run time.
#pragma once

#include "mapping/format.h"

#include <cstdint>

namespace luqiao::mapping {

/// Types on the wire (Thrift binary protocol). A struct is a row of
///
///     [type: 1][field id: 2, big endian][value]   …   [Stop: 1]
///
/// and a value: Bool, Byte 1 byte · I16 2 · I32 4 · I64, Double 8 · String [size: 4][bytes] ·
/// Struct as above · List, Set [type: 1][count: 4][values] · Map [type: 1][type: 1][count:
/// 4][pairs].
enum class ThriftType : std::uint8_t {
    Stop = 0,
    Bool = 2,
    Byte = 3,
    Double = 4,
    I16 = 6,
    I32 = 8,
    I64 = 10,
    String = 11,
    Struct = 12,
    Map = 13,
    Set = 14,
    List = 15,
};

/// How a field of a format is written.
constexpr ThriftType thrift_type(WireType type) {
    switch (type) {
        case WireType::Text: break;
        case WireType::Bool: return ThriftType::Bool;
        case WireType::I32: return ThriftType::I32;
        case WireType::Int:
        case WireType::I64: return ThriftType::I64;
        case WireType::Number:
        case WireType::Double: return ThriftType::Double;
    }
    return ThriftType::String;
}

}  // namespace luqiao::mapping
