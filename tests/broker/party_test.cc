#include "broker/party.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

std::optional<Party> parsed(std::string_view toml, Diagnostics& findings) {
    const auto document = parse_toml(toml, "p.toml", findings);
    return document ? parse_party(*document, findings) : std::nullopt;
}

std::vector<std::string> party_codes(std::string_view toml) {
    Diagnostics findings;
    const auto party = parsed(toml, findings);
    EXPECT_EQ(party.has_value(), !findings.has_errors());
    std::vector<std::string> codes;
    for (const Diagnostic& one : findings.list()) codes.push_back(one.code);
    return codes;
}

std::string party_with(std::string_view rest) {
    return "code = \"sti\"\nkind = \"department\"\nlabel_zh = \"科技局\"\n" + std::string(rest);
}

TEST(Party, ReadsEverythingItsSpecDeclares) {
    Diagnostics findings;
    const auto party = parsed(R"(
code = "sti"
kind = "department"
label_zh = "科技局"
label_en = "S&T"
purpose = "工作许可审批"
clearance = "C3"
services = ["foreigner_work"]
reply_map = "sti.reply"
concurrency = 3
[identity]
app_key = "sti-app"
keys = ["old.key", "new.key"]
algorithm = "sm2"
[[submit]]
map = "sti.result"
meaning = "answer"
[retry]
first = "1s"
most = "5m"
attempts_max = 9
give_up_after = "3wd"
on_unknown = "ask"
[delivery]
quiet = ["22:00-06:00"]
rate = "50/s"
breaker_failures = 3
breaker_first = "1s"
breaker_most = "1m"
[push]
adapter = "http"
url = "http://127.0.0.1:1"
[receive]
adapter = "table"
)",
                              findings);
    ASSERT_TRUE(party) << render(findings.list()[0]);
    EXPECT_EQ(party->code, "sti");
    EXPECT_EQ(party->kind, PartyKind::Department);
    EXPECT_EQ(party->label, (Text{"科技局", "S&T"}));
    EXPECT_EQ(party->purpose, "工作许可审批");
    EXPECT_EQ(party->clearance, "C3");
    EXPECT_THAT(party->services, ElementsAre("foreigner_work"));
    EXPECT_EQ(party->reply_map, "sti.reply");
    EXPECT_EQ(party->flow.concurrency, 3U);
    EXPECT_EQ(party->flow.quiet, std::vector{*parse_quiet_hours("22:00-06:00")});
    EXPECT_EQ(party->flow.rate, parse_rate("50/s"));
    EXPECT_EQ(party->flow.breaker.failures, 3U);
    EXPECT_EQ(party->flow.breaker.first, 1s);
    EXPECT_EQ(party->flow.breaker.most, 1min);
    EXPECT_EQ(party->app_key, "sti-app");
    EXPECT_THAT(party->keys, ElementsAre("old.key", "new.key"));
    EXPECT_EQ(party->algorithm, "sm2");
    ASSERT_EQ(party->submit.size(), 1U);
    EXPECT_EQ(party->submit[0].map, "sti.result");
    EXPECT_EQ(party->submit[0].meaning, "answer");
    EXPECT_EQ(party->retry.first, 1s);
    EXPECT_EQ(party->retry.most, 5min);
    EXPECT_EQ(party->retry.attempts_max, 9U);
    EXPECT_EQ(party->retry.give_up_after, (Limit{3, true}));
    EXPECT_EQ(party->retry.on_unknown, OnUnknown::Ask);
    ASSERT_TRUE(party->push);
    EXPECT_TRUE(std::get<Setting::Table>(party->push->value).contains("url"));
    EXPECT_TRUE(party->receive);
}

TEST(Party, HasDefaults) {
    Diagnostics findings;
    const auto party = parsed(party_with(""), findings);
    ASSERT_TRUE(party);
    EXPECT_EQ(party->clearance, "C0");
    EXPECT_EQ(party->flow.concurrency, 8U);
    EXPECT_EQ(party->flow.breaker.failures, 5U);
    EXPECT_FALSE(party->flow.rate);
    EXPECT_EQ(party->retry.first, 10s);
    EXPECT_EQ(party->retry.attempts_max, 60U);
    EXPECT_EQ(party->retry.give_up_after, std::nullopt);
    EXPECT_EQ(party->retry.on_unknown, OnUnknown::Resend);
    EXPECT_TRUE(party->app_key.empty());
    EXPECT_FALSE(party->push);
}

struct FindingRow {
    const char* name;
    const char* toml;
    const char* code;
};

class PartyFinding : public testing::TestWithParam<FindingRow> {};

TEST_P(PartyFinding, IsReported) {
    EXPECT_THAT(party_codes(party_with(GetParam().toml)), ElementsAre(GetParam().code));
}

INSTANTIATE_TEST_SUITE_P(
    Party,
    PartyFinding,
    testing::Values(
        FindingRow{"Class", "clearance = \"C4\"", "C401"},
        FindingRow{"Purpose", "clearance = \"C2\"", "C405"},
        FindingRow{"BlankPurpose", "clearance = \"C3\"\npurpose = \" \"", "C405"},
        FindingRow{"Concurrency", "concurrency = 0", "C404"},
        FindingRow{"UnknownKey", "clearence = \"C1\"", "C110"},
        FindingRow{"Algorithm", "[identity]\napp_key=\"a\"\nkeys=[\"k\"]\nalgorithm=\"md5\"",
                   "C402"},
        FindingRow{"NoKey", "[identity]\napp_key=\"a\"\nkeys=[]", "C404"},
        FindingRow{"ThreeKeys", "[identity]\napp_key=\"a\"\nkeys=[\"1\",\"2\",\"3\"]", "C404"},
        FindingRow{"NoAppKey", "[identity]\nkeys=[\"k\"]", "C112"},
        FindingRow{"Meaning", "[[submit]]\nmap=\"m\"\nmeaning=\"aplication\"", "C403"},
        FindingRow{"RetryOrder", "[retry]\nfirst=\"2h\"\nmost=\"1h\"", "C404"},
        FindingRow{"RetryZero", "[retry]\nfirst=\"0s\"", "C404"},
        FindingRow{"RetryLong", "[retry]\nmost=\"8d\"", "C404"},
        FindingRow{"GiveUp", "[retry]\ngive_up_after=\"3 days\"", "C404"},
        FindingRow{"OnUnknown", "[retry]\non_unknown=\"retry\"", "C406"},
        FindingRow{"Attempts", "[retry]\nattempts_max=0", "C404"},
        FindingRow{"QuietHours", "[delivery]\nquiet=[\"22-6\"]", "C404"},
        FindingRow{"Rate", "[delivery]\nrate=\"50 a second\"", "C404"},
        FindingRow{"BreakerFailures", "[delivery]\nbreaker_failures=-1", "C404"},
        FindingRow{"BreakerOrder", "[delivery]\nbreaker_first=\"10m\"", "C404"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Party, SaysWhichWordWasMeant) {
    Diagnostics findings;
    parsed("code = \"a\"\nlabel_zh = \"b\"\nkind = \"chanel\"\n", findings);
    ASSERT_EQ(findings.list().size(), 1U);
    EXPECT_EQ(findings.list()[0].code, "C401");
    EXPECT_EQ(findings.list()[0].fix.text.en, "channel");
    EXPECT_EQ(findings.list()[0].at.line, 3);
}

TEST(PartySpec, ExamplesAreWhatTheReaderAccepts) {
    EXPECT_THAT(party_codes(party_spec().example), ElementsAre());
    for (const Spec* spec : {&party_identity_spec(), &party_submit_spec(), &party_retry_spec(),
                             &party_delivery_spec()}) {
        Diagnostics findings;
        Section::check(*spec, *parse_toml(spec->example, "p.toml", findings), findings);
        EXPECT_TRUE(findings.list().empty()) << spec->name;
    }
}

}  // namespace
}  // namespace luqiao::broker
