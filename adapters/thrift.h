// adapters/thrift.h - Apache Thrift: framed transport, binary protocol, no generated code.
//
//     service { <reply struct> submit(1: Header header, 2: <struct> body) }
//     struct Header { 1: string message_id, 2: string format, 3: string app_key,
//                     4: string timestamp, 5: string nonce, 6: string sign }
//
// The body is passed on as the bytes of its struct; mapping rows read them.
#pragma once

#include "adapters/registry.h"
#include "base/result.h"
#include "base/time.h"
#include "broker/ports.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace luqiao::adapters {

struct ThriftHeader {
    std::string message_id;
    std::string format;
    std::string app_key;
    std::string timestamp;
    std::string nonce;
    std::string sign;
};

struct ThriftCall {
    ThriftHeader header;
    std::string body;  ///< a checked struct, with its stop byte
    std::string peer;  ///< "127.0.0.1"
};

/// The bytes of the reply struct, or why there is none (sent as a TApplicationException).
using ThriftAnswer = std::variant<std::string, broker::Problem>;
using ThriftHandler = std::function<void(ThriftCall call, std::function<void(ThriftAnswer)> done)>;

/// The frame of a call of `submit`. `body` must be one struct. @errors ParseFailed, LimitExceeded
Result<std::string> encode_call(const ThriftHeader& header,
                                std::string_view body,
                                std::int32_t sequence);

/// A frame that is a call of `submit`. @errors ParseFailed, LimitExceeded, NotFound (other method)
Result<ThriftCall> decode_call(std::string_view frame);

/// Reads the answer to a call.
/// @param busy_exceptions ids of declared exceptions that mean "try later"
/// @errors Refused         a declared exception, or one about the call itself
///         Unavailable     a declared exception that means "try later"
///         OutcomeUnknown  the peer failed inside, or its answer cannot be read
Result<broker::Reply> decode_reply(std::string_view frame,
                                   std::int32_t sequence,
                                   const std::vector<std::int16_t>& busy_exceptions);

struct ThriftServerOptions {
    std::string listen = "127.0.0.1";
    int port = 0;  ///< 0: any free one
    std::size_t connections = 64;
    Duration idle{60'000};  ///< a connection is closed when it brings no whole frame for so long
    std::size_t frame_max = 4u << 20;
};

/// Serves `submit`; one thread per connection, which waits until `done` was called. Further
/// connections wait in the system's queue.
class ThriftServer {
public:
    /// @errors Unavailable: the address cannot be used
    static Result<std::unique_ptr<ThriftServer>> start(const ThriftServerOptions& options,
                                                       ThriftHandler handler);
    [[nodiscard]] int port() const;
    /// Takes no more calls and returns when every open one is answered.
    void stop();
    ~ThriftServer();

private:
    struct Inside;
    explicit ThriftServer(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

/// The broker's listener for Thrift; answers with struct Receipt {1: string code, 2: string text,
/// 3: string message_id, 4: string case_number, 5: string sm3, 6: string bundle}, code "0" or an
/// error's id.
class ThriftInlet final : public broker::Inlet {
public:
    ThriftInlet(ThriftServerOptions options, broker::Intake& intake)
        : options_(std::move(options)), intake_(intake) {}
    ~ThriftInlet() override;

    Status start() override;
    void stop() override;
    /// The port it listens on; 0 before start().
    [[nodiscard]] int port() const;

private:
    void accept(ThriftCall call, std::function<void(ThriftAnswer)> done);

    ThriftServerOptions options_;
    broker::Intake& intake_;
    std::unique_ptr<ThriftServer> server_;
};

Spec thrift_outlet_spec();
Spec thrift_inlet_spec();
Result<std::unique_ptr<broker::Outlet>> make_thrift_outlet(const Making& making);
Result<std::unique_ptr<broker::Inlet>> make_thrift_inlet(const Making& making);

}  // namespace luqiao::adapters
