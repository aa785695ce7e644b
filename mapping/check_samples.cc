#include "mapping/check_samples.h"

#include "mapping/code_table.h"

#include <fmt/format.h>

namespace luqiao::mapping {
namespace {

std::vector<std::string> of_int(const Type& type) {
    std::vector<std::string> out;
    for (const std::int64_t one :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{12}, type.low, type.high}) {
        const bool is_limit = one == INT64_MIN || one == INT64_MAX;
        if (!is_limit && one >= type.low && one <= type.high) out.push_back(std::to_string(one));
    }
    return out;
}

std::vector<std::string> of_decimal(const Type& type) {
    const auto scale = static_cast<std::size_t>(type.scale);
    const std::string fraction = scale == 0 ? "" : "." + std::string(scale, '0');
    const bool has_two = type.precision == 0 || type.precision - type.scale >= 2;
    std::vector<std::string> out{"0" + fraction, "1" + fraction};
    if (has_two) out.push_back("12" + fraction);
    return out;
}

}  // namespace

std::vector<std::string> samples(const Type& type, const CodeTable* table) {
    if (type.kind == TypeKind::Int) return of_int(type);
    if (type.kind == TypeKind::Decimal) return of_decimal(type);
    if (type.kind == TypeKind::Hex) {
        const auto bytes = static_cast<std::size_t>(type.size_max == 0 ? 4 : type.size_max);
        return {std::string(2 * bytes, '0'), std::string(2 * bytes, 'a')};
    }
    if (type.kind != TypeKind::Code) return samples(type.kind);
    std::vector<std::string> out;
    if (table == nullptr) return out;
    out.reserve(table->rows().size());
    for (const CodeTable::Row& row : table->rows()) out.push_back(row.codes[0]);
    return out;
}

std::vector<std::string> samples(TypeKind kind) {
    switch (kind) {
        case TypeKind::Bool: return {"true", "false"};
        case TypeKind::Int: return of_int({});
        case TypeKind::Decimal: return {"0", "1.5", "12.00"};
        case TypeKind::Date: return {"1990-01-02", "2000-02-29", "2027-12-31"};
        case TypeKind::Month: return {"1990-01", "2027-12"};
        case TypeKind::Year: return {"1990", "2027"};
        case TypeKind::Time: return {"00:00:00", "23:59:59"};
        case TypeKind::DateTime: return {"1990-01-02T00:00:00+08:00", "2027-12-31T23:59:59+08:00"};
        case TypeKind::Url: return {"https://a.example/"};
        case TypeKind::Email: return {"a@b.example"};
        case TypeKind::Phone: return {"+8613900000000", "+4930123456"};
        case TypeKind::Region: return {"370202", "370200", "370000"};
        case TypeKind::Postcode: return {"266071"};
        case TypeKind::CnId: return {"11010519491231002X"};
        case TypeKind::Uscc: return {"91350100M000100Y43"};
        case TypeKind::Passport: return {"C01X00T47"};
        case TypeKind::Mrz: return {"C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4"};
        case TypeKind::Frid: return {"CAN110081080310", "911124198108030024"};
        case TypeKind::Blob: return {"sm3:" + std::string(64, 'a')};
        case TypeKind::Text:
        case TypeKind::Code:
        case TypeKind::Hex: return {};
    }
    return {};
}

}  // namespace luqiao::mapping
