#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <simdjson.h>

namespace luqiao {
namespace {

TEST(JsonWriter, SetsCommasAndQuotes) {
    JsonWriter json;
    json.begin_object();
    json.field("a", 1)
        .field("b", "x")
        .key("c")
        .begin_array()
        .value(true)
        .null()
        .begin_object()
        .end_object();
    json.value(std::numeric_limits<std::uint64_t>::max()).end_array();
    json.key("d")
        .begin_array()
        .end_array()
        .field("e", std::int64_t{-5})
        .key("f")
        .raw("[1]")
        .end_object();
    EXPECT_EQ(json.text(),
              R"({"a":1,"b":"x","c":[true,null,{},18446744073709551615],"d":[],"e":-5,"f":[1]})");
}

TEST(JsonWriter, EscapesWhatJsonForbids) {
    EXPECT_EQ(json_quoted("a\"\\\n\r\t\x01\x1f青"), R"("a\"\\\n\r\t\u0001\u001f青")");
    EXPECT_EQ(json_quoted(""), R"("")");
}

TEST(JsonWriter, IsReadBackByAParser) {
    std::string every;
    for (char byte = 0; byte < 0x7F; ++byte) every += byte;
    every += "青岛𠮷";
    JsonWriter json;
    json.begin_object().field(every, every).end_object();
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    ASSERT_EQ(parser.parse(json.text()).get(object), simdjson::SUCCESS);
    std::string_view back;
    ASSERT_EQ((*object.begin()).value.get(back), simdjson::SUCCESS);
    EXPECT_EQ(back, every);
}

}  // namespace
}  // namespace luqiao
