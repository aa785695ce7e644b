// tests/older_schema.h - a store of an older schema version, by the statements of its time, with
// one case in it.
#pragma once

#include "tests/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace luqiao::tests {

inline std::string schema_file(const std::string& name) {
    std::ifstream in(fmt::format("{}/tests/broker/schemas/{}.sql", places::source(), name));
    std::ostringstream out;
    out << in.rdbuf();
    EXPECT_FALSE(out.str().empty()) << name;
    return out.str();
}

/// For an empty file. What a later version had otherwise is made anew before anything is in it.
inline std::string older_sqlite(int version) {
    std::string out;
    for (int one = 1; one <= version; ++one) out += schema_file(fmt::format("sqlite_{}", one));
    return fmt::format("{}{}PRAGMA application_id = 1280393807;PRAGMA user_version = {};", out,
                       schema_file("sqlite_case"), version);
}

/// For an empty database.
inline std::string older_postgres(int version) {
    std::string out;
    for (int one = 1; one <= version; ++one) out += schema_file(fmt::format("postgres_{}", one));
    return out;
}

}  // namespace luqiao::tests
