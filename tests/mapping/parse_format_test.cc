#include "mapping/parse_format.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct ParsedFormat {
    std::optional<Format> format;
    Diagnostics findings;

    [[nodiscard]] std::string codes() const {
        std::string out;
        for (const Diagnostic& finding : findings.list()) {
            out += (out.empty() ? "" : " ") + finding.code;
        }
        return out;
    }
};

ParsedFormat parsed_format(const std::string& text) {
    const SourceFile source{"formats/p.m.format", "format p.m v1\n" + text};
    ParsedFormat out;
    Report report(source, out.findings);
    out.format = parse_format(source, report);
    return out;
}

TEST(FormatParser, ReadsJson) {
    const ParsedFormat got = parsed_format(R"(kind json
empty value
null absent
unknown ignore
limit 2048 bytes 8 deep
key bizNo
bizNo text ! bytes 32   # 流水号 | serial
n number
group a
  p text @ "passport-no"
  q bool @ x.y
  list l @ z.w max 3
    v int @ self
  end
end
"kind" text
)");
    EXPECT_EQ(got.codes(), "");
    const Format& format = *got.format;
    EXPECT_EQ(format.empty, Empty::Value);
    EXPECT_EQ(format.null, Empty::Absent);
    EXPECT_FALSE(format.refuse_unknown);
    EXPECT_EQ(format.size_max, 2048u);
    EXPECT_EQ(format.depth_max, 8u);
    EXPECT_EQ(format.key, "bizNo");
    const auto& fields = format.root_scope.fields;
    ASSERT_EQ(fields.size(), 5u);
    EXPECT_TRUE(fields[0].required);
    EXPECT_EQ(fields[0].bytes_max, 32u);
    EXPECT_EQ(fields[1].type, WireType::Number);
    EXPECT_EQ(fields[2].path, "a.p");
    EXPECT_THAT(fields[2].segments, ElementsAre("a", "passport-no"));
    EXPECT_THAT(fields[3].segments, ElementsAre("a", "x", "y"));
    EXPECT_EQ(fields[4].path, "kind");
    ASSERT_EQ(format.root_scope.lists.size(), 1u);
    const WireList& list = format.root_scope.lists[0];
    EXPECT_EQ(list.path, "a.l");
    EXPECT_THAT(list.segments, ElementsAre("a", "z", "w"));
    EXPECT_EQ(list.items_max, 3u);
    EXPECT_TRUE(list.scope.fields[0].is_self);
    EXPECT_THAT(list.scope.fields[0].segments, IsEmpty());
}

TEST(FormatParser, ReadsXml) {
    const ParsedFormat got = parsed_format(R"(kind xml
charset gb18030
root DATA
group SQR @ BODY
  YWX text !
end
list CL @ CLLB.CL max 50
  LX text @ attribute LX
  attribute text @ attribute
  ZY text @ self
end
)");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(got.format->charset, Charset::Gb18030);
    EXPECT_EQ(got.format->root, "DATA");
    EXPECT_THAT(got.format->root_scope.fields[0].segments, ElementsAre("BODY", "YWX"));
    EXPECT_EQ(got.format->root_scope.fields[0].path, "SQR.YWX");
    const WireList& list = got.format->root_scope.lists[0];
    EXPECT_THAT(list.segments, ElementsAre("CLLB", "CL"));
    EXPECT_TRUE(list.scope.fields[0].is_attribute);
    EXPECT_THAT(list.scope.fields[0].segments, ElementsAre("LX"));
    EXPECT_FALSE(list.scope.fields[1].is_attribute) << "an element may be named attribute";
    EXPECT_TRUE(list.scope.fields[2].is_self);
}

TEST(FormatParser, ReadsFixed) {
    const ParsedFormat got = parsed_format(
        "kind fixed\ncharset gbk\nrecord 20 crlf\nb text @ 8+12\ngroup g\n a text @ 0+8\nend\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(got.format->record_bytes, 20u);
    EXPECT_TRUE(got.format->crlf);
    EXPECT_EQ(got.format->root_scope.fields[0].offset, 8u);
    EXPECT_EQ(got.format->root_scope.fields[0].width, 12u);
    EXPECT_EQ(got.format->root_scope.fields[1].path, "g.a");
}

TEST(FormatParser, ReadsTable) {
    const ParsedFormat got = parsed_format(
        "kind table\ngroup ac01 @ AC01\n aac003 text bytes 50 @ AAC003\nend\n"
        "list acf1 @ ACF1 max 9\n aae140 text\nend\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_THAT(got.format->root_scope.fields[0].segments, ElementsAre("AC01", "AAC003"));
    EXPECT_THAT(got.format->root_scope.lists[0].segments, ElementsAre("ACF1"));
    EXPECT_THAT(got.format->root_scope.lists[0].scope.fields[0].segments, ElementsAre("aae140"));
}

TEST(FormatParser, ReadsThrift) {
    const ParsedFormat got = parsed_format(
        "kind thrift\nserial text ! @ 1\ngroup sqr @ 2\n nl i32 @ 4\nend\n"
        "list cl @ 3 max 5\n mc text @ self\nend\n");
    EXPECT_EQ(got.codes(), "");
    EXPECT_EQ(got.format->root_scope.fields[0].thrift_id, 1);
    EXPECT_EQ(got.format->root_scope.fields[1].thrift_id, 4);
    EXPECT_THAT(got.format->root_scope.fields[1].thrift_path, ElementsAre(2));
    EXPECT_EQ(got.format->root_scope.lists[0].thrift_id, 3);
    EXPECT_TRUE(got.format->root_scope.lists[0].scope.fields[0].is_self);
}

TEST(FormatParser, ReadsCsv) {
    const ParsedFormat numbered = parsed_format("kind csv\ndelimiter \"|\"\na text\nb text @ 5\n");
    EXPECT_EQ(numbered.codes(), "");
    EXPECT_EQ(numbered.format->delimiter, '|');
    EXPECT_EQ(numbered.format->root_scope.fields[0].offset, 0u);
    EXPECT_EQ(numbered.format->root_scope.fields[1].offset, 4u);
    const ParsedFormat titled =
        parsed_format("kind csv\nheader\ncrlf\nlist r max 9\nxm text @ \"姓名\"\nend\n");
    EXPECT_EQ(titled.codes(), "");
    EXPECT_TRUE(titled.format->has_header);
    EXPECT_TRUE(titled.format->crlf);
    EXPECT_THAT(titled.format->root_scope.lists[0].scope.fields[0].segments, ElementsAre("姓名"));
}

struct BadFormatRow {
    const char* name;
    const char* text;
    const char* codes;
};

class FormatErrors : public testing::TestWithParam<BadFormatRow> {};

TEST_P(FormatErrors, AreAllFoundInOneRun) {
    EXPECT_EQ(parsed_format(GetParam().text).codes(), GetParam().codes);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    FormatErrors,
    testing::Values(
        BadFormatRow{"NoKind", "a text\n", "M106"},
        BadFormatRow{"UnknownKind", "kind yaml\n", "M100"},
        BadFormatRow{"LimitTooLarge", "kind json\nlimit 999999999999 bytes\n", "M102"},
        BadFormatRow{"LimitHuge", "kind json\nlimit 99999999999999999999999 bytes\n", "M102"},
        BadFormatRow{"Delimiter", "kind csv\ndelimiter \"||\"\n", "M106"},
        BadFormatRow{"DelimiterInJson", "kind json\ndelimiter \"|\"\n", "M106"},
        BadFormatRow{"DottedName", "kind json\n\"a.b\" text\n", "M100"},
        BadFormatRow{"SelfOutside", "kind json\na text @ self\n", "M106"},
        BadFormatRow{"AttributeInJson", "kind json\na text @ attribute x\n", "M106"},
        BadFormatRow{"SamePlace", "kind json\na text @ x\nb text @ x\n", "M106"},
        BadFormatRow{"Overlap", "kind fixed\nrecord 9\na text @ 0+5\nb text @ 4+2\n", "M106"},
        BadFormatRow{"OverlapBehindAShortField",
                     "kind fixed\nrecord 20\na text @ 0+10\nb text @ 1+2\nc text @ 9+2\n",
                     "M106 M106"},
        BadFormatRow{"ZeroItems", "kind json\nlist l max 0\na text\nend\n", "M180"},
        BadFormatRow{"NoWidth", "kind fixed\nrecord 9\na text @ 5\n", "M106"},
        BadFormatRow{"ThriftIdTooLarge", "kind thrift\na text @ 40000\n", "M106"},
        BadFormatRow{"RecordsAndFields", "kind csv\na text\nlist l max 3\nb text\nend\n", "M106"},
        BadFormatRow{"ListWithoutMax", "kind json\nlist l\na text\nend\n", "M180"},
        BadFormatRow{"ListInList", "kind json\nlist l max 1\nlist m max 1\na text\nend\nend\n",
                     "M100"},
        BadFormatRow{"KeyUnknown", "kind json\nkey z\na text\n", "M101"},
        BadFormatRow{"Twice", "kind json\na text\na text @ b\n", "M104"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace luqiao::mapping
