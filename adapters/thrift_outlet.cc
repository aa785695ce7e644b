#include "adapters/carrier.h"
#include "adapters/thrift.h"
#include "adapters/thrift_socket.h"

#include <fmt/format.h>

#include <charconv>

namespace luqiao::adapters {
namespace {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

struct ThriftSettings {
    std::string host;
    int port = 0;
    Duration timeout{};
    std::size_t frame_max = 0;
    std::vector<std::int16_t> busy_exceptions;
    Signer signer;
};

/// One connection, kept open between messages.
class ThriftCarrier final : public Carrier {
public:
    explicit ThriftCarrier(ThriftSettings settings) : settings_(std::move(settings)) {}

    Result<broker::Reply> carry(const broker::Outgoing& message) override {
        const auto frame = encode_call(header(message), message.body, ++sequence_);
        if (!frame) {
            return fail(Errc::Refused, "the body is not one Thrift struct: {}",
                        frame.error().message)
                .at(frame.error().where);
        }
        if (frame->size() > settings_.frame_max) {
            return fail(Errc::Refused, "a frame of {} bytes is more than {}", frame->size(),
                        settings_.frame_max);
        }
        Result<broker::Reply> reply = exchange(*frame);
        // After anything but a clean answer nobody knows what comes next on this connection.
        if (!reply && reply.error().code != Errc::Refused) close();
        return reply;
    }

private:
    ThriftHeader header(const broker::Outgoing& message) const {
        ThriftHeader header{.message_id = message.id,
                            .format = message.format,
                            .app_key = {},
                            .timestamp = {},
                            .nonce = {},
                            .sign = {}};
        if (!settings_.signer) return header;
        const broker::Proof proof =
            settings_.signer("THRIFT", "/submit/" + message.format, "", message.body);
        header.app_key = proof.app_key;
        header.timestamp = proof.timestamp;
        header.nonce = proof.nonce;
        header.sign = proof.signature;
        return header;
    }

    Result<broker::Reply> exchange(const std::string& frame) {
        LQ_CHECK(connect());
        LQ_CHECK(link_->send(frame));
        const auto answer = link_->receive(settings_.timeout);
        if (!answer || !*answer) {
            return fail(Errc::OutcomeUnknown, "sent, but no answer came: {}",
                        answer ? "the peer closed" : answer.error().message)
                .at(place());
        }
        return decode_reply(**answer, sequence_, settings_.busy_exceptions);
    }

    /// A connection that the peer has meanwhile closed is not used: a message sent on it would have
    /// an unknown outcome.
    Status connect() {
        if (link_ && link_->is_quiet()) return {};
        close();
        auto socket = std::make_shared<TSocket>(settings_.host, settings_.port);
        const int timeout = static_cast<int>(settings_.timeout.count());
        try {
            socket->setConnTimeout(timeout);
            socket->setSendTimeout(timeout);
            socket->open();
        } catch (const TTransportException& problem) {
            const bool late = problem.getType() == TTransportException::TIMED_OUT;
            return fail(late ? Errc::Timeout : Errc::Unavailable, "cannot connect: {}",
                        problem.what())
                .at(place());
        }
        link_.emplace(std::move(socket), settings_.frame_max);
        return {};
    }

    void close() { link_.reset(); }
    std::string place() const { return fmt::format("{}:{}", settings_.host, settings_.port); }

    ThriftSettings settings_;
    std::optional<FrameSocket> link_;
    std::int32_t sequence_ = 0;
};

Result<std::vector<std::int16_t>> field_ids(const std::vector<std::string>& list) {
    std::vector<std::int16_t> out;
    for (const std::string& text : list) {
        std::int16_t id = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
        if (error != std::errc{} || end != text.data() + text.size() || id < 1) {
            return fail(Errc::InvalidArgument, "busy_exceptions: \"{}\" is not a field id", text);
        }
        out.push_back(id);
    }
    return out;
}

}  // namespace

Spec thrift_outlet_spec() {
    using enum SettingKind;
    return {.name = "push.thrift",
            .summary = "Calls submit of a Thrift service (framed, binary protocol).",
            .fields = {{"adapter", Text, "thrift"},
                       {"host", Text, "name or address of the service"},
                       {"port", Integer, "its port"},
                       {"timeout", Time, "to connect, and from sending to the answer", "10s"},
                       {"connections", Integer, "calls at the same time", "2"},
                       {"queue", Integer, "messages that may wait", "1000"},
                       {"frame_max", Integer, "bytes of one frame", "4194304"},
                       {"busy_exceptions", List, "ids of exceptions that mean: try later", ""}},
            .example = R"(adapter = "thrift"
host = "127.0.0.1"
port = 9090
)"};
}

Result<std::unique_ptr<broker::Outlet>> make_thrift_outlet(const Making& making) {
    const Section& section = making.section;
    const auto between = [&](std::string_view key, std::int64_t low, std::int64_t high) -> Status {
        const std::int64_t value = section.integer(key);
        if (value >= low && value <= high) return {};
        return fail(Errc::InvalidArgument, "{} is not in {}..{}", key, low, high);
    };
    LQ_CHECK(between("port", 1, 65'535));
    LQ_CHECK(between("connections", 1, 64));
    LQ_CHECK(between("queue", 1, 1'000'000));
    LQ_CHECK(between("frame_max", 1024, 256 << 20));
    if (section.time("timeout").count() < 1 || section.time("timeout").count() > (1 << 30)) {
        return fail(Errc::InvalidArgument, "timeout must be 1ms to 12 days");
    }
    LQ_TRY(auto busy, field_ids(section.list("busy_exceptions")));
    quiet_thrift();
    const ThriftSettings settings{
        .host = section.text("host"),
        .port = static_cast<int>(section.integer("port")),
        .timeout = section.time("timeout"),
        .frame_max = static_cast<std::size_t>(section.integer("frame_max")),
        .busy_exceptions = std::move(busy),
        .signer = making.signer};
    std::vector<std::unique_ptr<Carrier>> carriers;
    for (std::int64_t index = 0; index < section.integer("connections"); ++index) {
        carriers.push_back(std::make_unique<ThriftCarrier>(settings));
    }
    return make_blocking_outlet(std::move(carriers),
                                static_cast<std::size_t>(section.integer("queue")));
}

}  // namespace luqiao::adapters
