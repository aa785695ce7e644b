#include "authoring/reference.h"

#include "mapping/codec.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

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

}  // namespace
}  // namespace luqiao::authoring
