#include "app/simulated_manifest.h"

#include "adapters/folder.h"
#include "adapters/http_client.h"
#include "adapters/http_proof.h"
#include "adapters/manifest_source.h"
#include "adapters/manifest_target.h"
#include "adapters/table.h"
#include "app/json_word.h"
#include "app/runtime.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <future>
#include <set>

namespace luqiao::app {
namespace {

Status put(const Configuration& configuration,
           const broker::Party& party,
           const SimulateOptions& options,
           const broker::Manifest& manifest) {
    const std::string path = "/v1/manifests/" + to_string(manifest.day);
    const std::string query = fmt::format("of={}", to_string(manifest.of));
    LQ_TRY(const auto signer, make_signer(configuration, party));
    if (!signer) return fail(Errc::Unauthenticated, "{} has no key to sign with", party.code);
    adapters::HttpClientRequest call;
    call.method = "PUT";
    call.url = options.broker_url + path + "?" + query;
    call.body = broker::to_csv(manifest);
    adapters::add_proof(call.headers, signer("PUT", path, query, call.body));
    adapters::HttpClient client{adapters::HttpClientOptions{}};
    std::promise<Result<adapters::HttpResponse>> promise;
    client.send(std::move(call), [&promise](Result<adapters::HttpResponse> response) {
        promise.set_value(std::move(response));
    });
    LQ_TRY(const auto response, promise.get_future().get());
    if (response.status == 200) return {};
    return fail(Errc::Refused, "the broker answered {}: {}", response.status, response.body);
}

/// A department makes its table itself.
Status make_table(const Section& source, const std::filesystem::path& data) {
    LQ_TRY(const auto session,
           adapters::open_sqlite({.file = data / source.text("database"), .create = true}));
    std::string columns;
    for (const char* key : {"day_column", "of_column", "key_column", "sm3_column"}) {
        columns += (columns.empty() ? "" : ", ") + adapters::quoted_identifier(source.text(key));
    }
    LQ_TRY(auto transaction, adapters::Transaction::begin(*session));
    LQ_CHECK(session->run_script(fmt::format("CREATE TABLE IF NOT EXISTS {} ({})",
                                             adapters::quoted_identifier(source.text("table")),
                                             columns)));
    return transaction.commit();
}

}  // namespace

Result<broker::Manifest> journal_manifest(const std::filesystem::path& journal,
                                          const broker::ManifestAsked& asked) {
    LQ_TRY(const std::string text, read_file(journal));
    broker::Manifest out{asked.party, asked.day, asked.of, {}};
    std::set<std::string> ids;
    for (const std::string_view line : split(text, '\n')) {
        const auto entry = nlohmann::json::parse(line, nullptr, false);
        if (!entry.is_object()) continue;
        const std::string kind = word_of(entry, "kind");
        const auto at = parse_rfc3339(word_of(entry, "at"));
        const bool is_taken = kind == "received" || kind == "supplement" || kind == "progress";
        if (!is_taken || !at || china_date(*at) != asked.day) continue;
        const std::string id = word_of(entry, "id");
        if (!ids.insert(id).second) continue;
        broker::ManifestEntry one{.key = broker::manifest_key(id), .digest = {}, .delivery = {}};
        if (const auto delivery = parse_id<DeliveryId>(id)) one.delivery = *delivery;
        if (const auto sm3 = broker::sm3_from_hex(word_of(entry, "sm3"))) one.digest = *sm3;
        out.entries.push_back(one);
    }
    (void)broker::sort(out.entries);
    return out;
}

Status give_simulated_manifest(const Configuration& configuration,
                               const broker::Party& party,
                               const SimulateOptions& options) {
    LQ_TRY(const Date day, parse_date(options.manifest));
    const broker::ManifestAsked asked{party.code, day, broker::ManifestOf::Received};
    LQ_TRY(const auto manifest, journal_manifest(options.journal, asked));
    const Section source = adapters::manifest_source(party.reconcile);
    const std::filesystem::path& data = configuration.server->data;
    const std::string kind = source.text("source");
    if (kind == "http") return put(configuration, party, options, manifest);
    if (kind == "table") {
        LQ_CHECK(make_table(source, data));
    } else {
        LQ_TRY([[maybe_unused]] const auto folder,
               adapters::Folder::open(data / source.text("folder"), true));
    }
    return adapters::put_manifest(kind, source, data,
                                  {party.code, day, std::string(to_string(asked.of))},
                                  broker::to_csv(manifest));
}

}  // namespace luqiao::app
