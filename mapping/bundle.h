// mapping/bundle.h - forms, formats, code tables and maps, compiled together: immutable and hashed.
#pragma once

#include "base/diagnostic.h"
#include "mapping/code_table.h"
#include "mapping/program.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace luqiao::mapping {

/// One source file, by its path below conf/ ("maps/sti.apply.map").
struct SourceFile {
    std::string path;
    std::string text;
};

class Bundle {
public:
    /// Compiles everything at once and reports every finding of every file. The bundle is usable
    /// only when `findings` has no errors.
    static std::shared_ptr<const Bundle> compile(const std::vector<SourceFile>& files,
                                                 Diagnostics& findings);

    /// The program between the form and the format `name` ("sti.apply"); nullptr: none.
    [[nodiscard]] const Program* find(std::string_view name) const;
    [[nodiscard]] std::shared_ptr<const Form> form(std::string_view name) const;
    [[nodiscard]] std::shared_ptr<const Format> format(std::string_view name) const;
    [[nodiscard]] const CodeTable* table(std::string_view name) const;
    [[nodiscard]] const std::map<std::string, Program, std::less<>>& programs() const {
        return programs_;
    }

    /// 16 hexadecimal digits over all files in the order of their paths; in every output and issue.
    [[nodiscard]] const std::string& hash() const { return hash_; }

private:
    std::map<std::string, std::shared_ptr<const Form>, std::less<>> forms_;
    std::map<std::string, std::shared_ptr<const Format>, std::less<>> formats_;
    std::map<std::string, std::unique_ptr<const CodeTable>, std::less<>> tables_;
    std::map<std::string, Program, std::less<>> programs_;
    std::string hash_;
};

}  // namespace luqiao::mapping
