#include "broker/recon_books.h"

#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kPage = 500;

Error headless() {
    return fail(Errc::Corruption, "a kept manifest has lost its head");
}

/// Goes through all pages of one question; `read` gives the rows of one.
template <class IdType, class Read, class TimeOf>
Result<std::vector<ManifestEntry>> collect(TrafficQuery<IdType> query, Read read, TimeOf time_of) {
    std::vector<ManifestEntry> out;
    query.limit = kPage;
    for (;;) {
        LQ_TRY(const auto rows, read(query));
        for (const auto& row : rows) out.push_back(manifest_entry(row));
        if (out.size() > kManifestEntriesMax) {
            return fail(Errc::LimitExceeded, "a manifest has at most {} entries",
                        kManifestEntriesMax);
        }
        if (rows.size() < kPage) break;
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

Result<Instant> manifest_given_at(std::string_view document) {
    const auto at = parse_rfc3339(document.substr(0, document.find(' ')));
    return at ? Result<Instant>(*at) : Result<Instant>(headless());
}

Status keep_manifest(Store& store, const GivenManifest& given, const std::string& actor) {
    const Manifest& manifest = given.manifest;
    const ManifestAsked asked{manifest.party, manifest.day, manifest.of};
    const AuditEntry entry{
        .at = given.at,
        .actor = actor,
        .action = "recon.manifest",
        .outcome = "ok",
        .subject = fmt::format("{} {} {} {} {}", manifest.party, to_string(manifest.day),
                               to_string(manifest.of), manifest.entries.size(),
                               totals(manifest.entries).sm3),
        .hash = {}};
    return store.keep(
        day_document(kManifestDocument, asked),
        fmt::format("{} {}\n{}", to_rfc3339(given.at), given.source, to_csv(manifest)),
        std::span(&entry, 1));
}

Result<std::optional<GivenManifest>> given_manifest(Store& store, const ManifestAsked& asked) {
    const std::string name = day_document(kManifestDocument, asked);
    LQ_TRY(const auto documents, store.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) return std::optional<GivenManifest>();
    const std::string_view text = found->second;
    const std::size_t line = text.find('\n');
    const std::size_t space = text.find(' ');
    if (line == text.npos || space > line) return headless();
    LQ_TRY(const Instant at, manifest_given_at(text));
    std::vector<FieldProblem> findings;
    auto manifest = read_manifest(text.substr(line + 1), asked, findings);
    if (!manifest) return fail(Errc::Corruption, "a kept manifest cannot be read");
    return std::optional(GivenManifest{*std::move(manifest), at,
                                       std::string(text.substr(space + 1, line - space - 1))});
}

}  // namespace luqiao::broker
