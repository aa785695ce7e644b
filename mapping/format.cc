#include "mapping/format.h"

namespace luqiao::mapping {

std::string_view to_string(FormatKind kind) {
    switch (kind) {
        case FormatKind::Json: return "json";
        case FormatKind::Xml: return "xml";
        case FormatKind::Csv: return "csv";
        case FormatKind::Fixed: return "fixed";
        case FormatKind::Table: return "table";
        case FormatKind::Thrift: return "thrift";
    }
    return "json";
}

std::string_view to_string(Charset charset) {
    switch (charset) {
        case Charset::Utf8: return "utf-8";
        case Charset::Gb18030: return "gb18030";
        case Charset::Gbk: return "gbk";
    }
    return "utf-8";
}

}  // namespace luqiao::mapping
