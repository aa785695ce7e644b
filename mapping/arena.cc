#include "mapping/record.h"

#include <algorithm>
#include <cstring>

namespace luqiao::mapping {

char* Arena::take(std::size_t size) {
    while (block_ < blocks_.size() && blocks_[block_].size - used_ < size) {
        ++block_;
        used_ = 0;
    }
    if (block_ == blocks_.size()) {
        const std::size_t bytes = std::max(size, kBlockSize);
        blocks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    }
    char* const begin = blocks_[block_].bytes.get() + used_;
    used_ += size;
    return begin;
}

std::string_view Arena::copy(std::string_view text) {
    if (text.empty()) return {};
    char* const begin = take(text.size());
    std::memcpy(begin, text.data(), text.size());
    return {begin, text.size()};
}

void Arena::reset() {
    block_ = 0;
    used_ = 0;
}

}  // namespace luqiao::mapping
