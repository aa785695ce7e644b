#include "app/allocator.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

// Not there in programs without jemalloc.
extern "C" [[gnu::weak]] int mallctl(
    const char* name, void* old, std::size_t* old_size, void* fresh, std::size_t fresh_size);

namespace luqiao::app {
namespace {

template <class T>
T asked(const char* name) {
    T out{};
    std::size_t size = sizeof out;
    return mallctl(name, &out, &size, nullptr, 0) == 0 ? out : T{};
}

/// Being linked is not enough: another library could come first.
bool serves_malloc() {
    constexpr std::size_t kSize = 4096;
    const auto before = asked<std::uint64_t>("thread.allocated");
    void* volatile block = std::malloc(kSize);  // volatile: not to be optimised away
    const auto after = asked<std::uint64_t>("thread.allocated");
    std::free(block);
    return after - before >= kSize;
}

}  // namespace

std::string allocator() {
    if (mallctl == nullptr || !serves_malloc()) return "system";
    const auto* text = asked<const char*>("version");
    const std::string_view version = text == nullptr ? "" : text;
    return fmt::format("jemalloc {} (dirty_decay_ms:{},background_thread:{})",
                       version.substr(0, version.find('-')), asked<ssize_t>("opt.dirty_decay_ms"),
                       asked<bool>("opt.background_thread"));
}

}  // namespace luqiao::app
