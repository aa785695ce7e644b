// mapping/output.h - the bytes of a message while it is written: one buffer that is kept from
// message to message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace luqiao::mapping {

/// Behind what room() gives there are always kSlack writable bytes: short copies are made in whole
/// registers.
class Output {
public:
    static constexpr std::size_t kSlack = 64;

    void clear() { at_ = bytes_.get(); }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - bytes_.get()); }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size()}; }

    /// Where the next `size` bytes go. Tell advance_to() where they ended.
    char* room(std::size_t size) {
        if (at_ == nullptr || static_cast<std::size_t>(end_ - at_) < size) grow(size);
        return at_;
    }
    void advance_to(char* end) { at_ = end; }
    /// Takes back what was written behind `size` bytes.
    void cut(std::size_t size) { at_ = bytes_.get() + size; }

    void add(std::string_view text) {
        if (text.empty()) return;
        std::memcpy(room(text.size()), text.data(), text.size());
        at_ += text.size();
    }
    void add(char byte) {
        *room(1) = byte;
        ++at_;
    }
    [[nodiscard]] char last() const { return at_[-1]; }

private:
    void grow(std::size_t size) {
        const std::size_t used = at_ == nullptr ? 0 : this->size();
        const std::size_t wanted = used + size > 4096 ? (used + size) * 2 : 8192;
        auto bigger = std::make_unique_for_overwrite<char[]>(wanted + kSlack);
        if (used > 0) std::memcpy(bigger.get(), bytes_.get(), used);
        bytes_ = std::move(bigger);
        at_ = bytes_.get() + used;
        end_ = bytes_.get() + wanted;
    }

    std::unique_ptr<char[]> bytes_;
    char* at_ = nullptr;
    char* end_ = nullptr;
};

/// Copies `size` bytes in steps of 16: reads and writes up to 15 bytes too many.
inline char* copy_loose(char* to, const char* from, std::size_t size) {
    for (std::size_t at = 0; at < size; at += 16) std::memcpy(to + at, from + at, 16);
    return to + size;
}

/// Copies exactly the bytes of `text` in a few register moves; texts of values are short.
inline char* copy_text(char* to, std::string_view text) {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size >= 16) {
        if (size > 128) {
            std::memcpy(to, from, size);
            return to + size;
        }
        for (std::size_t at = 0; at + 16 < size; at += 16) std::memcpy(to + at, from + at, 16);
        std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
        std::memcpy(to, from, 8);
        std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(to, from, 4);
        std::memcpy(to + size - 4, from + size - 4, 4);
    } else {
        for (std::size_t at = 0; at < size; ++at) to[at] = from[at];
    }
    return to + size;
}

}  // namespace luqiao::mapping
