#include "authoring/reference.h"

#include "mapping/codec.h"
#include "mapping/diagnostic_codes.h"
#include "tests/mapping/bundle_fixture.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "authoring/diagnostic_families.h"
#include "authoring/prove.h"

namespace luqiao::authoring {
namespace {

std::string path_of(const ReferencePage& page) {
    return places::source() + "/docs/reference/" + std::string(page.name) + ".md";
}

TEST(ReferencePage, IsTheOneThatIsCheckedIn) {
    for (const ReferencePage& page : reference_pages()) {
        const std::string made = page.write();
        if (std::getenv("LUQIAO_UPDATE") != nullptr) {
            std::ofstream(path_of(page), std::ios::binary) << made;
        }
        std::ifstream file(path_of(page), std::ios::binary);
        std::ostringstream content;
        content << file.rdbuf();
        EXPECT_TRUE(content.str() == made) << path_of(page) << " is out of date: luqiao doc "
                                           << page.name << " > " << page.name << ".md";
    }
}

TEST(ReferencePage, NamesEveryCodecInBothLanguages) {
    const std::string page = codec_reference();
    for (const mapping::Codec* codec : mapping::codecs()) {
        EXPECT_NE(page.find("### " + std::string(codec->name) + "\n"), std::string::npos)
            << codec->name;
        EXPECT_NE(page.find(codec->summary.en), std::string::npos) << codec->name;
    }
    EXPECT_EQ(find_reference_page("codec"), nullptr);
}

TEST(DiagnosticFamilies, AreSortedAndSayWhatToDoInBothLanguages) {
    for (const DiagnosticFamily& family : diagnostic_families()) {
        std::string before;
        for (const DiagnosticCode& code : family.codes) {
            EXPECT_LT(before, code.code);
            before = code.code;
            for (const Text& text : {code.meaning, code.mending}) {
                EXPECT_FALSE(text.zh.empty()) << code.code;
                EXPECT_FALSE(text.en.empty()) << code.code;
                EXPECT_NE(text.zh, text.en) << code.code;
            }
            EXPECT_EQ(find_diagnostic_code(code.code), &code);
            EXPECT_NE(code.mistake, code.mended) << code.code << " shows nothing";
        }
    }
    EXPECT_EQ(find_diagnostic_code("M999"), nullptr);
}

/// Codes whose example is a line of another file than a map, or wants more than the sample rules.
bool is_elsewhere(std::string_view code) {
    static const std::set<std::string_view> kElsewhere{"M104", "M105", "M106", "M120", "M131",
                                                       "M132", "M133", "M141", "M150", "M151",
                                                       "M152", "M180", "M190"};
    return kElsewhere.contains(code);
}

TEST(DiagnosticCode, ItsExampleGetsItAndTheMendedOneDoesNot) {
    for (const DiagnosticCode& code : mapping::diagnostic_codes()) {
        if (is_elsewhere(code.code)) continue;
        const auto codes = [](std::string_view rows) {
            return mapping::compile_rows(std::string(rows) + "\n").codes();
        };
        EXPECT_NE(codes(code.mistake).find(code.code), std::string::npos)
            << code.code << ": " << code.mistake << " gets " << codes(code.mistake);
        EXPECT_EQ(codes(code.mended).find(code.code), std::string::npos)
            << code.code << ": " << code.mended << " gets " << codes(code.mended);
    }
}

std::string proved(std::string_view rows) {
    const mapping::Compiled compiled = mapping::compile_rows(std::string(rows) + "\n");
    if (compiled.findings.has_errors()) return "does not compile: " + compiled.rendered(false);
    const MapProof proof = Prover({1, 60, 60}).prove(*compiled.bundle->find("p.m"));
    std::string out;
    for (const Diagnostic& one : proof.findings.list()) out += one.code + " ";
    return out;
}

/// P102 and P104 need a codec or a column that is wrong itself; P120 is about cases.
TEST(DiagnosticCode, ExamplesOfTheProverGetItAndTheMendedOnesNothing) {
    for (const std::string_view code : {"P101", "P103", "P110", "P111", "P112"}) {
        const DiagnosticCode* const found = find_diagnostic_code(code);
        ASSERT_NE(found, nullptr) << code;
        EXPECT_NE(proved(found->mistake).find(code), std::string::npos)
            << code << " gets " << proved(found->mistake);
        EXPECT_EQ(proved(found->mended), "") << code;
    }
}

}  // namespace
}  // namespace luqiao::authoring
