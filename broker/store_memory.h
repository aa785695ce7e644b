// broker/store_memory.h - the store in memory, with a "disk" that outlives it and can fail.
#pragma once

#include "broker/store.h"

#include <functional>
#include <memory>
#include <optional>

namespace luqiao::broker {

/// What a memory store has written. Opening it again is a restart of the process.
struct MemoryDisk;
std::shared_ptr<MemoryDisk> make_memory_disk();

/// Asked before each write (commit, lease, audit): an error makes that write fail whole. Set before
/// the store is used.
void set_fault(MemoryDisk& disk, std::function<std::optional<Errc>()> fault);

std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDisk> disk);

}  // namespace luqiao::broker
