// tests/mapping/runtime_fixture.h - reads and writes wire messages and runs maps in tests.
#pragma once

#include "mapping/bundle.h"
#include "mapping/translator.h"
#include "mapping/wire.h"

#include <memory>
#include <string>
#include <string_view>

namespace luqiao::mapping {

/// One format, from its text, with the reader and the writer of its kind.
class Wire {
public:
    explicit Wire(const std::string& format_text);

    [[nodiscard]] const Format& format() const { return *program_.format; }

    /// What a message holds, one slot after the other: `a=1 b:cleared c:bad(E2002) list[0].d=2`;
    /// behind it the issues: ` !E1004 /x`. A message that cannot be read: `E1001 byte 3`.
    std::string read(std::string_view bytes);
    /// The same slots written again. Call after read().
    Result<std::string> rewrite();

private:
    Program program_;
    WireMessage message_;
    Arena arena_;
};

/// A map with its bundle.
class Map {
public:
    /// Compiles forms/f.form, formats/p.m.format and maps/p.m.map beside small code tables; the
    /// test fails with the findings when there are errors.
    Map(const std::string& form, const std::string& format, const std::string& rows);

    [[nodiscard]] const Program& program() const { return *program_; }
    [[nodiscard]] Decoded decode(std::string_view bytes) const {
        return mapping::decode(*program_, bytes);
    }
    [[nodiscard]] Encoded encode(std::string_view canonical_json) const;

private:
    std::shared_ptr<const Bundle> bundle_;
    const Program* program_ = nullptr;
};

/// "E2004 error /sqr/csrq applicant.birth_date" per issue, joined by "; ".
std::string shown(const Issues& issues);

std::string hex(std::string_view bytes);

}  // namespace luqiao::mapping
