// The shipped maps from departments: results in their own status codes, and their answers to a
// push.
#include "tests/mapping/shipped.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

struct Answer {
    const char* party;
    const char* file;           ///< sample in conf/samples
    Texts said;                 ///< what the sample means
    Texts granted;              ///< result fields of a granted item
    const char* required;       ///< what a granted item must bring
    bool tells_remedy = false;  ///< a refusal says how it may be reviewed
};

class AnswerResult : public testing::TestWithParam<Answer> {};

Record result(const Texts& texts) {
    Record record(shipped().bundle->form("result"));
    set(record, {{"item.serial", "FW20251009SAMPLE00-01"},
                 {"item.occurred_at", "2025-10-20T16:00:00+08:00"}});
    set(record, texts);
    return record;
}

std::string map_of(const Answer& answer) {
    return std::string(answer.party) + ".result";
}

/// Values without what only reading gives.
std::map<std::string, std::string> meaning(const Record& record) {
    auto out = values(record);
    out.erase("item.source_state");
    return out;
}

TEST_P(AnswerResult, SampleIsReadWithoutAnIssue) {
    const Decoded read = decode(program(map_of(GetParam())), sample(GetParam().file));
    EXPECT_TRUE(read.issues.list.empty()) << describe(read.issues);
    for (const auto& [path, text] : GetParam().said)
        EXPECT_EQ(read.record.text(path), text) << path;
    EXPECT_FALSE(read.record.text("item.source_state").empty())
        << "the department's own code is kept";
}

TEST_P(AnswerResult, OfEveryStateIsReadBackAsItWasWritten) {
    for (const char* state : {"accepted", "correction", "granted", "refused", "not_accepted"}) {
        Record record = result({{"item.state", state}});
        if (record.text("item.state") == "granted") set(record, GetParam().granted);
        if (record.text("item.state") != "granted" && record.text("item.state") != "accepted") {
            set(record,
                {{"reason.code", "materials_incomplete"}, {"reason.text", "申请材料不齐全"}});
        }
        const bool binds =
            record.text("item.state") == "refused" || record.text("item.state") == "not_accepted";
        if (binds && GetParam().tells_remedy) {
            set(record, {{"reason.remedy", "可在60日内申请行政复议"}});
        }
        const Program& map = program(map_of(GetParam()));
        const Encoded written = encode(map, record);
        ASSERT_FALSE(written.issues.rejected()) << state << "\n" << describe(written.issues);
        const Decoded read = decode(map, written.bytes);
        EXPECT_TRUE(read.issues.list.empty()) << state << "\n" << describe(read.issues);
        EXPECT_EQ(meaning(read.record), meaning(record)) << state;
    }
}

TEST_P(AnswerResult, GrantedWithoutItsNumberIsRefused) {
    Record record = result({{"item.state", "granted"}});
    const Encoded written = encode(program(map_of(GetParam())), record);
    EXPECT_TRUE(written.issues.rejected());
    EXPECT_TRUE(std::any_of(written.issues.list.begin(), written.issues.list.end(),
                            [](const Issue& issue) { return issue.field == GetParam().required; }))
        << describe(written.issues);
}

TEST_P(AnswerResult, AFeeIsSeenWhereverItIsSent) {
    Record record = result({{"item.state", "accepted"}, {"fee.amount", "10.00"}});
    const Encoded written = encode(program(map_of(GetParam())), record);
    ASSERT_FALSE(written.issues.rejected()) << describe(written.issues);
    EXPECT_EQ(decode(program(map_of(GetParam())), written.bytes).record.text("fee.amount"),
              "10.00");
}

INSTANTIATE_TEST_SUITE_P(
    Shipped,
    AnswerResult,
    testing::Values(Answer{"sti",
                           "sti.result.json",
                           {{"item.state", "granted"},
                            {"item.serial", "FW20251009SAMPLE00-01"},
                            {"permit.number", "37020000000001"},
                            {"permit.valid_to", "2027-10-31"},
                            {"item.occurred_at", "2025-10-20T16:00:00+08:00"}},
                           {{"permit.number", "37020000000009"},
                            {"permit.category", "C"},
                            {"permit.valid_to", "2026-10-31"}},
                           "permit.number",
                           true},
                    Answer{"psb",
                           "psb.result.xml",
                           {{"item.state", "granted"},
                            {"residence_permit.number", "RP0000001"},
                            {"residence_permit.issued_at", "青岛"},
                            {"fee.amount", "800.00"},
                            {"handover.mode", "pickup"}},
                           {{"residence_permit.number", "RP0000009"},
                            {"residence_permit.valid_to", "2026-10-31"},
                            {"fee.amount", "400.00"}},
                           "residence_permit.number"},
                    Answer{"hrss",
                           "hrss.result.json",
                           {{"item.state", "granted"},
                            {"insurance.social_number", "IRL0PZ1234567"},
                            {"insurance.registered_on", "2025-10-13"}},
                           {{"insurance.social_number", "DNK0324578912056"},
                            {"insurance.personal_number", "3702000002"}},
                           "insurance.social_number",
                           true},
                    Answer{"title",
                           "title.result.bin",
                           {{"item.state", "granted"},
                            {"title.certificate_no", "QDZC20250000000001"},
                            {"title.level", "associate_senior"},
                            {"item.occurred_at", "2025-12-18T08:00:00+08:00"}},
                           {{"title.certificate_no", "QDZC2"},
                            {"title.name", "正高级工程师"},
                            {"title.level", "senior"}},
                           "title.certificate_no",
                           true},
                    Answer{"essc",
                           "essc.result.txt",
                           {{"item.state", "granted"},
                            {"ecard.issued_on", "2025-10-22"},
                            {"ecard.issue_no", "3702SSC0000000000000000000001"}},
                           {{"ecard.issue_no", "3702SSC2"}, {"ecard.issued_on", "2025-10-23"}},
                           "ecard.issue_no"}),
    [](const auto& one) { return std::string(one.param.party); });

TEST(Result, OfTheCardCentreReadsItsReturnCodes) {
    std::string bytes = sample("essc.result.txt");
    bytes.replace(50, 5, "20071");
    bytes.replace(137, 12, "number wrong");
    const Decoded read = decode(program("essc.result"), bytes);
    EXPECT_TRUE(read.issues.list.empty()) << describe(read.issues);
    EXPECT_EQ(read.record.text("item.state"), "refused");
    EXPECT_EQ(read.record.text("reason.code"), "number_invalid");
}

TEST(Result, OfSeveralInternalStepsIsAccepted) {
    std::string bytes = sample("sti.result.json");
    bytes.replace(bytes.find("\"status\": 50"), 12, "\"status\": 40");
    const Decoded read = decode(program("sti.result"), bytes);
    EXPECT_EQ(read.record.text("item.state"), "accepted");
    EXPECT_EQ(read.record.text("item.source_state"), "40") << "beside the canonical state";
}

TEST(Result, WithAnUnknownStatusIsRefusedAndNeverEmpty) {
    std::string bytes = sample("sti.result.json");
    bytes.replace(bytes.find("\"status\": 50"), 12, "\"status\": 77");
    const Decoded read = decode(program("sti.result"), bytes);
    ASSERT_TRUE(read.issues.rejected());
    EXPECT_EQ(read.issues.list.front().code, Errc::UnmappedCode);
}

// ---- answers to a push
// -------------------------------------------------------------------------------

struct Reply {
    const char* name;
    const char* map;
    const char* bytes;
    const char* ok;
    const char* retry;  ///< "": the map does not say
    const char* text;
};

class PushReply : public testing::TestWithParam<Reply> {};

TEST_P(PushReply, TellsTakenFromRefused) {
    const Reply& reply = GetParam();
    const Decoded read = decode(program(reply.map), reply.bytes);
    ASSERT_FALSE(read.issues.rejected()) << describe(read.issues);
    EXPECT_EQ(read.record.text("reply.ok"), reply.ok);
    EXPECT_EQ(read.record.text("reply.retry"), reply.retry);
    EXPECT_EQ(read.record.text("reply.text"), reply.text);
}

INSTANTIATE_TEST_SUITE_P(
    Shipped,
    PushReply,
    testing::Values(
        Reply{"StiTaken", "sti.reply", R"({"code":"0000","msg":"ok","bizNo":"b-1"})", "true",
              "false", "ok"},
        Reply{"StiHttp200IsNotEnough", "sti.reply", R"({"code":"500","msg":"x","data":null})",
              "false", "false", "x"},
        Reply{"StiBusy", "sti.reply", R"({"code":"0503","msg":"busy"})", "false", "true", "busy"},
        Reply{"PsbTaken", "psb.reply",
              R"(<?xml version="1.0" encoding="GB18030"?><RESULT><CODE>1</CODE><MSG/></RESULT>)",
              "true", "false", ""},
        Reply{"PsbRefused", "psb.reply", "<RESULT><CODE>0</CODE><MSG>no</MSG></RESULT>", "false",
              "false", "no"},
        Reply{"PortalTaken", "portal.reply", R"({"code":"0000","msg":"ok"})", "true", "false",
              "ok"},
        Reply{"MobileRefused", "mobile.reply",
              R"({"success":false,"errorCode":"E1","message":"no"})", "false", "", "no"},
        Reply{"WindowTaken", "window.reply", R"({"结果":"成功","说明":"已收"})", "true", "",
              "已收"},
        Reply{"WindowRefused", "window.reply", R"({"结果":"系统忙","说明":"稍后"})", "false", "",
              "稍后"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(PushReply, OfEveryPartyIsReadBackAsItWasWritten) {
    for (const char* map : {"sti.reply", "psb.reply", "title.reply", "portal.reply", "mobile.reply",
                            "window.reply"}) {
        for (const char* ok : {"true", "false"}) {
            Record record(shipped().bundle->form("reply"));
            set(record, {{"reply.ok", ok}, {"reply.text", "说明"}, {"reply.serial", "S-1"}});
            const Encoded written = encode(program(map), record);
            ASSERT_FALSE(written.issues.rejected()) << map << describe(written.issues);
            const Decoded read = decode(program(map), written.bytes);
            EXPECT_EQ(read.record.text("reply.ok"), ok) << map;
            EXPECT_EQ(read.record.text("reply.text"), "说明") << map;
            EXPECT_EQ(read.record.text("reply.serial"), "S-1") << map;
        }
    }
}

}  // namespace
}  // namespace luqiao::mapping
