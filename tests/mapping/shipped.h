// tests/mapping/shipped.h - the rules of conf/ compiled once, the samples, and what a map covers.
#pragma once

#include "mapping/bundle.h"
#include "mapping/translator.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::mapping {

struct Shipped {
    std::shared_ptr<const Bundle> bundle;
    Diagnostics findings;
};

/// conf/{forms,formats,codes,maps}, compiled once.
const Shipped& shipped();
const Program& program(std::string_view name);

/// The bytes of conf/samples/NAME.
std::string sample(const std::string& name);

/// The application of conf/samples/portal.apply.json as its map reads it.
Record portal_application();

using Texts = std::vector<std::pair<std::string_view, std::string_view>>;

/// Sets fields; a field that the form lacks fails the test.
void set(Record& record, const Texts& texts);

/// One line per issue, for failure messages.
std::string describe(const Issues& issues);

/// Every root field with a value, by path.
std::map<std::string, std::string> values(const Record& record);

/// Paths of the root fields that `program` both writes and reads, whatever branch they stand in.
std::vector<std::string> both_ways(const Program& program);

/// The items of a list, each as field -> value.
std::vector<std::map<std::string, std::string>> items(const Record& record, std::string_view list);

}  // namespace luqiao::mapping
