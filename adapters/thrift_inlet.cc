#include "adapters/polling.h"
#include "adapters/thrift.h"
#include "adapters/thrift_wire.h"

namespace luqiao::adapters {
namespace {

/// struct Receipt; see ThriftInlet.
std::string receipt_struct(const broker::Answer& answer) {
    WireWriter out;
    if (const auto* receipt = std::get_if<broker::Receipt>(&answer)) {
        out.text(1, "0")
            .text(2, receipt->replayed ? "已接收（重复报文）" : "已接收")
            .text(3, receipt->message_id)
            .text(4, receipt->case_number)
            .text(5, receipt->sm3)
            .text(6, receipt->bundle);
    } else {
        const auto& problem = std::get<broker::Problem>(answer);
        out.text(1, problem_id(problem)).text(2, problem_text(problem));
        if (!problem.bundle.empty()) out.text(6, problem.bundle);
    }
    return out.stop().take();
}

}  // namespace

ThriftInlet::~ThriftInlet() {
    ThriftInlet::stop();
}

Status ThriftInlet::start() {
    if (server_) return fail(Errc::Conflict, "the inlet runs already");
    LQ_TRY(server_, ThriftServer::start(
                        options_, [this](ThriftCall call, std::function<void(ThriftAnswer)> done) {
                            accept(std::move(call), std::move(done));
                        }));
    return {};
}

void ThriftInlet::stop() {
    if (server_) server_->stop();
    server_.reset();
}

int ThriftInlet::port() const {
    return server_ ? server_->port() : 0;
}

void ThriftInlet::accept(ThriftCall call, std::function<void(ThriftAnswer)> done) {
    broker::Arrival arrival;
    arrival.format = call.header.format;
    arrival.body = std::move(call.body);
    arrival.media_type = "application/vnd.apache.thrift.binary";
    arrival.idempotency_key = std::move(call.header.message_id);
    broker::Proof& proof = arrival.proof.emplace();
    proof.method = "THRIFT";
    proof.path = "/submit/" + arrival.format;
    proof.app_key = std::move(call.header.app_key);
    proof.timestamp = std::move(call.header.timestamp);
    proof.nonce = std::move(call.header.nonce);
    proof.signature = std::move(call.header.sign);
    arrival.source = "thrift " + call.peer;
    intake_.accept(std::move(arrival), [done = std::move(done)](const broker::Answer& answer) {
        done(receipt_struct(answer));
    });
}

Spec thrift_inlet_spec() {
    using enum SettingKind;
    return {.name = "receive.thrift",
            .summary = "Serves submit over Thrift (framed, binary protocol) to all parties.",
            .fields = {{"adapter", Text, "thrift"},
                       {"listen", Text, "address to listen on", "127.0.0.1"},
                       {"port", Integer, "port; 0: any free one", "0"},
                       {"connections", Integer, "connections at the same time", "64"},
                       {"idle", Time, "a silent connection is closed after", "60s"},
                       {"frame_max", Integer, "bytes of one frame", "4194304"}},
            .example = R"(adapter = "thrift"
listen = "127.0.0.1"
port = 9090
)"};
}

Result<std::unique_ptr<broker::Inlet>> make_thrift_inlet(const Making& making) {
    const Section& section = making.section;
    if (making.intake == nullptr) return fail(Errc::InvalidArgument, "an inlet needs an intake");
    const auto between = [&](std::string_view key, std::int64_t low, std::int64_t high) -> Status {
        const std::int64_t value = section.integer(key);
        if (value >= low && value <= high) return {};
        return fail(Errc::InvalidArgument, "{} is not in {}..{}", key, low, high);
    };
    LQ_CHECK(between("port", 0, 65'535));
    LQ_CHECK(between("connections", 1, 10'000));
    LQ_CHECK(between("frame_max", 1024, 256 << 20));
    if (section.time("idle").count() < 1 || section.time("idle").count() > (1 << 30)) {
        return fail(Errc::InvalidArgument, "idle must be 1ms to 12 days");
    }
    ThriftServerOptions options{
        .listen = section.text("listen"),
        .port = static_cast<int>(section.integer("port")),
        .connections = static_cast<std::size_t>(section.integer("connections")),
        .idle = section.time("idle"),
        .frame_max = static_cast<std::size_t>(section.integer("frame_max"))};
    return std::unique_ptr<broker::Inlet>(
        std::make_unique<ThriftInlet>(std::move(options), *making.intake));
}

}  // namespace luqiao::adapters
