#include "broker/case.h"

#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

namespace luqiao::broker {
namespace {

/// A case that uses every field.
Case full_case() {
    Desk desk("window", "2025-10-13T10:00:00.123+08:00");
    desk.apply({"permit_issue", "residence_issue"}).deliver_all("sti");
    desk.answer("permit_issue", ItemState::Accepted).fail("portal", Errc::Timeout);
    desk.on("2025-10-16T10:00:00+08:00")
        .take(Answered{.party = "sti",
                       .item_serial = desk.item("permit_issue").serial,
                       .state = ItemState::Correction,
                       .occurred_at = desk.now,
                       .digest = "d",
                       .reason_code = "materials_incomplete",
                       .reason_text = "请补“照片”\n\\"});
    desk.take(Supplemented{}).take(TimerFired{});
    Case one = desk.one;
    one.version = 18'000'000'000'000'000'000U;
    one.bundle = "0a";
    one.items[0].forward_told = ClockStage::Overdue;
    one.items[0].decision_told = ClockStage::Soon;
    one.items[0].decision.due->provisional = true;
    one.items[0].decision.pauses.emplace_back(*parse_date("2025-10-20"), std::nullopt);
    one.items[1].withdrawn_from = {ItemState::Correction, "materials_incomplete", "请补“合同”"};
    one.items[1].other_answer = {ItemState::Revoked,
                                 at("2025-10-20T10:00:00+08:00"),
                                 "6f",
                                 "withdrawn",
                                 "经查“不符合条件”",
                                 true};
    one.unsettled = {{"contradiction", one.items[1].serial}, {"withdrawal_by_hand", {}}};
    return one;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const auto place = text.find(what);
    EXPECT_NE(place, std::string::npos) << what;
    return text.replace(place, what.size(), by);
}

TEST(CaseJson, ReadsWhatItWrites) {
    const Case one = full_case();
    const auto back = case_from_json(to_json(one));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, one);
    EXPECT_EQ(to_json(*back), to_json(one));
    EXPECT_EQ(*case_from_json(to_json(Case{})), Case{});
}

TEST(CaseJson, ReadsWhatProgramsWroteThatKeptNoOtherAnswer) {
    Case before = full_case();
    before.items[1].other_answer.reset();
    const std::string text = to_json(before);
    EXPECT_EQ(text.find("other_answer"), std::string::npos);
    EXPECT_EQ(*case_from_json(text), before);
}

TEST(CaseJson, ReadsWhatProgramsWroteThatKnewOneStageOfAClock) {
    const std::string now = to_json(full_case());
    const auto back = case_from_json(
        replaced(now, R"("forward_told":"overdue")", R"("forward_overdue_told":true)"));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, full_case());
}

struct BrokenRow {
    const char* name;
    const char* what;
    const char* by;
};

class BrokenCase : public testing::TestWithParam<BrokenRow> {};

TEST_P(BrokenCase, IsCorruption) {
    const auto back =
        case_from_json(replaced(to_json(full_case()), GetParam().what, GetParam().by));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, Errc::Corruption);
}

INSTANTIATE_TEST_SUITE_P(
    CaseJson,
    BrokenCase,
    testing::Values(BrokenRow{"Version", "\"v\":1", "\"v\":2"},
                    BrokenRow{"NoVersion", "\"v\":1,", ""},
                    BrokenRow{"UnknownKey", "\"v\":1", "\"v\":1,\"w\":1"},
                    BrokenRow{"UnknownItemKey", "\"code\":", "\"kode\":"},
                    BrokenRow{"MissingKey", "\"channel\":\"window\",", ""},
                    BrokenRow{"ItemState", "\"state\":\"held\"", "\"state\":\"hold\""},
                    BrokenRow{"DeliveryState", "\"state\":\"waiting\"", "\"state\":\"sent\""},
                    BrokenRow{"Kind", "\"kind\":\"dispatch\"", "\"kind\":\"fax\""},
                    BrokenRow{"Date", "\"from\":\"2025-10-16\"", "\"from\":\"2025-10-32\""},
                    BrokenRow{"NoFrom", "\"from\":\"2025-10-16\",", ""},
                    BrokenRow{"Attempts", "\"attempts\":1", "\"attempts\":-1"},
                    BrokenRow{"WrongType", "\"sequence\":0", "\"sequence\":\"0\""},
                    BrokenRow{"NoSuchItem", "\"item\":0", "\"item\":2"},
                    BrokenRow{"Id", "\"id\":\"0199", "\"id\":\"019x"},
                    BrokenRow{"OtherState", "\"state\":\"revoked\"", "\"state\":\"gone\""},
                    BrokenRow{"OtherKey", "\"digest\":", "\"sm3\":"},
                    BrokenRow{"AlertWithoutCode", "\"code\":\"contradiction\",", ""},
                    BrokenRow{"NotJson", "\"items\":[", "\"items\":[["}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(CaseJson, IsNotReadBeyondItsSize) {
    EXPECT_FALSE(case_from_json(std::string((16u << 20) + 1, ' ')));
    EXPECT_FALSE(case_from_json(""));
    EXPECT_FALSE(case_from_json(std::string(5000, '[')));
}

TEST(CaseJson, RefusesEveryTruncation) {
    const std::string text = to_json(full_case());
    for (std::size_t size = 0; size < text.size(); ++size) {
        ASSERT_FALSE(case_from_json(std::string_view(text).substr(0, size))) << size;
    }
}

TEST(ItemState, HasAWordThatReadsBack) {
    for (int index = 0; index <= static_cast<int>(ItemState::Revoked); ++index) {
        const auto state = static_cast<ItemState>(index);
        EXPECT_EQ(parse_item_state(to_string(state)), state);
    }
    EXPECT_EQ(parse_item_state("Held"), std::nullopt);
    EXPECT_EQ(to_string(ItemState::NotAccepted), "not_accepted");
}

TEST(ItemState, FinalOnesAreTheDecisionsCancellationWithdrawalAndRevocation) {
    std::string finals;
    for (int index = 0; index <= static_cast<int>(ItemState::Revoked); ++index) {
        const auto state = static_cast<ItemState>(index);
        if (is_final(state)) finals += std::string(to_string(state)) + " ";
    }
    EXPECT_EQ(finals, "granted refused not_accepted cancelled withdrawn revoked ");
}

TEST(Case, WithoutItemsIsNotDecided) {
    EXPECT_FALSE(Case{}.decided());
}

}  // namespace
}  // namespace luqiao::broker
