#include "mapping/charset.h"

#include "mapping/gb_tables.h"
#include "mapping/record.h"
#include "mapping/utf8.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>

namespace luqiao::mapping {
namespace {

constexpr Charset kAll[] = {Charset::Utf8, Charset::Gb18030, Charset::Gbk};

std::string utf8_of(char32_t character) {
    char out[4];
    return {out, put_character(out, character)};
}

/// A character that matters here: ASCII, Latin, Chinese of both planes, private use.
char32_t any_character() {
    return *rc::gen::oneOf(
        rc::gen::inRange<char32_t>(0x20, 0x7F), rc::gen::inRange<char32_t>(0xA0, 0x250),
        rc::gen::inRange<char32_t>(0x4E00, 0xA000), rc::gen::inRange<char32_t>(0xE000, 0xFFFE),
        rc::gen::inRange<char32_t>(0x1'0000, 0x11'0000));
}

std::string any_text() {
    std::string text;
    const int count = *rc::gen::inRange(0, 30);
    for (int index = 0; index < count; ++index) text += utf8_of(any_character());
    return text;
}

struct Sample {
    const char* name;
    std::string_view bytes;
    const char* text;
};

TEST(Gb18030, ReadsAndWritesTheNamesOfForeigners) {
    const Sample rows[] = {
        {"ascii", "O'Connor", "O'Connor"},
        {"two bytes", "\xCA\xB7\xC3\xDC\xCB\xB9", "史密斯"},
        {"n tilde", "\x81\x30\x8A\x39", "ñ"},
        {"N tilde", "\x81\x30\x88\x35", "Ñ"},
        {"L stroke", "\x81\x30\x91\x39", "Ł"},
        {"sharp s", "\x81\x30\x89\x38", "ß"},
        {"second plane", "\x95\x34\xB2\x35", "𠮷"},
        {"of 2000", "\xFE\x9F", "䶮"},
        {"separator", "\xA1\xA4", "·"},
        {"euro", "\xA2\xE3", "€"},
    };
    for (const Sample& row : rows) {
        const auto text = to_utf8(row.bytes, Charset::Gb18030);
        ASSERT_TRUE(text) << row.name << " " << text.error().where;
        EXPECT_EQ(*text, row.text) << row.name;
        EXPECT_EQ(from_utf8(row.text, Charset::Gb18030).value_or("?"), row.bytes) << row.name;
    }
    const std::string name = "O'Connor-Ñúñez Łukasz 𠮷";
    EXPECT_EQ(to_utf8(*from_utf8(name, Charset::Gb18030), Charset::Gb18030).value_or("?"), name);
}

TEST(Gb18030, ReadsThePrivateUseCharactersOf2005AsWhatTheyMean) {
    const Sample rows[] = {
        {"vertical comma", "\xA6\xD9", "\uFE10"},     {"vertical brace", "\xA6\xF3", "\uFE19"},
        {"first ideograph", "\xFE\x59", "\u9FB4"},    {"last ideograph", "\xFE\xA0", "\u9FBB"},
        {"four bytes", "\x82\x35\x90\x37", "\u9FB4"}, {"m acute", "\xA8\xBC", "\u1E3F"},
        {"extension B", "\xFE\x51", "\U00020087"},    {"user's own", "\xAA\xA1", "\uE000"},
    };
    for (const Sample& row : rows) {
        EXPECT_EQ(to_utf8(row.bytes, Charset::Gb18030).value_or("?"), row.text) << row.name;
    }
    EXPECT_EQ(from_utf8("\uFE10", Charset::Gb18030).value_or("?"), "\xA6\xD9");
    EXPECT_EQ(from_utf8("\u9FB4", Charset::Gb18030).value_or("?"), "\xFE\x59");
    EXPECT_EQ(from_utf8("\U00020087", Charset::Gb18030).value_or("?"), "\x95\x32\x90\x31");
    EXPECT_EQ(from_utf8("\uE78D", Charset::Gb18030).value_or("?"), "\xA6\xD9");
}

TEST(Gb18030, ReadsEveryCharacterItWrites) {
    for (char32_t character = 1; character <= 0x10'FFFF; ++character) {
        if (character >= 0xD800 && character <= 0xDFFF) continue;
        const std::uint32_t code = GbTables::get().gb18030(character);
        if (character < 0x80) continue;
        ASSERT_NE(code, 0u) << std::hex << static_cast<std::uint32_t>(character);
        std::string bytes;
        for (const unsigned shift : {24u, 16u, 8u, 0u}) {
            if (code >> shift != 0) bytes += static_cast<char>(code >> shift);
        }
        const GbTables::Read read = GbTables::get().read_gb18030(bytes);
        ASSERT_EQ(read.size, bytes.size());
        const bool is_old = (character >= 0xE78D && character <= 0xE796) ||
                            (character >= 0xE816 && character <= 0xE864);
        if (!is_old) {
            ASSERT_EQ(read.character, character) << std::hex << code;
        }
    }
}

TEST(GbTables, ArePinned) {
    // FNV-1a over every character's code: another ICU must not change what a party reads.
    std::uint64_t gb18030 = 0xcbf29ce484222325;
    std::uint64_t gbk = gb18030;
    std::size_t gbk_count = 0;
    std::size_t gb2312_count = 0;
    for (char32_t character = 0x80; character <= 0xFFFF; ++character) {
        gb18030 = (gb18030 ^ GbTables::get().gb18030(character)) * 0x100000001b3;
        gbk = (gbk ^ GbTables::get().gbk(character)) * 0x100000001b3;
        if (GbTables::get().gbk(character) != 0) ++gbk_count;
        if (GbTables::get().is_gb2312(character)) ++gb2312_count;
    }
    EXPECT_EQ(gb18030, 18094337711450377480u);
    EXPECT_EQ(gbk, 1036153333806487157u);
    EXPECT_EQ(gbk_count, 23835u);
    EXPECT_EQ(gb2312_count, 7445u);  // 682 signs and 6763 ideographs
}

TEST(Gbk, RefusesWhatItLacksByPosition) {
    struct Row {
        const char* name;
        const char* text;
        const char* where;
    };
    const Row rows[] = {
        {"n tilde", "Núñez", "character 3"},    {"L stroke", "Łukasz", "character 1"},
        {"sharp s", "史Straße", "character 6"}, {"of 2000", "王䶮", "character 2"},
        {"second plane", "𠮷", "character 1"},  {"vertical comma", "a\uFE10", "character 2"},
    };
    for (const Row& row : rows) {
        const auto bytes = from_utf8(row.text, Charset::Gbk);
        ASSERT_FALSE(bytes) << row.name;
        EXPECT_EQ(bytes.error().code, Errc::NotEncodable) << row.name;
        EXPECT_EQ(bytes.error().where, row.where) << row.name;
        EXPECT_EQ(encoded_size(row.text, Charset::Gbk), std::nullopt) << row.name;
    }
    EXPECT_EQ(from_utf8("ú·ü€", Charset::Gbk).value_or("?"), "\xA8\xB2\xA1\xA4\xA8\xB9\x80");
    EXPECT_EQ(to_utf8("\x80\xA8\xB2", Charset::Gbk).value_or("?"), "€ú");
}

TEST(Gbk, LeavesTheOutputAloneWhenItRefuses) {
    std::string out = "before";
    EXPECT_FALSE(append_encoded(out, "史密斯ñ", Charset::Gbk));
    EXPECT_EQ(out, "before");
    EXPECT_FALSE(append_encoded(out, "ok\xFF", Charset::Utf8));
    EXPECT_EQ(out, "before");
    EXPECT_TRUE(append_encoded(out, "史", Charset::Gbk));
    EXPECT_EQ(out, "before\xCA\xB7");
}

TEST(Charset, NamesTheFirstBadByte) {
    struct Row {
        const char* name;
        Charset charset;
        std::string_view bytes;
        const char* where;
    };
    const Row rows[] = {
        {"half a pair", Charset::Gb18030, "AB\xCA", "byte 2"},
        {"half a quadruple", Charset::Gb18030, "A\x81\x30\x8B", "byte 1"},
        {"a bad trail", Charset::Gb18030, "\xCA\xB7\xCA\x20", "byte 2"},
        {"a bad third byte", Charset::Gb18030, "\x81\x30\x20\x30", "byte 0"},
        {"beyond Unicode", Charset::Gb18030, "A\xE3\x32\x9A\x36", "byte 1"},
        {"80", Charset::Gb18030, "A\x80", "byte 1"},
        {"FF", Charset::Gb18030, "\xFF\xCA\xB7", "byte 0"},
        {"four bytes in GBK", Charset::Gbk, "\x81\x30\x8B\x32", "byte 0"},
        {"FF in GBK", Charset::Gbk, "A\xFF", "byte 1"},
        {"Latin-1 as UTF-8", Charset::Utf8, "M\xDCLLER", "byte 1"},
        {"half UTF-8", Charset::Utf8, "12345678\xE5\x8F", "byte 8"},
        {"overlong", Charset::Utf8, "\xC0\xAF", "byte 0"},
        {"overlong of three", Charset::Utf8, "\xE0\x80\xAF", "byte 0"},
        {"a surrogate", Charset::Utf8, "A\xED\xA0\x80", "byte 1"},
        {"beyond Unicode in UTF-8", Charset::Utf8, "\xF4\x90\x80\x80", "byte 0"},
        {"a stray continuation", Charset::Utf8, "史\x80", "byte 3"},
    };
    Arena arena;
    for (const Row& row : rows) {
        const auto text = to_utf8(row.bytes, row.charset);
        ASSERT_FALSE(text) << row.name;
        EXPECT_EQ(text.error().code, Errc::CharsetError) << row.name;
        EXPECT_EQ(text.error().where, row.where) << row.name;
        const auto in_arena = to_utf8(row.bytes, row.charset, arena);
        ASSERT_FALSE(in_arena) << row.name;
        EXPECT_EQ(in_arena.error().where, row.where) << row.name;
    }
}

TEST(Charset, ReadsPlainTextWithoutACopy) {
    Arena arena;
    const std::string_view ascii = "L898902C36UTO7408122F1204159";
    const std::string_view chinese = "史密斯";
    EXPECT_EQ(to_utf8(ascii, Charset::Gb18030, arena).value_or("").data(), ascii.data());
    EXPECT_EQ(to_utf8(chinese, Charset::Utf8, arena).value_or("").data(), chinese.data());
    EXPECT_EQ(to_utf8("\xCA\xB7", Charset::Gbk, arena).value_or(""), "史");
}

TEST(Charset, RoundTripsWhateverItCanWrite) {
    EXPECT_TRUE(rc::check([] {
        const std::string text = any_text();
        for (const Charset charset : kAll) {
            const auto bytes = from_utf8(text, charset);
            RC_ASSERT(encoded_size(text, charset).has_value() == bytes.has_value());
            if (!bytes) continue;
            RC_ASSERT(*encoded_size(text, charset) == bytes->size());
            // One pass settles the private-use characters; a second changes nothing.
            const auto settled = to_utf8(*bytes, charset);
            RC_ASSERT(settled.has_value());
            const auto again = from_utf8(*settled, charset);
            RC_ASSERT(again.has_value());
            RC_ASSERT(to_utf8(*again, charset).value_or("?") == *settled);
        }
    }));
}

TEST(Fit, NeverSplitsACharacterAndTakesAllThatFit) {
    EXPECT_TRUE(rc::check([] {
        const std::string text = any_text();
        const auto room = *rc::gen::inRange<std::size_t>(0, 60);
        for (const Charset charset : kAll) {
            const std::string_view kept = fit(text, room, charset);
            RC_ASSERT(text.starts_with(kept));
            const auto size = encoded_size(kept, charset);
            RC_ASSERT(size.has_value() && *size <= room);
            if (kept.size() == text.size()) continue;
            std::string_view rest = std::string_view(text).substr(kept.size());
            const std::string_view before = rest;
            take_character(rest);
            const auto next = encoded_size(before.substr(0, before.size() - rest.size()), charset);
            RC_ASSERT(!next || *size + *next > room);
        }
    }));
    EXPECT_EQ(fit("史密斯", 5, Charset::Gb18030), "史密");
    EXPECT_EQ(fit("史密斯", 5, Charset::Utf8), "史");
    EXPECT_EQ(fit("a𠮷b", 4, Charset::Gb18030), "a");
    EXPECT_EQ(fit("abñ", 10, Charset::Gbk), "ab");
}

TEST(Repertoire, HoldsItsCharactersAndTheirSizes) {
    EXPECT_TRUE(in_repertoire(U'7', Repertoire::Digit));
    EXPECT_FALSE(in_repertoire(U'７', Repertoire::Digit));
    EXPECT_FALSE(in_repertoire(U'a', Repertoire::Digit));
    EXPECT_TRUE(in_repertoire(U'~', Repertoire::Ascii));
    EXPECT_FALSE(in_repertoire(U'é', Repertoire::Ascii));
    EXPECT_TRUE(in_repertoire(U'Ł', Repertoire::Latin));
    EXPECT_FALSE(in_repertoire(U'史', Repertoire::Latin));
    EXPECT_TRUE(in_repertoire(U'史', Repertoire::Gb2312));
    EXPECT_FALSE(in_repertoire(U'喆', Repertoire::Gb2312));
    EXPECT_TRUE(in_repertoire(U'喆', Repertoire::Gbk));
    EXPECT_FALSE(in_repertoire(U'䶮', Repertoire::Gbk));
    EXPECT_TRUE(in_repertoire(U'䶮', Repertoire::Any));
    EXPECT_FALSE(in_repertoire(U'\uFFFD', Repertoire::Any));  // text that another system has broken
    EXPECT_FALSE(in_repertoire(U'\x01', Repertoire::Any));
    EXPECT_FALSE(in_repertoire(U'\x85', Repertoire::Any));
    constexpr Repertoire kRepertoires[] = {Repertoire::Digit,  Repertoire::Ascii, Repertoire::Latin,
                                           Repertoire::Gb2312, Repertoire::Gbk,   Repertoire::Any};
    for (const Repertoire repertoire : kRepertoires) {
        for (const Charset charset : kAll) {
            std::size_t most = 0;
            bool lacks = false;
            for (char32_t character = 0x20; character <= 0x2'FFFF; ++character) {
                if (character >= 0xD800 && character <= 0xDFFF) continue;
                if (!in_repertoire(character, repertoire)) continue;
                const auto size = encoded_size(utf8_of(character), charset);
                lacks = lacks || !size;
                most = std::max(most, size.value_or(0));
            }
            const auto said = character_size_max(repertoire, charset);
            EXPECT_EQ(said.has_value(), !lacks);
            if (said) {
                EXPECT_EQ(*said, most);
            }
        }
    }
}

}  // namespace
}  // namespace luqiao::mapping
