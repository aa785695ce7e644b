#include "app/simulated_manifest.h"

#include "adapters/folder.h"
#include "adapters/http_client.h"
#include "adapters/http_proof.h"
#include "adapters/manifest_source.h"
#include "adapters/table.h"
#include "app/json_word.h"
#include "app/runtime.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
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

Status insert(const Section& source,
              const std::filesystem::path& data,
              const broker::Manifest& manifest) {
    using adapters::quoted_identifier;
    using adapters::SqlValue;
    LQ_TRY(const auto session,
           adapters::open_sqlite({.file = data / source.text("database"), .create = true}));
    const std::string table = quoted_identifier(source.text("table"));
    const std::string day = quoted_identifier(source.text("day_column"));
    const std::string of = quoted_identifier(source.text("of_column"));
    LQ_TRY(auto transaction, adapters::Transaction::begin(*session));
    const std::string columns =
        fmt::format("{}, {}, {}, {}", day, of, quoted_identifier(source.text("key_column")),
                    quoted_identifier(source.text("sm3_column")));
    LQ_CHECK(
        session->run_script(fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", table, columns)));
    const std::array<SqlValue, 2> which{to_string(manifest.day),
                                        std::string(to_string(manifest.of))};
    LQ_TRY([[maybe_unused]] const auto gone,
           session->execute(fmt::format("DELETE FROM {} WHERE {} = ? AND {} = ?", table, day, of),
                            which));
    for (const broker::ManifestEntry& one : manifest.entries) {
        const std::array<SqlValue, 4> row{
            which[0], which[1], one.delivery ? to_string(*one.delivery) : broker::to_hex(one.key),
            one.digest ? SqlValue(broker::to_hex(*one.digest)) : SqlValue(std::monostate{})};
        LQ_TRY([[maybe_unused]] const auto added,
               session->execute(
                   fmt::format("INSERT INTO {} ({}) VALUES (?, ?, ?, ?)", table, columns), row));
    }
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
    if (source.text("source") == "table") return insert(source, data, manifest);
    if (source.text("source") != "file") return put(configuration, party, options, manifest);
    LQ_TRY(const auto folder, adapters::Folder::open(data / source.text("folder"), true));
    return folder.write(
        adapters::manifest_file_name(source, {party.code, day, std::string(to_string(asked.of))}),
        broker::to_csv(manifest));
}

}  // namespace luqiao::app
