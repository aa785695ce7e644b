// The shipped maps to departments and back: meaning kept, bytes kept within bounds, nothing sent
// that the receiver does not need.
#include "mapping/charset.h"
#include "tests/mapping/shipped.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// The portal's sample as the broker hands it to a department: item, message and earlier results
/// set.
Record dispatched(std::string_view item) {
    Record record = portal_application();
    set(record, {{"case.number", "FW20251009SAMPLE00"},
                 {"item.code", item},
                 {"item.serial", "FW20251009SAMPLE00-01"},
                 {"message.id", "0199c8a0-0000-7000-8000-000000000001"},
                 {"message.sent_at", "2025-10-09T10:15:02+08:00"},
                 {"message.kind", "first"},
                 {"permit.number", "37020000000001"},
                 {"permit.valid_to", "2027-10-31"}});
    return record;
}

struct Dispatch {
    const char* name;
    const char* map;
    const char* item;
    std::size_t attachments;         ///< how many of the sample's six are for this department
    std::vector<std::string> lists;  ///< lists that arrive whole
    std::vector<std::string> never;  ///< what must not be among the bytes
};

class Dispatched : public testing::TestWithParam<Dispatch> {};

TEST_P(Dispatched, MeansTheSameWhenTheDepartmentReadsIt) {
    const Program& map = program(GetParam().map);
    const Record record = dispatched(GetParam().item);
    const Encoded written = encode(map, record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    const Decoded read = decode(map, written.bytes);
    ASSERT_FALSE(read.issues.rejected()) << describe(read.issues);

    const auto sent = values(record);
    const auto got = values(read.record);
    std::size_t compared = 0;
    for (const std::string& path : both_ways(map)) {
        const auto wanted = sent.find(path);
        const auto found = got.find(path);
        EXPECT_EQ(found == got.end() ? "(absent)" : found->second,
                  wanted == sent.end() ? "(absent)" : wanted->second)
            << path;
        if (wanted != sent.end()) ++compared;
    }
    EXPECT_GE(compared, 14u) << "the sample must exercise the map";
    EXPECT_EQ(got.at("item.code"), GetParam().item) << "also where it is a constant of the map";
}

TEST_P(Dispatched, ListsArriveWholeAndOnlyTheReceiversMaterials) {
    const Program& map = program(GetParam().map);
    const Record record = dispatched(GetParam().item);
    const Encoded written = encode(map, record);
    const Decoded read = decode(map, written.bytes);
    EXPECT_EQ(items(read.record, "attachments").size(), GetParam().attachments);
    for (const auto& got : items(read.record, "attachments")) {
        const auto sent = items(record, "attachments");
        const auto original = std::find_if(sent.begin(), sent.end(), [&](const auto& one) {
            return one.at("id") == got.at("id");
        });
        ASSERT_NE(original, sent.end());
        EXPECT_EQ(got.at("kind"), original->at("kind"));
    }
    for (const std::string& list : GetParam().lists) {
        EXPECT_EQ(items(read.record, list), items(record, list)) << list;
        EXPECT_FALSE(items(record, list).empty()) << list;
    }
}

TEST_P(Dispatched, ADroppedMaterialIsNamedInAnIssue) {
    const Program& map = program(GetParam().map);
    const Encoded written = encode(map, dispatched(GetParam().item));
    const auto dropped = static_cast<std::size_t>(std::count_if(
        written.issues.list.begin(), written.issues.list.end(), [](const Issue& issue) {
            return issue.code == Errc::UnmappedCode && issue.severity == Severity::Warning;
        }));
    const bool has_list = !map.format->root_scope.lists.empty();
    EXPECT_EQ(dropped, has_list ? 6 - GetParam().attachments : 0u) << describe(written.issues);
}

TEST_P(Dispatched, CarriesNothingTheReceiverDoesNotNeed) {
    const Encoded written = encode(program(GetParam().map), dispatched(GetParam().item));
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    const Format& format = *program(GetParam().map).format;
    // Table and Thrift carry UTF-8 whatever the charset that limits are counted in.
    const bool converted = format.kind == FormatKind::Xml || format.kind == FormatKind::Fixed;
    const auto text = to_utf8(written.bytes, format.charset);
    ASSERT_TRUE(!converted || text);
    const std::string& said = converted ? *text : written.bytes;
    EXPECT_THAT(said, HasSubstr("PZ1234567")) << "what it does need is there";
    for (const std::string& never : GetParam().never) EXPECT_THAT(said, Not(HasSubstr(never)));
}

INSTANTIATE_TEST_SUITE_P(
    Shipped,
    Dispatched,
    testing::Values(Dispatch{"Permit",
                             "sti.apply",
                             "permit_issue",
                             5,
                             {"experience", "applicant.former_nationalities"},
                             {"虚构路12号", "21000.00", "Máire", "PZ7654321", "五轴加工"}},
                    Dispatch{"Residence",
                             "psb.residence_apply",
                             "residence_issue",
                             3,
                             {"companions"},
                             {"32000", "21000", "Politechnika", "Zmyślona", "无犯罪", "五轴加工"}},
                    Dispatch{"Insurance",
                             "hrss.insurance",
                             "insurance_register",
                             3,
                             {"insurance_request.kinds"},
                             {"32000", "虚构路12号", "Politechnika", "无犯罪", "F-PHOTO-0001",
                              "PZ7654321", "五轴加工"}},
                    Dispatch{"Title",
                             "title.review",
                             "title_review",
                             3,
                             {"experience"},
                             {"32000", "21000", "虚构路12号", "Máire", "PZ7654321", "无犯罪"}},
                    Dispatch{"Card",
                             "essc.apply",
                             "ecard_apply",
                             0,
                             {},
                             {"32000", "21000", "虚构路12号", "Politechnika", "91370202MA0QD0001L",
                              "PZ7654321"}}),
    [](const auto& one) { return std::string(one.param.name); });

// ---- every item and every kind of message goes out
// ---------------------------------------------------

TEST(Dispatch, ExtensionWithoutTheOldPermitIsNotWritten) {
    Record record = dispatched("permit_extend");
    record.root().slots[*record.form().find("permit.number")] = {};
    const Encoded written = encode(program("sti.apply"), record);
    EXPECT_TRUE(written.issues.rejected());
    EXPECT_EQ(written.issues.list.front().field, "permit.number");
}

TEST(Dispatch, SupplementIsMarkedInTheReceiversOwnWord) {
    Record record = dispatched("residence_issue");
    set(record, {{"message.kind", "supplement"}});
    const Encoded written = encode(program("psb.residence_apply"), record);
    EXPECT_THAT(written.bytes, HasSubstr("<CZBZ>2</CZBZ>"));
}

TEST(Dispatch, ToThePoliceIsXmlInGb18030WithTheNameWhole) {
    const Encoded written = encode(program("psb.residence_apply"), dispatched("residence_issue"));
    const auto text = to_utf8(written.bytes, Charset::Gb18030);
    ASSERT_TRUE(text) << "the bytes are GB18030";
    EXPECT_THAT(*text, HasSubstr("GB18030"));
    EXPECT_THAT(*text, HasSubstr("Ñúñez"));
    EXPECT_THAT(*text, HasSubstr("<YWM>Łukasz Seán</YWM>"));
}

TEST(Dispatch, ToThePoliceRefusesANameOfMoreThanSixtyBytes) {
    Record record = dispatched("residence_issue");
    set(record, {{"applicant.surname", std::string(61, 'X')}});
    EXPECT_TRUE(encode(program("psb.residence_apply"), record).issues.rejected())
        << "never cut in silence";
    set(record, {{"applicant.surname", std::string(60, 'X')}});
    EXPECT_FALSE(encode(program("psb.residence_apply"), record).issues.rejected());
}

TEST(Dispatch, ToInsuranceFlagsAChineseNameThatGbkLacks) {
    Record record = dispatched("insurance_register");
    set(record, {{"applicant.chinese_name", "𠮷野遥"}});
    const Encoded written = encode(program("hrss.insurance"), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    ASSERT_FALSE(written.issues.list.empty());
    EXPECT_THAT(written.bytes, Not(HasSubstr("BAC004"))) << "left out and reported, not mangled";
}

TEST(Dispatch, ToInsuranceKeepsTheNumberOfTheFirstRegistration) {
    Record record = dispatched("insurance_register");
    set(record,
        {{"insurance.social_number", "IRL0OLDPASSPORT"}, {"applicant.document_no", "PZNEW0001"}});
    const Encoded written = encode(program("hrss.insurance"), record);
    EXPECT_THAT(written.bytes, HasSubstr("IRL0OLDPASSPORT"));
    EXPECT_THAT(written.bytes, HasSubstr("PZNEW0001"));
}

TEST(Dispatch, ToTheCardCentreIsOneRecordOf400BytesWithTheOverflowOfTheName) {
    Record record = dispatched("ecard_apply");
    set(record, {{"applicant.surname", "Ramanantsoa-Andriamaheriniaina-Ñ"}});
    const Encoded written = encode(program("essc.apply"), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    ASSERT_EQ(written.bytes.size(), 402u);
    EXPECT_EQ(written.bytes.substr(400), "\r\n");
    EXPECT_EQ(written.bytes.substr(94, 30), "Ramanantsoa-Andriamaheriniaina");
    EXPECT_EQ(written.bytes.substr(124, 31), "Ramanantsoa-Andriamaheriniaina-");
    EXPECT_EQ(decode(program("essc.apply"), written.bytes).record.text("applicant.surname"),
              "Ramanantsoa-Andriamaheriniaina-Ñ");
}

TEST(Dispatch, NationalityHasNoDefaultAnywhere) {
    for (const auto& [map, item] :
         {std::pair{"sti.apply", "permit_issue"},
          std::pair{"psb.residence_apply", "residence_issue"},
          std::pair{"hrss.insurance", "insurance_register"},
          std::pair{"title.review", "title_review"}, std::pair{"essc.apply", "ecard_apply"}}) {
        Record record = dispatched(item);
        record.root().slots[*record.form().find("applicant.nationality")] = {};
        const Encoded written = encode(program(map), record);
        EXPECT_TRUE(written.issues.rejected()) << map;
        EXPECT_TRUE(
            std::any_of(written.issues.list.begin(), written.issues.list.end(),
                        [](const Issue& issue) { return issue.field == "applicant.nationality"; }))
            << map;
    }
}

// ---- the province
// --------------------------------------------------------------------------------------

Record told(const Texts& more) {
    Record record(shipped().bundle->form("progress"));
    copy_common(record, portal_application());
    set(record, {{"message.id", "m-1"},
                 {"message.sent_at", "2025-10-20T16:00:02+08:00"},
                 {"case.number", "FW20251009SAMPLE00"},
                 {"case.accepted_at", "2025-10-09T10:15:03+08:00"},
                 {"case.channel", "mobile"}});
    set(record, more);
    return record;
}

const Texts kGranted{{"item.code", "permit_issue"},
                     {"item.serial", "FW20251009SAMPLE00-01"},
                     {"item.state", "granted"},
                     {"item.occurred_at", "2025-10-20T16:00:00+08:00"},
                     {"item.sequence", "7"},
                     {"permit.number", "37020000000001"},
                     {"permit.valid_to", "2027-10-31"},
                     {"permit.decision_no", "青科外许准字〔2025〕第000001号"}};

TEST(Province, HearsOfTheAcceptanceInBothTablesOfOneMessage) {
    const Encoded written = encode(program("province.accept"), told({{"case.event", "accepted"}}));
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    for (const char* part :
         {"PRE_APASINFO", "EA_JC_STEP_BASICINFO", R"("APPLYNAME":"O'Connor-Ñúñez, Łukasz Seán")",
          R"("APPLY_CARDTYPE":"414")", R"("REGION_ID":"370202000000")", R"("APPLYFROM":"1")",
          R"("DATAVER":"1")"}) {
        EXPECT_THAT(written.bytes, HasSubstr(part));
    }
    EXPECT_FALSE(decode(program("province.accept"), written.bytes).issues.rejected());
}

TEST(Province, TakesAPersonWithoutGivenNames) {
    Record record = told({{"case.event", "accepted"}});
    record.root().slots[*record.form().find("applicant.given_names")] = {};
    const Encoded written = encode(program("province.accept"), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    EXPECT_THAT(written.bytes, HasSubstr(R"("APPLYNAME":"O'Connor-Ñúñez")"));
}

TEST(Province, HearsOfAStepWithItsNodeAndUnit) {
    Record record = told(kGranted);
    set(record, {{"item.state", "correction"},
                 {"item.code", "residence_issue"},
                 {"reason.text", "照片不合格"}});
    const Encoded written = encode(program("province.process"), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    for (const char* part :
         {R"("NODERESULT":"5")", R"("SN":"7")", R"("NODENAME":"外国人居留证件（签发）")",
          R"("PROCUNITNAME":"青岛市公安局")", R"("NODEADV":"照片不合格")"}) {
        EXPECT_THAT(written.bytes, HasSubstr(part));
    }
    EXPECT_FALSE(decode(program("province.process"), written.bytes).issues.rejected());
}

TEST(Province, HearsOfASupplementAsASpecialNode) {
    Record record = told(kGranted);
    set(record, {{"item.state", "correction"}, {"reason.text", "照片不合格"}});
    const Encoded written = encode(program("province.special"), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    EXPECT_THAT(written.bytes, HasSubstr(R"("NODERESULT":"1")"));
    EXPECT_THAT(written.bytes, HasSubstr(R"("NODEPROCADV":"照片不合格")"));
    EXPECT_FALSE(decode(program("province.special"), written.bytes).issues.rejected());
    set(record, {{"item.state", "granted"}});
    EXPECT_TRUE(encode(program("province.special"), record).issues.rejected()) << "no such node";
}

TEST(Province, HearsOfADecisionWithItsCertificate) {
    const Encoded written = encode(program("province.done"), told(kGranted));
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    for (const char* part :
         {R"("DONERESULT":"0")", R"("STDVER":"2.0")", R"("CERTIFICATENO":"37020000000001")",
          R"("ISFEE":"0")", R"("PUBLISHER":"青岛市科学技术局")"}) {
        EXPECT_THAT(written.bytes, HasSubstr(part));
    }
}

TEST(Province, IsNotGivenTheNumberOfTheResidencePermit) {
    Record record = told(kGranted);
    set(record, {{"item.code", "residence_issue"},
                 {"residence_permit.number", "RP0000001"},
                 {"residence_permit.valid_to", "2027-10-31"},
                 {"fee.amount", "800.00"}});
    const Encoded written = encode(program("province.done"), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    EXPECT_THAT(written.bytes, Not(HasSubstr("RP0000001")));
    EXPECT_THAT(written.bytes, HasSubstr(R"("ISFEE":"1")"));
    EXPECT_THAT(written.bytes, HasSubstr(R"("FEE":"800.00")"));
}

TEST(Province, HearsOfEveryOutcome) {
    for (const char* state : {"granted", "refused", "not_accepted", "cancelled"}) {
        Record record = told(kGranted);
        set(record, {{"item.state", state}});
        EXPECT_FALSE(encode(program("province.done"), record).issues.rejected()) << state;
    }
    for (const char* state : {"accepted", "correction"}) {
        Record record = told(kGranted);
        set(record, {{"item.state", state}});
        EXPECT_FALSE(encode(program("province.process"), record).issues.rejected()) << state;
    }
}

}  // namespace
}  // namespace luqiao::mapping
