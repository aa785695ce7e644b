// tests/authoring/expected_output.h - an output held against a file; LUQIAO_UPDATE=1 writes the
// file.
#pragma once

#include "tests/places.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace luqiao::authoring {

/// Compares `got` with tests/authoring/expected/NAME.
inline void expect_output(const std::string& name, const std::string& got) {
    const std::filesystem::path path =
        std::filesystem::path(places::source()) / "tests/authoring/expected" / name;
    if (std::getenv("LUQIAO_UPDATE") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << got;
        return;
    }
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path << " is missing; run once with LUQIAO_UPDATE=1";
    std::ostringstream expected;
    expected << in.rdbuf();
    EXPECT_EQ(got, expected.str()) << name;
}

}  // namespace luqiao::authoring
