// tests/fuzz/manifest_fuzz.cc - any bytes as a manifest of a party's day: what is read is written,
// and both ways of writing are read as the same.
#include "broker/recon_manifest.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace luqiao::broker {
namespace {

const ManifestAsked kAsked{"hrss", *parse_date("2025-10-13"), ManifestOf::Received};

void run(std::string_view text) {
    std::vector<FieldProblem> findings;
    const auto manifest = read_manifest(text, kAsked, findings);
    if (manifest.has_value() != findings.empty() || findings.size() > 101) std::abort();
    if (!manifest) return;
    if (manifest->entries.size() > kManifestEntriesMax) std::abort();
    if (read_manifest(to_csv(*manifest), kAsked, findings) != manifest) std::abort();
    if (read_manifest(to_json(*manifest), kAsked, findings) != manifest) std::abort();
    if (!compare(manifest->entries, manifest->entries).empty()) std::abort();
}

}  // namespace
}  // namespace luqiao::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    luqiao::broker::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
