// adapters/carrier.h - an Outlet for protocols whose calls block: a bounded queue and own threads.
#pragma once

#include "base/result.h"
#include "broker/ports.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace luqiao::adapters {

/// Delivers one message at a time, blocking at most as long as its own timeouts say.
class Carrier {
public:
    Carrier() = default;
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;
    virtual ~Carrier() = default;

    /// Called by one thread only. Errors as in broker::Outlet::send.
    virtual Result<broker::Reply> carry(const broker::Outgoing& message) = 0;
    /// Whether `look` may be called.
    [[nodiscard]] virtual bool can_look() const { return false; }
    /// Whether the other side has the message. Errors as in broker::Outlet::ask.
    virtual Result<broker::Holding> look(const broker::Outgoing& message) {
        (void)message;
        return fail(Errc::Unavailable, "this party cannot be asked");
    }
};

/// An Outlet with one thread per carrier. At most `waiting_max` messages wait; one more is answered
/// Unavailable at once, on the caller's thread. stop() lets open deliveries end and answers waiting
/// ones Unavailable; it must not be called from a `done`.
std::unique_ptr<broker::Outlet> make_blocking_outlet(std::vector<std::unique_ptr<Carrier>> carriers,
                                                     std::size_t waiting_max);

}  // namespace luqiao::adapters
