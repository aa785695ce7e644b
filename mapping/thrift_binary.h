// mapping/thrift_binary.h - how the fields of a format are written in Thrift's binary protocol.
#pragma once

#include "base/thrift_type.h"
#include "mapping/format.h"

#include <string_view>

namespace luqiao::mapping {

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

/// As the protocol names it: "i32", "struct".
constexpr std::string_view to_string(ThriftType type) {
    switch (type) {
        case ThriftType::Stop: return "stop";
        case ThriftType::Bool: return "bool";
        case ThriftType::Byte: return "byte";
        case ThriftType::Double: return "double";
        case ThriftType::I16: return "i16";
        case ThriftType::I32: return "i32";
        case ThriftType::I64: return "i64";
        case ThriftType::String: return "binary";
        case ThriftType::Struct: return "struct";
        case ThriftType::Map: return "map";
        case ThriftType::Set: return "set";
        case ThriftType::List: return "list";
    }
    return {};
}

}  // namespace luqiao::mapping
