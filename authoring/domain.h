// authoring/domain.h - values of a type: all of them when there are few, else edges and samples.
#pragma once

#include "mapping/code_table.h"
#include "mapping/form.h"
#include "mapping/type.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::authoring {

struct DomainOptions {
    std::uint64_t seed = 1;
    std::size_t samples = 200;       ///< random values, where not all are taken
    bool is_whole = true;            ///< false: samples also of what could be run whole (dates)
    std::vector<std::string> hints;  ///< texts that matter to the row: separators, sentinels, pads
};

/// Canonical texts, without doubles.
struct Domain {
    std::vector<std::string> values;
    bool is_whole = false;  ///< every value of the type (dates: every day of 1900-2100)
};

/// Whole: code tables, bool, ranges of whole numbers up to 10 000, dates of 1900-01-01 ..
/// 2100-12-31, months and years of that time.
Domain domain_of(const mapping::Type& type,
                 const mapping::CodeTable* table,
                 const DomainOptions& options);

/// Whether `text` is a value of the type in its normal form.
bool is_canonical(std::string_view text,
                  const mapping::Type& type,
                  const mapping::CodeTable* table);

/// A value that reads as invented and names its field: "出生地", "DOCUMENT-NO", 2025-10-09.
/// `number` makes different ones.
std::string plain_value(const mapping::Field& field,
                        const mapping::CodeTable* table,
                        std::size_t number = 0);

/// Text of `repertoire` with at most `size_max` characters (0: 40): edges first, then samples.
std::vector<std::string> texts_of(mapping::Repertoire repertoire,
                                  std::size_t size_max,
                                  const DomainOptions& options);

/// The characters of `text`, which is UTF-8.
std::vector<std::string> characters_of(std::string_view text);

}  // namespace luqiao::authoring
