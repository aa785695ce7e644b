#include "mapping/type_size.h"

#include "mapping/charset.h"
#include "mapping/code_table.h"

namespace luqiao::mapping {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 63;

std::optional<std::uint64_t> power(std::uint64_t base, std::uint64_t exponent) {
    std::uint64_t out = 1;
    for (; exponent > 0; --exponent) {
        if (out > kMost / base) return std::nullopt;
        out *= base;
    }
    return out;
}

/// Texts of up to `size` digits, the empty one too.
std::optional<std::uint64_t> digit_texts(std::int64_t size) {
    if (size <= 0 || size > 18) return std::nullopt;
    std::uint64_t out = 1;
    for (std::int64_t digits = 1; digits <= size; ++digits) {
        out += *power(10, static_cast<std::uint64_t>(digits));
    }
    return out;
}

}  // namespace

std::optional<std::size_t> size_bytes_max(const Type& type,
                                          Charset charset,
                                          const CodeTable* table) {
    const std::optional<Shape> shape = shape_of(type, table);
    if (!shape) return std::nullopt;
    const auto each = character_size_max(shape->repertoire, charset);
    if (!each) return std::nullopt;
    return *each * shape->characters_max;
}

std::optional<std::uint64_t> domain_size(const Type& type, const CodeTable* table) {
    constexpr std::uint64_t kDays = 3'652'059;  // 0001-01-01 to 9999-12-31
    switch (type.kind) {
        case TypeKind::Bool: return 2;
        case TypeKind::Code:
            if (table == nullptr) return std::nullopt;
            return table->rows().size();
        case TypeKind::Int:
            if (type.low == INT64_MIN || type.high == INT64_MAX) return std::nullopt;
            return static_cast<std::uint64_t>(type.high) - static_cast<std::uint64_t>(type.low) + 1;
        case TypeKind::Decimal: {
            const auto size = power(10, static_cast<std::uint64_t>(type.precision));
            if (!size || *size > kMost / 2) return std::nullopt;
            return 2 * *size - 1;  // both signs, one zero
        }
        case TypeKind::Date: return kDays;
        case TypeKind::Month: return std::uint64_t{9999} * 12;
        case TypeKind::Year: return 9999;
        case TypeKind::Time: return std::uint64_t{24} * 60 * 60;
        case TypeKind::Hex:
            if (type.size_max == 0) return std::nullopt;
            return power(256, static_cast<std::uint64_t>(type.size_max));
        case TypeKind::Text:
            if (type.repertoire != Repertoire::Digit) return std::nullopt;
            return digit_texts(type.size_max);
        case TypeKind::Postcode: return power(10, 6);
        case TypeKind::DateTime:
        case TypeKind::Url:
        case TypeKind::Email:
        case TypeKind::Phone:
        case TypeKind::Region:
        case TypeKind::CnId:
        case TypeKind::Uscc:
        case TypeKind::Passport:
        case TypeKind::Mrz:
        case TypeKind::Frid:
        case TypeKind::Blob: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace luqiao::mapping
