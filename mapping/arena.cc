#include "mapping/record.h"

#include <algorithm>

namespace luqiao::mapping {

void Arena::next_block(std::size_t size) {
    while (next_ < blocks_.size() && blocks_[next_].size < size) ++next_;
    if (next_ == blocks_.size()) {
        const std::size_t bytes = std::max(size, kBlockSize);
        blocks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    }
    at_ = blocks_[next_].bytes.get();
    end_ = at_ + blocks_[next_].size;
    ++next_;
}

void Arena::reset() {
    at_ = nullptr;
    end_ = nullptr;
    next_ = 0;
}

}  // namespace luqiao::mapping
