// What stands on a disk: what was flushed surely, what was only written perhaps, wholly or in part.
#include "tests/broker/recorded_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::uint64_t kSector = 512;

bool coin(std::mt19937& random) {
    return (random() & 1U) != 0;
}

}  // namespace

void DiskModel::make(std::string& bytes, const Change& change) {
    if (change.is_truncate) {
        bytes.resize(change.offset);
        return;
    }
    bytes.resize(std::max<std::size_t>(bytes.size(), change.offset + change.bytes.size()));
    std::copy(change.bytes.begin(), change.bytes.end(),
              bytes.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

/// Some of the sectors that the write touches; the file is as long as after the write.
void DiskModel::tear(std::string& bytes, const Change& change, std::mt19937& random) {
    if (change.is_truncate) {
        if (coin(random)) make(bytes, change);
        return;
    }
    const std::uint64_t end = change.offset + change.bytes.size();
    bytes.resize(std::max<std::size_t>(bytes.size(), end));
    for (std::uint64_t from = change.offset; from < end;) {
        const std::uint64_t to = std::min(end, (from / kSector + 1) * kSector);
        if (coin(random)) {
            std::copy_n(change.bytes.begin() + static_cast<std::ptrdiff_t>(from - change.offset),
                        to - from, bytes.begin() + static_cast<std::ptrdiff_t>(from));
        }
        from = to;
    }
}

/// A newer write of the same bytes is what the cache holds, and it is on the disk now: of the older
/// ones that were forgotten, what it did not touch is left.
void DiskModel::supersede(std::vector<Change>& forgotten, const Change& newer) {
    constexpr auto kEnd = ~std::uint64_t{0};
    const std::uint64_t from = newer.offset;
    const std::uint64_t to = newer.is_truncate ? kEnd : from + newer.bytes.size();
    std::vector<Change> left;
    for (Change& old : forgotten) {
        const std::uint64_t old_end = old.offset + old.bytes.size();
        if (old.is_truncate || old_end <= from || old.offset >= to) {
            left.push_back(std::move(old));
            continue;
        }
        if (old.offset < from) {
            left.push_back({false, old.offset, old.bytes.substr(0, from - old.offset), true});
        }
        if (old_end > to) left.push_back({false, to, old.bytes.substr(to - old.offset), true});
    }
    forgotten = std::move(left);
}

/// What is dirty becomes durable; what a failed flush forgot is clean, so it stays where it is.
void DiskModel::flush(Life& life) {
    const bool any_forgotten = std::any_of(life.pending.begin(), life.pending.end(),
                                           [](const Change& one) { return one.forgotten; });
    if (!any_forgotten) {
        for (const Change& change : life.pending) make(life.flushed, change);
        life.pending.clear();
        return;
    }
    std::vector<Change> kept;
    for (Change& change : life.pending) {
        if (change.forgotten) {
            kept.push_back(std::move(change));
            continue;
        }
        make(life.flushed, change);
        supersede(kept, change);
    }
    life.pending = std::move(kept);
}

/// Which names there are is durable from now on, whatever of their content is.
void DiskModel::flush_folder() {
    for (auto& [name, lives] : files_) {
        lives.erase(lives.begin(), lives.end() - 1);
        lives.back().named = true;
    }
    std::erase_if(files_, [](const auto& one) { return one.second.back().deleted; });
}

void DiskModel::apply(const DiskEvent& event) {
    using Kind = DiskEvent::Kind;
    if (event.kind == Kind::Step) return;
    std::vector<Life>& lives = files_[event.file];
    if (lives.empty() || event.kind == Kind::Create) {
        lives.emplace_back();
        lives.back().named = event.kind != Kind::Create;  // it was there before
    }
    Life& life = lives.back();
    switch (event.kind) {
        case Kind::Create:
        case Kind::Step: return;
        case Kind::Write: life.pending.push_back({false, event.offset, event.bytes, false}); return;
        case Kind::Truncate: life.pending.push_back({true, event.offset, {}, false}); return;
        case Kind::Flush:
            flush(life);
            // SQLite flushes the folder with the first flush of a journal or WAL it created.
            if (!std::exchange(life.named, true)) flush_folder();
            return;
        case Kind::FlushFailed:
            for (Change& change : life.pending) change.forgotten = true;
            return;
        case Kind::Delete: life.deleted = true; return;
        case Kind::DeleteFlushed: life.deleted = true; return flush_folder();
    }
}

std::string DiskModel::content(const Life& life, Unflushed fate, std::mt19937& random) {
    std::string bytes = life.flushed;
    for (const Change& change : life.pending) {
        switch (fate) {
            case Unflushed::Lost: break;
            case Unflushed::Kept: make(bytes, change); break;
            case Unflushed::Torn:
                switch (random() % 4) {
                    case 0: break;
                    case 1: make(bytes, change); break;
                    default: tear(bytes, change, random); break;
                }
        }
    }
    return bytes;
}

void DiskModel::write_to(const std::filesystem::path& folder,
                         Unflushed fate,
                         std::mt19937& random) const {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const auto& [name, lives] : files_) {
        // Lost: the oldest life, if its name was durable; kept: the newest, if it was not deleted.
        const bool newest = fate == Unflushed::Kept || (fate == Unflushed::Torn && coin(random));
        const Life& life = newest ? lives.back() : lives.front();
        if (newest ? life.deleted : !life.named) continue;
        std::ofstream(folder / name, std::ios::binary) << content(life, fate, random);
    }
}

std::size_t each_cut_disk(const std::vector<DiskEvent>& events,
                          const std::filesystem::path& folder,
                          const std::function<bool(const DiskEvent&)>& is_wanted,
                          const std::function<bool(const std::string&)>& look) {
    std::mt19937 random(20'251'127);
    DiskModel model;
    bool began = false;
    std::size_t count = 0;
    for (const DiskEvent& event : events) {
        model.apply(event);
        began = began || event.kind == DiskEvent::Kind::Step;
        if (!began || !is_wanted(event)) continue;
        for (const Unflushed fate : {Unflushed::Lost, Unflushed::Kept, Unflushed::Torn}) {
            model.write_to(folder, fate, random);
            const auto name =
                fmt::format("disk {}, unflushed {}", count++, static_cast<unsigned>(fate));
            if (!look(name)) return count;
        }
    }
    return count;
}

}  // namespace luqiao::broker
