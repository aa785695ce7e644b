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

TEST(Configuration, RefusesAgesThatTheLawOrWhatDependsOnThemDoesNotAllow) {
    const std::vector<std::string> none;
    const std::vector<std::string> refused{"C404"};
    const auto under = [](const std::string& line) {
        return errors_under("[retention]\n" + line + "\n");
    };
    EXPECT_EQ(under("bodies = \"90d\""), none) << "attachments follow";
    EXPECT_EQ(under("bodies = \"6d\""), refused);
    EXPECT_EQ(under("attachments = \"366d\""), refused) << "nothing would name them";
    EXPECT_EQ(under("metadata = \"1095d\""), refused) << "three years, one of them a leap year";
    EXPECT_EQ(under("bodies = \"1097d\""), refused) << "metadata is shorter";
    EXPECT_EQ(under("evidence = \"183d\""), refused);
    EXPECT_EQ(under("evidence = \"184d\""), none);
}

}  // namespace
}  // namespace luqiao::app
