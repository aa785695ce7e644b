#include "adapters/http_client_connections.h"

#include "adapters/awaiting.h"

#include <algorithm>
#include <utility>

namespace luqiao::adapters {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kIdleMax{100};  ///< most servers end what is idle for two minutes

/// Whether the peer has neither ended it nor said something that nobody asked for.
bool is_quiet(tcp::socket& socket) {
    char byte = 0;
    error_code error;
    socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error == asio::error::would_block;
}

}  // namespace

asio::awaitable<std::unique_ptr<PlainConnection>> PlainConnections::take(
    PlainTurn& turn, const std::function<void()>& connects) {
    Peer& peer = peers_[turn.peer];
    bool is_first = peer.waiting.empty();
    for (;;) {
        if (turn.is_late) {
            if (turn.is_called) call_next();
            co_return nullptr;
        }
        if (is_first) {
            if (auto kept = take_idle(peer)) {
                turn.connection = kept.get();
                turn.is_called = false;
                co_return kept;
            }
            if (make_room(peer)) break;
        }
        co_await wait(turn);
        is_first = true;
    }
    turn.is_called = false;
    ++open_;
    ++peer.open;
    auto fresh = std::make_unique<PlainConnection>(context_, limits_.buffer_max);
    turn.connection = fresh.get();
    turn.until = std::min(turn.until, std::chrono::steady_clock::now() + turn.connect_timeout);
    connects();
    const auto [error] = co_await fresh->socket.async_connect(turn.peer, kAwait);
    if (error || turn.is_late) {
        give_back(turn, nullptr);
        co_return nullptr;
    }
    error_code ignored;
    fresh->socket.set_option(tcp::no_delay(true), ignored);
    fresh->socket.non_blocking(true, ignored);
    co_return fresh;
}

asio::awaitable<void> PlainConnections::wait(PlainTurn& turn) {
    asio::steady_timer place(context_, SteadyTime::max());
    std::deque<PlainTurn*>& waiting = peers_[turn.peer].waiting;
    // One that was called in vain keeps its place.
    std::exchange(turn.is_called, false) ? waiting.push_front(&turn) : waiting.push_back(&turn);
    turn.place = &place;
    co_await place.async_wait(kAwait);
    turn.place = nullptr;
    std::erase(waiting, &turn);
}

std::unique_ptr<PlainConnection> PlainConnections::take_idle(Peer& peer) {
    const SteadyTime oldest = std::chrono::steady_clock::now() - kIdleMax;
    while (!peer.idle.empty()) {
        std::unique_ptr<PlainConnection> last = std::move(peer.idle.back());
        peer.idle.pop_back();
        if (last->idle_since >= oldest && is_quiet(last->socket)) {
            last->is_reused = true;
            return last;
        }
        --peer.open;
        --open_;
    }
    return nullptr;
}

bool PlainConnections::make_room(Peer& peer) {
    if (peer.open >= limits_.per_peer) return false;
    for (auto other = peers_.begin(); open_ >= limits_.all && other != peers_.end(); ++other) {
        if (!other->second.idle.empty()) drop_oldest(other->second);
    }
    return open_ < limits_.all;
}

void PlainConnections::drop_oldest(Peer& peer) {
    peer.idle.erase(peer.idle.begin());
    --peer.open;
    --open_;
}

void PlainConnections::give_back(PlainTurn& turn, std::unique_ptr<PlainConnection> kept) {
    Peer& peer = peers_[turn.peer];
    turn.connection = nullptr;
    if (kept) {
        kept->idle_since = std::chrono::steady_clock::now();
        const bool is_old =
            !peer.idle.empty() && peer.idle.front()->idle_since + kIdleMax < kept->idle_since;
        if (is_old) drop_oldest(peer);
        peer.idle.push_back(std::move(kept));
    } else {
        --peer.open;
        --open_;
    }
    call_next();
}

/// One for whom something is free now; whoever is called and cannot take it calls the next.
void PlainConnections::call_next() {
    for (auto& [endpoint, peer] : peers_) {
        const bool has_some =
            !peer.idle.empty() || (peer.open < limits_.per_peer && open_ < limits_.all);
        if (peer.waiting.empty() || !has_some) continue;
        const auto next = std::find_if(peer.waiting.begin(), peer.waiting.end(),
                                       [](const PlainTurn* one) { return !one->is_called; });
        if (next == peer.waiting.end()) continue;
        (*next)->is_called = true;
        (*next)->place->cancel();
        return;
    }
}

void PlainConnections::expire(PlainTurn& turn) {
    turn.is_late = true;
    error_code ignored;
    if (turn.connection != nullptr) turn.connection->socket.close(ignored);
    if (turn.place != nullptr) turn.place->cancel();
}

void PlainConnections::close_idle() {
    for (auto& [endpoint, peer] : peers_) {
        while (!peer.idle.empty()) drop_oldest(peer);
    }
}

}  // namespace luqiao::adapters
