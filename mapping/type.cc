#include "mapping/type.h"

#include <fmt/format.h>

namespace luqiao::mapping {

std::string_view to_string(TypeKind kind) {
    switch (kind) {
        case TypeKind::Text: return "text";
        case TypeKind::Code: return "code";
        case TypeKind::Bool: return "bool";
        case TypeKind::Int: return "int";
        case TypeKind::Decimal: return "decimal";
        case TypeKind::Date: return "date";
        case TypeKind::Month: return "month";
        case TypeKind::Year: return "year";
        case TypeKind::Time: return "time";
        case TypeKind::DateTime: return "datetime";
        case TypeKind::Hex: return "hex";
        case TypeKind::Url: return "url";
        case TypeKind::Email: return "email";
        case TypeKind::Phone: return "phone";
        case TypeKind::Region: return "region";
        case TypeKind::Postcode: return "postcode";
        case TypeKind::CnId: return "cn_id";
        case TypeKind::Uscc: return "uscc";
        case TypeKind::Passport: return "passport";
        case TypeKind::Mrz: return "mrz";
        case TypeKind::Frid: return "frid";
        case TypeKind::Blob: return "blob";
    }
    return "text";
}

std::string_view to_string(Repertoire repertoire) {
    switch (repertoire) {
        case Repertoire::Digit: return "digit";
        case Repertoire::Ascii: return "ascii";
        case Repertoire::Latin: return "latin";
        case Repertoire::Gb2312: return "gb2312";
        case Repertoire::Gbk: return "gbk";
        case Repertoire::Any: return "any";
    }
    return "any";
}

std::string to_string(const Type& type) {
    const std::string_view name = to_string(type.kind);
    if (type.kind == TypeKind::Text) {
        if (type.repertoire == Repertoire::Any) return fmt::format("text({})", type.size_max);
        return fmt::format("text({}, {})", type.size_max, to_string(type.repertoire));
    }
    if (type.kind == TypeKind::Code) return fmt::format("code({})", type.table);
    if (type.kind == TypeKind::Hex) return fmt::format("hex({})", type.size_max);
    if (!type.currency.empty()) return fmt::format("money({})", type.currency);
    if (type.kind == TypeKind::Decimal) {
        return fmt::format("decimal({},{})", type.precision, type.scale);
    }
    if (type.kind == TypeKind::Int && (type.low != INT64_MIN || type.high != INT64_MAX)) {
        return fmt::format("int({}..{})", type.low, type.high);
    }
    return std::string(name);
}

std::string to_string(Privacy privacy) {
    switch (privacy) {
        case Privacy::C0: return "C0";
        case Privacy::C1: return "C1";
        case Privacy::C2: return "C2";
        case Privacy::C3: return "C3";
    }
    return "C3";
}

}  // namespace luqiao::mapping
