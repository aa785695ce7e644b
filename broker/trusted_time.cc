#include "broker/trusted_time.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {

TrustedTime::TrustedTime(Sources sources, bool settles)
    : sources_(std::move(sources)),
      settles_(settles),
      wall_(sources_.wall()),
      counted_(sources_.counting()),
      last_(wall_) {}

void TrustedTime::look() {
    const Instant wall = sources_.wall();
    const Duration counted = sources_.counting();
    const Instant expected = wall_ + (counted - counted_);
    const Duration off = wall - expected;
    const auto trust = [&] {
        wall_ = wall;
        counted_ = counted;
        jump_.reset();
        last_ = std::max(last_, wall);
    };
    if (std::chrono::abs(off) <= kClockStepMost) return trust();
    last_ = std::max(last_, expected);
    const bool is_same = jump_ && std::chrono::abs(off - jump_->by) <= kClockStepMost;
    if (!is_same) {
        jump_ = ClockJump{off, expected};
        jumped_at_ = counted;
        return;
    }
    const bool is_settled = counted - jumped_at_ >= kClockSettle;
    if (settles_ && is_settled && std::chrono::abs(off) <= kClockStepBelieved) trust();
}

Instant TrustedTime::now() {
    const std::lock_guard lock(mutex_);
    look();
    return last_;
}

std::optional<ClockJump> TrustedTime::jump() {
    const std::lock_guard lock(mutex_);
    look();
    return jump_;
}

Status check_clock(Instant now, std::optional<Instant> newest, std::optional<Instant> elsewhere) {
    if (newest && now + kClockStepMost < *newest) {
        return fail(Errc::Unavailable, "it is {} here, and the newest message is of {}",
                    to_rfc3339(now), to_rfc3339(*newest));
    }
    if (elsewhere && std::chrono::abs(now - *elsewhere) > kClockStepMost) {
        return fail(Errc::Unavailable, "it is {} here, and {} where the store is kept",
                    to_rfc3339(now), to_rfc3339(*elsewhere));
    }
    return {};
}

}  // namespace luqiao::broker
