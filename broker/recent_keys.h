// broker/recent_keys.h - what is looked up by a hash and is not in its index yet.
//
// Hashes fall anywhere: written to an index one by one, each dirties a page of its own. Here they
// wait in sorted runs until there are many; taken over in the order of the hash, neighbours share a
// page.
//
//     add -> young runs (merged by size) --freeze--> one frozen run --next, taken--> the index
//                 \__________________ View: all of it, unchanging _____/
//
// 16 bytes an entry. Who owns it keeps a durable list of the same entries until they are taken.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace luqiao::broker {

/// One entry: a row that has this hash. A hash has many rows, and rows many hashes.
struct HashedRow {
    std::uint64_t hash = 0;
    std::int64_t row = 0;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the operator for a 0
    auto operator<=>(const HashedRow&) const = default;
};

class RecentKeys {
    using Run = std::vector<HashedRow>;  ///< sorted, each once

public:
    /// The entries of one moment; any thread, for as long as it likes.
    class View {
    public:
        View() = default;
        /// Rows of `hash`, in no order.
        [[nodiscard]] std::vector<std::int64_t> rows(std::uint64_t hash) const;
        /// The highest row of `hash` that is not above `most`.
        [[nodiscard]] std::optional<std::int64_t> seek(std::uint64_t hash, std::int64_t most) const;
        /// Until `take` fails.
        Status each(const std::function<Status(const HashedRow&)>& take) const;
        /// Entries, counting those twice that were added twice.
        [[nodiscard]] std::size_t size() const;

    private:
        friend class RecentKeys;
        std::vector<std::shared_ptr<const Run>> runs_;
    };

    void add(std::vector<HashedRow> entries);
    [[nodiscard]] const View& view() const { return view_; }
    [[nodiscard]] std::size_t size() const { return view_.size(); }
    /// Entries that are not frozen.
    [[nodiscard]] std::size_t young() const;

    /// What is there is to be taken over, once. Nothing may be frozen already.
    void freeze();
    [[nodiscard]] bool is_frozen() const { return frozen_ != nullptr; }
    /// The next of the frozen entries, at most `most`, in the order of hash and row; none: all were
    /// taken.
    [[nodiscard]] std::span<const HashedRow> next(std::size_t most) const;
    /// That many of them are in the index. They are seen here until `drop`.
    void taken(std::size_t count) { taken_ += count; }
    /// The index has all that is frozen.
    void drop();

private:
    void show();

    std::vector<std::shared_ptr<const Run>> young_;  ///< each at least twice the next
    std::shared_ptr<const Run> frozen_;
    std::size_t taken_ = 0;
    View view_;
};

}  // namespace luqiao::broker
