#include "mapping/gb_tables.h"

#include "mapping/utf8.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <span>
#include <unicode/ucnv.h>

namespace luqiao::mapping {
namespace {

/// A private-use character of GB18030-2005 and the Unicode character it stands for.
/// Source: GB 18030-2022 annex D (18 of them), and the six ideographs of CJK extension B.
struct PrivateUse {
    char32_t means;
    char16_t character;
    std::uint16_t code;
};
constexpr PrivateUse kPrivateUse[] = {
    {0xFE10, 0xE78D, 0xA6D9},  {0xFE12, 0xE78E, 0xA6DA},  {0xFE11, 0xE78F, 0xA6DB},
    {0xFE13, 0xE790, 0xA6DC},  {0xFE14, 0xE791, 0xA6DD},  {0xFE15, 0xE792, 0xA6DE},
    {0xFE16, 0xE793, 0xA6DF},  {0xFE17, 0xE794, 0xA6EC},  {0xFE18, 0xE795, 0xA6ED},
    {0xFE19, 0xE796, 0xA6F3},  {0x9FB4, 0xE81E, 0xFE59},  {0x9FB5, 0xE826, 0xFE61},
    {0x9FB6, 0xE82B, 0xFE66},  {0x9FB7, 0xE82C, 0xFE67},  {0x9FB8, 0xE832, 0xFE6D},
    {0x9FB9, 0xE843, 0xFE7E},  {0x9FBA, 0xE854, 0xFE90},  {0x9FBB, 0xE864, 0xFEA0},
    {0x20087, 0xE816, 0xFE51}, {0x20089, 0xE817, 0xFE52}, {0x200CC, 0xE818, 0xFE53},
    {0x215D7, 0xE831, 0xFE6C}, {0x2298F, 0xE83B, 0xFE76}, {0x241FE, 0xE855, 0xFE91},
};

constexpr char32_t kEuro = 0x20AC;
constexpr std::uint32_t kSupplementary = 189'000;  ///< linear number of 90308130 = U+10000

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

/// A converter of ICU's own data, which is linked in: a missing one is a broken installation.
Converter open_converter(const char* name) {
    UErrorCode status = U_ZERO_ERROR;
    Converter converter(ucnv_open(name, &status));
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                        &status);
    if (U_FAILURE(status)) {
        std::fprintf(stderr, "ICU has no converter %s: %s\n", name, u_errorName(status));
        std::abort();
    }
    return converter;
}

/// The one BMP character that `code` means, or 0.
char16_t character_of(UConverter* converter, std::span<const char> code) {
    UErrorCode status = U_ZERO_ERROR;
    UChar out[4] = {};
    const std::int32_t size = ucnv_toUChars(converter, out, 4, code.data(),
                                            static_cast<std::int32_t>(code.size()), &status);
    return U_SUCCESS(status) && size == 1 ? out[0] : u'\0';
}

std::size_t pair_index(std::uint8_t lead, std::uint8_t trail) {
    return (lead - 0x81u) * 190u + (trail - (trail < 0x7F ? 0x40u : 0x41u));
}

bool is_pair(std::uint8_t lead, std::uint8_t trail) {
    return lead >= 0x81 && lead <= 0xFE && trail >= 0x40 && trail <= 0xFE && trail != 0x7F;
}

/// The places of GB 2312-80: rows 1-9 (682 signs) and 16-87 (6763 ideographs) of 94 each.
bool is_gb2312_place(std::uint8_t lead, std::uint8_t trail) {
    struct Range {
        std::uint8_t lead_first, lead_last, trail_first, trail_last;
    };
    constexpr Range kRanges[] = {
        {0xA1, 0xA1, 0xA1, 0xFE}, {0xA2, 0xA2, 0xB1, 0xE2}, {0xA2, 0xA2, 0xE5, 0xEE},
        {0xA2, 0xA2, 0xF1, 0xFC}, {0xA3, 0xA3, 0xA1, 0xFE}, {0xA4, 0xA4, 0xA1, 0xF3},
        {0xA5, 0xA5, 0xA1, 0xF6}, {0xA6, 0xA6, 0xA1, 0xB8}, {0xA6, 0xA6, 0xC1, 0xD8},
        {0xA7, 0xA7, 0xA1, 0xC1}, {0xA7, 0xA7, 0xD1, 0xF1}, {0xA8, 0xA8, 0xA1, 0xBA},
        {0xA8, 0xA8, 0xC5, 0xE9}, {0xA9, 0xA9, 0xA4, 0xEF}, {0xB0, 0xD6, 0xA1, 0xFE},
        {0xD7, 0xD7, 0xA1, 0xF9}, {0xD8, 0xF7, 0xA1, 0xFE},
    };
    return std::any_of(std::begin(kRanges), std::end(kRanges), [&](const Range& range) {
        return lead >= range.lead_first && lead <= range.lead_last && trail >= range.trail_first &&
               trail <= range.trail_last;
    });
}

std::uint32_t quadruple_code(std::uint32_t linear) {
    const std::uint32_t fourth = 0x30 + linear % 10;
    const std::uint32_t third = 0x81 + linear / 10 % 126;
    const std::uint32_t second = 0x30 + linear / 1'260 % 10;
    const std::uint32_t first = 0x81 + linear / 12'600;
    return first << 24u | second << 16u | third << 8u | fourth;
}

/// Calls `visit(lead, trail)` for every two-byte code.
template <class Visit>
void each_pair(Visit visit) {
    for (std::uint32_t lead = 0x81; lead <= 0xFE; ++lead) {
        for (std::uint32_t trail = 0x40; trail <= 0xFE; ++trail) {
            if (trail == 0x7F) continue;
            visit(static_cast<std::uint8_t>(lead), static_cast<std::uint8_t>(trail));
        }
    }
}

}  // namespace

const GbTables& GbTables::get() {
    static const GbTables tables;
    return tables;
}

GbTables::GbTables()
    : pairs_(kPairs),
      quadruples_(kQuadruples),
      pairs_936_(kPairs),
      gb18030_(0x1'0000),
      gbk_(0x1'0000) {
    read_pairs();
    read_quadruples();
    invert();
}

void GbTables::read_pairs() {
    const Converter gb18030 = open_converter("gb18030");
    const Converter gbk = open_converter("windows-936-2000");
    each_pair([&](std::uint8_t lead, std::uint8_t trail) {
        const char code[] = {static_cast<char>(lead), static_cast<char>(trail)};
        const std::size_t index = pair_index(lead, trail);
        pairs_[index] = character_of(gb18030.get(), code);
        pairs_936_[index] = character_of(gbk.get(), code);
        if (is_gb2312_place(lead, trail)) gb2312_[pairs_[index]] = true;
    });
    for (const PrivateUse& entry : kPrivateUse) {
        pairs_[pair_index(static_cast<std::uint8_t>(entry.code >> 8u),
                          static_cast<std::uint8_t>(entry.code & 0xFFu))] = entry.means;
    }
}

void GbTables::read_quadruples() {
    const Converter gb18030 = open_converter("gb18030");
    for (std::uint32_t linear = 0; linear < kQuadruples; ++linear) {
        const std::uint32_t packed = quadruple_code(linear);
        const char code[] = {static_cast<char>(packed >> 24u), static_cast<char>(packed >> 16u),
                             static_cast<char>(packed >> 8u), static_cast<char>(packed)};
        quadruples_[linear] = character_of(gb18030.get(), code);
    }
}

void GbTables::invert() {
    each_pair([&](std::uint8_t lead, std::uint8_t trail) {
        const auto code = static_cast<std::uint16_t>(lead << 8u | trail);
        const std::size_t index = pair_index(lead, trail);
        const char32_t character = pairs_[index];
        if (character == 0 || character > 0xFFFF) return;
        if (gb18030_[character] == 0) gb18030_[character] = code;
        if (pairs_936_[index] == character && gbk_[character] == 0) gbk_[character] = code;
    });
    gbk_[kEuro] = 0x80;
    for (std::uint32_t linear = 0; linear < kQuadruples; ++linear) {
        const char16_t character = quadruples_[linear];
        if (character != 0 && gb18030_[character] == 0) {
            gb18030_[character] = quadruple_code(linear);
        }
    }
    // Text that came by another way may still hold the private-use character of old.
    for (const PrivateUse& entry : kPrivateUse) gb18030_[entry.character] = entry.code;
}

GbTables::Read GbTables::read_gb18030(std::string_view bytes) const {
    const std::uint8_t lead = octet(bytes[0]);
    if (lead < 0x80) return {lead, 1};
    if (bytes.size() < 2 || lead < 0x81 || lead > 0xFE) return {};
    const std::uint8_t second = octet(bytes[1]);
    if (is_pair(lead, second)) {
        const char32_t character = pairs_[pair_index(lead, second)];
        return character == 0 ? Read{} : Read{character, 2};
    }
    if (bytes.size() < 4 || second < 0x30 || second > 0x39) return {};
    const std::uint8_t third = octet(bytes[2]);
    const std::uint8_t fourth = octet(bytes[3]);
    if (third < 0x81 || third > 0xFE || fourth < 0x30 || fourth > 0x39) return {};
    const std::uint32_t linear = (lead - 0x81u) * 12'600u + (second - 0x30u) * 1'260u +
                                 (third - 0x81u) * 10u + fourth - 0x30u;
    if (linear < kQuadruples) {
        const char16_t character = quadruples_[linear];
        return character == 0 ? Read{} : Read{character, 4};
    }
    if (linear < kSupplementary || linear - kSupplementary > 0xF'FFFF) return {};
    return {0x1'0000 + linear - kSupplementary, 4};
}

GbTables::Read GbTables::read_gbk(std::string_view bytes) const {
    const std::uint8_t lead = octet(bytes[0]);
    if (lead < 0x80) return {lead, 1};
    if (lead == 0x80) return {kEuro, 1};
    if (bytes.size() < 2 || !is_pair(lead, octet(bytes[1]))) return {};
    const char32_t character = pairs_[pair_index(lead, octet(bytes[1]))];
    return character == 0 ? Read{} : Read{character, 2};
}

std::uint32_t GbTables::gb18030(char32_t character) const {
    if (character < 0x1'0000) return gb18030_[character];
    return quadruple_code(kSupplementary + static_cast<std::uint32_t>(character) - 0x1'0000);
}

}  // namespace luqiao::mapping
