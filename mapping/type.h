// mapping/type.h - the types of canonical fields and the canonical text each is held as.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace luqiao::mapping {

/// What a canonical field holds. A value is always kept as its canonical text:
///
///     Text      as is, UTF-8, NFC            Bool      "true" "false"
///     Code      the table's canonical code   Int       "-12", no leading zeros
///     Decimal   "1200.50", p digits, s of them after the point; also Money
///     Date      "1990-01-02"                 Month     "2025-10"        Year "2025"
///     Time      "10:15:00"                   DateTime  "2025-10-09T10:15:00+08:00", with
///                                                      milliseconds only when there are any
///     Hex       lowercase                    Url Email Phone(E.164) Region Postcode: as their
///                                                      standards say
///     CnId Uscc Passport Mrz Frid: upper case, check digits hold
///     Blob      a reference "sm3:" and 64 hexadecimal digits, never the bytes
enum class TypeKind : std::uint8_t {
    Text,
    Code,
    Bool,
    Int,
    Decimal,
    Date,
    Month,
    Year,
    Time,
    DateTime,
    Hex,
    Url,
    Email,
    Phone,
    Region,
    Postcode,
    CnId,
    Uscc,
    Passport,
    Mrz,
    Frid,
    Blob,
};

/// Which characters may occur: Digit ⊂ Ascii ⊂ Latin ⊂ Any and Ascii ⊂ Gb2312 ⊂ Gbk ⊂ Any. Latin
/// (names as in a passport: ñ Ł ß) is no part of GBK; a column of GBK cannot hold it.
enum class Repertoire : std::uint8_t { Digit, Ascii, Latin, Gb2312, Gbk, Any };

/// Privacy class (PIPL; GB/T 35273): C0 public, C1 internal, C2 personal, C3 sensitive personal.
enum class Privacy : std::uint8_t { C0, C1, C2, C3 };

struct Type {
    TypeKind kind = TypeKind::Text;
    std::int64_t size_max = 0;  ///< Text: code points; Hex: exactly so many bytes; 0: no own limit
    Repertoire repertoire = Repertoire::Any;
    std::string table;              ///< Code: the code table's name
    std::int64_t low = INT64_MIN;   ///< Int
    std::int64_t high = INT64_MAX;  ///< Int
    int precision = 0;              ///< Decimal: all digits
    int scale = 0;                  ///< Decimal: digits after the point
    std::string currency;           ///< Decimal: "CNY" when declared as money(CNY)
};

/// The type as it is written in a form: "text(40, latin)", "code(country)".
std::string to_string(const Type& type);
std::string to_string(Privacy privacy);
/// The word in a form: "text", "cn_id"; "any" for Repertoire::Any.
std::string_view to_string(TypeKind kind);
std::string_view to_string(Repertoire repertoire);

}  // namespace luqiao::mapping
