#include "app/configuration.h"

#include "app/process.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <fstream>

namespace luqiao::app {
namespace {

/// Codes of the errors of the shipped conf/ under an overlay.
std::vector<std::string> errors_under(const std::string& overlay) {
    const TemporaryFolder folder = *TemporaryFolder::create("luqiao-configuration");
    const auto file = folder.path() / "over.toml";
    std::ofstream(file) << overlay;
    std::vector<std::string> out;
    const Configuration loaded = load_configuration(places::source() + "/conf", {file});
    for (const Diagnostic& one : loaded.findings.list()) {
        if (one.severity == Severity::Error) out.push_back(one.code);
    }
    return out;
}

TEST(Configuration, QueriesOnlyPartiesWhoseAdapterCanAsk) {
    const std::vector<std::string> none;
    const std::vector<std::string> refused{"C407"};
    EXPECT_EQ(errors_under("[parties.psb.retry]\non_unknown = \"query\"\n"), refused) << "soap";
    EXPECT_EQ(errors_under("[parties.hrss.retry]\non_unknown = \"query\"\n"), none) << "table";
    const std::string sti = "[parties.sti.retry]\non_unknown = \"query\"\n";
    EXPECT_EQ(errors_under(sti), refused) << "http without query_url";
    EXPECT_EQ(
        errors_under(sti + "[parties.sti.push]\nquery_url = \"http://127.0.0.1:1/held/{id}\"\n"),
        none);
}

}  // namespace
}  // namespace luqiao::app
