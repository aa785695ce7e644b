// tests/app/rule_program.h - a small configuration in a folder of its own, and the program run on
// it as an author runs it.
#pragma once

#include "app/process.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace luqiao::app {

struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;

    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
};

/// One form `f`, and the maps p.m (JSON, one to one), p.xml (columns, a tuple, a let) between it
/// and two formats, each row with an example; clean.
class RuleProgram {
public:
    RuleProgram();

    [[nodiscard]] std::filesystem::path conf() const { return folder_.path() / "conf"; }
    [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
    void write(const std::string& file, const std::string& text) const;
    [[nodiscard]] std::string read(const std::string& file) const;
    /// `conf/maps/p.m.map` with `rows` behind its header.
    void rows(const std::string& rows) const;

    /// Runs `luqiao ARGUMENTS` in the folder.
    [[nodiscard]] Ran run(const std::vector<std::string>& arguments) const;
    /// Any program, found in PATH, in the folder.
    [[nodiscard]] Ran run_other(std::vector<std::string> arguments) const;

private:
    TemporaryFolder folder_ = *TemporaryFolder::create("luqiao-rules");
};

}  // namespace luqiao::app
