// Every finding as its author sees it. A case is input files, then what must be found:
//
//     what the case shows
//     --- maps/p.m.map            a file that replaces or adds to the base (bundle_fixture.cc)
//     --- outgoing                options: lines "MAP CLASS [PARTY [PURPOSE]]"
//     --- findings [with notes]
//     --- fixed maps/p.m.map      optional: what the file is once the safe edits are made
//
// LUQIAO_UPDATE=1 in the environment writes what was found, and what the edits make of each file,
// into the cases.
#include "mapping/diagnostic_codes.h"
#include "tests/mapping/bundle_fixture.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <sstream>

namespace luqiao::mapping {
namespace {

struct FindingCase {
    std::string head;  ///< everything before the findings
    Files files = base_files();
    CompileOptions options;
    bool with_notes = false;
    std::string findings;
    Files fixed;  ///< by path, only those that change
};

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Privacy privacy(const std::string& word) {
    if (word == "C0") return Privacy::C0;
    if (word == "C1") return Privacy::C1;
    return word == "C2" ? Privacy::C2 : Privacy::C3;
}

FindingCase case_in(const std::string& text) {
    FindingCase out;
    std::string* into = nullptr;
    bool is_outgoing = false;
    bool is_head = true;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("--- ")) {
            const std::string name = line.substr(4);
            is_outgoing = name == "outgoing";
            if (name.starts_with("fixed ")) {
                into = &out.fixed[name.substr(6)];
            } else if (name.starts_with("findings")) {
                out.with_notes = name == "findings with notes";
                into = &out.findings;
                is_head = false;
            } else if (!is_outgoing) {
                into = &out.files[name];
                into->clear();
            }
        } else if (is_outgoing) {
            std::istringstream words(line);
            std::string map;
            std::string clearance;
            Recipient to{"psb", Privacy::C0, "审批"};
            words >> map >> clearance;
            to.clearance = privacy(clearance);
            if (words >> to.party) to.purpose.clear();
            words >> to.purpose;
            out.options.outgoing[map].push_back(std::move(to));
        } else if (into != nullptr) {
            *into += line + "\n";
        }
        if (is_head) out.head += line + "\n";
    }
    return out;
}

std::filesystem::path folder() {
    return std::filesystem::path(places::source()) / "tests/mapping/diagnostics";
}

std::vector<std::string> case_names() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        if (entry.path().extension() == ".case") out.push_back(entry.path().stem().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// Every file that safe edits change, and what it is then.
Files mended(const Files& files, const Diagnostics& findings) {
    Files out;
    for (const auto& [path, text] : files) {
        Mended one = mend(text, path, findings.list());
        if (one.fixes > 0) out[path] = std::move(one.text);
    }
    return out;
}

/// Code and place of the findings whose edits were made, to see that they are gone afterwards.
std::multiset<std::string> fixable(const Diagnostics& findings) {
    std::multiset<std::string> out;
    for (const Diagnostic& one : findings.list()) {
        if (one.fix.safe && !one.fix.edits.empty()) out.insert(one.code + " " + one.message.zh);
    }
    return out;
}

/// The case after round upon round of safe edits, as `luqiao check --fix` makes them.
Compiled mended_to_the_end(const FindingCase& one) {
    constexpr int kRoundsMax = 8;
    Files files = one.files;
    for (int round = 0; round < kRoundsMax; ++round) {
        const Files fixed = mended(files, compile(files, one.options).findings);
        if (fixed.empty()) break;
        for (const auto& [name, text] : fixed) files[name] = text;
    }
    return compile(files, one.options);
}

class DiagnosticCase : public testing::TestWithParam<std::string> {};

TEST_P(DiagnosticCase, ShowsWhatTheAuthorNeedsAndMendsIt) {
    const std::filesystem::path path = folder() / (GetParam() + ".case");
    const FindingCase one = case_in(read(path));
    const Compiled compiled = compile(one.files, one.options);
    const std::string got = compiled.rendered(one.with_notes);
    const Files fixed = mended(one.files, compiled.findings);
    if (std::getenv("LUQIAO_UPDATE") != nullptr) {
        std::ofstream out(path, std::ios::binary);
        out << one.head << "--- findings" << (one.with_notes ? " with notes" : "") << "\n" << got;
        for (const auto& [name, text] : fixed) out << "--- fixed " << name << "\n" << text;
        return;
    }
    EXPECT_FALSE(one.findings.empty()) << "the case expects nothing";
    EXPECT_EQ(got, one.findings);
    EXPECT_EQ(fixed, one.fixed);
    const std::multiset<std::string> before = fixable(compiled.findings);
    const std::multiset<std::string> after = fixable(mended_to_the_end(one).findings);
    EXPECT_TRUE(after.empty()) << "edits do not come to an end: " << testing::PrintToString(after);
    EXPECT_EQ(before.empty(), fixed.empty());
}

INSTANTIATE_TEST_SUITE_P(All, DiagnosticCase, testing::ValuesIn(case_names()), [](const auto& row) {
    return row.param;
});

TEST(DiagnosticCases, AreManyEachHasItsCodeAndEveryCodeIsThere) {
    const std::vector<std::string> names = case_names();
    EXPECT_GE(names.size(), 120u);
    for (const DiagnosticCode& code : diagnostic_codes()) {
        if (code.code == "M190") continue;  // needs the golden cases: tests/authoring
        const std::string prefix = "m" + std::string(code.code.substr(1)) + "_";
        const bool is_shown = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            return name.starts_with(prefix);
        });
        EXPECT_TRUE(is_shown) << code.code << " has no case";
    }
    for (const std::string& name : names) {
        const std::string code = "M" + name.substr(1, 3);
        EXPECT_THAT(case_in(read(folder() / (name + ".case"))).findings, testing::HasSubstr(code))
            << name;
    }
}

}  // namespace
}  // namespace luqiao::mapping
