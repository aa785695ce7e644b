// mapping/bundle.h - forms, formats, code tables and maps, compiled together: immutable and hashed.
#pragma once

#include "base/diagnostic.h"
#include "mapping/code_table.h"
#include "mapping/compile_map.h"
#include "mapping/item_conditions.h"
#include "mapping/program.h"
#include "mapping/source.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// 32 hexadecimal digits that tell versions of files apart (FNV-1a, twice). Whoever wants to
/// deceive can find other bytes for them: it is for tools that compile a bundle for themselves.
std::string plain_digest(std::string_view bytes);

/// What the compiler is told about the world outside of the files.
struct CompileOptions {
    /// Hexadecimal digest of bytes, at least 32 digits, that names the bundle. The broker gives
    /// SM3.
    std::string (*digest)(std::string_view) = plain_digest;
    /// Maps that we send with, and who receives: their rows may carry nothing that a receiver is
    /// not cleared for, or declares no purpose for (M150, M151). Others are not judged.
    std::map<std::string, Recipients, std::less<>> outgoing;
    /// What else holds for messages of a form, said outside of its file. M1xx are found where the
    /// condition stands.
    std::vector<ItemCondition> item_conditions;
    /// The key of `keyed_hash`; nullptr: there is none, and a row that wants one does not compile
    /// (M152). The bundle keeps it.
    std::shared_ptr<const KeyedHasher> hasher;
};

class Bundle {
public:
    /// Compiles everything at once and reports every finding of every file, in the order of file,
    /// line and column. Never nullptr; the bundle is usable only when `findings` has no errors.
    /// Files elsewhere than in forms/, formats/, codes/ and maps/ only count for the hash.
    static std::shared_ptr<const Bundle> compile(const std::vector<SourceFile>& files,
                                                 Diagnostics& findings,
                                                 const CompileOptions& options = {});

    /// The program between the form and the format `name` ("sti.apply"); nullptr: none.
    [[nodiscard]] const Program* find(std::string_view name) const;
    [[nodiscard]] std::shared_ptr<const Form> form(std::string_view name) const;
    [[nodiscard]] std::shared_ptr<const Format> format(std::string_view name) const;
    [[nodiscard]] const CodeTable* table(std::string_view name) const;
    [[nodiscard]] const std::map<std::string, Program, std::less<>>& programs() const {
        return programs_;
    }

    /// 32 hexadecimal digits, the first half of the digest over one line "DIGEST  PATH\n" per file,
    /// in the order of the paths; in every output and issue.
    [[nodiscard]] const std::string& hash() const { return hash_; }

private:
    std::map<std::string, std::shared_ptr<const Form>, std::less<>> forms_;
    std::map<std::string, std::shared_ptr<const Format>, std::less<>> formats_;
    std::map<std::string, std::unique_ptr<const CodeTable>, std::less<>> tables_;
    std::map<std::string, Program, std::less<>> programs_;
    std::shared_ptr<const KeyedHasher> hasher_;
    std::string hash_;
};

}  // namespace luqiao::mapping
