// tests/mapping/bundle_fixture.h - a small form, format and tables that every test may build on.
#pragma once

#include "mapping/bundle.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace luqiao::mapping {

/// Files by path; a test replaces or adds what it is about.
using Files = std::map<std::string, std::string>;

/// forms/f.form, formats/p.m.format, codes/sex.csv, codes/country.csv and a clean maps/p.m.map.
Files base_files();

struct Compiled {
    std::shared_ptr<const Bundle> bundle;
    Diagnostics findings;

    /// Codes of the findings, notes left out: "M101 M110".
    [[nodiscard]] std::string codes() const;
    /// All findings as the command line shows them.
    [[nodiscard]] std::string rendered(bool with_notes) const;
};

Compiled compile(const Files& files, const CompileOptions& options = {});
/// The base with its map replaced: header lines are put in front of `rows`.
Compiled compile_rows(const std::string& rows, const CompileOptions& options = {});

}  // namespace luqiao::mapping
