#include "adapters/thrift.h"
#include "adapters/thrift_socket.h"
#include "adapters/thrift_wire.h"
#include "base/edge.h"

#include <thrift/transport/TServerSocket.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <thread>

namespace luqiao::adapters {
namespace {

using apache::thrift::transport::TServerSocket;
using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransport;
using apache::thrift::transport::TTransportException;

/// How long accepting rests after it failed; some connection may end meanwhile.
constexpr std::chrono::milliseconds kAcceptRest{100};

/// Types of TApplicationException.
enum class Raised : std::int32_t { UnknownMethod = 1, InternalError = 6, ProtocolError = 7 };

std::string exception_frame(const WireMessage& call, Raised type, std::string_view text) {
    return WireWriter{}
        .message(WireMessageType::Exception, call.name, call.sequence)
        .text(1, text)
        .i32(2, static_cast<std::int32_t>(type))
        .stop()
        .take();
}

}  // namespace

struct ThriftServer::Inside {
    struct Connection {
        std::thread thread;
        bool ended = false;
    };

    Inside(ThriftServerOptions the_options, ThriftHandler the_handler)
        : options(std::move(the_options)),
          handler(std::move(the_handler)),
          listener(std::make_shared<TServerSocket>(options.listen, options.port)) {}

    void accept_all();
    void serve(const std::shared_ptr<TSocket>& socket);
    std::string answer(const std::string& frame, const std::string& peer);
    std::optional<std::string> refusal(const std::string& frame, const Error& error);
    void reap();

    ThriftServerOptions options;
    ThriftHandler handler;
    std::shared_ptr<TServerSocket> listener;
    std::thread acceptor;
    std::mutex mutex;
    std::condition_variable changed;
    std::list<Connection> connections;
    bool stopping = false;
};

void ThriftServer::Inside::accept_all() {
    std::unique_lock lock(mutex);
    for (;;) {
        reap();
        changed.wait(lock, [&] { return stopping || connections.size() < options.connections; });
        if (stopping) return;
        lock.unlock();
        std::shared_ptr<TTransport> accepted;
        try {
            accepted = listener->accept();
        } catch (const TTransportException&) {
            // Interrupted by stop(), or no descriptor is left for a further connection.
        }
        lock.lock();
        auto socket = std::dynamic_pointer_cast<TSocket>(accepted);
        if (!socket) changed.wait_for(lock, kAcceptRest, [&] { return stopping; });
        if (stopping || !socket) continue;
        Connection& place = connections.emplace_back();
        place.thread = std::thread([this, &place, socket = std::move(socket)] {
            serve(socket);
            const std::scoped_lock done(mutex);
            place.ended = true;
            changed.notify_all();
        });
    }
}

/// Joins threads that have said goodbye; called with the lock held.
void ThriftServer::Inside::reap() {
    for (auto place = connections.begin(); place != connections.end();) {
        if (place->ended) {
            place->thread.join();
            place = connections.erase(place);
        } else {
            ++place;
        }
    }
}

void ThriftServer::Inside::serve(const std::shared_ptr<TSocket>& socket) {
    FrameSocket link(socket, options.frame_max);
    socket->setSendTimeout(static_cast<int>(options.idle.count()));
    const std::string peer = socket->getPeerAddress();
    for (;;) {
        const auto frame = link.receive(options.idle);
        if (!frame || !*frame) return;
        const std::string reply = answer(**frame, peer);
        if (reply.empty() || !link.send(reply)) return;
    }
}

/// The frame to send back; empty when the peer cannot be answered at all.
std::string ThriftServer::Inside::answer(const std::string& frame, const std::string& peer) {
    auto call = decode_call(frame);
    if (!call) return refusal(frame, call.error()).value_or("");
    call->peer = peer;
    const auto promise = std::make_shared<std::promise<ThriftAnswer>>();
    auto answered = promise->get_future();
    handler(*std::move(call),
            [promise](ThriftAnswer result) { promise->set_value(std::move(result)); });
    const ThriftAnswer result = answered.get();
    const WireMessage head = *read_message(frame);
    if (const auto* problem = std::get_if<broker::Problem>(&result)) {
        return exception_frame(head, Raised::InternalError,
                               fmt::format("{} {}", info(problem->code).id, problem->detail.zh));
    }
    return WireWriter{}
        .message(WireMessageType::Reply, head.name, head.sequence)
        .structure(0, std::get<std::string>(result))
        .stop()
        .take();
}

std::optional<std::string> ThriftServer::Inside::refusal(const std::string& frame,
                                                         const Error& error) {
    const auto head = read_message(frame);
    if (!head || head->type != WireMessageType::Call) return std::nullopt;
    const Raised type =
        error.code == Errc::NotFound ? Raised::UnknownMethod : Raised::ProtocolError;
    return exception_frame(
        *head, type, fmt::format("{} {} ({})", info(error.code).id, error.message, error.where));
}

ThriftServer::ThriftServer(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

Result<std::unique_ptr<ThriftServer>> ThriftServer::start(const ThriftServerOptions& options,
                                                          ThriftHandler handler) {
    quiet_thrift();
    auto inside = std::make_unique<Inside>(options, std::move(handler));
    LQ_CHECK(catching<TTransportException>(Errc::Unavailable,
                                           fmt::format("{}:{}", options.listen, options.port),
                                           [&] { inside->listener->listen(); }));
    Inside* const running = inside.get();
    running->acceptor = std::thread([running] { running->accept_all(); });
    return std::unique_ptr<ThriftServer>(new ThriftServer(std::move(inside)));
}

int ThriftServer::port() const {
    return inside_->listener->getPort();
}

void ThriftServer::stop() {
    Inside& inside = *inside_;
    {
        const std::scoped_lock lock(inside.mutex);
        inside.stopping = true;
        inside.changed.notify_all();
    }
    inside.listener->interrupt();
    if (inside.acceptor.joinable()) inside.acceptor.join();
    inside.listener->interruptChildren();
    {
        std::unique_lock lock(inside.mutex);
        inside.changed.wait(lock, [&] {
            inside.reap();
            return inside.connections.empty();
        });
    }
    inside.listener->close();
}

ThriftServer::~ThriftServer() {
    stop();
}

}  // namespace luqiao::adapters
