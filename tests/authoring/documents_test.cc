// The rules that the documents show: every fenced block of rules is compiled.
#include "mapping/bundle.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

namespace luqiao::authoring {
namespace {

using mapping::Bundle;
using mapping::SourceFile;

/// A fenced block of a document: what stands behind the fence, and its lines.
struct FencedBlock {
    std::string info;  ///< "map", "csv sex"
    std::string text;
};

std::vector<FencedBlock> fenced_blocks(const std::string& document) {
    std::ifstream file(places::source() + "/docs/" + document);
    EXPECT_TRUE(file) << document;
    std::vector<FencedBlock> out;
    bool is_open = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            if (!is_open) out.push_back({line.substr(3), {}});
            is_open = !is_open;
        } else if (is_open) {
            out.back().text += line + "\n";
        }
    }
    return out;
}

/// The second word of a file of rules: "psb.apply" of `map psb.apply v1`.
std::string name_in(const std::string& text) {
    std::istringstream words(text);
    std::string word;
    std::string name;
    words >> word >> name;
    return name;
}

/// The files of one document. Blocks `rows` are maps of their own between its form and format.
std::vector<SourceFile> files_in(const std::string& document) {
    std::vector<SourceFile> out;
    std::string form;
    std::string format;
    std::size_t rows = 0;
    for (const FencedBlock& block : fenced_blocks(document)) {
        if (block.info.starts_with("csv ")) {
            out.push_back({"codes/" + block.info.substr(4) + ".csv", block.text});
        } else if (block.info == "form") {
            form = name_in(block.text);
            out.push_back({"forms/" + form + ".form", block.text});
        } else if (block.info == "format") {
            format = name_in(block.text);
            out.push_back({"formats/" + format + ".format", block.text});
        } else if (block.info == "map") {
            out.push_back({"maps/" + name_in(block.text) + ".map", block.text});
        } else if (block.info == "rows") {
            const std::string name = "doc.rows" + std::to_string(++rows);
            out.push_back({"maps/" + name + ".map",
                           "map " + name + " v1\nform " + form + "@1\nformat " + format +
                               "@1\nasof case.submitted_at\npartial\n" + block.text});
        }
    }
    return out;
}

TEST(Documents, ShowRulesThatCompile) {
    for (const char* document : {"reference/mapping-language.md", "guides/first-rule.zh.md"}) {
        SCOPED_TRACE(document);
        const std::vector<SourceFile> files = files_in(document);
        EXPECT_GE(files.size(), 4u);
        Diagnostics findings;
        const auto bundle = Bundle::compile(files, findings);
        for (const Diagnostic& finding : findings.list()) {
            // Rows by themselves need not cover what the format wants.
            const bool is_fragment =
                finding.code == "M120" && finding.at.file.starts_with("maps/doc.rows");
            if (finding.severity == Severity::Error && !is_fragment) {
                ADD_FAILURE() << render(finding);
            }
        }
        EXPECT_FALSE(bundle->programs().empty());
    }
}

}  // namespace
}  // namespace luqiao::authoring
