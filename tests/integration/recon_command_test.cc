// `luqiao recon` against a broker process, with manifests as simulated parties give them: over HTTP
// and as rows of a table.
#include "tests/integration/world_fixture.h"

#include <fstream>

namespace luqiao::integration {
namespace {

using nlohmann::json;

class ReconCommand : public BrokerWorld {
protected:
    void SetUp() override { start(); }

    /// @return the document of `luqiao recon`
    json recon(std::vector<std::string> words, int expected = app::kDone) const {
        words.insert(words.begin(), "recon");
        return luqiao(std::move(words), expected);
    }
    /// `party` says that it took a message yesterday, which nobody sent.
    void claim(const std::string& party, int expected = app::kDone) const {
        const auto journal = folder_.path() / (party + ".jsonl");
        std::ofstream(journal)
            << R"({"kind":"received","id":"0199c5a2-7b1e-7c3d-8f00-0123456789ab",)"
            << R"("at":")" << day_ << R"(T12:00:00+08:00","sm3":""})"
            << "\n"
            << R"({"kind":"answered","id":"","at":"","sm3":""})"
            << "\n";
        run({"simulate", party, "--manifest", day_, "--journal", journal.string(), "--broker",
             world_->broker_url(), "--conf", places::source() + "/conf", "--with",
             world_->overlay().string()},
            expected);
    }

    const Date yesterday_ = china_date(app::system_now()) - std::chrono::days(1);
    const std::string day_ = to_string(yesterday_);
};

using ReconDaily = BrokerWorld;

TEST_F(ReconCommand, ComparesSettlesAndSignsADay) {
    recon({"run", "sti", day_, "--actor", "wang"}, app::kNotFound);
    recon({"run", "essc", day_, "--actor", "wang"}, app::kCannotReach);  // its folder is not there
    for (const std::string party : {"sti", "hrss", "essc"}) {
        claim(party);
        const json found = recon({"run", party, day_, "--actor", "wang"}, app::kFindings);
        EXPECT_EQ(found.at("classes").at("theirs_only"), 1) << party << found.dump();
        EXPECT_EQ(found.at("balanced"), false);
        const std::string key = found.at("differences").at(0).at("key");
        recon({"settle", party, day_, "--to", "redriven", "--actor", "wang", "--reason", "r"},
              app::kConflict);
        recon({"settle", party, day_, "--to", "accepted", "--actor", "wang"}, app::kBadUsage);
        const json settled = recon({"settle", party, day_, "--to", "accepted", "--key",
                                    key.substr(0, 8), "--actor", "wang", "--reason", "a test"});
        EXPECT_EQ(settled.at("balanced"), true);
        EXPECT_EQ(settled.at("differences").at(0).at("settlement").at("reason"), "a test");
    }
    const json list = recon({"list", "--month", day_.substr(0, 7)});
    recon({"list", "--month", "2025-13"}, app::kBadUsage);
    EXPECT_TRUE(recon({"list", "--month", "2001-01"}).at("runs").empty());
    ASSERT_EQ(list.at("runs").size(), 3U);
    EXPECT_EQ(list.at("runs").at(0).at("party"), "essc");

    const auto file = folder_.path() / "statement.json";
    recon({"statement", "sti", day_, "--actor", "wang", "--out", file.string()});
    const std::string key = (world_->configuration().server->keys / "statement.pub").string();
    const json said =
        json::parse(run({"recon", "verify", file.string(), "--key", key, "--json"}, app::kDone),
                    nullptr, false);
    EXPECT_EQ(said.at("balanced"), true);
    std::string altered = *app::read_file(file);
    altered.replace(altered.find("a test"), 6, "a jest");
    std::ofstream(file, std::ios::trunc) << altered;
    run({"recon", "verify", file.string(), "--key", key}, app::kFindings);
    recon({"run", "sti", "2999-01-01", "--actor", "wang"}, app::kConflict);
    recon({"show", "sti", "2001-01-01"}, app::kNotFound);
    recon({"show", "sti", "2001-13-01"}, app::kBadUsage);
}

TEST_F(ReconCommand, TellsWhatIsWrongWithAManifest) {
    const auto folder = world_->configuration().server->data / "essc/manifest";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / ("essc_" + day_ + "_received.csv"))
        << "manifest,essc," << day_ << ",received,2\nkey,sm3\n,zz\n";
    const json refused = recon({"run", "essc", day_, "--actor", "wang"}, app::kFindings);
    ASSERT_EQ(refused.at("findings").size(), 3U) << refused.dump();
    EXPECT_EQ(refused.at("findings").at(0).at("place"), "line 3/key");
    EXPECT_FALSE(refused.at("findings").at(2).at("message").at("zh").get<std::string>().empty());
    recon({"show", "essc", day_}, app::kNotFound);
}

TEST_F(ReconCommand, PutsOursWhereAPartyLooksForIt) {
    recon({"give", "sti", day_, "--actor", "wang"}, app::kNotFound);
    recon({"give", "essc", day_, "--actor", "wang"}, app::kCannotReach);  // no folder
    const auto folder = world_->configuration().server->data / "essc/manifest";
    std::filesystem::create_directories(folder);
    EXPECT_EQ(recon({"give", "essc", day_, "--actor", "wang"}).at("count"), 0);
    EXPECT_EQ(*app::read_file(folder / ("luqiao_essc_" + day_ + "_received.csv")),
              "manifest,essc," + day_ + ",received,0\nkey,sm3\n");
    EXPECT_EQ(recon({"give", "hrss", day_, "--actor", "wang"}).at("count"), 0);
}

TEST_F(ReconDaily, TellsInTheStatusThatAManifestIsWrong) {
    world_ = make_world();
    ASSERT_NE(world_, nullptr);
    const std::string day =
        to_string(china_date(app::system_now()) - std::chrono::days(2));  // due at any hour
    const auto folder = world_->configuration().server->data / "essc/manifest";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / ("essc_" + day + "_received.csv"))
        << "manifest,essc," << day << ",received,2\nkey,sm3\n,zz\n";
    start_broker();
    json refused;
    ASSERT_TRUE(wait_for("/operator/v1/status", [&](const json& status) {
        for (const json& one : status.at("conditions")) {
            if (one.at("name") == "recon_refused") refused = one;
        }
        return !refused.is_null();
    }));
    EXPECT_EQ(refused.at("party"), "essc");
    EXPECT_EQ(refused.at("day"), day);
    EXPECT_EQ(refused.at("of"), "received");
    EXPECT_FALSE(refused.at("message").at("zh").get<std::string>().empty());
}

}  // namespace
}  // namespace luqiao::integration
