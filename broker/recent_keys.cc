#include "broker/recent_keys.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace luqiao::broker {
namespace {

using Run = std::vector<HashedRow>;

std::shared_ptr<const Run> merge(const Run& one, const Run& other) {
    auto out = std::make_shared<Run>();
    out->reserve(one.size() + other.size());
    std::set_union(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(*out));
    return out;
}

}  // namespace

std::vector<std::int64_t> RecentKeys::View::rows(std::uint64_t hash) const {
    std::vector<std::int64_t> out;
    const HashedRow first{hash, std::numeric_limits<std::int64_t>::min()};
    for (const auto& run : runs_) {
        for (auto at = std::lower_bound(run->begin(), run->end(), first);
             at != run->end() && at->hash == hash; ++at) {
            out.push_back(at->row);
        }
    }
    return out;
}

std::optional<std::int64_t> RecentKeys::View::seek(std::uint64_t hash, std::int64_t most) const {
    std::optional<std::int64_t> out;
    for (const auto& run : runs_) {
        const auto behind = std::upper_bound(run->begin(), run->end(), HashedRow{hash, most});
        if (behind == run->begin() || std::prev(behind)->hash != hash) continue;
        out = std::max(out.value_or(std::prev(behind)->row), std::prev(behind)->row);
    }
    return out;
}

Status RecentKeys::View::each(const std::function<Status(const HashedRow&)>& take) const {
    for (const auto& run : runs_) {
        for (const HashedRow& one : *run) LQ_CHECK(take(one));
    }
    return {};
}

std::size_t RecentKeys::View::size() const {
    std::size_t all = 0;
    for (const auto& run : runs_) all += run->size();
    return all;
}

void RecentKeys::add(std::vector<HashedRow> entries) {
    if (entries.empty()) return;
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    young_.push_back(std::make_shared<const Run>(std::move(entries)));
    while (young_.size() > 1 && young_[young_.size() - 2]->size() < 2 * young_.back()->size()) {
        const auto last = std::exchange(young_.back(), nullptr);
        young_.pop_back();
        young_.back() = merge(*young_.back(), *last);
    }
    show();
}

std::size_t RecentKeys::young() const {
    std::size_t all = 0;
    for (const auto& run : young_) all += run->size();
    return all;
}

void RecentKeys::freeze() {
    auto all = std::make_shared<const Run>();
    while (!young_.empty()) {  // the smallest first
        all = merge(*all, *young_.back());
        young_.pop_back();
    }
    frozen_ = std::move(all);
    taken_ = 0;
    show();
}

std::span<const HashedRow> RecentKeys::next(std::size_t most) const {
    if (frozen_ == nullptr) return {};
    const std::span<const HashedRow> left = std::span(*frozen_).subspan(taken_);
    return left.first(std::min(most, left.size()));
}

void RecentKeys::drop() {
    frozen_ = nullptr;
    taken_ = 0;
    show();
}

void RecentKeys::show() {
    View view;
    if (frozen_ != nullptr && !frozen_->empty()) view.runs_.push_back(frozen_);
    view.runs_.insert(view.runs_.end(), young_.begin(), young_.end());
    view_ = std::move(view);
}

}  // namespace luqiao::broker
