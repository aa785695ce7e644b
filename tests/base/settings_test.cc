#include "base/settings.h"

#include <gtest/gtest.h>

namespace luqiao {
namespace {

using namespace std::chrono_literals;

const Spec kSpec{"push",
                 "An example.",
                 {{"url", SettingKind::Text, "where"},
                  {"timeout", SettingKind::Time, "how long", "10s"},
                  {"tries", SettingKind::Integer, "how often", "3"},
                  {"strict", SettingKind::Flag, "whether", "true"},
                  {"names", SettingKind::List, "who", ""},
                  {"inner", SettingKind::Table, "more"},
                  {"row", SettingKind::Tables, "rows"}},
                 "url = \"x\"\n"};

Setting parsed(std::string_view text, Diagnostics& findings) {
    auto setting = parse_toml(text, "a.toml", findings);
    return setting ? *std::move(setting) : Setting{Setting::Table{}, {}};
}

std::vector<std::string> finding_codes(const Diagnostics& findings) {
    std::vector<std::string> codes;
    for (const Diagnostic& one : findings.list()) codes.push_back(one.code);
    return codes;
}

std::vector<std::string> finding_codes(std::string_view text) {
    Diagnostics findings;
    const Setting setting = parsed(text, findings);
    Section::check(kSpec, setting, findings);
    return finding_codes(findings);
}

TEST(Settings, FillInDefaults) {
    Diagnostics findings;
    const Section section = Section::check(kSpec, parsed("url = \"http://x\"", findings), findings);
    EXPECT_TRUE(findings.list().empty());
    EXPECT_EQ(section.text("url"), "http://x");
    EXPECT_EQ(section.time("timeout"), 10s);
    EXPECT_EQ(section.integer("tries"), 3);
    EXPECT_TRUE(section.flag("strict"));
    EXPECT_TRUE(section.list("names").empty());
    EXPECT_EQ(section.table("inner"), nullptr);
    EXPECT_FALSE(section.has("tries"));
}

TEST(Settings, TakeWhatTheFileSays) {
    Diagnostics findings;
    const Section section =
        Section::check(kSpec,
                       parsed("url = \"u\"\ntimeout = \"2m\"\ntries = 7\nstrict = false\n"
                              "names = [\"a\", \"b\"]\n[inner]\nx = 1\n[[row]]\n[[row]]\n",
                              findings),
                       findings);
    EXPECT_TRUE(findings.list().empty());
    EXPECT_EQ(section.time("timeout"), 2min);
    EXPECT_EQ(section.integer("tries"), 7);
    EXPECT_FALSE(section.flag("strict"));
    EXPECT_EQ(section.list("names"), (std::vector<std::string>{"a", "b"}));
    EXPECT_NE(section.table("inner"), nullptr);
    EXPECT_EQ(section.tables("row").size(), 2U);
}

TEST(Settings, ReportEverythingInOneRun) {
    using Codes = std::vector<std::string>;
    EXPECT_EQ(finding_codes("timeout = 5\ntires = 2\n"), (Codes{"C112", "C111", "C110"}));
    EXPECT_EQ(finding_codes("url = \"u\"\ntimeout = \"soon\"\n"), Codes{"C111"});
    EXPECT_EQ(finding_codes("url = \"u\"\nnames = [\"a\", 1]\n"), Codes{"C111"});
    EXPECT_EQ(finding_codes("url = \"u\"\nrow = [1]\n"), Codes{"C111"});
    EXPECT_EQ(finding_codes("url = \"u\"\ntries = 1.5\n"), (Codes{"C101", "C111"}));
}

TEST(Settings, SayWhichKeyWasMeantAndWhereItStands) {
    Diagnostics findings;
    Section::check(kSpec, parsed("url = \"u\"\n\n  timout = \"1s\"\n", findings), findings);
    ASSERT_EQ(findings.list().size(), 1U);
    EXPECT_EQ(findings.list()[0].fix.text.en, "timeout");
    EXPECT_EQ(findings.list()[0].at.line, 3);
    EXPECT_EQ(findings.list()[0].at.column, 3);
}

TEST(Settings, RefuseWhatIsNotToml) {
    Diagnostics findings;
    EXPECT_FALSE(parse_toml("url = \n", "a.toml", findings));
    EXPECT_FALSE(parse_toml(std::string((1u << 20) + 1, '#'), "b.toml", findings));
    EXPECT_EQ(finding_codes(findings), (std::vector<std::string>{"C100", "C100"}));
}

TEST(Settings, LimitTheirDepth) {
    std::string deep = "a = ";
    for (int level = 0; level < 20; ++level) deep += "[";
    for (int level = 0; level < 20; ++level) deep += "]";
    Diagnostics findings;
    parse_toml(deep, "a.toml", findings);
    EXPECT_EQ(finding_codes(findings), std::vector<std::string>{"C101"});
}

TEST(Settings, OverlayKeyByKey) {
    Diagnostics findings;
    Setting base = parsed("url = \"u\"\n[inner]\nx = 1\ny = 2\n", findings);
    overlay(base, parsed("[inner]\ny = 3\n", findings));
    const auto& table = std::get<Setting::Table>(base.value);
    const auto& inner = std::get<Setting::Table>(table.at("inner").value);
    EXPECT_EQ(std::get<std::int64_t>(inner.at("x").value), 1);
    EXPECT_EQ(std::get<std::int64_t>(inner.at("y").value), 3);
    EXPECT_EQ(std::get<std::string>(table.at("url").value), "u");
}

TEST(SettingsDeathTest, AbortOnAKeyTheSpecDoesNotDeclare) {
    Diagnostics findings;
    const Section section = Section::check(kSpec, parsed("url = \"u\"", findings), findings);
    EXPECT_DEATH(static_cast<void>(section.text("host")), "does not declare 'host'");
    EXPECT_DEATH(static_cast<void>(section.flag("url")), "does not declare 'url'");
}

}  // namespace
}  // namespace luqiao
