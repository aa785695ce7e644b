#include "app/server_settings.h"

#include "adapters/registry.h"
#include "app/retention.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

constexpr std::int64_t kNodesMax = 100;

}  // namespace

const Spec& server_spec() {
    static const Spec spec{
        .name = "luqiao.toml",
        .summary = "How one server runs.",
        .fields = {{"node", SettingKind::Text,
                    "Name of this node, unique among the nodes of one store.", "node-1"},
                   {"nodes", SettingKind::Integer,
                    "How many nodes share the store: each takes its part of a party's concurrency "
                    "and rate.",
                    "1"},
                   {"data", SettingKind::Path, "Folder of the store and of exchange folders.",
                    "data"},
                   {"keys", SettingKind::Path, "Folder of key files; never below conf/.", "keys"},
                   {"hash_key", SettingKind::Text,
                    "Key file of the codec keyed_hash, in the key folder; empty: none.", ""},
                   {"store", SettingKind::Text,
                    "File below the data folder, or postgresql://user@host1,host2/database, which "
                    "several nodes may share.",
                    "luqiao.db"},
                   {"store_password", SettingKind::Text,
                    "Key file with the password of that database, in the key folder; empty: as "
                    "libpq finds it.",
                    ""},
                   {"durability", SettingKind::Text,
                    "Of a database: standby refuses a server without a synchronous standby; single "
                    "takes one.",
                    "standby"},
                   {"store_size_max", SettingKind::Integer,
                    "Bytes that a database may grow to; what it has left of them is its free disk; "
                    "0: not watched.",
                    "0"},
                   {"lease_time", SettingKind::Time, "Longer than any outlet's timeout.", "2m"},
                   {"disk_reserve", SettingKind::Integer,
                    "Bytes of the store's disk, or of store_size_max, kept for what was accepted: "
                    "below it messages get 503, deliveries go on; 0: not watched.",
                    "268435456"},
                   {"attachments", SettingKind::Table,
                    "Files that parties upload and that messages name."},
                   {"retention", SettingKind::Table, "How long what is kept."},
                   {"http", SettingKind::Table, "The HTTP interface for parties."},
                   {"thrift", SettingKind::Table,
                    "The Thrift interface for parties; left out: none."}},
        .example = "node = \"node-1\"\ndata = \"data\"\nkeys = \"keys\"\n[http]\nport = 8080\n"};
    return spec;
}

ServerSettings read_server_settings(const Setting& document, Diagnostics& findings) {
    const Section section = Section::check(server_spec(), document, findings);
    ServerSettings out;
    out.node = section.text("node");
    const std::int64_t nodes = section.integer("nodes");
    if (nodes < 1 || nodes > kNodesMax) {
        findings.add("C404", section.at("nodes"),
                     {fmt::format("nodes 应在 1 到 {}", kNodesMax),
                      fmt::format("nodes is 1 to {}", kNodesMax)});
    }
    out.nodes = static_cast<std::size_t>(std::clamp<std::int64_t>(nodes, 1, kNodesMax));
    out.data = section.text("data");
    out.keys = section.text("keys");
    out.store = read_store_settings(section, findings);
    const std::string hash_key = section.text("hash_key");
    if (!hash_key.empty()) out.hash_key = out.keys / hash_key;
    out.lease_time = section.time("lease_time");
    out.disk_reserve =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, section.integer("disk_reserve")));
    if (out.store.size_max > 0 && out.store.size_max <= out.disk_reserve) {
        findings.add("C005", section.at("store_size_max"),
                     {"store_size_max 应大于 disk_reserve，否则一条报文也不收",
                      "store_size_max is more than disk_reserve: no message would ever be taken"});
    }
    const Setting empty{Setting::Table{}, section.at("node")};
    out.attachments = read_attachment_settings(section, out.store.is_shared(), findings);
    out.retention = read_retention_settings(section, findings);
    out.attachments.desk.keep = out.retention.attachments;
    out.http = section.table("http") != nullptr ? *section.table("http") : empty;
    out.thrift = section.table("thrift") != nullptr ? *section.table("thrift") : empty;
    Section::check(adapters::http_adapter().inlet_spec, out.http, findings);
    if (section.table("thrift") != nullptr) {
        Section::check(adapters::thrift_adapter().inlet_spec, out.thrift, findings);
    }
    return out;
}

}  // namespace luqiao::app
