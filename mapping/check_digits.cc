#include "mapping/check_digits.h"

#include "mapping/values.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace luqiao::mapping {
namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
}

/// Digits as a number; `text` holds at most nine, all digits.
int number(std::string_view text) {
    int value = 0;
    for (const char digit : text) value = value * 10 + (digit - '0');
    return value;
}

constexpr std::array kWeights731{7, 3, 1};

/// Sum of ICAO values times 7-3-1, the weights going on from the `index`-th; -1 on a wrong sign.
int icao_sum(std::string_view text, std::size_t& index) {
    int sum = 0;
    for (const char c : text) {
        const int value = is_digit(c) ? c - '0' : is_upper(c) ? c - 'A' + 10 : c == '<' ? 0 : -1;
        if (value < 0) return -1;
        sum += value * kWeights731[index++ % 3];
    }
    return sum;
}

/// Letters A-Z and fillers only.
bool is_name_field(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_upper(c) || c == '<'; });
}

bool is_mrz_date(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '<'; });
}

/// A number longer than nine signs: '<' stands at its check digit's place and the rest, with the
/// check digit, opens the personal number (ICAO 9303-5 clause 4.2.2, met on passports too).
bool is_long_number(std::string_view line) {
    const std::string_view optional = line.substr(28, 14);
    const std::size_t end = std::min(optional.find('<'), optional.size());
    if (end < 2) return false;
    std::size_t index = 0;
    const int head = icao_sum(line.substr(0, 9), index);
    const int tail = icao_sum(optional.substr(0, end - 1), index);
    return head >= 0 && tail >= 0 &&
           optional[end - 1] == static_cast<char>('0' + (head + tail) % 10);
}

bool is_mrz_line_1(std::string_view text) {
    return text[0] == 'P' && is_name_field(text) && text[2] != '<' && text[5] != '<';
}

bool is_mrz_line_2(std::string_view text) {
    const std::string_view number = text.substr(0, 9);
    const bool number_holds =
        text[9] == '<' ? is_long_number(text) : text[9] == icao_check_digit(number);
    const std::string_view personal = text.substr(28, 14);
    const bool is_empty = personal.find_first_not_of('<') == std::string_view::npos;
    std::size_t index = 0;
    int composite = 0;
    for (const std::string_view part :
         {text.substr(0, 10), text.substr(13, 7), text.substr(21, 22)}) {
        const int sum = icao_sum(part, index);
        if (sum < 0) return false;
        composite += sum;
    }
    return number_holds && number[0] != '<' && is_name_field(text.substr(10, 3)) &&
           is_mrz_date(text.substr(13, 6)) && text[19] == icao_check_digit(text.substr(13, 6)) &&
           (text[20] == 'M' || text[20] == 'F' || text[20] == 'X' || text[20] == '<') &&
           is_mrz_date(text.substr(21, 6)) && text[27] == icao_check_digit(text.substr(21, 6)) &&
           (text[42] == icao_check_digit(personal) || (is_empty && text[42] == '<')) &&
           text[43] == static_cast<char>('0' + composite % 10);
}

}  // namespace

char mod_11_2_digit(std::string_view digits) {
    if (digits.size() != 17 || !all_digits(digits)) return '\0';
    int sum = 0;
    for (const char digit : digits) sum = (sum + (digit - '0')) * 2 % 11;
    const int check = (12 - sum) % 11;
    return check == 10 ? 'X' : static_cast<char>('0' + check);
}

bool holds_mod_11_2(std::string_view text) {
    return text.size() == 18 && text[17] == mod_11_2_digit(text.substr(0, 17));
}

bool is_cn_id(std::string_view text) {
    return holds_mod_11_2(text) && is_region(text.substr(0, 6)) &&
           is_compact_date(text.substr(6, 8));
}

bool is_uscc(std::string_view text) {
    constexpr std::string_view kSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (text.size() != 18) return false;
    std::size_t sum = 0;
    std::size_t weight = 1;
    for (const char sign : text.substr(0, 17)) {
        const std::size_t value = kSigns.find(sign);
        if (value == std::string_view::npos) return false;
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    return text[17] == kSigns[(31 - sum % 31) % 31];
}

bool is_frid(std::string_view text) {
    if (text.size() == 18) return text[0] == '9' && holds_mod_11_2(text);
    return text.size() == 15 && std::all_of(text.begin(), text.begin() + 3, is_upper) &&
           all_digits(text.substr(3)) && text[14] == icao_check_digit(text.substr(0, 14));
}

char icao_check_digit(std::string_view text) {
    std::size_t index = 0;
    const int sum = icao_sum(text, index);
    return sum < 0 ? '\0' : static_cast<char>('0' + sum % 10);
}

bool is_mrz_line(std::string_view text) {
    return text.size() == 44 && (is_mrz_line_1(text) || is_mrz_line_2(text));
}

bool is_region(std::string_view text) {
    constexpr std::array kProvinces{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
                                    35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
                                    53, 54, 61, 62, 63, 64, 65, 71, 81, 82};
    if (text.size() != 6 || !all_digits(text)) return false;
    const bool has_prefecture = text.substr(2, 2) != "00";
    const bool has_county = text.substr(4, 2) != "00";
    return std::binary_search(kProvinces.begin(), kProvinces.end(), number(text.substr(0, 2))) &&
           (has_prefecture || !has_county);
}

bool is_compact_date(std::string_view text) {
    if (text.size() != 8 || !all_digits(text)) return false;
    const std::chrono::year_month_day day{
        std::chrono::year{number(text.substr(0, 4))},
        std::chrono::month{static_cast<unsigned>(number(text.substr(4, 2)))},
        std::chrono::day{static_cast<unsigned>(number(text.substr(6, 2)))}};
    return day.ok() && static_cast<int>(day.year()) > 0;
}

}  // namespace luqiao::mapping
