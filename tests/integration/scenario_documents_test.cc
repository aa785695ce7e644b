// Years pass: manifests, compared days and plans go with the audit of their time, but for what is
// not over.
#include "app/kept_documents.h"
#include "app/redrive.h"
#include "tests/integration/scenario_recon.h"

namespace luqiao::integration {
namespace {

using broker::DifferenceState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::chrono::hours kADay{24};

class KeptDocuments : public ReconScenario {
protected:
    /// Three messages of a day, one of which sti lost; compared the next morning.
    void compare_a_day() {
        live_through(3);
        exchange_.party("sti").accepted.erase(at_sti(1));
        exchange_.set_time("2025-10-14T08:30:00+08:00");
        give_manifest();
        ASSERT_EQ(run().differences.size(), 1U);
    }
    /// What a run takes away at a time, and the names of what stays.
    broker::AgeingReport age_at(const char* time) {
        exchange_.set_time(time);
        app::Reconciler desk = reconciler();
        broker::AgeingRun run(
            {.store = exchange_.store(),
             .key = nullptr,
             .ages = {},
             .node = "node-1",
             .held = *desk.open_cases(exchange_.now()),
             .documents = [&](Instant before, const std::string& after) -> Result<Old> {
                 LQ_TRY(const auto old,
                        app::find_old_documents(desk, exchange_.store(), before, after));
                 held_ += old.held;
                 return old;
             }},
            exchange_.now());
        held_ = 0;
        for (auto more = run.step(); !more || *more; more = run.step()) {
            if (more) continue;
            ADD_FAILURE() << more.error().message;
            break;
        }
        EXPECT_TRUE(run.finish(0));
        EXPECT_TRUE(run.report().is_whole);
        EXPECT_EQ(**broker::last_ageing(exchange_.store()), run.report());
        return run.report();
    }
    std::vector<std::string> names() {
        std::vector<std::string> out;
        for (const char* prefix : {"manifest/", "recon/", "redrive/", "retention/hold/"}) {
            const auto some = exchange_.store().kept_names({.prefix = prefix});
            out.insert(out.end(), some->begin(), some->end());
        }
        return out;
    }
    std::vector<std::string> count(const std::string& prefix) {
        return *exchange_.store().kept_names({.prefix = prefix});
    }
    /// A plan as a store of a node would have it.
    std::string keep_plan(std::size_t number, app::PlanState state, std::optional<Instant> ended) {
        app::RedrivePlan plan;
        plan.node = exchange_.pipeline().node();
        plan.id = app::plan_id(plan.node, number);
        plan.state = state;
        plan.made_at = exchange_.now();
        plan.ended_at = ended;
        const std::string name = std::string(app::kPlanDocument) + plan.id;
        EXPECT_TRUE(exchange_.store().keep(name, app::to_json(plan), {}));
        return name;
    }

    using Old = broker::OldDocuments;
    std::uint64_t held_ = 0;  ///< of the last run
};
LUQIAO_ON_BOTH_STORES(KeptDocuments);

TEST_P(KeptDocuments, GoWithTheAuditOfTheirTimeOnceTheDayIsBalanced) {
    compare_a_day();
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted}));
    ASSERT_EQ(names().size(), 3U) << "manifest, run and settlement";
    EXPECT_EQ(age_at("2028-10-13T08:00:00+08:00").documents, 0U) << "younger than 1096 days";
    EXPECT_EQ(held_, 0U);
    const auto last = age_at("2028-10-15T09:00:00+08:00");
    EXPECT_EQ(last.documents, 2U) << "the manifest, and the day with its settlement";
    EXPECT_GT(last.audit_rows, 0U);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_THAT(audited("retention.end").back(), testing::HasSubstr("documents=2"));
    EXPECT_EQ(reconciler().show(asked_, exchange_.now()).error().code, Errc::NotFound);
    EXPECT_EQ(age_at("2028-10-15T10:00:00+08:00").documents, 0U);
}

TEST_P(KeptDocuments, OfADayThatIsNotBalancedStay) {
    compare_a_day();
    give_manifest(*parse_date("2025-10-14"));  // for which the day before is looked at again
    EXPECT_EQ(age_at("2029-10-15T09:00:00+08:00").documents, 0U);
    EXPECT_EQ(held_, 3U);
    EXPECT_EQ(count("manifest/").size(), 2U);
    ASSERT_TRUE(settle({.to = DifferenceState::Accepted}));
    EXPECT_EQ(age_at("2029-10-16T09:00:00+08:00").documents, 2U)
        << "manifests; the day was settled a moment ago";
    EXPECT_EQ(age_at("2032-10-17T09:00:00+08:00").documents, 1U);
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(KeptDocuments, OfADayWhoseCaseWentAreOfASettledDay) {
    compare_a_day();
    ASSERT_TRUE(settle({.to = DifferenceState::Redriven}));
    ASSERT_TRUE(show().is_balanced());
    for (const std::string& number : numbers_) {
        const std::string serial = exchange_.serial(number, "permit_issue");
        for (const char* state : {"accepted", "refused"})
            receipt(exchange_.answer("sti", serial, state));
    }
    exchange_.settle();
    EXPECT_EQ(age_at("2026-10-20T09:00:00+08:00").bodies.cases, 3U);
    const auto last = age_at("2029-01-20T09:00:00+08:00");
    EXPECT_EQ(last.metadata.cases, 3U);
    EXPECT_EQ(last.documents, 2U) << "what was sent again is gone, and was settled before";
}

TEST_P(KeptDocuments, ThatSayWhatWasGivenGoWithTheirTime) {
    live_through(1);
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    std::filesystem::create_directories(folder_.path() / "essc/manifest");
    ASSERT_TRUE(
        reconciler().give({"essc", kDay, broker::ManifestOf::Received}, kBy, exchange_.now()));
    EXPECT_THAT(names(), ElementsAre("recon/given/essc/2025-10-13/received"));
    EXPECT_EQ(age_at("2028-10-14T08:00:00+08:00").documents, 0U);
    EXPECT_EQ(age_at("2028-10-15T08:00:00+08:00").documents, 1U);
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(KeptDocuments, OfPlansStayWhileOneRunsAndOfEachNodeTheNewest) {
    using app::PlanState;
    exchange_.set_time("2025-10-14T08:30:00+08:00");
    const Instant ended = exchange_.now();
    keep_plan(1, PlanState::Done, std::nullopt);  // as versions of before kept them
    const std::string late = keep_plan(2, PlanState::Done, ended + std::chrono::hours(24) * 365);
    const std::string running = keep_plan(3, PlanState::Running, std::nullopt);
    const std::string paused = keep_plan(4, PlanState::Paused, std::nullopt);
    keep_plan(9, PlanState::Cancelled, ended);
    const std::string newest = keep_plan(10, PlanState::Done, ended);
    EXPECT_EQ(age_at("2028-10-16T08:00:00+08:00").documents, 2U);
    EXPECT_EQ(held_, 2U) << "running and paused";
    EXPECT_THAT(names(), UnorderedElementsAre(late, running, paused, newest));

    app::Redriver redriver(exchange_.store(), exchange_.pipeline());
    ASSERT_TRUE(redriver.open());
    ASSERT_EQ(redriver.plans().size(), 4U);
    ASSERT_TRUE(redriver.pause(app::plan_id(exchange_.pipeline().node(), 3), kBy, exchange_.now()));
    ASSERT_TRUE(
        redriver.cancel(app::plan_id(exchange_.pipeline().node(), 3), kBy, exchange_.now()));
    EXPECT_EQ(age_at("2029-10-16T08:00:00+08:00").documents, 1U) << "the late one";
    EXPECT_THAT(names(), UnorderedElementsAre(running, paused, newest));
    redriver.leave_out(exchange_.now() - std::chrono::hours(24) * 1096);
    EXPECT_EQ(redriver.plans().size(), 3U);
    EXPECT_EQ(age_at("2031-10-19T08:00:00+08:00").documents, 1U) << "the one that was cancelled";
}

TEST_P(KeptDocuments, OfHoldsGoOnceTheyAreReleased) {
    live_through(2);
    for (const char* why : {"a review", ""}) {
        ASSERT_TRUE(broker::hold_case(exchange_.store(), numbers_[0], why, {}));
    }
    ASSERT_TRUE(broker::hold_case(exchange_.store(), numbers_[1], "a review", {}));
    EXPECT_EQ(age_at("2025-10-14T09:00:00+08:00").documents, 1U);
    EXPECT_THAT(names(), ElementsAre("retention/hold/" + numbers_[1]));
}

TEST_P(KeptDocuments, AreLookedAtPageByPage) {
    for (int day = 1; day <= 150; ++day) {
        const broker::Manifest empty{
            "sti", kDay - std::chrono::days(day), broker::ManifestOf::Received, {}};
        ASSERT_TRUE(broker::keep_manifest(exchange_.store(),
                                          {empty, exchange_.now() - day * kADay, "http"}, "sti"));
    }
    EXPECT_EQ(age_at("2028-10-12T00:01:00+08:00").documents, 149U);
    EXPECT_EQ(age_at("2028-10-13T00:01:00+08:00").documents, 1U);
}

}  // namespace
}  // namespace luqiao::integration
