// Every finding as its author sees it. A case is input files, then what must be found:
//
//     what the case shows
//     --- maps/p.m.map            a file that replaces or adds to the base (bundle_fixture.cc)
//     --- outgoing                options: lines "MAP CLASS"
//     --- findings [with notes]
//
// LUQIAO_UPDATE=1 in the environment writes what was found into the cases.
#include "tests/mapping/bundle_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

namespace luqiao::mapping {
namespace {

struct Case {
    std::string head;  ///< everything before the findings
    Files files = base_files();
    CompileOptions options;
    bool with_notes = false;
    std::string findings;
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

Case parse(const std::string& text) {
    Case out;
    std::string* into = nullptr;
    bool is_outgoing = false;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("--- ")) {
            const std::string name = line.substr(4);
            is_outgoing = name == "outgoing";
            if (name.starts_with("findings")) {
                out.with_notes = name == "findings with notes";
                into = &out.findings;
            } else if (!is_outgoing) {
                into = &out.files[name];
                into->clear();
            }
        } else if (is_outgoing) {
            std::istringstream words(line);
            std::string map;
            std::string clearance;
            words >> map >> clearance;
            out.options.outgoing[map] = privacy(clearance);
        } else if (into != nullptr) {
            *into += line + "\n";
        }
        if (into != &out.findings) out.head += line + "\n";
    }
    return out;
}

std::filesystem::path folder() {
    return std::filesystem::path(LUQIAO_SOURCE_DIR) / "tests/mapping/diagnostics";
}

std::vector<std::string> case_names() {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        if (entry.path().extension() == ".case") out.push_back(entry.path().stem().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

class DiagnosticCase : public testing::TestWithParam<std::string> {};

TEST_P(DiagnosticCase, ShowsWhatTheAuthorNeeds) {
    const std::filesystem::path path = folder() / (GetParam() + ".case");
    const Case one = parse(read(path));
    const std::string got = compile(one.files, one.options).rendered(one.with_notes);
    if (std::getenv("LUQIAO_UPDATE") != nullptr) {
        std::ofstream(path, std::ios::binary)
            << one.head << "--- findings" << (one.with_notes ? " with notes" : "") << "\n"
            << got;
        return;
    }
    EXPECT_FALSE(one.findings.empty()) << "the case expects nothing";
    EXPECT_EQ(got, one.findings);
}

INSTANTIATE_TEST_SUITE_P(All, DiagnosticCase, testing::ValuesIn(case_names()), [](const auto& row) {
    return row.param;
});

TEST(DiagnosticCases, AreThirtyAtLeastAndEachHasItsCode) {
    const std::vector<std::string> names = case_names();
    EXPECT_GE(names.size(), 30u);
    for (const std::string& name : names) {
        const std::string code = "M" + name.substr(1, 3);
        EXPECT_THAT(parse(read(folder() / (name + ".case"))).findings, testing::HasSubstr(code))
            << name;
    }
}

}  // namespace
}  // namespace luqiao::mapping
