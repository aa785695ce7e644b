// mapping/type_size.h - how large the values of a type get, and how many there are: what overflow
// checks and exhaustive proofs reckon with.
#pragma once

#include "mapping/format.h"
#include "mapping/shape.h"

#include <cstdint>
#include <optional>

namespace luqiao::mapping {

/// Most bytes that a canonical value of `type` takes in `charset`. `table`: of a code. Nothing: the
/// type has no largest length, or `charset` lacks characters of its repertoire.
std::optional<std::size_t> size_bytes_max(const Type& type,
                                          Charset charset,
                                          const CodeTable* table = nullptr);

/// How many canonical values there are; nothing when they cannot be counted out: free text, check
/// digits, more than 2^63. Dates are those of the years 1 to 9999.
std::optional<std::uint64_t> domain_size(const Type& type, const CodeTable* table = nullptr);

}  // namespace luqiao::mapping
