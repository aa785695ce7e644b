#include "mapping/functions.h"

#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

const std::string kFunctionsForm = R"(form f v1
sent       datetime
id         cn_id
surname    text(40, latin) C2
given      text(40, latin) C2
nickname   text(20)
birth_date date C2
sex        code(sex)
pay        decimal(10,2)
married    bool
list files key name max 4
  name     text(20)
  note     text(20)
end
)";
const std::string kFunctionsFormat = R"(format p.m v1
kind json
xm text
bz text
zn text
list cl max 4
  mc text
  bz text
end
)";

/// What `call` gives: its text, "!absent" or "!E2004".
std::string value_of(const std::string& call, const std::string& record = "{}") {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet day = 2025-10-09\nasof day\nlet x = " + call + "\nx -> xm\n");
    const Encoded out = map.encode(record);
    if (out.issues.rejected()) {
        return "!" + std::string(info(out.issues.list[0].code).id);
    }
    constexpr std::string_view kHead = R"({"xm":")";
    if (!out.bytes.starts_with(kHead)) return "!absent";
    return out.bytes.substr(kHead.size(), out.bytes.size() - kHead.size() - 2);
}

TEST(Functions, GiveWhatTheirExamplesSay) {
    for (const Function* function : functions()) {
        EXPECT_FALSE(function->examples.empty()) << function->name;
        EXPECT_FALSE(function->summary.zh.empty() || function->summary.en.empty());
        for (const FunctionExample& example : function->examples) {
            EXPECT_EQ(value_of(std::string(example.call)), example.gives) << example.call;
        }
    }
}

TEST(Functions, AreSortedAndFoundByName) {
    const auto list = functions();
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), [](const Function* a, const Function* b) {
        return a->name < b->name;
    }));
    for (const Function* function : list) EXPECT_EQ(find_function(function->name), function);
    EXPECT_EQ(find_function("eval"), nullptr);
}

struct Value {
    std::string name;
    std::string call;
    std::string record;
    std::string gives;
};

class LetValue : public testing::TestWithParam<Value> {};

TEST_P(LetValue, IsComputedFromTheRecord) {
    EXPECT_EQ(value_of(GetParam().call, GetParam().record), GetParam().gives);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    LetValue,
    testing::ValuesIn(std::vector<Value>{
        {"JoinOfBoth", R"(join(" ", given, surname))", R"({"surname":"Li","given":"Na"})", "Na Li"},
        {"JoinWithoutAnAbsentOne", R"(join(" ", given, surname))", R"({"surname":"Li"})", "Li"},
        {"JoinOfNothing", R"(join(" ", given, surname))", "{}", "!absent"},
        {"JoinOfCleared", R"(join(" ", given, surname))", R"({"surname":null})", "!absent"},
        {"FirstThatIsThere", "first(nickname, given, surname)", R"({"surname":"Li"})", "Li"},
        {"AbsentArgument", "upper(surname)", "{}", "!absent"},
        {"YearsUpToAsof", "years(birth_date)", R"({"birth_date":"1990-10-10"})", "34"},
        {"YearsUpToADatetime", "years(birth_date, sent)",
         R"({"birth_date":"1990-10-10","sent":"2025-10-10T08:00:00+08:00"})", "35"},
        {"YearsBackwards", "years(birth_date)", R"({"birth_date":"2025-10-10"})", "!E2004"},
        {"IfThen", R"(if(sex = male, "先生", "女士"))", R"({"sex":"male"})", "先生"},
        {"IfElseWhenAbsent", R"(if(sex = male, "先生", "女士"))", "{}", "女士"},
        {"IfTakesNothingForGranted", R"(if(married = true, surname, given))",
         R"({"surname":"Li","married":"true"})", "Li"},
        {"IfDoesNotLookAtTheOtherOne", R"(if(pay > 10, 1, years(birth_date)))",
         R"({"pay":"11.00","birth_date":"2025-10-10"})", "1"},
        {"Nested", R"(upper(join("-", last(surname, 2), nickname)))",
         R"({"surname":"Miller","nickname":"x"})", "****ER-X"},
        {"SexOfACitizen", "from_cnid(id, sex)", R"({"id":"11010519491231002X"})", "female"},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Let, MayNameTheOnesAboveIt) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet full = join(\" \", surname, given)\nlet loud = upper(full)\n"
                  "full -> xm\nloud -> bz\n");
    EXPECT_EQ(map.encode(R"({"surname":"Li","given":"Na"})").bytes,
              R"({"xm":"Li Na","bz":"LI NA"})");
}

TEST(Let, StandsInConditionsAndChecksOnBothSides) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet full = join(\" \", surname, given)\nlet age = years(birth_date, "
                  "sent)\nsurname <- xm\ngiven <- bz\n"
                  "when full = \"Li Na\"\n  nickname <- const(\"娜娜\")\nend\n"
                  "check full = join(\" \", surname, \"Na\") else \"全名\" at given\n"
                  "check not age < 18 else \"未满 18 周岁 | under age\"\n");
    const Decoded good = map.decode(R"({"xm":"Li","bz":"Na"})");
    EXPECT_EQ(shown(good.issues), "");
    EXPECT_EQ(good.record.text("nickname"), "娜娜");
    const Decoded other = map.decode(R"({"xm":"Li","bz":"Xu"})");
    EXPECT_EQ(shown(other.issues), "E2006 error /bz given");
    EXPECT_FALSE(other.record.has("nickname"));
}

TEST(Let, MakesAFieldRequired) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet full = join(\" \", surname, given)\nsurname <-> xm\n"
                  "given <-> bz\nnickname <-> zn ; req when full = \"Li Na\"\n");
    EXPECT_EQ(shown(map.decode(R"({"xm":"Li","bz":"Na"})").issues), "E2003 error /zn nickname");
    EXPECT_EQ(shown(map.decode(R"({"xm":"Li"})").issues), "");
    EXPECT_EQ(shown(map.encode(R"({"surname":"Li","given":"Na"})").issues),
              "E2003 error /zn nickname");
}

TEST(Let, TakesTheFieldsOfTheItemWhereItIsUsed) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet text = first(note, surname)\n"
                  "each files -> cl\n  name -> mc\n  text -> bz\nend\n");
    EXPECT_EQ(
        map.encode(R"({"surname":"Li","files":[{"name":"a","note":"x"},{"name":"b"}]})").bytes,
        R"({"cl":[{"mc":"a","bz":"x"},{"mc":"b","bz":"Li"}]})");
}

TEST(Let, OfAFieldIsTheFieldInBothDirections) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet family = surname\nfamily <-> xm : trim\n");
    EXPECT_EQ(map.decode(R"({"xm":" Li "})").record.text("surname"), "Li");
    EXPECT_EQ(map.encode(R"({"surname":"Li"})").bytes, R"({"xm":"Li"})");
}

TEST(Let, ThatCannotBeComputedIsNeverSentSilently) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nlet age = years(birth_date, sent)\nage -> xm ; bad flag\nage -> bz\n");
    const Encoded out =
        map.encode(R"({"birth_date":"2026-01-01","sent":"2025-10-10T08:00:00+08:00"})");
    EXPECT_EQ(shown(out.issues), "E2004 warning /xm age; E2004 error /bz age");
    EXPECT_EQ(out.issues.list[0].got_masked.find("2026"), std::string::npos);
}

TEST(Check, OnAValueThatCannotBeComputedFails) {
    const Map map(kFunctionsForm, kFunctionsFormat,
                  "partial\nbirth_date <- xm\nsent <- bz\n"
                  "check years(birth_date, sent) >= 0 else \"x\" at birth_date\n");
    EXPECT_EQ(shown(map.decode(R"({"xm":"2026-01-01","bz":"2025-10-10T08:00:00+08:00"})").issues),
              "E2006 error /xm birth_date");
    EXPECT_EQ(shown(map.decode(R"({"xm":"2026-13-01","bz":"2025-10-10T08:00:00+08:00"})").issues),
              "E2004 error /xm birth_date")
        << "of a bad field the reader was told already";
}

TEST(AsOf, MayBeAFixedDay) {
    const Map map("form f v1\nland code(country)\n", "format p.m v1\nkind json\ngj text\n",
                  "let day = 1990-01-01\nasof day\nland <-> gj : code(country.alpha2)\n");
    EXPECT_EQ(map.decode(R"({"gj":"CS"})").record.text("land"), "CSK");
    EXPECT_EQ(map.encode(R"({"land":"CSK"})").bytes, R"({"gj":"CS"})");
}

}  // namespace
}  // namespace luqiao::mapping
