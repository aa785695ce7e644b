// `luqiao check --json` and `--sarif`: what programs read.
#include "app/check_report.h"

#include "tests/app/rule_program.h"

#include <gtest/gtest.h>

#include <set>

namespace luqiao::app {
namespace {

using nlohmann::json;

/// Rows with an error that can be mended, one that cannot, and a warning with a related place.
constexpr const char* kFaulty =
    "applicant.surnmae <-> xm\n"
    "sent.zzz <-> sj\n"
    "applicant.birth_date <-> csrq : date(yyyyMMdd) ; eg \"20250101\" = 2025-01-02\n"
    "applicant.birth_date <-> zj : date(yyyyMMdd)\n";

TEST(CheckJson, HasEveryMemberOfAFinding) {
    const RuleProgram program;
    program.rows(kFaulty);
    const Ran ran = program.run({"check", "--json"});
    EXPECT_EQ(ran.exit_code, 1);
    const json document = ran.json();
    ASSERT_TRUE(document.is_object()) << ran.out;
    EXPECT_EQ(document["bundle"].get<std::string>().size(), 32U);
    ASSERT_GE(document["findings"].size(), 3U) << ran.out;
    int last_line = 0;
    for (const json& one : document["findings"]) {
        for (const char* key : {"code", "severity", "file", "excerpt"}) {
            EXPECT_TRUE(one[key].is_string()) << key;
        }
        for (const char* key : {"message", "cause", "expected", "help"}) {
            EXPECT_TRUE(one[key]["zh"].is_string() && one[key]["en"].is_string()) << key;
        }
        EXPECT_FALSE(one["help"]["zh"].get<std::string>().empty()) << one["code"];
        EXPECT_GE(one["line"].get<int>(), last_line) << "in the order of the file";
        last_line = one["line"].get<int>();
        EXPECT_GE(one["column"].get<int>(), 1);
        EXPECT_TRUE(one["related"].is_array());
        for (const json& fix : one["fixes"]) {
            EXPECT_FALSE(fix["text"]["zh"].get<std::string>().empty());
            EXPECT_TRUE(fix["safe"].is_boolean());
        }
    }
    const json& first = document["findings"][0];
    EXPECT_EQ(first["code"], "M101");
    EXPECT_EQ(first["file"], "maps/p.m.map");
    EXPECT_EQ(first["line"], 4);
    EXPECT_EQ(first["fixes"][0]["edits"][0]["text"], "applicant.surname");
    EXPECT_EQ(first["excerpt"], "applicant.surnmae <-> xm");
}

TEST(CheckJson, OfCleanRulesNamesTheRowWithoutAnExampleAlone) {
    const RuleProgram program;
    const Ran ran = program.run({"check", "--json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.out;
    ASSERT_EQ(ran.json()["findings"].size(), 1U) << ran.out;
    EXPECT_EQ(ran.json()["findings"][0]["code"], "M190") << ran.out;
}

/// A region as SARIF 2.1.0 section 3.30 wants it: from 1, not empty backwards.
void expect_region(const json& region) {
    ASSERT_TRUE(region["startLine"].is_number_integer()) << region;
    EXPECT_GE(region["startLine"].get<int>(), 1);
    const int line = region.value("endLine", region["startLine"].get<int>());
    EXPECT_GE(line, region["startLine"].get<int>());
    EXPECT_GE(region.value("startColumn", 1), 1);
    if (line == region["startLine"].get<int>()) {
        EXPECT_GE(region.value("endColumn", 1), region.value("startColumn", 1)) << region;
    }
    EXPECT_TRUE(!region.contains("snippet") || region["snippet"]["text"].is_string());
}

/// artifactLocation.uri is a relative reference (3.4.3): no blank, no backslash, no scheme.
void expect_location(const json& location) {
    const json& physical = location["physicalLocation"];
    const std::string uri = physical["artifactLocation"]["uri"];
    EXPECT_FALSE(uri.empty());
    EXPECT_EQ(uri.find_first_of(" \\:"), std::string::npos) << uri;
    expect_region(physical["region"]);
    EXPECT_TRUE(!location.contains("message") || location["message"]["text"].is_string());
}

void expect_fix(const json& fix) {
    EXPECT_FALSE(fix["description"]["text"].get<std::string>().empty());
    ASSERT_FALSE(fix["artifactChanges"].empty());  // 3.55.3: at least one
    for (const json& change : fix["artifactChanges"]) {
        EXPECT_TRUE(change["artifactLocation"]["uri"].is_string());
        ASSERT_FALSE(change["replacements"].empty());  // 3.56.3
        for (const json& replacement : change["replacements"]) {
            expect_region(replacement["deletedRegion"]);  // 3.57.3: required
            if (replacement.contains("insertedContent")) {
                EXPECT_TRUE(replacement["insertedContent"]["text"].is_string());
            }
        }
    }
}

/// What the schema of SARIF 2.1.0 requires of a log with one run of rules and results.
void expect_sarif(const json& log) {
    ASSERT_TRUE(log.is_object());
    EXPECT_EQ(log["version"], "2.1.0");
    ASSERT_EQ(log["runs"].size(), 1U);
    const json& run = log["runs"][0];
    const json& driver = run["tool"]["driver"];
    EXPECT_TRUE(driver["name"].is_string());
    EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
    std::set<std::string> ids;
    for (const json& rule : driver["rules"]) {
        EXPECT_TRUE(ids.insert(rule["id"]).second) << rule["id"] << " is there twice";
        EXPECT_FALSE(rule["shortDescription"]["text"].get<std::string>().empty()) << rule["id"];
        EXPECT_FALSE(rule["help"]["text"].get<std::string>().empty()) << rule["id"];
    }
    for (const json& result : run["results"]) {
        const auto index = result["ruleIndex"].get<std::size_t>();
        ASSERT_LT(index, driver["rules"].size());
        EXPECT_EQ(driver["rules"][index]["id"], result["ruleId"]) << "3.27.6: they agree";
        EXPECT_TRUE(std::set<std::string>({"none", "note", "warning", "error"})
                        .contains(result["level"].get<std::string>()));
        EXPECT_FALSE(result["message"]["text"].get<std::string>().empty());
        ASSERT_EQ(result["locations"].size(), 1U);
        expect_location(result["locations"][0]);
        for (const json& place : result.value("relatedLocations", json::array())) {
            expect_location(place);
        }
        for (const json& fix : result.value("fixes", json::array())) expect_fix(fix);
    }
}

TEST(Sarif, IsWhatTheStandardRequires) {
    const RuleProgram program;
    program.rows(kFaulty);
    for (const char* language : {"zh", "en"}) {
        const Ran ran = program.run({"check", "--sarif", "--lang", language});
        EXPECT_EQ(ran.exit_code, 1);
        const json log = ran.json();
        expect_sarif(log);
        ASSERT_GE(log["runs"][0]["results"].size(), 3U) << ran.out;
        const json& first = log["runs"][0]["results"][0];
        EXPECT_EQ(first["ruleId"], "M101");
        const json& region = first["locations"][0]["physicalLocation"]["region"];
        EXPECT_EQ(region["startLine"], 4);
        EXPECT_EQ(region["startColumn"], 1);
        EXPECT_EQ(region["endColumn"], 18) << "one behind the last character";
        EXPECT_EQ(
            first["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
            "applicant.surname");
    }
}

TEST(Sarif, OfNothingHasRulesAndNoResults) {
    const json log = json::parse(findings_as_sarif({}, Language::En));
    expect_sarif(log);
    EXPECT_EQ(log["runs"][0]["results"], json::array());
    EXPECT_GT(log["runs"][0]["tool"]["driver"]["rules"].size(), 60U);
}

TEST(Sarif, DeletesAWholeLineUpToTheNextOne) {
    Diagnostics findings;
    Diagnostic one;
    one.code = "M170";
    one.at = {"maps/p.m.map", 4, 1, 3};
    one.message = {"没有用到", "unused"};
    one.excerpt = "use sex";
    one.fix = Fix(Text{"删除", "delete"}, {{{"maps/p.m.map", 4, 1, 8}, ""}});
    findings.add(one);
    const json log = json::parse(findings_as_sarif(findings, Language::Both));
    expect_sarif(log);
    const json& change = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    const json& region = change["replacements"][0]["deletedRegion"];
    EXPECT_EQ(region["endLine"], 5);
    EXPECT_EQ(region["endColumn"], 1);
    EXPECT_FALSE(change["replacements"][0].contains("insertedContent"));
}

}  // namespace
}  // namespace luqiao::app
