// mapping/check_digits.h - the check digits of the documents this service meets. Pure arithmetic.
#pragma once

#include <string_view>

namespace luqiao::mapping {

/// ISO 7064 MOD 11-2 over 18 characters, the last '0'-'9' or 'X' (GB 11643-1999 clause 6).
bool holds_mod_11_2(std::string_view text);

/// The check digit of ISO 7064 MOD 11-2 over 17 digits, '0'-'9' or 'X'; '\0': they are none.
char mod_11_2_digit(std::string_view digits);

/// A citizen's number: region shape, an existing birth date, MOD 11-2.
bool is_cn_id(std::string_view text);

/// A unified social credit code: 31 signs without I O S V Z, MOD 31 (GB 32100-2015 annex A).
bool is_uscc(std::string_view text);

/// A permanent residence card of a foreigner. Issued before 2023-12: three letters and twelve
/// digits, the last being 7-3-1 over the first fourteen; since then: '9' and MOD 11-2. Both are
/// valid.
bool is_frid(std::string_view text);

/// The 7-3-1 check digit of ICAO 9303-3 clause 4.9 ('0'-'9' as such, 'A' = 10 … 'Z' = 35, '<' = 0).
/// '\0' when a character may not occur.
char icao_check_digit(std::string_view text);

/// One line of the machine readable zone of a passport, 44 characters (ICAO 9303-4 clause 4.2).
/// Line 1: P, kind, issuer, names. Line 2:
///
///     L898902C3 6 UTO 740812 2 F 120415 9 ZE184226B<<<<< 1 0
///     number      |   birth    sex expiry  personal no.    over 1-10, 14-20, 22-43
///                 nationality
///
/// Each check digit holds; the one of an empty personal number may be '<'.
bool is_mrz_line(std::string_view text);

/// GB/T 2260: two digits of a province that exists, prefecture and county in their places.
bool is_region(std::string_view text);

/// "yyyyMMdd" is a day of the calendar, from year 1 on.
bool is_compact_date(std::string_view text);

}  // namespace luqiao::mapping
