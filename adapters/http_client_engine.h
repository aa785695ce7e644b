// adapters/http_client_engine.h - what carries the calls of the HTTP client to a peer and back.
//
//     http://ADDRESS…   plain sockets, with Beast's parser   http_client_plain.cc
//     anything else     libcurl: names, TLS                  http_client_curl.cc
//
// libcurl takes two thirds of the CPU of an exchange that needs nothing but a socket.
#pragma once

#include "adapters/http_client.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace luqiao::adapters {

inline constexpr std::size_t kAnswerHeadMax = std::size_t{64} * 1024;  ///< bytes of a head

/// Carries out calls on a thread of its own.
class HttpEngine {
public:
    HttpEngine() = default;
    HttpEngine(const HttpEngine&) = delete;
    HttpEngine& operator=(const HttpEngine&) = delete;
    virtual ~HttpEngine() = default;  ///< after stop()

    /// Any thread. `done` comes once, on the engine's thread; after stop() at once, on this one.
    virtual void send(HttpClientRequest call, HttpClient::Done done) = 0;
    /// Returns when all calls have ended.
    virtual void stop() = 0;
};

/// Calls on their way from any thread to the engine's.
template <class Call>
class CallQueue {
public:
    enum class Put : std::uint8_t { First, Behind, Stopped };

    /// First: the engine is to be woken. Behind: it has not taken what came before, and takes this
    /// with it. Stopped: `call` stays with the caller.
    Put put(std::unique_ptr<Call>& call) {
        const std::lock_guard lock(mutex_);
        if (is_stopped_) return Put::Stopped;
        waiting_.push_back(std::move(call));
        return waiting_.size() == 1 ? Put::First : Put::Behind;
    }
    std::vector<std::unique_ptr<Call>> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(waiting_, {});
    }
    /// Takes no more. @return whether it did until now
    bool stop() {
        const std::lock_guard lock(mutex_);
        return !std::exchange(is_stopped_, true);
    }
    /// It is stopped, and all was taken.
    bool is_over() {
        const std::lock_guard lock(mutex_);
        return is_stopped_ && waiting_.empty();
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Call>> waiting_;
    bool is_stopped_ = false;
};

std::unique_ptr<HttpEngine> make_curl_engine(const HttpClientOptions& options);
std::unique_ptr<HttpEngine> make_plain_engine(const HttpClientOptions& options);

/// Whether the engine for plain sockets can call `url`: http, and an address instead of a name.
bool is_plain_address(std::string_view url);

/// What a call that failed means for the message.
Error call_error(bool is_sent, bool is_late, std::string_view why);
/// Of a call that came after stop().
Error stopped_error();

}  // namespace luqiao::adapters
