// Acceptance scenario 10: a service changes while cases are open; each finishes on the definition
// it began with.
#include "tests/integration/reload_fixture.h"

namespace luqiao::integration {
namespace {

class ServiceVersions : public Reload, public testing::WithParamInterface<StoreKind> {
protected:
    void SetUp() override { restart(); }

    /// Another process on the same store.
    void restart() {
        reloader_.reset();
        pipeline_.reset();
        store_.reset();
        store_ = open_store(GetParam(), conf_.path().parent_path() / "luqiao.db", database_);
        start();
    }

private:
    const std::string database_ = make_database(GetParam());
};
LUQIAO_ON_BOTH_STORES(ServiceVersions);

TEST_P(ServiceVersions, ANewVersionOfTheServiceIsForNewCasesAlone) {
    auto given = hand_in(application(0));
    turns();
    const broker::Receipt before = receipt(given.get());
    std::string wanted = application(1);
    const std::size_t at = wanted.find("\"0101\"");
    ASSERT_NE(at, std::string::npos);
    wanted.replace(at, 6, "\"0601\"");
    given = hand_in(wanted);
    turns();
    EXPECT_TRUE(has_finding(problem(given.get()), "E3001", "sxlb")) << "there is no such item yet";

    conf_.write("codes/item.csv",
                conf_.text("codes/item.csv") +
                    "medical_register,0601,MI_REGISTER,医保登记,371014009W00,"
                    "11370200000010102T1014009000100,医疗保险登记,,,12,,,医疗保险登记,"
                    "medical insurance registration\n");
    const std::string shipped = conf_.text(Conf::kService);
    const int version = conf_.service_version();
    conf_.raise_version();
    std::string service = conf_.text(Conf::kService);
    conf_.write(Conf::kService, shipped);
    service.insert(service.find("\n[[item]]") + 1,
                   "[[item]]\ncode = \"medical_register\"\ngroup = \"medical\"\n"
                   "label_zh = \"医疗保险登记\"\nlabel_en = \"Medical insurance\"\n"
                   "party = \"hrss\"\ndispatch = \"hrss.insurance\"\nforward = \"2wd\"\n\n");
    conf_.write("services/foreigner_work_next.toml", service);
    const app::ReloadReport report = reload();
    ASSERT_TRUE(report.replaced) << to_json(report);

    given = hand_in(wanted);
    turns();
    const auto find = [&](const broker::Receipt& one) {
        return (*store_->find_case(**store_->find_case_id(one.case_number)))->state;
    };
    const broker::Case fresh = find(receipt(given.get()));
    EXPECT_EQ(fresh.service_version, version + 1);
    ASSERT_EQ(fresh.items.size(), 1u);
    EXPECT_EQ(fresh.items.front().code, "medical_register");
    EXPECT_EQ(find(before).service_version, version) << "it finishes on the version it began with";
    EXPECT_EQ(state_at_sti(before.case_number), broker::DeliveryState::Delivered);
}

/// The next version instead of the shipped one, in the same file, with another limit.
void raise_version(const Conf& conf) {
    conf.raise_version();
    conf.replace_line(Conf::kService, "decide", "decide = \"9wd\"");
}

TEST_P(ServiceVersions, ACaseFinishesOnADefinitionThatConfHasNoMore) {
    auto given = hand_in(application(0));
    turns();
    const std::string before = receipt(given.get()).case_number;
    raise_version(conf_);
    const app::ReloadReport report = reload();
    ASSERT_TRUE(report.replaced) << to_json(report);
    given = hand_in(application(1));
    turns();
    const std::string after = receipt(given.get()).case_number;
    restart();
    receipt(accept_item(before));
    receipt(accept_item(after));
    EXPECT_EQ(decision_due(before), "2025-11-10") << "20 working days";
    EXPECT_EQ(decision_due(after), "2025-10-24") << "9 working days";
}

TEST_P(ServiceVersions, ADefinitionThatIsPutBackIsOfferedAgainAndTheNewerOneKept) {
    const std::string first = conf_.text(Conf::kService);
    raise_version(conf_);
    ASSERT_TRUE(reload().replaced);
    auto given = hand_in(application(0));
    turns();
    const std::string on_second = receipt(given.get()).case_number;
    conf_.write(Conf::kService, first);
    ASSERT_TRUE(reload().replaced);
    given = hand_in(application(1));
    turns();
    const std::string on_first = receipt(given.get()).case_number;
    receipt(accept_item(on_second));
    receipt(accept_item(on_first));
    EXPECT_EQ(decision_due(on_second), "2025-10-24");
    EXPECT_EQ(decision_due(on_first), "2025-11-10");
}

TEST_P(ServiceVersions, IsRefusedWhenACaseNeedsAMapThatIsGoneAndNotWhenNoneDoes) {
    auto given = hand_in(application(0));
    turns();
    const std::string number = receipt(given.get()).case_number;
    const int version = conf_.service_version();
    conf_.raise_version();
    std::string service = conf_.text(Conf::kService);
    for (std::size_t at = 0; (at = service.find("withdraw = ", at)) != std::string::npos;) {
        service.erase(at, service.find('\n', at) + 1 - at);
    }
    conf_.write(Conf::kService, service);
    ASSERT_TRUE(reload().replaced);
    for (const char* file : {"maps/sti.withdraw.map", "formats/sti.withdraw.format"}) {
        std::filesystem::remove(conf_.path() / file);
    }
    const app::ReloadReport refused = reload();
    EXPECT_FALSE(refused.replaced);
    EXPECT_THAT(to_json(refused), HasSubstr(fmt::format("kept/foreigner_work@{}.toml", version)));
    EXPECT_THAT(to_json(refused), HasSubstr("C505"));

    broker::Unit decided;
    decided.state = (*store_->find_case(**store_->find_case_id(number)))->state;
    decided.state.items.front().state = broker::ItemState::Granted;
    ASSERT_TRUE(store_->commit(std::span(&decided, 1)));
    const app::ReloadReport taken = reload();
    EXPECT_TRUE(taken.replaced) << to_json(taken);
}

}  // namespace
}  // namespace luqiao::integration
