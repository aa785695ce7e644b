#include "adapters/thrift.h"
#include "security/signature.h"
#include "tests/adapters/peer_support.h"
#include "tests/adapters/title_peer.h"

#include <fmt/format.h>
#include <thrift/TApplicationException.h>
#include <thrift/transport/TSocket.h>

#include <arpa/inet.h>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "Exchange.h"

namespace luqiao::adapters {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TFramedTransport;
using apache::thrift::transport::TSocket;

peer::TitleApplication application(const std::string& applicant) {
    peer::TitleApplication body;
    body.applicant = applicant;
    return body;
}

class ThriftOutlet : public testing::Test {
protected:
    ~ThriftOutlet() override {
        if (outlet_) outlet_->stop();
    }
    void make(const std::string& more = {}, Signer signer = {}) {
        outlet_ = make_outlet(thrift_adapter(),
                              fmt::format("adapter=\"thrift\"\nhost=\"127.0.0.1\"\nport={}\n{}",
                                          server_.port(), more),
                              {}, std::move(signer));
    }
    Result<broker::Reply> deliver(const std::string& id, const std::string& applicant) {
        return send(*outlet_,
                    outgoing(id, "title.review", peer::struct_bytes(application(applicant))));
    }

    std::shared_ptr<peer::TitleDesk> desk_ = std::make_shared<peer::TitleDesk>();
    peer::TitleServer server_{desk_, 0};
    std::unique_ptr<broker::Outlet> outlet_;
};

TEST_F(ThriftOutlet, GivesBackTheReplyStructOfGeneratedCode) {
    make();
    const auto reply = deliver("d-1", "申请人");
    ASSERT_TRUE(reply) << reply.error().message;
    const auto read = peer::struct_of<peer::Reply>(reply->body);
    EXPECT_EQ(read.code, "0");
    EXPECT_EQ(read.text, "已受理");
    EXPECT_EQ(read.serial, "T1");
    const auto again = deliver("d-1", "申请人");
    ASSERT_TRUE(again);
    EXPECT_EQ(peer::struct_of<peer::Reply>(again->body).text, "重复");
}

TEST_F(ThriftOutlet, SignsTheStructItSends) {
    const auto key = security::SigningKey::hmac_sm3("sixteen bytes or more");
    ASSERT_TRUE(key);
    make({}, [&](std::string_view method, std::string_view path, std::string_view query,
                 std::string_view body) {
        broker::Proof proof;
        proof.app_key = "luqiao";
        proof.timestamp = "1760000000000";
        proof.nonce = "n-1";
        proof.signature =
            key->sign({method, path, query, proof.timestamp, proof.nonce, body}).value_or("");
        return proof;
    });
    ASSERT_TRUE(deliver("d-1", "申请人"));
    const auto [header, body] = desk_->kept()["d-1"];
    EXPECT_EQ(header.format, "title.review");
    EXPECT_EQ(header.app_key, "luqiao");
    const std::string bytes = peer::struct_bytes(body);
    EXPECT_TRUE(
        key->verify({"THRIFT", "/submit/title.review", "", header.timestamp, header.nonce, bytes},
                    header.sign));
}

TEST_F(ThriftOutlet, TellsRefusalBusyAndFailureApart) {
    make("busy_exceptions=[\"2\"]\n");
    EXPECT_EQ(deliver("d-1", "refuse").error().code, Errc::Refused);
    EXPECT_EQ(deliver("d-2", "busy").error().code, Errc::Unavailable);
    EXPECT_EQ(deliver("d-3", "crash").error().code, Errc::OutcomeUnknown);
    EXPECT_TRUE(deliver("d-4", "申请人"));
}

TEST_F(ThriftOutlet, SaysOutcomeUnknownWhenNoAnswerComesInTime) {
    make("timeout=\"500ms\"\n");
    const auto unknown = deliver("d-1", "silent");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Errc::OutcomeUnknown);
    desk_->end_silence();
}

/// A peer that is no Thrift server at all: sends fixed bytes to whoever sent something.
class RawPeer {
public:
    explicit RawPeer(std::string answer) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* place = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, place, size) != 0 || ::listen(listener_, 1) != 0) std::abort();
        ::getsockname(listener_, place, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, answer = std::move(answer)] {
            const int peer = ::accept(listener_, nullptr, nullptr);
            char buffer[4096];
            if (::recv(peer, buffer, sizeof buffer, 0) > 0) {
                ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
            }
            ::shutdown(peer, SHUT_WR);
            while (::recv(peer, buffer, sizeof buffer, 0) > 0) {
            }
            ::close(peer);
        });
    }
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;
    ~RawPeer() {
        thread_.join();
        ::close(listener_);
    }
    [[nodiscard]] int port() const { return port_; }

private:
    int listener_ = -1;
    int port_ = 0;
    std::thread thread_;
};

struct RawCase {
    std::string name;
    std::string answer;
};

class ThriftRawPeer : public testing::TestWithParam<RawCase> {};

TEST_P(ThriftRawPeer, LeavesTheOutcomeUnknown) {
    const RawPeer peer(GetParam().answer);
    const auto outlet =
        make_outlet(thrift_adapter(),
                    fmt::format("adapter=\"thrift\"\nhost=\"127.0.0.1\"\nport={}\nconnections=1\n",
                                peer.port()),
                    {});
    const auto result =
        send(*outlet, outgoing("d-1", "title.review", peer::struct_bytes(application("a"))));
    outlet->stop();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::OutcomeUnknown) << result.error().message;
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    Answers,
    ThriftRawPeer,
    testing::Values(RawCase{"Nothing", ""},
                    RawCase{"HalfAFrame", "\x00\x00\x00\x20half"s},
                    RawCase{"FrameOf2GiB", "\x7F\xFF\xFF\xFF"s},
                    RawCase{"FrameOf4GiB", "\xFF\xFF\xFF\xFF"s},
                    RawCase{"Http", "HTTP/1.1 200 OK\r\n\r\n"},
                    RawCase{"OtherSequence",
                            "\x00\x00\x00\x13\x80\x01\x00\x02\x00\x00\x00\x06submit"
                            "\x00\x00\x00\x63\x00"s},
                    RawCase{"StringBomb",
                            "\x00\x00\x00\x19\x80\x01\x00\x02\x00\x00\x00\x06submit"
                            "\x00\x00\x00\x01\x0B\x00\x00\x7F\xFF\xFF\xFF"s}),
    [](const auto& one) { return one.param.name; });

/// Generated client code against the broker's listener.
class ThriftListener : public testing::Test {
protected:
    ThriftListener() {
        made_ = make_inlet(thrift_adapter(), "adapter=\"thrift\"\nframe_max=65536\n", {}, intake_);
        inlet_ = dynamic_cast<ThriftInlet*>(made_.get());
        EXPECT_TRUE(inlet_->start());
        socket_ = std::make_shared<TSocket>("127.0.0.1", inlet_->port());
        socket_->setRecvTimeout(30'000);
        client_ = std::make_unique<peer::ExchangeClient>(
            std::make_shared<TBinaryProtocol>(std::make_shared<TFramedTransport>(socket_)));
        socket_->open();
    }
    ~ThriftListener() override { made_->stop(); }

    static peer::Header header() {
        peer::Header out;
        out.message_id = "m-77";
        out.format = "title.result";
        out.app_key = "title";
        out.timestamp = "1760000000000";
        out.nonce = "n";
        out.sign = "s";
        return out;
    }

    ScriptedIntake intake_;
    std::unique_ptr<broker::Inlet> made_;
    ThriftInlet* inlet_ = nullptr;
    std::shared_ptr<TSocket> socket_;
    std::unique_ptr<peer::ExchangeClient> client_;
};

TEST_F(ThriftListener, HandsOverTheStructWithItsProof) {
    peer::Receipt receipt;
    client_->submit(receipt, header(), application("申请人"));
    EXPECT_EQ(receipt.code, "0");
    EXPECT_EQ(receipt.message_id, "m-1");
    EXPECT_EQ(receipt.case_number, "case of m-77");
    EXPECT_EQ(receipt.sm3, "00ff");
    EXPECT_EQ(receipt.bundle, "b-1");
    ASSERT_EQ(intake_.arrivals().size(), 1U);
    const broker::Arrival arrival = intake_.arrivals()[0];
    EXPECT_EQ(arrival.format, "title.result");
    EXPECT_EQ(arrival.body, peer::struct_bytes(application("申请人")));
    EXPECT_EQ(arrival.idempotency_key, "m-77");
    EXPECT_EQ(arrival.party, "");
    ASSERT_TRUE(arrival.proof);
    EXPECT_EQ(arrival.proof->method, "THRIFT");
    EXPECT_EQ(arrival.proof->path, "/submit/title.result");
    EXPECT_EQ(arrival.proof->app_key, "title");
    EXPECT_EQ(arrival.proof->signature, "s");
}

TEST_F(ThriftListener, AnswersAProblemInTheSameStruct) {
    intake_.set_script([](const broker::Arrival&) {
        return broker::Answer(problem(Errc::BadSignature, "签名与请求不符"));
    });
    peer::Receipt receipt;
    client_->submit(receipt, header(), application("a"));
    EXPECT_EQ(receipt.code, "E4003");
    EXPECT_EQ(receipt.text, "签名与请求不符");
    EXPECT_EQ(receipt.message_id, "");
}

TEST_F(ThriftListener, RefusesAnUnknownMethodAndKeepsTheConnection) {
    peer::Receipt receipt;
    try {
        client_->withdraw(receipt, header());
        FAIL() << "no exception";
    } catch (const TApplicationException& raised) {
        EXPECT_EQ(raised.getType(), TApplicationException::UNKNOWN_METHOD);
    }
    client_->submit(receipt, header(), application("a"));
    EXPECT_EQ(receipt.code, "0");
}

TEST_F(ThriftListener, ClosesAConnectionThatAnnouncesTooLargeAFrame) {
    peer::Receipt receipt;
    peer::TitleApplication large = application(std::string(70'000, 'x'));
    EXPECT_THROW(client_->submit(receipt, header(), large),
                 apache::thrift::transport::TTransportException);
    EXPECT_TRUE(intake_.arrivals().empty());
}

TEST_F(ThriftListener, ServesManyConnectionsAtOnce) {
    std::vector<std::thread> callers;
    callers.reserve(8);
    std::atomic<int> accepted{0};
    for (int caller = 0; caller < 8; ++caller) {
        callers.emplace_back([&] {
            const auto socket = std::make_shared<TSocket>("127.0.0.1", inlet_->port());
            peer::ExchangeClient client(
                std::make_shared<TBinaryProtocol>(std::make_shared<TFramedTransport>(socket)));
            socket->open();
            for (int call = 0; call < 20; ++call) {
                peer::Receipt receipt;
                client.submit(receipt, header(), application("a"));
                if (receipt.code == "0") ++accepted;
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(accepted, 160);
}

TEST_F(ThriftListener, StopWaitsForTheAnswerOfAnOpenCall) {
    std::promise<void> arrived;
    std::promise<void> go_on;
    intake_.set_script([&](const broker::Arrival&) {
        arrived.set_value();
        go_on.get_future().wait();
        broker::Receipt receipt;
        receipt.message_id = "late";
        return broker::Answer(receipt);
    });
    peer::Receipt receipt;
    std::thread calling([&] { client_->submit(receipt, header(), application("a")); });
    arrived.get_future().wait();
    std::thread stopping([&] { inlet_->stop(); });
    go_on.set_value();
    stopping.join();
    calling.join();
    EXPECT_EQ(receipt.message_id, "late");
    EXPECT_EQ(inlet_->port(), 0);
}

TEST(ThriftServerTest, SendsAProblemAsAnApplicationException) {
    auto server = ThriftServer::start(
        {}, [](const ThriftCall&, const std::function<void(ThriftAnswer)>& done) {
            done(problem(Errc::StoreBusy, "存储繁忙"));
        });
    ASSERT_TRUE(server);
    const auto outlet = make_outlet(
        thrift_adapter(),
        fmt::format("adapter=\"thrift\"\nhost=\"127.0.0.1\"\nport={}\n", (*server)->port()), {});
    const auto failed =
        send(*outlet, outgoing("d-1", "title.review", peer::struct_bytes(application("a"))));
    outlet->stop();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::OutcomeUnknown);
    EXPECT_NE(failed.error().message.find("E6001 存储繁忙"), std::string::npos);
}

TEST(ThriftServerTest, CannotListenWhereAnotherDoes) {
    const auto handler = [](const ThriftCall&, const std::function<void(ThriftAnswer)>&) {};
    const auto first = ThriftServer::start({}, handler);
    ASSERT_TRUE(first);
    ThriftServerOptions taken;
    taken.port = (*first)->port();
    const auto second = ThriftServer::start(taken, handler);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::Unavailable);
}

}  // namespace
}  // namespace luqiao::adapters
