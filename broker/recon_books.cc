#include "broker/recon_books.h"

#include "broker/audit.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kBookPage = 500;

Error headless() {
    return fail(Errc::Corruption, "a kept manifest has lost its head");
}

/// Goes through all pages of one question; `read` gives the rows of one.
template <class IdType, class Read, class TimeOf>
Result<std::vector<ManifestEntry>> collect(TrafficQuery<IdType> query, Read read, TimeOf time_of) {
    std::vector<ManifestEntry> out;
    query.limit = kBookPage;
    for (;;) {
        LQ_TRY(const auto rows, read(query));
        for (const auto& row : rows) out.push_back(manifest_entry(row));
        if (out.size() > kManifestEntriesMax) {
            return fail(Errc::LimitExceeded, "a manifest has at most {} entries",
                        kManifestEntriesMax);
        }
        if (rows.size() < kBookPage) break;
        query.after = {time_of(rows.back()), rows.back().id};
    }
    (void)sort(out);
    return out;
}

}  // namespace

Result<std::vector<ManifestEntry>> our_entries(Store& store,
                                               const ManifestAsked& asked,
                                               Instant from,
                                               Instant until) {
    if (asked.of == ManifestOf::Received) {
        return collect(
            TrafficQuery<DeliveryId>{.party = asked.party, .from = from, .until = until},
            [&](const auto& query) { return store.arrived(query); },
            [](const StoredDelivery& row) { return row.due_at; });
    }
    return collect(
        TrafficQuery<MessageId>{.party = asked.party, .from = from, .until = until},
        [&](const auto& query) { return store.received(query); },
        [](const InboundMessage& row) { return row.at; });
}

Result<bool> has_entries(Store& store, const ManifestAsked& asked) {
    const Instant from = china_midnight(asked.day);
    const Instant until = china_midnight(asked.day + std::chrono::days(1));
    if (asked.of == ManifestOf::Received) {
        LQ_TRY(const auto rows,
               store.arrived({.party = asked.party, .from = from, .until = until, .limit = 1}));
        return !rows.empty();
    }
    LQ_TRY(const auto rows,
           store.received({.party = asked.party, .from = from, .until = until, .limit = 1}));
    return !rows.empty();
}

Result<Manifest> our_manifest(Store& store, const ManifestAsked& asked) {
    LQ_TRY(auto entries, our_entries(store, asked, china_midnight(asked.day),
                                     china_midnight(asked.day + std::chrono::days(1))));
    return Manifest{asked.party, asked.day, asked.of, std::move(entries)};
}

std::string day_document(std::string_view kind, const ManifestAsked& asked) {
    return fmt::format("{}{}/{}/{}", kind, asked.party, to_string(asked.day), to_string(asked.of));
}

std::optional<ManifestAsked> day_of_document(std::string_view kind, std::string_view name) {
    if (!name.starts_with(kind)) return std::nullopt;
    name.remove_prefix(kind.size());
    const std::size_t day = name.find('/');
    const std::size_t of = name.rfind('/');
    if (day == of) return std::nullopt;
    const auto date = parse_date(name.substr(day + 1, of - day - 1));
    const auto which = parse_manifest_of(name.substr(of + 1));
    if (!date || !which) return std::nullopt;
    return ManifestAsked{std::string(name.substr(0, day)), *date, *which};
}

/// "2025-10-14T08:30:00+08:00 http 1760401800000": when, how, and what was signed when, if it was.
Result<ManifestHead> manifest_head(std::string_view document) {
    const std::size_t line = document.find('\n');
    const std::size_t space = document.find(' ');
    if (line == document.npos || space > line) return headless();
    const auto at = parse_rfc3339(document.substr(0, space));
    if (!at) return headless();
    const std::string_view rest = document.substr(space + 1, line - space - 1);
    const std::size_t end = std::min(rest.find(' '), rest.size());
    ManifestHead out{*at, std::string(rest.substr(0, end)), {}};
    if (end == rest.size()) return out;
    std::int64_t milliseconds = 0;
    const auto [stop, failure] =
        std::from_chars(rest.data() + end + 1, rest.data() + rest.size(), milliseconds);
    if (failure != std::errc{} || stop != rest.data() + rest.size()) return headless();
    out.signed_at = Instant{Duration{milliseconds}};
    return out;
}

Status check_newer(Store& store, const ManifestAsked& asked, Instant signed_at) {
    const std::string name = day_document(kManifestDocument, asked);
    LQ_TRY(const auto documents, store.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) return {};
    LQ_TRY(const ManifestHead kept, manifest_head(found->second));
    if (!kept.signed_at || signed_at > *kept.signed_at) return {};
    return fail(Errc::Conflict,
                "the manifest that is kept was signed at {}, not before this one: sign it anew",
                to_rfc3339(*kept.signed_at));
}

Status keep_manifest(Store& store, const GivenManifest& given, const std::string& actor) {
    const Manifest& manifest = given.manifest;
    const ManifestAsked asked{manifest.party, manifest.day, manifest.of};
    const AuditEntry entry = audit_done(
        given.at, actor, "recon.manifest",
        fmt::format("{} {} {} {} {}", manifest.party, to_string(manifest.day),
                    to_string(manifest.of), manifest.entries.size(), totals(manifest.entries).sm3));
    std::string head = fmt::format("{} {}", to_rfc3339(given.at), given.source);
    if (given.signed_at) {
        head += fmt::format(" {}", std::int64_t{given.signed_at->time_since_epoch().count()});
    }
    return store.keep(day_document(kManifestDocument, asked),
                      fmt::format("{}\n{}", head, to_csv(manifest)), std::span(&entry, 1));
}

Result<std::optional<GivenManifest>> given_manifest(Store& store, const ManifestAsked& asked) {
    const std::string name = day_document(kManifestDocument, asked);
    LQ_TRY(const auto documents, store.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) return std::optional<GivenManifest>();
    const std::string_view text = found->second;
    LQ_TRY(ManifestHead head, manifest_head(text));
    std::vector<FieldProblem> findings;
    auto manifest = read_manifest(text.substr(text.find('\n') + 1), asked, findings);
    if (!manifest) return fail(Errc::Corruption, "a kept manifest cannot be read");
    return std::optional(
        GivenManifest{*std::move(manifest), head.at, std::move(head.source), head.signed_at});
}

}  // namespace luqiao::broker
