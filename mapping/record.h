// mapping/record.h - one message in canonical form: 16-byte slots over an arena.
#pragma once

#include "base/errors.h"
#include "base/result.h"
#include "base/scan.h"
#include "mapping/form.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Absent: not sent. Cleared: the sender says "no value". Bad: sent, but not representable.
enum class SlotState : std::uint8_t { Absent, Cleared, Value, Bad };

/// One field of one message: a view into the arena (or into the message, which outlives the
/// record). What is known about a value spares the next step a look at it.
struct Slot {
    const char* data = nullptr;
    std::uint32_t size = 0;
    SlotState state = SlotState::Absent;
    Errc reason = Errc::Internal;  ///< when Bad
    /// Lineage: number (Op::number) of the row that filled a canonical slot; 0: none did.
    std::uint16_t row : 13 = 0;
    bool unmarked : 1 = false;  ///< a value without a special byte (base/scan.h): nothing to escape
    bool plain : 1 = false;     ///< the same, and all of it is ASCII
    bool typed : 1 = false;     ///< a canonical value of its field's type, on any day

    [[nodiscard]] std::string_view text() const { return {data, size}; }
    [[nodiscard]] bool has_value() const { return state == SlotState::Value; }
    /// Keeps what was seen in the text.
    void note(Marks seen) {
        unmarked = !seen.special;
        plain = seen.plain();
    }
};
static_assert(sizeof(Slot) == 16);

/// A value of which nothing is known.
inline Slot value_slot(std::string_view text) {
    Slot slot;
    slot.data = text.data();
    slot.size = static_cast<std::uint32_t>(text.size());
    slot.state = SlotState::Value;
    return slot;
}

/// Bump allocator for the text of one message; `reset` keeps its blocks, so a reused arena
/// allocates nothing once it is warm.
class Arena {
public:
    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* const begin = take(text.size());
        std::memcpy(begin, text.data(), text.size());
        return {begin, text.size()};
    }
    /// `size` writable bytes that live until reset.
    char* take(std::size_t size) {
        if (static_cast<std::size_t>(end_ - at_) < size) next_block(size);
        char* const begin = at_;
        at_ += size;
        return begin;
    }
    void reset();

private:
    static constexpr std::size_t kBlockSize = 16u << 10;
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };
    void next_block(std::size_t size);

    char* at_ = nullptr;  ///< free bytes of the current block
    char* end_ = nullptr;
    std::vector<Block> blocks_;
    std::size_t next_ = 0;  ///< the block after the current one
};

class Rows;

/// The slots of one scope: of the form itself or of one list item.
struct Row {
    std::vector<Slot> slots;
    std::vector<Rows> lists;

    Row() = default;
    explicit Row(const Scope& scope);
    /// As new, for `scope`; what was allocated stays.
    void reset(const Scope& scope);
};

/// The items of one list. Rows behind the last one are spare: they keep what they allocated for
/// the items of the next message.
class Rows {
public:
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    Row& operator[](std::size_t item) { return rows_[item]; }
    const Row& operator[](std::size_t item) const { return rows_[item]; }
    Row* begin() { return rows_.data(); }
    Row* end() { return rows_.data() + count_; }
    [[nodiscard]] const Row* begin() const { return rows_.data(); }
    [[nodiscard]] const Row* end() const { return rows_.data() + count_; }
    Row& front() { return rows_.front(); }
    Row& back() { return rows_[count_ - 1]; }

    /// A fresh item of `scope` at the end.
    Row& emplace_back(const Scope& scope);
    void push_back(Row row);
    void erase(std::size_t item);
    void clear() { count_ = 0; }

private:
    std::vector<Row> rows_;
    std::size_t count_ = 0;
};

/// A message of `form`. Move-only: slots point into the arena.
class Record {
public:
    explicit Record(std::shared_ptr<const Form> form);

    [[nodiscard]] const Form& form() const { return *form_; }
    [[nodiscard]] std::shared_ptr<const Form> form_ptr() const { return form_; }
    Row& root() { return root_; }
    [[nodiscard]] const Row& root() const { return root_; }
    Arena& arena() { return *arena_; }

    /// Text of a root field; empty when it has no value or the form has no such field.
    [[nodiscard]] std::string_view text(std::string_view path) const;
    [[nodiscard]] bool has(std::string_view path) const;
    /// Copies `text` into the arena as the value of a root field.
    /// @errors UnknownField: the form has no such field
    Status set(std::string_view path, std::string_view text);
    /// As new; what was allocated stays for the next message.
    void reset();

private:
    std::shared_ptr<const Form> form_;
    std::unique_ptr<Arena> arena_;
    Row root_;
};

/// The record as JSON: groups nest, lists are arrays of objects, absent fields are left out,
/// cleared ones are null, a value that a row keeps although it is bad is
/// {"bad":"as sent","reason":"E2004"}. This is how the broker stores the canonical application.
std::string to_json(const Record& record);

/// Reads what to_json wrote. Unknown fields are refused. Does not check types.
/// @errors ParseFailed, UnknownField, LimitExceeded
Result<Record> from_json(std::shared_ptr<const Form> form, std::string_view json);

/// Lays `patch` on `base`: absent keeps, cleared deletes, a value replaces; lists with a key merge
/// item by item, lists without one are replaced when the patch has any item.
Status merge(Record& base, const Record& patch);

/// Copies every root value whose path both forms have (used to fill a message from a case and
/// back).
void copy_common(Record& into, const Record& from);

}  // namespace luqiao::mapping
