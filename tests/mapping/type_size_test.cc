#include "mapping/type_size.h"

#include "mapping/code_table.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

Type text(std::int64_t size, Repertoire repertoire) {
    Type out;
    out.size_max = size;
    out.repertoire = repertoire;
    return out;
}

Type kind(TypeKind of) {
    Type out;
    out.kind = of;
    return out;
}

struct Size {
    std::string name;
    Type type;
    Charset charset;
    std::optional<std::size_t> bytes;
};

class SizeOfType : public testing::TestWithParam<Size> {};

TEST_P(SizeOfType, IsCountedInTheCharset) {
    EXPECT_EQ(size_bytes_max(GetParam().type, GetParam().charset), GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    SizeOfType,
    testing::ValuesIn(std::vector<Size>{
        {"AsciiInUtf8", text(10, Repertoire::Ascii), Charset::Utf8, 10},
        {"AnyInUtf8", text(10, Repertoire::Any), Charset::Utf8, 40},
        {"AnyInGb18030", text(10, Repertoire::Any), Charset::Gb18030, 40},
        {"Gbk", text(10, Repertoire::Gbk), Charset::Gbk, 20},
        {"Gb2312InUtf8", text(10, Repertoire::Gb2312), Charset::Utf8, 30},
        {"AnyInGbk", text(10, Repertoire::Any), Charset::Gbk, std::nullopt},
        {"LatinInGb18030", text(10, Repertoire::Latin), Charset::Gb18030, 40},
        {"LatinInGbk", text(10, Repertoire::Latin), Charset::Gbk, std::nullopt},
        {"TextWithoutALimit", text(0, Repertoire::Ascii), Charset::Utf8, std::nullopt},
        {"Date", kind(TypeKind::Date), Charset::Gbk, 10},
        {"CodeWithoutItsTable", kind(TypeKind::Code), Charset::Utf8, std::nullopt},
    }),
    [](const auto& test) { return test.param.name; });

TEST(DomainSize, CountsWhatCanBeCounted) {
    EXPECT_EQ(domain_size(kind(TypeKind::Bool)), 2u);
    EXPECT_EQ(domain_size(kind(TypeKind::Date)), 3'652'059u);
    EXPECT_EQ(domain_size(kind(TypeKind::Month)), 119'988u);
    Type number = kind(TypeKind::Int);
    EXPECT_EQ(domain_size(number), std::nullopt);
    number.low = -5;
    number.high = 12;
    EXPECT_EQ(domain_size(number), 18u);
    Type money = kind(TypeKind::Decimal);
    money.precision = 3;
    EXPECT_EQ(domain_size(money), 1999u);
    money.precision = 30;
    EXPECT_EQ(domain_size(money), std::nullopt);
    EXPECT_EQ(domain_size(text(2, Repertoire::Digit)), 111u);
    EXPECT_EQ(domain_size(text(2, Repertoire::Ascii)), std::nullopt);
    Type hex = kind(TypeKind::Hex);
    hex.size_max = 1;
    EXPECT_EQ(domain_size(hex), 256u);
    hex.size_max = 32;
    EXPECT_EQ(domain_size(hex), std::nullopt);
}

TEST(DomainSize, OfACodeIsThatOfItsTable) {
    Diagnostics findings;
    const auto table = CodeTable::parse(
        "sex", "sex,label_zh,label_en\nmale,男,Male\nfemale,女,Female\n", "", findings);
    ASSERT_TRUE(table);
    EXPECT_EQ(domain_size(kind(TypeKind::Code), &*table), 2u);
    EXPECT_EQ(size_bytes_max(kind(TypeKind::Code), Charset::Utf8, &*table), 6u);
}

}  // namespace
}  // namespace luqiao::mapping
