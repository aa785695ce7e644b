// tests/adapters/manifest_codes.h - what is found in the settings `[reconcile]` of a party.
#pragma once

#include "adapters/manifest_source.h"

#include <string>
#include <vector>

namespace luqiao::adapters {

/// The codes of all findings, in order.
inline std::vector<std::string> manifest_codes(const std::string& toml) {
    Diagnostics findings;
    const auto document = parse_toml(toml, "p.toml", findings);
    check_manifest_source(Section::check(manifest_source_spec(), *document, findings), findings);
    std::vector<std::string> out;
    for (const Diagnostic& one : findings.list()) out.push_back(one.code);
    return out;
}

}  // namespace luqiao::adapters
