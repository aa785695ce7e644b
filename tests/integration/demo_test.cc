// The demo as an operator runs it, with faults: the numbers must prove that nothing was lost or
// doubled.
#include "app/process.h"
#include "base/result.h"
#include "tests/places.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace luqiao::integration {
namespace {

/// Runs `luqiao demo --json …` and reads its one document.
nlohmann::json run_demo(const std::vector<std::string>& more, int& exit_code) {
    const auto folder = app::TemporaryFolder::create("luqiao-demo-test");
    std::vector<std::string> arguments{places::binary() + "/luqiao", "demo", "--conf",
                                       places::source() + "/conf", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto log = folder->path() / "demo.log";
    auto process = app::Process::start(arguments, log);
    EXPECT_TRUE(process);
    exit_code = process->wait();
    std::ifstream file(log);
    std::string line;
    std::string last;
    std::ostringstream all;
    while (std::getline(file, line)) {
        all << line << "\n";
        if (line.starts_with("{\"accepted\"")) last = line;
    }
    EXPECT_FALSE(last.empty()) << all.str();
    return nlohmann::json::parse(last, nullptr, false);
}

void expect_all_arrived(const nlohmann::json& result, std::uint64_t cases) {
    ASSERT_TRUE(result.is_object());
    EXPECT_EQ(result["accepted"], cases) << result.dump();
    EXPECT_EQ(result["decided"], cases) << result.dump();
    EXPECT_EQ(result["lost"], 0) << result.dump();
    EXPECT_EQ(result["doubled"], 0) << result.dump();
    EXPECT_EQ(result["progress"]["portal"], result["progress"]["mobile"])
        << "both portals see the same (第十条)";
    for (const char* party :
         {"sti", "psb", "hrss", "title", "essc", "province", "portal", "mobile"}) {
        EXPECT_GT(result["delivered"][party], 0) << party;
    }
}

TEST(Demo, EveryApplicationIsDecided) {
    int exit_code = -1;
    const auto result = run_demo({"--cases", "24", "--timeout", "200"}, exit_code);
    EXPECT_EQ(exit_code, 0);
    expect_all_arrived(result, 24);
}

TEST(Demo, EndsTheSameWithADepartmentDownDoubleAnswersAndABrokerKilledTwice) {
    int exit_code = -1;
    const auto result =
        run_demo({"--cases", "30", "--seed", "2", "--faults", "--timeout", "220"}, exit_code);
    EXPECT_EQ(exit_code, 0);
    expect_all_arrived(result, 30);
}

}  // namespace
}  // namespace luqiao::integration
