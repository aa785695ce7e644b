#include "authoring/diff.h"

#include "tests/authoring/expected_output.h"
#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::authoring {
namespace {

using mapping::Files;

constexpr const char* kHead = "map p.m v1\nform f@1\nformat p.m@1\n";
constexpr const char* kDiffRows = R"(applicant.surname <-> xm : trim | upper
applicant.birth_date <-> csrq : date(yyyyMMdd) ; eg "19900102" = 1990-01-02
applicant.sex <-> xb : code(sex.gbt2261) ; unmapped flag
when action = issue
  applicant.name_zh -> qt.bz
end
each files <-> cl key sm3 ; max 5
  kind <-> lx : code(action.psb)
  sm3 <=> zy : hex(4)
end
check sent present or salary absent else "缺时间"
)";

Files files(const std::string& rows) {
    Files out = mapping::base_files();
    out["maps/p.m.map"] = kHead + rows;
    return out;
}

/// `text` with its one `from` replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

const std::vector<MapUse> kDiffUses{{"p.m", "p", "甲", "C3", "", false},
                                    {"p.m", "p", "甲", "C3", "", true}};

std::vector<DiffFinding> diff(const Files& before, const Files& after) {
    const mapping::Compiled old = mapping::compile(before);
    const mapping::Compiled now = mapping::compile(after);
    EXPECT_FALSE(old.findings.has_errors()) << old.rendered(false);
    EXPECT_FALSE(now.findings.has_errors()) << now.rendered(false);
    return diff_rules({*old.bundle, kDiffUses}, {*now.bundle, kDiffUses});
}

std::string shown(const std::vector<DiffFinding>& findings) {
    std::string out;
    for (const DiffFinding& one : findings) {
        out += fmt::format("{} {} {}\n", to_string(one.level), one.kind, one.target);
    }
    return out;
}

struct Change {
    const char* name;
    const char* file;
    const char* from;
    const char* to;
    const char* expected;
};
void PrintTo(const Change& one, std::ostream* out) {
    *out << one.name;
}

class Diff : public testing::TestWithParam<Change> {};

TEST_P(Diff, ClassesAChange) {
    const Change& one = GetParam();
    const Files before = files(kDiffRows);
    Files after = before;
    after[one.file] = with(after[one.file], one.from, one.to);
    EXPECT_EQ(shown(diff(before, after)), one.expected);
}

constexpr const char* kDiffMap = "maps/p.m.map";
constexpr const char* kForm = "forms/f.form";
constexpr const char* kFormat = "formats/p.m.format";
constexpr const char* kSex = "codes/sex.csv";

const Change kChanges[] = {
    {"nothing_but_white_space", kDiffMap, " : trim | upper", "   :   trim|upper", ""},
    {"a_row_is_gone", kDiffMap, "applicant.surname <-> xm : trim | upper\n", "",
     "BREAKING row.removed applicant.surname\n"},
    {"an_arrow_loses_a_direction", kDiffMap, "applicant.surname <->", "applicant.surname <-",
     "BREAKING row.arrow applicant.surname\n"},
    {"another_wire_field", kDiffMap, "<-> xm", "<-> id", "BREAKING row.wire applicant.surname\n"},
    {"another_chain", kDiffMap, "trim | upper", "trim", "REVIEW row.chain applicant.surname\n"},
    {"a_grade_drops", kDiffMap, "-> qt.bz", "-> qt.bz : mask ; lossy ok \"够了\"",
     "BREAKING row.grade applicant.name_zh\nREVIEW row.chain applicant.name_zh\n"},
    {"a_row_becomes_required", kDiffMap, "trim | upper", "trim | upper ; req",
     "BREAKING row.required applicant.surname\n"},
    {"a_lenient_act_becomes_reject", kDiffMap, "unmapped flag", "unmapped reject",
     "BREAKING row.unmapped applicant.sex\n"},
    {"a_default_is_new", kDiffMap, "unmapped flag", "unmapped flag ; default male",
     "REVIEW row.default applicant.sex\n"},
    {"a_limit_of_bytes_is_new", kDiffMap, "trim | upper", "trim | upper ; fit 20 gbk reject",
     "BREAKING row.fit applicant.surname\n"},
    {"another_condition", kDiffMap, "action = issue", "action = renew",
     "REVIEW row.when applicant.name_zh\n"},
    {"fewer_items", kDiffMap, "max 5", "max 4", "BREAKING each.max files\n"},
    {"a_check_is_gone", kDiffMap, "check sent present or salary absent else \"缺时间\"\n", "",
     "REVIEW check.removed sent present or salary absent\n"},
    {"a_party_learns_personal_data", kDiffMap, "when action",
     "applicant.document_no -> zj\nwhen action",
     "SAFE row.added applicant.document_no\nBREAKING flow.new p f:applicant.document_no\n"},
    {"a_field_is_removed", kForm, "married      bool\n", "", "BREAKING field.removed married\n"},
    {"an_optional_field_is_new", kForm, "married      bool\n", "married bool\nwed date\n",
     "SAFE field.added wed\n"},
    {"a_field_becomes_required", kForm, "text(40, latin)", "text(40, latin) !",
     "BREAKING field.required applicant.surname\n"},
    {"a_type_is_wider", kForm, "text(40, latin)", "text(60, latin)",
     "SAFE field.type applicant.surname\n"},
    {"a_type_is_narrower", kForm, "text(40, latin)", "text(40, ascii)",
     "BREAKING field.type applicant.surname\n"},
    {"a_class_is_lowered", kForm, "date      C2", "date      C1",
     "BREAKING field.class applicant.birth_date\n"},
    {"a_class_is_raised", kForm, "date      C2", "date      C3",
     "REVIEW field.class applicant.birth_date\n"},
    {"another_label", kForm, "# 姓 | surname", "# 护照姓 | surname",
     "SAFE field.label applicant.surname\n"},
    {"a_list_may_be_longer", kForm, "key sm3 max 5", "key sm3 max 7", "SAFE list.max files\n"},
    {"another_meaning_of_empty", kFormat, "kind json", "kind json\nempty cleared",
     "REVIEW format.empty \n"},
    {"a_column_is_narrower", kFormat, "xm        text bytes 120", "xm text bytes 50",
     "BREAKING wire.bytes xm\n"},
    {"a_column_is_wider", kFormat, "xm        text bytes 120", "xm text bytes 130",
     "REVIEW wire.bytes xm\n"},
    {"a_code_means_something_else", kSex, "male,1,M", "male,9,M",
     "BREAKING code.removed gbt2261 \"1\"\nBREAKING code.written gbt2261 male\n"},
    {"a_code_is_reassigned", kSex, "male,1,M,男,Male,,,\nfemale,2", "male,2,M,男,Male,,,\nfemale,1",
     "BREAKING code.reassigned gbt2261 \"1\"\nREVIEW code.written gbt2261 male\n"
     "BREAKING code.reassigned gbt2261 \"2\"\nREVIEW code.written gbt2261 female\n"},
    {"a_row_of_a_table_is_new", kSex, "unknown,0", "other,3,,其他,Other,,,\nunknown,0",
     "SAFE code.row_added other\n"},
    {"a_row_of_a_table_is_gone", kSex, "unknown,0,,未知,Unknown,,,\n", "",
     "BREAKING code.row_removed unknown\n"},
    {"a_validity_ends", kSex, "男,Male,,,", "男,Male,,2030-12-31,", "REVIEW code.validity male\n"},
};

INSTANTIATE_TEST_SUITE_P(All, Diff, testing::ValuesIn(kChanges), [](const auto& one) {
    return std::string(one.param.name);
});

std::vector<DiffFinding> run_samples(const std::string& from,
                                     const std::string& to,
                                     const std::vector<DiffSample>& samples) {
    const mapping::Compiled old = mapping::compile(files(kDiffRows));
    const mapping::Compiled now = mapping::compile(files(with(kDiffRows, from, to)));
    EXPECT_FALSE(now.findings.has_errors()) << now.rendered(false);
    return diff_samples({*old.bundle, kDiffUses}, {*now.bundle, kDiffUses}, samples);
}

const DiffSample kRead{"p.m", "one", R"({"xm":" Li ","xb":"1","csrq":"19900102"})"};

TEST(DiffSamples, TellWhichValueChanges) {
    const auto found = run_samples("trim | upper", "trim", {kRead});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].level, DiffClass::Breaking);
    EXPECT_EQ(found[0].kind, "sample.value");
    EXPECT_EQ(found[0].target, "applicant.surname");
    EXPECT_EQ(found[0].where, "p.m one");
    EXPECT_EQ(found[0].before + " " + found[0].after, "LI Li");
}

TEST(DiffSamples, MaskPersonalValues) {
    const auto found = run_samples("date(yyyyMMdd) ; eg \"19900102\" = 1990-01-02",
                                   "date(yyyyddMM)", {{"p.m", "day", R"({"csrq":"19900203"})"}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].target, "applicant.birth_date");
    EXPECT_THAT(found[0].after, testing::Not(testing::HasSubstr("1990")));
}

TEST(DiffSamples, TellWhatIsRefused) {
    EXPECT_EQ(shown(run_samples("trim | upper", "trim | upper ; req", {{"p.m", "none", "{}"}})),
              "BREAKING sample.refused \nREVIEW sample.issue E2003 applicant.surname\n");
    EXPECT_EQ(
        shown(run_samples("unmapped flag", "unmapped reject", {{"p.m", "seven", R"({"xb":"7"})"}})),
        "BREAKING sample.refused \n");
}

TEST(DiffSamples, TellWhatIsWrittenOtherwise) {
    const DiffSample written{"p.m", "two", R"({"action":"issue","applicant":{"name_zh":"李"}})",
                             true};
    EXPECT_EQ(shown(run_samples("action = issue", "action = renew", {written})),
              "BREAKING sample.lost qt.bz\n");
}

TEST(DiffSamples, LeaveOutWhatOneSideHasNoMapFor) {
    EXPECT_TRUE(run_samples("trim | upper", "trim", {{"p.other", "x", "{}"}}).empty());
}

TEST(DiffReport, ShowsTheGravestFirst) {
    Files after = files(with(kDiffRows, "trim | upper", "trim ; req"));
    after[kForm] = with(after[kForm], "# 姓 | surname", "# 护照姓 | surname");
    DiffReport report{"0123", "4567", 3, diff(files(kDiffRows), after)};
    sort(report);
    EXPECT_EQ(report.count(DiffClass::Breaking), 1u);
    expect_output("diff.txt", to_table(report));
    expect_output("diff.json", to_json(report) + "\n");
}

}  // namespace
}  // namespace luqiao::authoring
