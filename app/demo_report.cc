#include "app/demo_report.h"

#include "app/operator_api.h"
#include "base/json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace luqiao::app {
namespace {

constexpr std::string_view kDeliveryCounter = "deliveries.";

/// Terminal cells that `text` takes: East-Asian characters take two.
std::size_t cells(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const std::string_view one = prefix_code_points(text, 1);
        count += one.size() >= 3 ? 2u : 1u;
        text.remove_prefix(one.size());
    }
    return count;
}

std::string padded(std::string_view text, std::size_t width) {
    const std::size_t used = cells(text);
    return std::string(text) + std::string(used < width ? width - used : 1, ' ');
}

}  // namespace

PartyTally read_journal(const std::filesystem::path& journal) {
    PartyTally tally;
    std::ifstream file(journal);
    std::string line;
    while (std::getline(file, line)) {
        const auto entry = nlohmann::json::parse(line, nullptr, false);
        if (!entry.is_object()) continue;  // a line that is being written
        const std::string kind = entry.value("kind", "");
        if (kind == "repeated") ++tally.repeated;
        if (kind == "answered") {
            tally.answers.insert(entry.value("serial", "") + " " + entry.value("state", ""));
        }
        if (kind == "received") ++tally.dispatches[entry.value("serial", "")];
        if (kind == "progress") ++tally.progress;
        if (kind == "received" || kind == "supplement" || kind == "progress") {
            tally.messages.insert(entry.value("id", ""));
        }
    }
    return tally;
}

std::uint64_t DemoTally::deliveries(std::string_view state, std::string_view party) const {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : store) {
        if (!name.starts_with(kDeliveryCounter) || !name.ends_with("." + std::string(state))) {
            continue;
        }
        const std::string_view of = std::string_view(name).substr(
            kDeliveryCounter.size(), name.rfind('.') - kDeliveryCounter.size());
        if (party.empty() || of == party) sum += count;
    }
    return sum;
}

std::uint64_t DemoTally::all_deliveries(std::string_view party) const {
    std::uint64_t sum = 0;
    const std::string start = std::string(kDeliveryCounter) + std::string(party) + ".";
    for (const auto& [name, count] : store) {
        if (name.starts_with(start)) sum += count;
    }
    return sum;
}

bool DemoTally::settled(std::uint64_t accepted) const {
    const auto found = store.find("decided");
    if (found == store.end() || found->second < accepted || waiting > 0) return false;
    for (const std::string_view state : {"queued", "pending", "leased", "waiting", "unknown"}) {
        if (deliveries(state) > 0) return false;
    }
    // A row or a file is delivered when it lies there; the party still has to come by.
    return std::all_of(parties.begin(), parties.end(), [this](const auto& entry) {
        return entry.second.messages.size() >=
               all_deliveries(entry.first) - deliveries("dead", entry.first);
    });
}

DemoTally take_tally(const DemoWorld& world) {
    DemoTally tally;
    for (const std::string& code : world.simulated_parties()) {
        tally.parties[code] = read_journal(world.journal(code));
    }
    const auto status = ask_operator(world.configuration().server->data, "/operator/v1/status");
    const auto document = nlohmann::json::parse(status ? *status : std::string(), nullptr, false);
    if (!document.is_object()) return tally;
    for (const auto& [name, count] : document["counts"].items()) {
        tally.store[name] = count.get<std::uint64_t>();
    }
    tally.waiting =
        document.value("inbox", std::uint64_t{0}) + document.value("open_sends", std::uint64_t{0});
    return tally;
}

DemoResult judge(const DemoTally& tally,
                 const Configuration& configuration,
                 std::uint64_t accepted) {
    DemoResult result;
    result.accepted = accepted;
    const auto count = [&](const char* name) {
        const auto found = tally.store.find(name);
        return found == tally.store.end() ? 0 : found->second;
    };
    result.decided = count("decided");
    result.lost = accepted - std::min(accepted, count("cases"));
    for (const auto& [code, party] : tally.parties) {
        const std::uint64_t seen = party.messages.size();
        const std::uint64_t stored = tally.all_deliveries(code);
        result.delivered[code] = seen;
        result.repeated += party.repeated;
        result.answered += party.answers.size();
        result.lost += stored - std::min(stored, seen);
        result.doubled += seen - std::min(stored, seen);
        for (const auto& [serial, times] : party.dispatches) result.doubled += times - 1;
        const broker::Party* known = configuration.realm->party(code);
        if (known != nullptr && known->kind == broker::PartyKind::Channel) {
            result.progress[code] = party.progress;
        }
    }
    return result;
}

std::string to_json(const DemoResult& result) {
    JsonWriter json;
    json.begin_object().field("accepted", result.accepted).key("delivered").begin_object();
    for (const auto& [party, count] : result.delivered) json.field(party, count);
    json.end_object().field("answered", result.answered).field("decided", result.decided);
    json.key("progress").begin_object();
    for (const auto& [party, count] : result.progress) json.field(party, count);
    json.end_object()
        .field("lost", result.lost)
        .field("doubled", result.doubled)
        .field("repeated", result.repeated)
        .key("seconds")
        .raw(fmt::format("{:.2f}", result.seconds))
        .end_object();
    return json.take();
}

std::string to_table(const DemoTally& tally,
                     const Configuration& configuration,
                     std::uint64_t accepted,
                     std::size_t wanted) {
    const auto decided = tally.store.find("decided");
    std::string out = fmt::format("  申请 {}/{} 已受理   {} 已办结{}\n", accepted, wanted,
                                  decided == tally.store.end() ? 0 : decided->second,
                                  tally.store.empty() ? "   (broker 重启中)" : "");
    out += fmt::format("  {}{}{}{}{}\n", padded("单位", 30), padded("已送达", 10),
                       padded("待送达", 10), padded("已答复", 10), "重复被识别");
    for (const auto& [code, party] : tally.parties) {
        const broker::Party* known = configuration.realm->party(code);
        const std::uint64_t stored = tally.all_deliveries(code);
        const std::uint64_t seen = party.messages.size();
        out += fmt::format("  {}{}{}{}{}\n", padded(known == nullptr ? code : known->label.zh, 30),
                           padded(std::to_string(seen), 10),
                           padded(std::to_string(stored - std::min(stored, seen)), 10),
                           padded(std::to_string(party.answers.size()), 10), party.repeated);
    }
    return out;
}

}  // namespace luqiao::app
