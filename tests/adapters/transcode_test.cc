#include "adapters/transcode.h"

#include <gtest/gtest.h>

namespace luqiao::adapters {
namespace {

TEST(Transcode, GoesBothWaysWithoutLoss) {
    const struct {
        const char* name;
        std::string utf8;
        std::string gb18030;
    } rows[] = {
        {"ASCII", "O'Connor", "O'Connor"},
        {"two bytes", "鲁桥", "\xC2\xB3\xC7\xC5"},
        {"trail byte of a bracket", "淽", "\x9C\x5D"},
        {"trail byte of a backslash", "淺", "\x9C\x5C"},
        {"four bytes, Latin", "Ñ", "\x81\x30\x88\x35"},
        {"four bytes, beyond the first plane", "𠮷", "\x95\x34\xB2\x35"},
        {"euro", "€", "\xA2\xE3"},
        {"nothing", "", ""},
    };
    for (const auto& row : rows) {
        const auto encoded = from_utf8(row.utf8, Charset::Gb18030);
        ASSERT_TRUE(encoded.has_value()) << row.name << encoded.error().message;
        EXPECT_EQ(*encoded, row.gb18030) << row.name;
        const auto decoded = to_utf8(row.gb18030, Charset::Gb18030);
        ASSERT_TRUE(decoded.has_value()) << row.name << decoded.error().message;
        EXPECT_EQ(*decoded, row.utf8) << row.name;
        EXPECT_EQ(*to_utf8(row.utf8, Charset::Utf8), row.utf8) << row.name;
    }
}

TEST(Transcode, RefusesBytesThatAreNoCharacter) {
    const struct {
        const char* name;
        Charset charset;
        std::string bytes;
    } rows[] = {
        {"lone lead byte", Charset::Gb18030, "ab\x9C"},
        {"lead byte before a space", Charset::Gb18030, "\x9C "},
        {"0xFF", Charset::Gb18030, "\xFF"},
        {"three of four bytes", Charset::Gb18030, "\x95\x34\xB2"},
        {"GB18030 as UTF-8", Charset::Utf8, "\xC2\xB3\xC7\xC5"},
        {"surrogate", Charset::Utf8, "\xED\xA0\x80"},
        {"overlong", Charset::Utf8, "\xC0\x80"},
    };
    for (const auto& row : rows) {
        const auto text = to_utf8(row.bytes, row.charset);
        ASSERT_FALSE(text.has_value()) << row.name;
        EXPECT_EQ(text.error().code, Errc::CharsetError) << row.name;
    }
    EXPECT_FALSE(from_utf8("\xED\xA0\x80", Charset::Gb18030).has_value());
}

TEST(Charset, IsFoundByTheLabelsPeopleUse) {
    for (const char* label : {"GB18030", "gb18030", "GBK", "gb2312"}) {
        EXPECT_EQ(find_charset(label), Charset::Gb18030) << label;
    }
    for (const char* label : {"UTF-8", "utf-8", "utf8"}) {
        EXPECT_EQ(find_charset(label), Charset::Utf8) << label;
    }
    for (const char* label : {"", "utf-7", "UTF-16", "ISO-8859-1", "GB18030x"}) {
        EXPECT_EQ(find_charset(label), std::nullopt) << label;
    }
}

TEST(XmlEncoding, IsReadFromTheDeclarationOnly) {
    EXPECT_EQ(xml_encoding("<?xml version=\"1.0\" encoding=\"GB18030\"?><a/>"), "GB18030");
    EXPECT_EQ(xml_encoding("<?xml version='1.0' encoding='UTF-8' ?><a/>"), "UTF-8");
    EXPECT_EQ(xml_encoding("<?xml version=\"1.0\"?><a encoding=\"x\"/>"), "");
    EXPECT_EQ(xml_encoding("<a encoding=\"x\"/>"), "");
    EXPECT_EQ(xml_encoding("<?xml encoding=\"x"), "");
}

}  // namespace
}  // namespace luqiao::adapters
