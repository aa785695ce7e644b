// adapters/http_client_connections.h - connections to peers that are kept between calls; one
// thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace luqiao::adapters {

using SteadyTime = std::chrono::steady_clock::time_point;

struct PlainConnection {
    PlainConnection(boost::asio::io_context& context, std::size_t buffer_max)
        : socket(context), buffer(buffer_max) {}

    boost::asio::ip::tcp::socket socket;  ///< does not block
    boost::beast::flat_buffer buffer;     ///< read and not taken yet
    SteadyTime idle_since{};
    bool is_reused = false;
};

/// Who wants a connection, has one, and may be late.
struct PlainTurn {
    boost::asio::ip::tcp::endpoint peer = {};
    std::chrono::milliseconds connect_timeout{0};
    SteadyTime until{};  ///< what is going on has to have ended
    bool is_late = false;

    // ---- of PlainConnections
    PlainConnection* connection = nullptr;
    boost::asio::steady_timer* place = nullptr;  ///< waits there for a connection
    bool is_called = false;                      ///< something is free for it
};

/// A bounded number of connections, by peer. What is idle goes when it is old, when the peer ended
/// it, or when another peer needs the room. Whoever came first gets the next that is free.
class PlainConnections {
public:
    struct Limits {
        std::size_t per_peer = 0;
        std::size_t all = 0;
        std::size_t buffer_max = 0;  ///< bytes of one connection
    };
    PlainConnections(boost::asio::io_context& context, Limits limits)
        : context_(context), limits_(limits) {}

    /// @param connects  is called when a new one is begun, with `turn.until` set to its end
    /// @return nullptr: there is none, or none in time
    boost::asio::awaitable<std::unique_ptr<PlainConnection>> take(
        PlainTurn& turn, const std::function<void()>& connects);
    /// For each that take() returned. @param kept  nullptr: it is of no more use
    void give_back(PlainTurn& turn, std::unique_ptr<PlainConnection> kept);
    /// It is late: what it waits for ends now.
    static void expire(PlainTurn& turn);
    void close_idle();

private:
    struct Peer {
        std::vector<std::unique_ptr<PlainConnection>> idle;  ///< used last: at the back
        std::size_t open = 0;                                ///< idle ones too
        std::deque<PlainTurn*> waiting;
    };

    boost::asio::awaitable<void> wait(PlainTurn& turn);
    std::unique_ptr<PlainConnection> take_idle(Peer& peer);
    bool make_room(Peer& peer);
    void drop_oldest(Peer& peer);
    void call_next();

    boost::asio::io_context& context_;
    const Limits limits_;
    std::map<boost::asio::ip::tcp::endpoint, Peer> peers_;
    std::size_t open_ = 0;
};

}  // namespace luqiao::adapters
