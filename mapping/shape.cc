#include "mapping/shape.h"

#include "base/text.h"
#include "mapping/charset.h"
#include "mapping/code_table.h"
#include "mapping/utf8.h"

#include <string>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kUrlMax = 2048;
constexpr std::size_t kEmailMax = 254;
constexpr std::size_t kIntDigitsMax = 18;

bool holds(Repertoire wide, Repertoire narrow) {
    if (wide == narrow || wide == Repertoire::Any) return true;
    switch (narrow) {
        case Repertoire::Digit: return true;
        case Repertoire::Ascii: return wide != Repertoire::Digit;
        case Repertoire::Gb2312: return wide == Repertoire::Gbk;
        case Repertoire::Latin:
        case Repertoire::Gbk:
        case Repertoire::Any: return false;
    }
    return false;
}

constexpr Shape ascii(std::size_t characters) {
    return {characters, Repertoire::Ascii};
}

/// Digits of the larger bound, and a sign when there may be one.
Shape shape_of_int(const Type& type) {
    if (type.low == INT64_MIN || type.high == INT64_MAX) return ascii(kIntDigitsMax + 1);
    const std::size_t high = std::to_string(type.high).size();
    const std::size_t low = std::to_string(type.low).size();
    return {std::max(high, low), type.low < 0 ? Repertoire::Ascii : Repertoire::Digit};
}

std::optional<Shape> shape_of_code(const CodeTable* table) {
    if (table == nullptr) return std::nullopt;
    Shape shape{0, Repertoire::Digit};
    for (const CodeTable::Row& row : table->rows()) shape = widest(shape, shape_of(row.codes[0]));
    return shape;
}

}  // namespace

Repertoire widest(Repertoire a, Repertoire b) {
    if (holds(a, b)) return a;
    return holds(b, a) ? b : Repertoire::Any;
}

Repertoire repertoire_of(std::string_view text) {
    constexpr Repertoire kNarrowFirst[] = {Repertoire::Digit, Repertoire::Ascii, Repertoire::Latin,
                                           Repertoire::Gb2312, Repertoire::Gbk};
    for (const Repertoire repertoire : kNarrowFirst) {
        bool is_in = true;
        for (std::string_view rest = text; !rest.empty() && is_in;) {
            const char32_t character = take_character(rest);
            is_in = character != kNoCharacter && in_repertoire(character, repertoire);
        }
        if (is_in) return repertoire;
    }
    return Repertoire::Any;
}

Shape shape_of(std::string_view text) {
    return {code_points(text), repertoire_of(text)};
}

std::optional<Shape> shape_of(const Type& type, const CodeTable* table) {
    switch (type.kind) {
        case TypeKind::Text:
            if (type.size_max == 0) return std::nullopt;
            return Shape{static_cast<std::size_t>(type.size_max), type.repertoire};
        case TypeKind::Code: return shape_of_code(table);
        case TypeKind::Bool: return ascii(5);
        case TypeKind::Int: return shape_of_int(type);
        // Digits, a sign and a point.
        case TypeKind::Decimal:
            return ascii(static_cast<std::size_t>(type.precision == 0 ? 18 : type.precision) + 3);
        case TypeKind::Date: return ascii(10);
        case TypeKind::Month: return ascii(7);
        case TypeKind::Year: return Shape{4, Repertoire::Digit};
        case TypeKind::Time: return ascii(8);
        case TypeKind::DateTime: return ascii(29);
        case TypeKind::Hex:
            if (type.size_max == 0) return std::nullopt;
            return ascii(static_cast<std::size_t>(type.size_max) * 2);
        case TypeKind::Url: return ascii(kUrlMax);
        case TypeKind::Email: return ascii(kEmailMax);
        case TypeKind::Phone: return ascii(16);
        case TypeKind::Region:
        case TypeKind::Postcode: return Shape{6, Repertoire::Digit};
        case TypeKind::CnId:
        case TypeKind::Uscc:
        case TypeKind::Frid: return ascii(18);
        case TypeKind::Passport: return ascii(20);
        case TypeKind::Mrz: return ascii(44);
        case TypeKind::Blob: return ascii(68);
    }
    return std::nullopt;
}

}  // namespace luqiao::mapping
