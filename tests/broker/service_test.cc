#include "broker/service.h"

#include "broker/case.h"
#include "tests/broker/step_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::Contains;
using testing::ElementsAre;

std::vector<std::string> service_codes(std::string_view toml) {
    Diagnostics findings;
    const auto document = parse_toml(toml, "s.toml", findings);
    if (document) {
        const auto service = parse_service(*document, findings);
        EXPECT_EQ(service.has_value(), !findings.has_errors());
    }
    std::vector<std::string> codes;
    for (const Diagnostic& one : findings.list()) codes.push_back(one.code);
    return codes;
}

std::string item(std::string_view code, std::string_view more = {}) {
    return fmt::format(
        "[[item]]\ncode = \"{}\"\nlabel_zh = \"x\"\nparty = \"p\"\ndispatch = \"p.m\"\n{}\n", code,
        more);
}

constexpr std::string_view kHead =
    "code = \"s\"\nlabel_zh = \"服务\"\nform = \"application\"\nnumber_prefix = \"FW\"\n";

std::string service_with(std::string_view rest) {
    return std::string(kHead) + std::string(rest);
}

TEST(Service, ReadsEverythingItsSpecDeclares) {
    const Service& service = test_service();
    EXPECT_EQ(service.code, "foreigner_work");
    EXPECT_EQ(service.version, 1);
    EXPECT_EQ(service.items_list, "case.items");
    EXPECT_EQ(service.item_field, "code");
    const ItemRule* residence = service.find("residence_issue");
    ASSERT_NE(residence, nullptr);
    EXPECT_EQ(residence->group, "residence");
    EXPECT_EQ(residence->label, (Text{"居留证件签发", "residence permit"}));
    EXPECT_EQ(residence->party, "psb");
    EXPECT_EQ(residence->supplement, "psb.residence_more");
    EXPECT_THAT(residence->after, ElementsAre("permit"));
    EXPECT_EQ(residence->evidence, "permit.number");
    EXPECT_TRUE(residence->evidence_required);
    EXPECT_EQ(residence->forward, (Limit{2, true}));
    EXPECT_EQ(residence->decide, (Limit{15, false}));
    EXPECT_TRUE(residence->fee_allowed);
    EXPECT_EQ(service.find("title_review")->decide, std::nullopt);
    EXPECT_EQ(service.find("nothing"), nullptr);
    ASSERT_EQ(service.observers.size(), 6U);
    EXPECT_TRUE(service.observers[2].only_own_cases);
    EXPECT_THAT(service.observers[3].states, ElementsAre("case.accepted"));
}

TEST(Service, UsesTheCodeForAMissingGroup) {
    Diagnostics findings;
    const auto service =
        parse_service(*parse_toml(service_with(item("a")), "s.toml", findings), findings);
    ASSERT_TRUE(service);
    EXPECT_EQ(service->items[0].group, "a");
}

TEST(Service, ReportsWhatDoesNotHold) {
    EXPECT_THAT(service_codes(service_with(item("a") + item("a"))), ElementsAre("C301"));
    EXPECT_THAT(service_codes(service_with(item("a", "after = [\"b\"]"))), ElementsAre("C302"));
    EXPECT_THAT(service_codes(service_with(item("a", "after = [\"a\"]"))), ElementsAre("C303"));
    EXPECT_THAT(
        service_codes(service_with(item("a", "after = [\"b\"]") + item("b", "after = [\"c\"]") +
                                   item("c", "after = [\"a\"]"))),
        ElementsAre("C303", "C303", "C303"));
    EXPECT_THAT(service_codes(service_with(item("a", "decide = \"20\""))), ElementsAre("C304"));
    EXPECT_THAT(service_codes(service_with(item("a", "forward = \"0wd\""))), ElementsAre("C304"));
    EXPECT_THAT(service_codes(service_with(item("a", "decide = \"5wd\"\npromise = \"6wd\""))),
                ElementsAre("C307"));
    EXPECT_THAT(service_codes(service_with("version = 0\n" + item("a"))), ElementsAre("C305"));
    EXPECT_THAT(
        service_codes("code = \"s\"\nlabel_zh = \"x\"\nform = \"f\"\nnumber_prefix = \"fw-1\"\n" +
                      item("a")),
        ElementsAre("C305"));
    EXPECT_THAT(service_codes(service_with("")), ElementsAre("C305"));
    EXPECT_THAT(service_codes(service_with(item("a", "evidence_required = true"))),
                ElementsAre("C112"));
    EXPECT_THAT(service_codes(service_with(item("a", "dispach = \"x\""))), ElementsAre("C110"));
    EXPECT_THAT(
        service_codes(service_with(
            item("a") + "[[observer]]\nparty = \"p\"\nmap = \"m\"\nstates = [\"grantd\"]\n")),
        ElementsAre("C306"));
    EXPECT_THAT(service_codes(item("a")), Contains("C112"));
}

TEST(Service, LimitsTheNumberOfItems) {
    std::string many(kHead);
    for (int index = 0; index < 201; ++index) many += item(fmt::format("i{}", index));
    EXPECT_THAT(service_codes(many), ElementsAre("C305"));
}

TEST(Service, ConditionsAreOfItemsOrOfTheirGroups) {
    const std::string text =
        service_with(item("a", "group = \"g\"") + item("b", "group = \"g\"") + item("c") +
                     "[[condition]]\nitems = [\"g\", \"c\"]\nchecks = [\n  'x',\n  'y',\n]\n"
                     "[[condition]]\nitems = [\"a\"]\nchecks = ['z']\n");
    Diagnostics findings;
    const auto service = parse_service(*parse_toml(text, "s.toml", findings), findings);
    ASSERT_TRUE(service) << findings.list().front().code;
    const auto& conditions = service->conditions.list;
    ASSERT_EQ(conditions.size(), 3U);
    EXPECT_THAT(conditions[0].items, ElementsAre("a", "b", "c"));
    EXPECT_EQ(conditions[0].check, "x");
    EXPECT_EQ(conditions[1].at.line, conditions[0].at.line + 1);
    EXPECT_EQ(conditions[1].at.column, 4) << "behind the quote";
    EXPECT_THAT(conditions[2].items, ElementsAre("a"));

    EXPECT_THAT(
        service_codes(service_with(item("a") + "[[condition]]\nitems = [\"d\"]\nchecks = ['x']\n")),
        ElementsAre("C308"));
    EXPECT_THAT(service_codes(service_with(item("a") + "[[condition]]\nitems = [\"a\"]\n")),
                ElementsAre("C112"));
}

TEST(Service, VersionsThatDifferInConditionsAloneAreTheSame) {
    const auto read = [](const std::string& text) {
        Diagnostics findings;
        return *parse_service(*parse_toml(text, "s.toml", findings), findings);
    };
    EXPECT_EQ(read(service_with(item("a"))),
              read(service_with(item("a") + "[[condition]]\nitems = [\"a\"]\nchecks = ['x']\n")));
}

TEST(Limit, IsReadInWorkingAndCalendarDays) {
    EXPECT_EQ(parse_limit("2wd"), (Limit{2, true}));
    EXPECT_EQ(parse_limit("15d"), (Limit{15, false}));
    for (const std::string_view text :
         {"", "2", "wd", "-2wd", "+2wd", "2 wd", "2h", "0d", "3651d", "99999999999d"}) {
        EXPECT_EQ(parse_limit(text), std::nullopt) << text;
    }
}

TEST(ServiceSpec, ExamplesAreWhatTheReaderAccepts) {
    EXPECT_THAT(service_codes(service_spec().example), ElementsAre());
    for (const Spec* spec :
         {&service_item_spec(), &service_observer_spec(), &service_condition_spec()}) {
        Diagnostics findings;
        Section::check(*spec, *parse_toml(spec->example, "s.toml", findings), findings);
        EXPECT_TRUE(findings.list().empty()) << spec->name;
    }
}

}  // namespace
}  // namespace luqiao::broker
