#include "mapping/check_digits.h"
#include "tests/mapping/codec_call.h"

#include <rapidcheck.h>

namespace luqiao::mapping {
namespace {

std::string canonical(std::string_view text, const Type& type, const CodeTable* table = nullptr) {
    Arena arena;
    CodecContext context{arena, std::nullopt};
    return shown(to_canonical(text, type, table, context));
}

Type text_of(std::int64_t size_max, Repertoire repertoire) {
    Type type;
    type.size_max = size_max;
    type.repertoire = repertoire;
    return type;
}

Type decimal(int precision, int scale) {
    Type type;
    type.kind = TypeKind::Decimal;
    type.precision = precision;
    type.scale = scale;
    return type;
}

Type whole(std::int64_t low, std::int64_t high) {
    Type type;
    type.kind = TypeKind::Int;
    type.low = low;
    type.high = high;
    return type;
}

Type hex(std::int64_t bytes) {
    Type type;
    type.kind = TypeKind::Hex;
    type.size_max = bytes;
    return type;
}

Type of(TypeKind kind) {
    Type type;
    type.kind = kind;
    return type;
}

const std::string kDigest(64, 'a');

TEST(Types, AcceptTheirCanonicalTextAndNothingElse) {
    struct Row {
        const char* name;
        Type type;
        std::string text;
        std::string gives;  ///< "=": the text itself
    };
    const Row rows[] = {
        {"text", text_of(5, Repertoire::Any), "史密斯𠮷䶮", "="},
        {"text too long", text_of(4, Repertoire::Any), "史密斯𠮷䶮", "!E2004"},
        {"empty text", text_of(5, Repertoire::Any), "", "="},
        {"text of passports", text_of(0, Repertoire::Latin), "O'Connor-Ñúñez Łukasz", "="},
        {"no Chinese in Latin", text_of(0, Repertoire::Latin), "史", "!E2004"},
        {"no accent in ASCII", text_of(0, Repertoire::Ascii), "é", "!E2004"},
        {"no full-width digit", text_of(0, Repertoire::Digit), "１", "!E2004"},
        {"text not in NFC", text_of(1, Repertoire::Any), "e\u0301", "é"},
        {"a compatibility ideograph", text_of(0, Repertoire::Any), "\uF979", "凉"},
        {"a broken character", text_of(0, Repertoire::Any), "M\uFFFDLLER", "!E2004"},
        {"a control character", text_of(0, Repertoire::Any), "a\x01", "!E2004"},
        {"lines", text_of(0, Repertoire::Any), "a\r\n\tb", "="},
        {"not UTF-8", text_of(0, Repertoire::Any), "\xD6\xD0", "!E1002"},
        {"bool", of(TypeKind::Bool), "true", "="},
        {"bool of another kind", of(TypeKind::Bool), "1", "!E2004"},
        {"int", whole(-5, 5), "-5", "="},
        {"int below", whole(-5, 5), "-6", "!E2004"},
        {"int above", whole(-5, 5), "6", "!E2004"},
        {"int with zeros", whole(0, 99), "07", "!E2004"},
        {"int with plus", whole(0, 99), "+7", "!E2004"},
        {"minus zero", whole(-5, 5), "-0", "!E2004"},
        {"empty int", whole(0, 99), "", "!E2004"},
        {"a sign alone", whole(-5, 5), "-", "!E2004"},
        {"int too large", of(TypeKind::Int), "9999999999999999999", "!E2004"},
        {"decimal", decimal(14, 2), "32000.00", "="},
        {"decimal without point", decimal(14, 2), "32000", "32000.00"},
        {"decimal with zeros", decimal(14, 2), "1.500", "1.50"},
        {"decimal that loses", decimal(14, 2), "1.005", "!E2004"},
        {"decimal too large", decimal(4, 2), "100.00", "!E2004"},
        {"decimal at its largest", decimal(4, 2), "-99.99", "="},
        {"decimal with exponent", decimal(14, 2), "1e3", "!E2004"},
        {"decimal with a bare point", decimal(14, 2), "1.", "!E2004"},
        {"decimal minus zero", decimal(14, 2), "-0.00", "0.00"},
        {"decimal of no scale", decimal(4, 0), "12.0", "12"},
        {"date", of(TypeKind::Date), "2024-02-29", "="},
        {"no such date", of(TypeKind::Date), "2025-02-29", "!E2004"},
        {"date of year 0", of(TypeKind::Date), "0000-01-01", "!E2004"},
        {"date of another shape", of(TypeKind::Date), "20240229", "!E2004"},
        {"full-width date", of(TypeKind::Date), "２０２４-02-29", "!E2004"},
        {"month", of(TypeKind::Month), "2025-12", "="},
        {"month 13", of(TypeKind::Month), "2025-13", "!E2004"},
        {"month 00", of(TypeKind::Month), "2025-00", "!E2004"},
        {"year", of(TypeKind::Year), "2025", "="},
        {"short year", of(TypeKind::Year), "25", "!E2004"},
        {"time", of(TypeKind::Time), "23:59:59", "="},
        {"midnight as 24", of(TypeKind::Time), "24:00:00", "!E2004"},
        {"leap second", of(TypeKind::Time), "23:59:60", "!E2004"},
        {"datetime", of(TypeKind::DateTime), "2025-10-09T10:15:00+08:00", "="},
        {"datetime in UTC", of(TypeKind::DateTime), "2025-10-09T16:15:00Z",
         "2025-10-10T00:15:00+08:00"},
        {"datetime with zeros", of(TypeKind::DateTime), "2025-10-09T10:15:00.000+08:00",
         "2025-10-09T10:15:00+08:00"},
        {"datetime with fraction", of(TypeKind::DateTime), "2025-10-09T10:15:00.5+08:00",
         "2025-10-09T10:15:00.500+08:00"},
        {"datetime too fine", of(TypeKind::DateTime), "2025-10-09T10:15:00.0001+08:00", "!E2004"},
        {"datetime without zone", of(TypeKind::DateTime), "2025-10-09T10:15:00", "!E2004"},
        {"no such hour", of(TypeKind::DateTime), "2025-10-09T25:15:00+08:00", "!E2004"},
        {"out of the calendar", of(TypeKind::DateTime), "9999-12-31T23:00:00Z", "!E2004"},
        {"hex", hex(4), "66C7F0F4", "66c7f0f4"},
        {"hex too short", hex(4), "66c7f0", "!E2004"},
        {"hex of another sign", hex(1), "6g", "!E2004"},
        {"half a byte", hex(0), "6", "!E2004"},
        {"url", of(TypeKind::Url), "https://www.example.org/a?b=c", "="},
        {"url of script", of(TypeKind::Url), "javascript:alert(1)", "!E2004"},
        {"url with a password", of(TypeKind::Url), "https://a:b@example.org/", "!E2004"},
        {"url without host", of(TypeKind::Url), "http:///x", "!E2004"},
        {"email", of(TypeKind::Email), "Erika@Example.ORG", "Erika@example.org"},
        {"email with two dots", of(TypeKind::Email), "a..b@example.org", "!E2004"},
        {"email of Chinese", of(TypeKind::Email), "史@example.org", "!E2004"},
        {"email of a bare host", of(TypeKind::Email), "a@localhost", "!E2004"},
        {"email with a hyphen at the end", of(TypeKind::Email), "a@b-.org", "!E2004"},
        {"phone", of(TypeKind::Phone), "+4930123456", "="},
        {"phone without plus", of(TypeKind::Phone), "13900000000", "!E2004"},
        {"a mobile of ten digits", of(TypeKind::Phone), "+861390000000", "!E2004"},
        {"phone too long", of(TypeKind::Phone), "+4930123456789012", "!E2004"},
        {"region", of(TypeKind::Region), "370202", "="},
        {"region of no province", of(TypeKind::Region), "990000", "!E2004"},
        {"county without prefecture", of(TypeKind::Region), "370002", "!E2004"},
        {"region of 12 digits", of(TypeKind::Region), "370202000000", "!E2004"},
        {"postcode", of(TypeKind::Postcode), "266071", "="},
        {"postcode of five", of(TypeKind::Postcode), "26607", "!E2004"},
        {"citizen", of(TypeKind::CnId), "11010519491231002X", "="},
        {"citizen with a wrong digit", of(TypeKind::CnId), "11010519491231002", "!E2004"},
        {"uscc", of(TypeKind::Uscc), "91350100M000100Y43", "="},
        {"uscc with letter I", of(TypeKind::Uscc), "9135010IM000100Y43", "!E2004"},
        {"passport", of(TypeKind::Passport), "C01X00T47", "="},
        {"passport with a blank", of(TypeKind::Passport), "C01 X00T47", "!E2004"},
        {"passport of 21", of(TypeKind::Passport), std::string(21, 'A'), "!E2004"},
        {"mrz", of(TypeKind::Mrz), "C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4", "="},
        {"mrz cut", of(TypeKind::Mrz), "C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<", "!E2004"},
        {"old residence card", of(TypeKind::Frid), "CAN110081080310", "="},
        {"new residence card", of(TypeKind::Frid), "911124198108030024", "="},
        {"residence card of a citizen", of(TypeKind::Frid), "11010519491231002X", "!E2004"},
        {"blob", of(TypeKind::Blob), "sm3:" + kDigest, "="},
        {"blob of bytes", of(TypeKind::Blob), "aGVsbG8=", "!E2004"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(canonical(row.text, row.type), row.gives == "=" ? row.text : row.gives)
            << row.name;
    }
}

TEST(Types, JudgeCodesByTheirTable) {
    Type type = of(TypeKind::Code);
    type.table = "country";
    const CodeTable& table = shipped_table("country");
    EXPECT_EQ(canonical("DEU", type, &table), "DEU");
    EXPECT_EQ(canonical("DE", type, &table), "!E3001");
    EXPECT_EQ(canonical("RKS", type, &table), "!E3001");  // an alternative is not canonical
    EXPECT_EQ(canonical("", type, &table), "!E3001");
    Arena arena;
    CodecContext context{arena, parse_date("2025-10-09").value_or({})};
    EXPECT_EQ(shown(to_canonical("SUN", type, &table, context)), "!E3002");
}

TEST(Types, AreSettledAfterOnePass) {
    const Type types[] = {text_of(0, Repertoire::Any), decimal(12, 3), of(TypeKind::DateTime),
                          of(TypeKind::Email), hex(0)};
    EXPECT_TRUE(rc::check([&types] {
        const auto pieces = *rc::gen::container<std::vector<std::string>>(
            rc::gen::element<std::string>("1", "0", ".", "-", "a", "B", "@", "b.cn", "e", "\u0301",
                                          "2025-10-09T10:15:00", "+08:00", "Z", "\uF979"));
        std::string text;
        for (const std::string& piece : pieces) text += piece;
        for (const Type& type : types) {
            const std::string once = canonical(text, type);
            if (once.starts_with("!")) continue;
            RC_ASSERT(canonical(once, type) == once);
        }
    }));
}

TEST(CheckDigits, HoldForTheSpecimensOfTheStandards) {
    EXPECT_TRUE(is_cn_id("11010519491231002X"));
    EXPECT_TRUE(is_uscc("91350100M000100Y43"));
    EXPECT_TRUE(is_uscc("91330000755918469E"));
    EXPECT_TRUE(is_frid("CAN110081080310"));
    EXPECT_TRUE(is_frid("911124198108030024"));
    EXPECT_TRUE(is_mrz_line("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"));
    EXPECT_TRUE(is_mrz_line("L898902C36UTO7408122F1204159ZE184226B<<<<<10"));
    EXPECT_TRUE(is_mrz_line("P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<"));
    EXPECT_TRUE(is_mrz_line("C01X00T478D<<6408125F2702283<<<<<<<<<<<<<<<4"));
    EXPECT_EQ(icao_check_digit("L898902C3"), '6');
    EXPECT_EQ(icao_check_digit("740812"), '2');
    EXPECT_EQ(icao_check_digit("a"), '\0');
}

TEST(CheckDigits, FindEveryWrongDigit) {
    struct Row {
        const char* text;
        bool (*holds)(std::string_view);
    };
    const Row rows[] = {{"11010519491231002X", is_cn_id},
                        {"91350100M000100Y43", is_uscc},
                        {"911124198108030024", is_frid}};
    for (const Row& row : rows) {
        for (std::size_t place = 0; place < 18; ++place) {
            for (char digit = '0'; digit <= '9'; ++digit) {
                std::string changed = row.text;
                if (changed[place] == digit) continue;
                changed[place] = digit;
                EXPECT_FALSE(row.holds(changed)) << changed;
            }
        }
    }
    // 7-3-1 modulo 10 finds every wrong digit among digits: 7, 3 and 1 are prime to 10.
    const std::string line = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
    for (std::size_t place = 0; place < line.size(); ++place) {
        if (line[place] < '0' || line[place] > '9') continue;
        for (char digit = '0'; digit <= '9'; ++digit) {
            std::string changed = line;
            if (changed[place] == digit) continue;
            changed[place] = digit;
            EXPECT_FALSE(is_mrz_line(changed)) << changed;
        }
    }
}

TEST(CheckDigits, RefuseImpossibleLines) {
    EXPECT_FALSE(is_cn_id("11010519490230002X"));
    EXPECT_FALSE(is_mrz_line("P<UTOERIKSS0N<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"));  // a digit in a name
    EXPECT_FALSE(is_mrz_line("L898902C36UTO7408122Z1204159ZE184226B<<<<<10"));  // sex Z
    EXPECT_FALSE(is_mrz_line(""));
    EXPECT_FALSE(is_uscc(""));
    EXPECT_FALSE(is_frid("can110081080310"));
    EXPECT_FALSE(is_compact_date("19000229"));
    EXPECT_TRUE(is_compact_date("20000229"));
}

}  // namespace
}  // namespace luqiao::mapping
