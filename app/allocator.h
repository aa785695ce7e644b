// app/allocator.h - which memory allocator serves this process.
#pragma once

#include <string>

namespace luqiao::app {

/// "jemalloc 5.3.0 (dirty_decay_ms:1000,…)" when malloc is really jemalloc's, with the settings in
/// force; otherwise "system". docs/adr/0033-jemalloc.md
std::string allocator();

}  // namespace luqiao::app
