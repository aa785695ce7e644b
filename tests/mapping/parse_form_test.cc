#include "mapping/parse_form.h"

#include "mapping/parse_type.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::mapping {
namespace {

struct ParsedForm {
    std::optional<FormSyntax> syntax;
    Diagnostics findings;

    [[nodiscard]] std::string codes() const {
        std::string out;
        for (const Diagnostic& finding : findings.list()) {
            out += (out.empty() ? "" : " ") + finding.code;
        }
        return out;
    }
};

ParsedForm parsed_form(const std::string& text) {
    const SourceFile source{"forms/f.form", text};
    ParsedForm out;
    Report report(source, out.findings);
    out.syntax = parse_form(source, report);
    return out;
}

TEST(FormParser, ReadsGroupsListsAndChecks) {
    const ParsedForm got = parsed_form(R"(form f v2   # 表 | form
group case                # 办件 | case
  number text(32, ascii) ! C0   # 办件编号 | case number
  list items key code max 9     # 事项 | items
    code code(item) !
    group more
      note text(5) ?
    end
  end
end
phone phone
check case.number present else "缺编号 | no number" at case.number ; not eligible
)");
    EXPECT_EQ(got.codes(), "");
    ASSERT_TRUE(got.syntax);
    const Form& form = got.syntax->form;
    EXPECT_EQ(form.version, 2);
    EXPECT_EQ(form.label, (Text{"表", "form"}));
    ASSERT_EQ(form.root.fields.size(), 2u);
    EXPECT_EQ(form.find("case.number"), 0u);
    EXPECT_TRUE(form.root.fields[0].required);
    EXPECT_EQ(form.root.fields[0].privacy, Privacy::C0);
    EXPECT_EQ(form.root.fields[0].label.en, "case number");
    EXPECT_EQ(form.root.fields[0].at.line, 3);
    EXPECT_EQ(form.root.fields[1].privacy, Privacy::C2) << "a phone is personal unless said";
    EXPECT_EQ(form.find("phone"), 1u);
    EXPECT_EQ(form.find("items"), std::nullopt);
    ASSERT_EQ(form.find_list("case.items"), 0u);
    const List& list = form.root.lists[0];
    EXPECT_EQ(list.key, "code");
    EXPECT_EQ(list.items_max, 9u);
    EXPECT_EQ(find_field(list.scope, "more.note"), 1u);
    ASSERT_EQ(got.syntax->checks.size(), 1u);
    EXPECT_TRUE(got.syntax->checks[0].eligibility);
    EXPECT_EQ(got.syntax->checks[0].message.en, "no number");
}

struct TypeRow {
    const char* name;
    const char* written;
    const char* normal;
};

class FormTypes : public testing::TestWithParam<TypeRow> {};

TEST_P(FormTypes, AreReadAndWrittenAlike) {
    const ParsedForm got = parsed_form(std::string("form f v1\na ") + GetParam().written + "\n");
    EXPECT_EQ(got.codes(), "");
    ASSERT_TRUE(got.syntax);
    ASSERT_EQ(got.syntax->form.root.fields.size(), 1u);
    EXPECT_EQ(to_string(got.syntax->form.root.fields[0].type), GetParam().normal);
}

INSTANTIATE_TEST_SUITE_P(Rows,
                         FormTypes,
                         testing::Values(TypeRow{"Text", "text(40)", "text(40)"},
                                         TypeRow{"TextLatin", "text(40,latin)", "text(40, latin)"},
                                         TypeRow{"TextAll", "text(9, gb18030)", "text(9)"},
                                         TypeRow{"Code", "code(sex)", "code(sex)"},
                                         TypeRow{"Int", "int", "int"},
                                         TypeRow{"IntRange", "int(-5..100)", "int(-5..100)"},
                                         TypeRow{"Decimal", "decimal(10, 2)", "decimal(10,2)"},
                                         TypeRow{"Money", "money(CNY)", "money(CNY)"},
                                         TypeRow{"Hex", "hex(32)", "hex(32)"},
                                         TypeRow{"Bool", "bool", "bool"},
                                         TypeRow{"Date", "date", "date"},
                                         TypeRow{"DateTime", "datetime", "datetime"},
                                         TypeRow{"CnId", "cn_id", "cn_id"},
                                         TypeRow{"Uscc", "uscc", "uscc"},
                                         TypeRow{"Frid", "frid", "frid"},
                                         TypeRow{"Blob", "blob", "blob"}),
                         [](const auto& row) { return row.param.name; });

struct BadFormRow {
    const char* name;
    const char* text;
    const char* codes;
};

class FormErrors : public testing::TestWithParam<BadFormRow> {};

TEST_P(FormErrors, AreAllFoundInOneRun) {
    EXPECT_EQ(parsed_form(GetParam().text).codes(), GetParam().codes);
}

INSTANTIATE_TEST_SUITE_P(
    Rows,
    FormErrors,
    testing::Values(
        BadFormRow{"Empty", "", "M100"},
        BadFormRow{"OnlyRemarks", "# x\n", "M100"},
        BadFormRow{"OtherFile", "map f v1\n", "M100"},
        BadFormRow{"Version", "form f v0\n", "M100"},
        BadFormRow{"TwoBadLines", "form f v1\na text\nb datee\nc date\n", "M100 M100"},
        BadFormRow{"BoundsCrossed", "form f v1\na int(5..1)\n", "M100"},
        BadFormRow{"ScaleOverPrecision", "form f v1\na decimal(2,3)\n", "M102"},
        BadFormRow{"NoDigits", "form f v1\na decimal(0,0)\n", "M100"},
        BadFormRow{"OtherCurrency", "form f v1\na money(USD)\n", "M100"},
        BadFormRow{"TextTooLong", "form f v1\na text(99999999)\n", "M102"},
        BadFormRow{"ListInList", "form f v1\nlist a max 1\nlist b max 1\nx bool\nend\nend\n",
                   "M100"},
        BadFormRow{"CheckInGroup", "form f v1\ngroup a\ncheck x present else \"m\"\nend\n", "M100"},
        BadFormRow{"KeyUnknown", "form f v1\nlist a key x max 1\ny bool\nend\n", "M101"},
        BadFormRow{"Twice", "form f v1\na bool\ngroup a\nend\n", "M104"},
        BadFormRow{"NotClosed", "form f v1\ngroup a\nx bool\n", "M100"}),
    [](const auto& row) { return row.param.name; });

TEST(FormParser, RefusesMoreFieldsThanTheLimit) {
    std::string text = "form f v1\n";
    for (std::size_t i = 0; i < kFieldsMax; ++i) text += "a" + std::to_string(i) + " bool\n";
    EXPECT_EQ(parsed_form(text).codes(), "");
    EXPECT_EQ(parsed_form(text + "x bool\ny bool\n").codes(), "M102");
}

TEST(FormParser, RefusesDeepNesting) {
    std::string text = "form f v1\n";
    for (std::size_t i = 1; i < kDepthMax; ++i) text += "group a\n";
    std::string ends;
    for (std::size_t i = 1; i < kDepthMax; ++i) ends += "end\n";
    EXPECT_EQ(parsed_form(text + "x bool\n" + ends).codes(), "");
    EXPECT_EQ(parsed_form(text + "group a\nx bool\nend\n" + ends).codes(), "M102");
}

}  // namespace
}  // namespace luqiao::mapping
