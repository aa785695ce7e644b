#include "tests/mapping/runtime_fixture.h"

#include <gtest/gtest.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

namespace luqiao::mapping {
namespace {

namespace protocol = apache::thrift::protocol;
using apache::thrift::transport::TMemoryBuffer;

const std::string kThriftFormat = R"(format p.m v1
kind thrift
empty absent
unknown reject
limit 4096 bytes 6 deep
name     text   @ 1
count    i32    @ 2
big      i64    @ 3
ratio    double @ 4
ok       bool   @ 5
group sqr @ 6
  xm     text   @ 1
end
list cl @ 7 max 3
  lx     text   @ 1
  n      i32    @ 2
end
list tags @ 8 max 3
  tag    text   @ self
end
)";

/// Messages by libthrift itself, the way a generated client writes them.
class Peer {
public:
    protocol::TBinaryProtocol& out() { return protocol_; }
    void field(const char* name, protocol::TType type, std::int16_t id) {
        protocol_.writeFieldBegin(name, type, id);
    }
    void text(std::int16_t id, const std::string& value) {
        field("t", protocol::T_STRING, id);
        protocol_.writeString(value);
    }
    std::string bytes() {
        protocol_.writeFieldStop();
        return buffer_->getBufferAsString();
    }

private:
    std::shared_ptr<TMemoryBuffer> buffer_ = std::make_shared<TMemoryBuffer>();
    protocol::TBinaryProtocol protocol_{buffer_};
};

std::string full_message() {
    Peer peer;
    auto& out = peer.out();
    peer.text(1, "O'Connor-Ñúñez 𠮷");
    peer.field("count", protocol::T_I32, 2);
    out.writeI32(-7);
    peer.field("big", protocol::T_I64, 3);
    out.writeI64(9'000'000'000);
    peer.field("ratio", protocol::T_DOUBLE, 4);
    out.writeDouble(1.25);
    peer.field("ok", protocol::T_BOOL, 5);
    out.writeBool(true);
    peer.field("sqr", protocol::T_STRUCT, 6);
    peer.text(1, "中");
    out.writeFieldStop();
    peer.field("cl", protocol::T_LIST, 7);
    out.writeListBegin(protocol::T_STRUCT, 2);
    for (const int item : {1, 2}) {
        peer.text(1, "k" + std::to_string(item));
        peer.field("n", protocol::T_I32, 2);
        out.writeI32(item);
        out.writeFieldStop();
    }
    peer.field("tags", protocol::T_LIST, 8);
    out.writeListBegin(protocol::T_STRING, 2);
    out.writeString(std::string("a"));
    out.writeString(std::string("b"));
    return peer.bytes();
}

TEST(ReadThrift, ReadsWhatLibthriftWrites) {
    EXPECT_EQ(Wire(kThriftFormat).read(full_message()),
              "name=O'Connor-Ñúñez 𠮷 count=-7 big=9000000000 ratio=1.25 ok=true sqr.xm=中 "
              "cl[0].lx=k1 cl[0].n=1 cl[1].lx=k2 cl[1].n=2 tags[0].tag=a tags[1].tag=b");
}

TEST(WriteThrift, WritesTheBytesOfLibthrift) {
    Wire wire(kThriftFormat);
    wire.read(full_message());
    EXPECT_EQ(hex(*wire.rewrite()), hex(full_message()));
    wire.read(std::string(1, '\0'));
    EXPECT_EQ(hex(*wire.rewrite()), "00");
}

TEST(ReadThrift, CallsAnotherWireTypeAMismatch) {
    Peer peer;
    peer.field("count", protocol::T_STRING, 2);
    peer.out().writeString(std::string("7"));
    peer.field("name", protocol::T_I32, 1);
    peer.out().writeI32(1);
    peer.field("cl", protocol::T_I32, 7);
    peer.out().writeI32(1);
    peer.field("sqr", protocol::T_STRING, 6);
    peer.out().writeString(std::string("x"));
    EXPECT_EQ(Wire(kThriftFormat).read(peer.bytes()),
              "name:bad(E2002) count:bad(E2002) !E2002 7 !E2002 6");
}

TEST(ReadThrift, ReportsOrSkipsUnknownIds) {
    Peer peer;
    auto& out = peer.out();
    peer.field("x", protocol::T_MAP, 90);
    out.writeMapBegin(protocol::T_STRING, protocol::T_LIST, 1);
    out.writeString(std::string("k"));
    out.writeListBegin(protocol::T_I64, 2);
    out.writeI64(1);
    out.writeI64(2);
    peer.text(1, "a");
    const std::string bytes = peer.bytes();
    EXPECT_EQ(Wire(kThriftFormat).read(bytes), "name=a !E1004 90");
    EXPECT_EQ(Wire("format p.m v1\nkind thrift\nunknown ignore\nname text @ 1\n").read(bytes),
              "name=a");
}

TEST(ReadThrift, RefusesEveryTruncation) {
    const std::string bytes = full_message();
    Wire wire(kThriftFormat);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(wire.read(std::string_view(bytes).substr(0, size)).substr(0, 5), "E1001") << size;
    }
    EXPECT_EQ(wire.read(bytes + "x"), fmt::format("E1001 byte {}", bytes.size()));
}

TEST(ReadThrift, RefusesLengthsBeyondTheMessage) {
    Wire wire(kThriftFormat);
    using std::string_literals::operator""s;
    EXPECT_EQ(wire.read("\x0b\0\x01\x7f\xff\xff\xff\0"s), "E1001 byte 7");
    EXPECT_EQ(wire.read("\x0b\0\x01\xff\xff\xff\xff\0"s), "E1001 byte 7");
    EXPECT_EQ(wire.read("\x0f\0\x07\x0c\x7f\xff\xff\xff\0"s), "E1001 byte 8");
    EXPECT_EQ(wire.read("\x05\0\x01\0"s), "E1001 byte 1");
    EXPECT_EQ(wire.read("\x02\0\x05\x02\0"s), "E1001 byte 4");
}

TEST(ReadThrift, RefusesFieldsThatOccurTwice) {
    Peer peer;
    peer.text(1, "a");
    peer.text(1, "b");
    EXPECT_EQ(Wire(kThriftFormat).read(peer.bytes()), "E1001 byte 11");
}

TEST(ReadThrift, RefusesDepthAndTooManyItems) {
    std::string nested;
    for (int level = 0; level < 50; ++level) nested += std::string("\x0c\0\x5a", 3);
    EXPECT_EQ(Wire(kThriftFormat).read(nested).substr(0, 5), "E1003");
    Peer peer;
    peer.field("tags", protocol::T_LIST, 8);
    peer.out().writeListBegin(protocol::T_STRING, 5);
    for (int item = 0; item < 5; ++item) peer.out().writeString(std::string("x"));
    EXPECT_EQ(Wire(kThriftFormat).read(peer.bytes()),
              "tags[0].tag=x tags[1].tag=x tags[2].tag=x !E1003 8");
}

}  // namespace
}  // namespace luqiao::mapping
