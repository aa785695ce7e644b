#include "mapping/record.h"

#include "mapping/issue.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

Field text_field(std::string path) {
    Field field;
    field.path = std::move(path);
    return field;
}

std::shared_ptr<const Form> sample_form() {
    Form form;
    form.name = "f";
    for (const char* path : {"id", "sqr.xm", "dz.jd", "sqr.dz.sheng", "sqr.xb"}) {
        form.root.fields.push_back(text_field(path));
    }
    List files;
    files.path = "files";
    files.key = "sm3";
    files.items_max = 3;
    files.scope.fields = {text_field("sm3"), text_field("kind"), text_field("m.note")};
    List notes;
    notes.path = "sqr.notes";
    notes.items_max = 3;
    notes.scope.fields = {text_field("text")};
    form.root.lists = {files, notes};
    return std::make_shared<Form>(form);
}

Record parsed(const std::shared_ptr<const Form>& form, std::string_view json) {
    auto record = from_json(form, json);
    EXPECT_TRUE(record) << record.error().message;
    return *std::move(record);
}

TEST(Record, WritesNestedGroupsOnceEvenWhenTheFormReturnsToOne) {
    const auto form = sample_form();
    const std::string json =
        R"({"id":"1","sqr":{"xm":"O'Connor-Ñúñez","dz":{"sheng":"鲁"},"xb":null,"notes":[{"text":"n"}]},)"
        R"("dz":{"jd":"𠮷\n"},"files":[{"sm3":"ab","m":{"note":"x"}},{"sm3":"cd"}]})";
    EXPECT_EQ(to_json(parsed(form, json)), json);
    EXPECT_EQ(to_json(parsed(form, "{}")), "{}");
    const std::string list_only = R"({"sqr":{"notes":[{}]}})";
    EXPECT_EQ(to_json(parsed(form, list_only)), list_only);
}

TEST(Record, RefusesWhatItDidNotWrite) {
    const auto form = sample_form();
    const auto code = [&form](std::string_view json) { return from_json(form, json).error().code; };
    EXPECT_EQ(code(R"({"nope":"1"})"), Errc::UnknownField);
    EXPECT_EQ(from_json(form, R"({"sqr":{"nope":"1"}})").error().where.substr(0, 8), "sqr.nope");
    EXPECT_EQ(code(R"({"id":1})"), Errc::ParseFailed);
    EXPECT_EQ(code(R"({"id":"1","id":"2"})"), Errc::ParseFailed);
    EXPECT_EQ(code(R"({"id":"1"}x)"), Errc::ParseFailed);
    EXPECT_EQ(code(R"({"files":[{},{},{},{}]})"), Errc::LimitExceeded);
    EXPECT_EQ(code(R"({"files":{}})"), Errc::ParseFailed);
    EXPECT_EQ(code("{\"id\":\"\xFF\"}"), Errc::CharsetError);
    EXPECT_EQ(code(""), Errc::ParseFailed);
}

TEST(Record, SetsAndReadsByPath) {
    Record record(sample_form());
    {
        std::string text = "Łukasz";
        ASSERT_TRUE(record.set("sqr.xm", text));
        text.assign(text.size(), 'x');
    }
    EXPECT_EQ(record.text("sqr.xm"), "Łukasz");
    EXPECT_TRUE(record.has("sqr.xm"));
    EXPECT_FALSE(record.has("id"));
    EXPECT_EQ(record.text("nope"), "");
    EXPECT_EQ(record.set("nope", "1").error().code, Errc::UnknownField);
    record.reset();
    EXPECT_FALSE(record.has("sqr.xm"));
}

struct Merge {
    std::string name;
    std::string base;
    std::string patch;
    std::string result;
};

class MergeTest : public testing::TestWithParam<Merge> {};

TEST_P(MergeTest, LaysThePatchOnTheBase) {
    const auto form = sample_form();
    Record base = parsed(form, GetParam().base);
    {
        const Record patch = parsed(form, GetParam().patch);
        ASSERT_TRUE(merge(base, patch));
    }
    EXPECT_EQ(to_json(base), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    MergeTest,
    testing::ValuesIn(std::vector<Merge>{
        {"AbsentKeeps", R"({"id":"1"})", R"({"dz":{"jd":"x"}})", R"({"id":"1","dz":{"jd":"x"}})"},
        {"ClearedDeletes", R"({"id":"1"})", R"({"id":null})", "{}"},
        {"ValueReplaces", R"({"id":"1"})", R"({"id":"2"})", R"({"id":"2"})"},
        {"EmptyPatch", R"({"files":[{"sm3":"a"}]})", "{}", R"({"files":[{"sm3":"a"}]})"},
        {"ItemByKey", R"({"files":[{"sm3":"a","kind":"1"},{"sm3":"b"}]})",
         R"({"files":[{"sm3":"a","kind":"2"},{"sm3":"c"}]})",
         R"({"files":[{"sm3":"a","kind":"2"},{"sm3":"b"},{"sm3":"c"}]})"},
        {"ItemFieldCleared", R"({"files":[{"sm3":"a","kind":"1"}]})",
         R"({"files":[{"sm3":"a","kind":null}]})", R"({"files":[{"sm3":"a"}]})"},
        {"ListWithoutKeyIsReplaced", R"({"sqr":{"notes":[{"text":"1"},{"text":"2"}]}})",
         R"({"sqr":{"notes":[{"text":"3"}]}})", R"({"sqr":{"notes":[{"text":"3"}]}})"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Record, MergeRefusesTooManyItemsAndOtherForms) {
    const auto form = sample_form();
    Record base = parsed(form, R"({"files":[{"sm3":"a"},{"sm3":"b"},{"sm3":"c"}]})");
    EXPECT_EQ(merge(base, parsed(form, R"({"files":[{"sm3":"d"}]})")).error().code,
              Errc::LimitExceeded);
    auto other = std::make_shared<Form>();
    other->name = "g";
    EXPECT_EQ(merge(base, Record(other)).error().code, Errc::InvalidArgument);
}

TEST(Record, CopiesTheFieldsThatBothFormsHave) {
    auto other = std::make_shared<Form>();
    other->name = "g";
    other->root.fields = {text_field("x"), text_field("sqr.xm"), text_field("id")};
    Record into(other);
    ASSERT_TRUE(into.set("id", "keep"));
    copy_common(into, parsed(sample_form(), R"({"sqr":{"xm":"中","xb":"1"}})"));
    EXPECT_EQ(to_json(into), R"({"sqr":{"xm":"中"},"id":"keep"})");
}

TEST(Arena, KeepsTextApartAndItsBlocksAfterReset) {
    Arena arena;
    const std::string_view small = arena.copy("abc");
    const std::string_view large = arena.copy(std::string(100'000, 'x'));
    EXPECT_EQ(small, "abc");
    EXPECT_EQ(large.size(), 100'000u);
    arena.reset();
    EXPECT_EQ(arena.copy("def").data(), small.data());
}

TEST(Issue, MasksPersonalValuesAndCutsLongOnes) {
    const auto got = [](Privacy privacy, std::string_view text) {
        IssueParts parts;
        parts.privacy = privacy;
        parts.got = text;
        return make_issue(parts).got_masked;
    };
    EXPECT_EQ(got(Privacy::C1, "19900230"), "19900230");
    EXPECT_EQ(got(Privacy::C2, "19900230"), "1*******");
    EXPECT_EQ(got(Privacy::C3, "张三"), "**");
    EXPECT_EQ(got(Privacy::C0, std::string(100, 'x')).size(), 64u);
    EXPECT_EQ(got(Privacy::C0, "\xFF"), "");
}

TEST(Issue, IsOneJsonObject) {
    const Position rule{"sti.apply.map", 12, 3, 1};
    IssueParts parts;
    parts.code = Errc::BadValue;
    parts.pointer = "/sqr/csrq";
    parts.field = "applicant.birth_date";
    parts.rule = &rule;
    parts.label = {"出生日期", "date of birth"};
    parts.wire_name = "csrq";
    parts.expected = "yyyyMMdd";
    parts.got = "19900230";
    parts.privacy = Privacy::C2;
    EXPECT_EQ(to_json(make_issue(parts)),
              R"({"code":"E2004","pointer":"/sqr/csrq","field":"applicant.birth_date",)"
              R"("rule":"sti.apply.map:12:3","expected":"yyyyMMdd","got_masked":"1*******",)"
              R"("severity":"error","message":{"zh":"出生日期(csrq) 应为 yyyyMMdd",)"
              R"("en":"date of birth(csrq) should be yyyyMMdd"}})");
}

}  // namespace
}  // namespace luqiao::mapping
