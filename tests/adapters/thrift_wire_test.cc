#include "adapters/thrift_wire.h"

#include "adapters/thrift.h"
#include "tests/adapters/title_peer.h"

#include <gtest/gtest.h>

#include <random>

namespace luqiao::adapters {
namespace {

using namespace std::string_literals;

peer::TitleApplication rich() {
    peer::TitleApplication body;
    body.applicant = "申请人";
    body.years_in_post = -5;
    body.awards.resize(3);
    body.awards[1].name = "一等奖";
    body.extra["专业"] = "机械";
    body.score = 98.5;
    body.salary_cents = 1LL << 40;
    body.recommended = true;
    return body;
}

TEST(ThriftWire, ReadsWhatGeneratedCodeWrites) {
    const std::string bytes = peer::struct_bytes(rich());
    const auto fields = read_struct(bytes);
    ASSERT_TRUE(fields);
    ASSERT_EQ(fields->size(), 7U);
    EXPECT_EQ(find_field(*fields, 1, ThriftType::String)->value, "申请人");
    EXPECT_EQ(to_i32(find_field(*fields, 2, ThriftType::I32)->value), -5);
    EXPECT_EQ(find_field(*fields, 2, ThriftType::String), nullptr);
}

TEST(ThriftWire, GeneratedCodeReadsWhatItWrites) {
    const auto reply =
        peer::struct_of<peer::Reply>(WireWriter{}.text(1, "0").text(3, "序号").stop().take());
    EXPECT_EQ(reply.code, "0");
    EXPECT_EQ(reply.serial, "序号");
}

TEST(ThriftWire, RefusesEveryTruncation) {
    const std::string bytes = peer::struct_bytes(rich());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(read_struct(bytes.substr(0, size))) << size;
    }
    EXPECT_FALSE(read_struct(bytes + '\0'));
}

struct Bomb {
    std::string name;
    std::string bytes;
    Errc code;
};

class ThriftBomb : public testing::TestWithParam<Bomb> {};

TEST_P(ThriftBomb, IsRefused) {
    const auto fields = read_struct(GetParam().bytes);
    ASSERT_FALSE(fields);
    EXPECT_EQ(fields.error().code, GetParam().code) << fields.error().message;
}

std::string nested(std::size_t levels) {
    std::string out;
    for (std::size_t level = 1; level < levels; ++level) out += "\x0C\x00\x01"s;
    return out + std::string(levels, '\0');
}

std::string nested_lists(std::size_t levels) {
    std::string out = "\x0F\x00\x01"s;
    for (std::size_t level = 0; level < levels; ++level) out += "\x0F\x00\x00\x00\x01"s;
    return out + "\x03\x00\x00\x00\x00\x00"s;
}

INSTANTIATE_TEST_SUITE_P(
    Bytes,
    ThriftBomb,
    testing::Values(
        Bomb{"String2GiB", "\x0B\x00\x01\x7F\xFF\xFF\xFF..."s, Errc::LimitExceeded},
        Bomb{"StringNegative", "\x0B\x00\x01\xFF\xFF\xFF\xFF..."s, Errc::ParseFailed},
        Bomb{"List2GiB", "\x0F\x00\x01\x03\x7F\xFF\xFF\xFF..."s, Errc::LimitExceeded},
        Bomb{"ListOfStringsThatCannotFit", "\x0F\x00\x01\x0B\x00\x00\x00\x03........\x00"s,
             Errc::LimitExceeded},
        Bomb{"ListOfNothing", "\x0F\x00\x01\x00\x7F\xFF\xFF\xFF..."s, Errc::ParseFailed},
        Bomb{"ListOfUnknown", "\x0F\x00\x01\x10\x00\x00\x00\x01..."s, Errc::ParseFailed},
        Bomb{"SetNegative", "\x0E\x00\x01\x03\x80\x00\x00\x00..."s, Errc::ParseFailed},
        Bomb{"Map2GiB", "\x0D\x00\x01\x0B\x0B\x7F\xFF\xFF\xFF..."s, Errc::LimitExceeded},
        Bomb{"MapOfNothing", "\x0D\x00\x01\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00"s,
             Errc::ParseFailed},
        Bomb{"UnknownType", "\x01\x00\x01\x00\x00"s, Errc::ParseFailed},
        Bomb{"TooDeep", nested(33), Errc::LimitExceeded},
        Bomb{"TooDeepLists", nested_lists(40), Errc::LimitExceeded},
        Bomb{"VeryDeep", nested(100'000), Errc::LimitExceeded},
        Bomb{"TooManyFields",
             [] {
                 std::string out;
                 for (int index = 0; index < 5000; ++index) out += "\x03\x00\x01\x00"s;
                 return out + '\0';
             }(),
             Errc::LimitExceeded},
        Bomb{"Empty", "", Errc::ParseFailed}),
    [](const auto& one) { return one.param.name; });

TEST(ThriftWire, TakesNestingUpToTheLimitAndEmptyMapsWithoutTypes) {
    EXPECT_TRUE(read_struct(nested(32)));
    EXPECT_TRUE(read_struct("\x0D\x00\x01\x00\x00\x00\x00\x00\x00\x00"s));
}

TEST(ThriftWire, SurvivesAlteredBytes) {
    const std::string good = peer::struct_bytes(rich());
    std::mt19937 random(20251009);
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = good;
        for (int change = 0; change < 3; ++change) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        const auto fields = read_struct(bytes);
        if (!fields) ++refused;
        if (!fields) continue;
        for (const WireField& field : *fields) EXPECT_LE(field.value.size(), bytes.size());
    }
    EXPECT_GT(refused, 1000U);
}

TEST(ThriftCall, IsReadAsItWasWritten) {
    const ThriftHeader header{"id", "title.review", "key", "123", "nonce", "sign"};
    const auto frame = encode_call(header, peer::struct_bytes(rich()), 7);
    ASSERT_TRUE(frame);
    const auto call = decode_call(*frame);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->header.message_id, "id");
    EXPECT_EQ(call->header.sign, "sign");
    EXPECT_EQ(peer::struct_of<peer::TitleApplication>(call->body), rich());
}

TEST(ThriftCall, RefusesABodyThatIsNotOneStruct) {
    EXPECT_FALSE(encode_call({}, "", 1));
    EXPECT_FALSE(encode_call({}, "\0\0"s, 1));
    EXPECT_FALSE(encode_call({}, "\x0B\x00\x01\x7F\xFF\xFF\xFF"s, 1));
}

struct BadCall {
    std::string name;
    std::string frame;
    Errc code;
};

class ThriftBadCall : public testing::TestWithParam<BadCall> {};

TEST_P(ThriftBadCall, IsRefused) {
    const auto call = decode_call(GetParam().frame);
    ASSERT_FALSE(call);
    EXPECT_EQ(call.error().code, GetParam().code) << call.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Frames,
    ThriftBadCall,
    testing::Values(
        BadCall{"Http", "GET / HTTP/1.1\r\n\r\n", Errc::ParseFailed},
        BadCall{"OldEncoding", "\x00\x00\x00\x06submit\x01\x00\x00\x00\x01\x00"s,
                Errc::ParseFailed},
        BadCall{"NameBomb", "\x80\x01\x00\x01\x7F\xFF\xFF\xFFsubmit"s, Errc::LimitExceeded},
        BadCall{"LongName",
                WireWriter{}.message(WireMessageType::Call, std::string(300, 'x'), 1).stop().take(),
                Errc::LimitExceeded},
        BadCall{"OtherMethod",
                WireWriter{}.message(WireMessageType::Call, "withdraw", 1).stop().take(),
                Errc::NotFound},
        BadCall{"Oneway", WireWriter{}.message(WireMessageType::Oneway, "submit", 1).stop().take(),
                Errc::ParseFailed},
        BadCall{"NoArguments",
                WireWriter{}.message(WireMessageType::Call, "submit", 1).stop().take(),
                Errc::ParseFailed},
        BadCall{"BodyIsText",
                WireWriter{}
                    .message(WireMessageType::Call, "submit", 1)
                    .structure(1, "\0"s)
                    .text(2, "x")
                    .stop()
                    .take(),
                Errc::ParseFailed},
        BadCall{"HugeHeader",
                WireWriter{}
                    .message(WireMessageType::Call, "submit", 1)
                    .structure(1, WireWriter{}.text(1, std::string(2000, 'x')).stop().take())
                    .structure(2, "\0"s)
                    .stop()
                    .take(),
                Errc::LimitExceeded},
        BadCall{"Empty", "", Errc::ParseFailed}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace luqiao::adapters
