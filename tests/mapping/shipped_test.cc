// The shipped scenario: every file of conf/ compiles without a finding, every sample is read, and
// what a department is sent means, read back by its own rows, what the applicant wrote.
#include "tests/mapping/shipped.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Shipped, CompilesWithoutErrorOrWarning) {
    for (const Diagnostic& finding : shipped().findings.list()) {
        EXPECT_EQ(finding.severity, Severity::Note) << render(finding);
    }
    EXPECT_EQ(shipped().bundle->programs().size(), 41u);
}

// ---- the channels
// ----------------------------------------------------------------------------------

class Channel : public testing::TestWithParam<const char*> {};

TEST_P(Channel, SampleIsReadWithoutAnIssueAndWrittenBackWithTheSameMeaning) {
    const Program& map = program(std::string(GetParam()) + ".apply");
    const Decoded first = decode(map, sample(map.name + ".json"));
    EXPECT_TRUE(first.issues.list.empty()) << describe(first.issues);
    EXPECT_FALSE(first.natural_key.empty());

    const Encoded written = encode(map, first.record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    const Decoded second = decode(map, written.bytes);
    EXPECT_TRUE(second.issues.list.empty()) << describe(second.issues);
    EXPECT_EQ(to_json(second.record), to_json(first.record));
}

TEST_P(Channel, SupplementKeepsWhatItDoesNotSayAndChangesWhatItSays) {
    const Program& map = program(std::string(GetParam()) + ".supplement");
    Record supplement(map.form);
    set(supplement, {{"message.id", "BZ-1"},
                     {"message.sent_at", "2025-10-15T09:00:00+08:00"},
                     {"case.number", "FW20251009SAMPLE00"},
                     {"item.serial", "FW20251009SAMPLE00-01"},
                     {"applicant.document_no", "PZ9999999"},
                     {"applicant.document_expires", "2035-01-31"}});
    const Encoded written = encode(map, supplement);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    const Decoded read = decode(map, written.bytes);
    EXPECT_TRUE(read.issues.list.empty()) << describe(read.issues);
    EXPECT_EQ(values(read.record), values(supplement));
    EXPECT_EQ(read.natural_key, "BZ-1");

    Record merged = portal_application();
    ASSERT_TRUE(merge(merged, read.record));
    EXPECT_EQ(merged.text("applicant.document_no"), "PZ9999999");
    EXPECT_EQ(merged.text("applicant.surname"), "O'Connor-Ñúñez");
    EXPECT_EQ(merged.text("case.channel_number"), "YJS-20251009-000001");
    EXPECT_EQ(items(merged, "attachments").size(), 6u);
}

TEST_P(Channel, ProgressIsReadBackAsItWasWritten) {
    const Program& map = program(std::string(GetParam()) + ".progress");
    Record progress(map.form);
    set(progress, {{"message.id", "m-1"},
                   {"message.sent_at", "2025-10-20T16:00:02+08:00"},
                   {"case.number", "FW20251009SAMPLE00"},
                   {"case.channel", "window"},
                   {"case.projid", "370200-2025-0000001"},
                   {"case.accepted_at", "2025-10-09T10:15:03+08:00"},
                   {"case.submitted_at", "2025-10-09T10:15:00+08:00"}});
    Record accepted(map.form);
    ASSERT_TRUE(merge(accepted, progress));
    set(accepted, {{"case.event", "accepted"}});
    set(progress, {{"item.code", "residence_issue"},
                   {"item.serial", "FW20251009SAMPLE00-04"},
                   {"item.state", "granted"},
                   {"item.occurred_at", "2025-10-20T16:00:00+08:00"},
                   {"item.sequence", "7"},
                   {"reason.code", "prerequisite_refused"},
                   {"reason.text", "示例"},
                   {"fee.amount", "800.00"},
                   {"handover.mode", "mail"},
                   {"reason.remedy", "可在60日内申请行政复议"},
                   {"fee.standard", "1年（含）至3年：800元"},
                   {"handover.tracking_no", "SF0000000001"},
                   {"handover.delivered_at", "2025-10-27T10:00:00+08:00"},
                   {"decision.number", "青公境许〔2025〕1号"},
                   {"decision.document_name", "外国人居留许可"},
                   {"decision.issuer", "91350100M000100Y43"},
                   {"decision.file", "file-1"},
                   {"decision.file_sm3", std::string(64, 'a')},
                   {"permit.number", "37020000000001"},
                   {"permit.kind", "electronic"},
                   {"permit.status", "valid"},
                   {"permit.valid_to", "2027-10-31"},
                   {"residence_permit.number", "RP0000001"},
                   {"residence_permit.valid_from", "2025-11-03"},
                   {"residence_permit.issued_at", "青岛"},
                   {"residence_permit.purpose", "工作"},
                   {"title.level", "senior"},
                   {"title.reviewed_on", "2025-12-08"}});
    for (const Record* told : {&accepted, &progress}) {
        const Encoded written = encode(map, *told);
        ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
        const Decoded read = decode(map, written.bytes);
        EXPECT_TRUE(read.issues.list.empty()) << describe(read.issues);
        EXPECT_EQ(values(read.record), values(*told));
    }
}

TEST_P(Channel, KnowsAWordForEveryStateAndEveryItem) {
    for (const char* table :
         {"item", "item_status", "case_event", "material_mode", "delivery_mode"}) {
        const CodeTable* codes = shipped().bundle->table(table);
        ASSERT_NE(codes, nullptr) << table;
        const auto system = codes->system(GetParam());
        ASSERT_TRUE(system) << table;
        for (const CodeTable::Row& row : codes->rows()) {
            EXPECT_FALSE(row.codes[*system].empty()) << table << " " << row.codes[0];
            EXPECT_FALSE(row.label.zh.empty()) << table << " " << row.codes[0];
            EXPECT_FALSE(row.label.en.empty()) << table << " " << row.codes[0];
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Shipped,
                         Channel,
                         testing::Values("portal", "mobile", "window"),
                         [](const auto& one) { return std::string(one.param); });

TEST(Sample, OfThePortalHoldsWhatTheApplicantWrote) {
    const Record application = portal_application();
    EXPECT_EQ(application.text("applicant.surname"), "O'Connor-Ñúñez");
    EXPECT_EQ(application.text("applicant.document_no"), "PZ1234567");
    EXPECT_EQ(application.text("applicant.phone"), "+8613900001234");
    EXPECT_EQ(application.text("emergency.phone"), "+353870000000");
    EXPECT_EQ(application.text("case.submitted_at"), "2025-10-09T10:15:00+08:00");
    EXPECT_EQ(application.text("case.channel"), "portal");
    EXPECT_EQ(items(application, "case.items").size(), 5u);
    EXPECT_EQ(items(application, "experience").size(), 2u);
}

TEST(Sample, OfTheMobileHallKeepsACharacterBeyondTheBasicPlane) {
    const Decoded read = decode(program("mobile.apply"), sample("mobile.apply.json"));
    EXPECT_EQ(read.record.text("applicant.surname"), "𠮷野");
    EXPECT_EQ(read.record.text("applicant.birth_date"), "1992-02-29");
    EXPECT_EQ(read.record.text("job.salary"), "450000.50");
    EXPECT_EQ(read.record.text("applicant.nationality"), "JPN");
}

TEST(Sample, OfTheWindowSpeaksChinese) {
    const Decoded read = decode(program("window.apply"), sample("window.apply.json"));
    EXPECT_EQ(read.record.text("case.channel"), "assisted");
    EXPECT_EQ(read.record.text("applicant.nationality"), "DEU");
    EXPECT_EQ(read.record.text("applicant.birth_country"), "NLD");
    EXPECT_EQ(read.record.text("employer.region"), "370211");
    EXPECT_EQ(read.record.text("permit.number"), "37020000000003");
}

// ---- 第十二条 一次告知
// -------------------------------------------------------------------------------

/// The sample with the text of each pair replaced, as the portal would send it.
Decoded changed(const std::vector<std::pair<std::string, std::string>>& changes) {
    std::string bytes = sample("portal.apply.json");
    for (const auto& [from, to] : changes) {
        const std::size_t at = bytes.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        if (at != std::string::npos) bytes.replace(at, from.size(), to);
    }
    return decode(program("portal.apply"), bytes);
}

struct Refusal {
    const char* name;
    std::pair<std::string, std::string> change;
    Errc code;
    const char* field;
    const char* says;
};

class Eligibility : public testing::TestWithParam<Refusal> {};

TEST_P(Eligibility, IsJudgedWithAReason) {
    const Refusal& refusal = GetParam();
    const Decoded read = changed({refusal.change});
    ASSERT_EQ(read.issues.list.size(), 1u) << describe(read.issues);
    EXPECT_EQ(read.issues.list[0].code, refusal.code);
    EXPECT_EQ(read.issues.list[0].field, refusal.field);
    EXPECT_THAT(read.issues.list[0].message.zh, HasSubstr(refusal.says));
    EXPECT_TRUE(read.issues.rejected());
}

const std::pair<std::string, std::string> kNationality(R"("gj": "IRL", "hyzk")",
                                                       R"("gj": "XYZ", "hyzk")");

std::pair<std::string, std::string> nationality(const std::string& code) {
    return {kNationality.first, R"("gj": ")" + code + R"(", "hyzk")"};
}

INSTANTIATE_TEST_SUITE_P(
    Shipped,
    Eligibility,
    testing::Values(
        Refusal{"ChineseNational", nationality("CHN"), Errc::NotEligible, "applicant.nationality",
                "第四条"},
        Refusal{"HongKong", nationality("HKG"), Errc::NotEligible, "applicant.nationality",
                "第四条"},
        Refusal{"Macao", nationality("MAC"), Errc::NotEligible, "applicant.nationality", "第四条"},
        Refusal{"Taiwan", nationality("TWN"), Errc::NotEligible, "applicant.nationality", "第四条"},
        Refusal{"UnknownNationality", kNationality, Errc::UnmappedCode, "applicant.nationality",
                ""},
        Refusal{"NoNationality",
                {R"("gj": "IRL", "hyzk")", R"("hyzk")"},
                Errc::MissingRequired,
                "applicant.nationality",
                ""},
        Refusal{"EmployerInYantai",
                {R"("xzqh": "370202", "fddbr")", R"("xzqh": "370600", "fddbr")"},
                Errc::NotEligible,
                "employer.region",
                "青岛"},
        Refusal{"EmployerInAFormerDistrict",
                {R"("xzqh": "370202", "fddbr")", R"("xzqh": "370205", "fddbr")"},
                Errc::ExpiredCode,
                "employer.region",
                ""},
        Refusal{"ExpiredDocument",
                {R"("yxqz": "2031-05-31")", R"("yxqz": "2025-10-01")"},
                Errc::RuleViolated,
                "applicant.document_expires",
                "过期"},
        Refusal{"BornAfterTheApplication",
                {R"("csrq": "1985-03-20")", R"("csrq": "2026-03-20")"},
                Errc::RuleViolated,
                "applicant.birth_date",
                "出生日期"},
        Refusal{"ContractEndsBeforeItBegins",
                {R"("htzz": "2027-10-31")", R"("htzz": "2025-10-31")"},
                Errc::RuleViolated,
                "job.contract_to",
                "合同"},
        Refusal{"NoConsent",
                {R"("gx": "1", "qmsj")", R"("gx": "0", "qmsj")"},
                Errc::RuleViolated,
                "declaration.consent",
                "共享"},
        Refusal{"UnknownKindOfDocument",
                {R"("zjlx": "30")", R"("zjlx": "77")"},
                Errc::UnmappedCode,
                "applicant.document_kind",
                ""}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace luqiao::mapping
