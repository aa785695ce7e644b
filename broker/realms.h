// broker/realms.h - the configuration in force, and the last ones before it.
#pragma once

#include "broker/realm.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>

namespace luqiao::broker {

/// Whoever works on a message takes one realm and keeps it to the end: `replace` never changes what
/// is under way. Thread-safe. A mutex around a pointer's copy: libstdc++ 12 has no
/// std::atomic<std::shared_ptr> that ThreadSanitizer believes, and it would take a lock as well.
class Realms {
public:
    explicit Realms(std::shared_ptr<const Realm> first) { kept_.push_back(std::move(first)); }

    /// Never nullptr.
    [[nodiscard]] std::shared_ptr<const Realm> current() const {
        const std::lock_guard lock(mutex_);
        return kept_.back();
    }

    /// From now on in force. The one before stays known for what was made by it.
    void replace(std::shared_ptr<const Realm> next) {
        std::shared_ptr<const Realm> last;  // freed behind the lock
        const std::lock_guard lock(mutex_);
        kept_.push_back(std::move(next));
        if (kept_.size() <= kKept) return;
        last = std::move(kept_.front());
        kept_.pop_front();
    }

    /// The newest realm whose bundle has this hash, if it is among the last few; else the one in
    /// force.
    [[nodiscard]] std::shared_ptr<const Realm> of(std::string_view bundle) const {
        const std::lock_guard lock(mutex_);
        const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const auto& one) {
            return one->bundle->hash() == bundle;
        });
        return found == kept_.rend() ? kept_.back() : *found;
    }

private:
    /// An answer that comes later than four reloads after its message is read by the rules in
    /// force.
    static constexpr std::size_t kKept = 5;

    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<const Realm>> kept_;  ///< oldest first, never empty
};

}  // namespace luqiao::broker
