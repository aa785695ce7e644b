// broker/recon_manifest.h - a manifest (对账清单) as text: what parties give us, and are given.
//
//     manifest,hrss,2025-10-13,received,2          CSV, in ASCII, LF or CRLF, with or without a BOM
//     key,sm3
//     0199c5a2-7b1e-7c3d-8f00-0123456789ab,
//     0199c5a2-7b1e-7c3d-8f00-0123456789ac,66c7f0f4…
//
//     {"party":"hrss","day":"2025-10-13","of":"received","count":1,"entries":[{"key":"…","sm3":"…"}]}
//
// The count guards against a file that was cut off. A key is 64 hexadecimal digits, the SM3 of the
// business key, or the business key itself: 1 to 128 visible ASCII characters without comma and
// quotation mark. Business keys: of a delivery its id (Idempotency-Key over HTTP, MSGID of a table,
// the id in a file's name), in small letters; of a message the sender's Idempotency-Key, else the
// format's natural key, else (already a hash) the SM3 of the message. `sm3` is that of the
// message's bytes, or empty when the party does not keep them.
#pragma once

#include "broker/ports.h"
#include "broker/recon.h"
#include "broker/store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// Most bytes of a manifest as text.
inline constexpr std::size_t kManifestBytesMax = 32U << 20U;

/// What is expected: a manifest of another party, day or direction is refused.
struct ManifestAsked {
    std::string party;
    Date day{};
    ManifestOf of = ManifestOf::Received;
};

/// Reads CSV or JSON (it begins with '{'). Every finding at once, at most a hundred: E1001, E1003,
/// E2003, E2004, with its place ("/entries/2/sm3", "line 4"), what was expected, and what was
/// found, masked.
/// @return none when there are findings
std::optional<Manifest> read_manifest(std::string_view text,
                                      const ManifestAsked& asked,
                                      std::vector<FieldProblem>& findings);

/// As CSV. A delivery's id stands in clear; it says nothing about people.
std::string to_csv(const Manifest& manifest);
/// As JSON, with "sm3" of the totals beside the count.
std::string to_json(const Manifest& manifest);

/// SM3 of a business key given in clear; of 64 hexadecimal digits these themselves.
security::Sm3 manifest_key(std::string_view business_key);
/// Of what the party took, and of what came from it.
ManifestEntry manifest_entry(const StoredDelivery& delivery);
ManifestEntry manifest_entry(const InboundMessage& message);

std::string to_hex(const security::Sm3& digest);
/// @errors InvalidArgument: not 64 hexadecimal digits
Result<security::Sm3> sm3_from_hex(std::string_view text);

}  // namespace luqiao::broker
