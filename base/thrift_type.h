// base/thrift_type.h - the types of Thrift's binary protocol (thrift-binary-protocol.md), for the
// messages of parties and for the calls that carry them.
#pragma once

#include <cstdint>

namespace luqiao {

/// A struct is a row of
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

}  // namespace luqiao
