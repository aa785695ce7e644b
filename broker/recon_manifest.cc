#include "broker/recon_manifest.h"

#include "base/hex.h"
#include "base/json.h"

#include <algorithm>
#include <map>
#include <simdjson.h>
#include <utility>

namespace luqiao::broker {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kFindingsMax = 100;
constexpr std::size_t kKeyMax = 128;
constexpr std::size_t kManifestDepthMax = 4;
constexpr std::string_view kBom = "\xEF\xBB\xBF";

bool is_key_character(char c) {
    return c > ' ' && c < '\x7F' && c != ',' && c != '"';
}

/// Whatever was found, without showing it: a key may be the number of a person by mistake.
std::string masked_found(std::string_view found) {
    if (found.empty()) return "\"\"";
    return fmt::format("{}… ({})", is_key_character(found[0]) ? found.substr(0, 1) : "?",
                       found.size());
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
    if (text.empty() || text.size() > 9) return std::nullopt;
    std::uint64_t out = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        out = out * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return out;
}

/// A manifest being read, whatever it is written in.
class Reading {
public:
    Reading(const ManifestAsked& asked, std::vector<FieldProblem>& findings)
        : asked_(asked), findings_(findings), before_(findings.size()) {
        manifest_.party = asked.party;
        manifest_.day = asked.day;
        manifest_.of = asked.of;
    }

    struct Finding {
        Errc code;
        std::string place;
        std::string rule;
        std::string expected;
        std::string found = {};
    };
    void find(const Finding& one, Text message) {
        if (findings_.size() - before_ >= kFindingsMax) return;
        findings_.push_back({std::string(info(one.code).id), one.place, one.rule, one.expected,
                             one.found, std::move(message)});
    }
    void find_unreadable(std::string place, std::string expected) {
        Text text{"清单无法解析，应为 " + expected, "the manifest cannot be read: " + expected};
        find({Errc::ParseFailed, std::move(place), "manifest", std::move(expected)},
             std::move(text));
    }

    /// One word of the head against what was asked for.
    void head(const std::string& place, std::string_view name, std::string_view found) {
        const std::string expected = name == "party" ? asked_.party
                                     : name == "day" ? to_string(asked_.day)
                                                     : std::string(to_string(asked_.of));
        if (found == expected) return;
        find({Errc::BadValue, place, std::string(name), expected, masked_found(found)},
             {fmt::format("清单的 {} 应为 {}", name, expected),
              fmt::format("the manifest's {} must be {}", name, expected)});
    }

    void count(const std::string& place, std::optional<std::uint64_t> count) {
        count_ = count;
        count_place_ = place;
        if (count && *count <= kManifestEntriesMax) return;
        find({count ? Errc::LimitExceeded : Errc::BadValue, place, "count",
              fmt::format("0–{}", kManifestEntriesMax)},
             {fmt::format("条数应为 0 至 {}", kManifestEntriesMax),
              fmt::format("the count is 0 to {}", kManifestEntriesMax)});
    }

    /// @return false: no more is read
    bool entry(const std::string& place, std::string_view key, std::string_view digest) {
        if (++entries_ > kManifestEntriesMax) {
            find({Errc::LimitExceeded, place, "entries", fmt::format("≤ {}", kManifestEntriesMax)},
                 {"清单条数超过限制", "the manifest has too many entries"});
            return false;
        }
        const bool is_key = !key.empty() && key.size() <= kKeyMax &&
                            std::all_of(key.begin(), key.end(), is_key_character);
        if (!is_key) {
            find({key.empty() ? Errc::MissingRequired : Errc::BadValue, place + "/key", "key",
                  "64 hex or 1–128 visible ASCII", masked_found(key)},
                 {"业务主键应为 64 位十六进制的 SM3，或 1 至 128 个可见 ASCII "
                  "字符（不含逗号、引号）",
                  "a key is an SM3 of 64 hexadecimal digits, or 1 to 128 visible ASCII characters "
                  "without comma and quotation mark"});
        }
        const auto sm3 =
            digest.empty() ? Result<security::Sm3>(security::Sm3{}) : sm3_from_hex(digest);
        if (!sm3) {
            find({Errc::BadValue, place + "/sm3", "sm3", "64 hex", masked_found(digest)},
                 {"摘要应为 64 位十六进制的 SM3，没有时留空",
                  "sm3 is 64 hexadecimal digits, or empty when there is none"});
        }
        if (!is_key || !sm3) return true;
        ManifestEntry one{.key = manifest_key(key), .digest = std::nullopt, .delivery = {}};
        if (!digest.empty()) one.digest = *sm3;
        if (const auto id = parse_id<DeliveryId>(key)) one.delivery = *id;
        const auto [first, is_new] = places_.emplace(one.key, place);
        if (!is_new) {
            find({Errc::BadValue, place + "/key", "unique", "each key once", masked_found(key)},
                 {fmt::format("业务主键与 {} 重复", first->second),
                  fmt::format("the key stands at {} already", first->second)});
        }
        manifest_.entries.push_back(one);
        return true;
    }

    std::optional<Manifest> finish() {
        if (count_ && *count_ != entries_ && entries_ <= kManifestEntriesMax) {
            find({Errc::BadValue, count_place_, "count", std::to_string(*count_),
                  std::to_string(entries_)},
                 {fmt::format("清单注明 {} 条，实有 {} 条：文件可能不完整", *count_, entries_),
                  fmt::format("the manifest says {} entries and has {}: it may have been cut off",
                              *count_, entries_)});
        }
        if (findings_.size() > before_) return std::nullopt;
        (void)sort(manifest_.entries);
        return std::move(manifest_);
    }

private:
    const ManifestAsked& asked_;
    std::vector<FieldProblem>& findings_;
    const std::size_t before_;
    Manifest manifest_;
    std::map<security::Sm3, std::string> places_;  ///< of each key
    std::optional<std::uint64_t> count_;
    std::string count_place_;
    std::size_t entries_ = 0;
};

/// The line that begins at `at`, without its end; `at` moves behind it.
std::string_view next_line(std::string_view text, std::size_t& at) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

void read_csv(std::string_view text, Reading& reading) {
    std::size_t at = 0;
    const auto head = split(next_line(text, at), ',');
    if (head.size() != 5 || head[0] != "manifest") {
        return reading.find_unreadable("line 1", "manifest,PARTY,YYYY-MM-DD,received|sent,COUNT");
    }
    reading.head("line 1/party", "party", head[1]);
    reading.head("line 1/day", "day", head[2]);
    reading.head("line 1/of", "of", head[3]);
    reading.count("line 1/count", parse_count(head[4]));
    if (next_line(text, at) != "key,sm3") return reading.find_unreadable("line 2", "key,sm3");
    for (std::size_t number = 3; at < text.size(); ++number) {
        const std::string_view line = next_line(text, at);
        if (line.empty() && at == text.size()) return;
        const std::size_t comma = line.find(',');
        const std::string place = fmt::format("line {}", number);
        if (comma == line.npos) {
            reading.find_unreadable(place, "KEY,SM3");
        }
        const std::string_view digest = comma == line.npos ? "" : line.substr(comma + 1);
        if (!reading.entry(place, line.substr(0, comma), digest)) return;
    }
}

std::string_view word(const dom::object& object, const char* name) {
    std::string_view out;
    if (object[name].get_string().get(out) != simdjson::SUCCESS) return {};
    return out;
}

void read_json(std::string_view text, Reading& reading) {
    dom::parser parser(kManifestBytesMax);
    dom::element root;
    dom::object object;
    if (parser.allocate(text.size(), kManifestDepthMax) != simdjson::SUCCESS ||
        parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS ||
        root.get_object().get(object) != simdjson::SUCCESS) {
        return reading.find_unreadable("/", "a JSON object");
    }
    for (const auto& [name, value] : object) {
        const bool known = name == "party" || name == "day" || name == "of" || name == "count" ||
                           name == "sm3" || name == "entries";
        if (!known) {
            reading.find({Errc::UnknownField, "/", "manifest", "party, day, of, count, entries"},
                         {"清单中有未知字段", "the manifest has an unknown member"});
        }
    }
    reading.head("/party", "party", word(object, "party"));
    reading.head("/day", "day", word(object, "day"));
    reading.head("/of", "of", word(object, "of"));
    std::uint64_t count = 0;
    const bool has_count = object["count"].get_uint64().get(count) == simdjson::SUCCESS;
    reading.count("/count", has_count ? std::optional(count) : std::nullopt);
    dom::array entries;
    if (object["entries"].get_array().get(entries) != simdjson::SUCCESS) {
        return reading.find_unreadable("/entries", "an array");
    }
    std::size_t index = 0;
    for (const dom::element one : entries) {
        const std::string place = fmt::format("/entries/{}", index++);
        dom::object entry;
        if (one.get_object().get(entry) != simdjson::SUCCESS) {
            reading.find_unreadable(place, R"({"key","sm3"})");
            entry = {};
            if (!reading.entry(place, "-", {})) return;
            continue;
        }
        if (!reading.entry(place, word(entry, "key"), word(entry, "sm3"))) return;
    }
}

std::string key_text(const ManifestEntry& entry) {
    return entry.delivery ? to_string(*entry.delivery) : to_hex(entry.key);
}

/// What the sender knows its message by; an SM3 of the message is a hash already.
std::string_view business_key(const InboundMessage& message) {
    std::string_view key = message.dedup_key;
    if (key.starts_with("key:")) return key.substr(4);
    const std::size_t begin = key.find(':');
    const std::size_t end = begin == key.npos ? key.npos : key.find(':', begin + 1);
    return end == key.npos ? key : key.substr(end + 1);
}

}  // namespace

std::string to_hex(const security::Sm3& digest) {
    return luqiao::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Result<security::Sm3> sm3_from_hex(std::string_view text) {
    security::Sm3 out{};
    if (text.size() != 2 * out.size()) {
        return fail(Errc::InvalidArgument, "an SM3 is 64 hexadecimal digits");
    }
    LQ_TRY(const std::string bytes, from_hex(text));
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

security::Sm3 manifest_key(std::string_view business_key) {
    if (const auto hash = sm3_from_hex(business_key)) return *hash;
    if (const auto id = parse_id<DeliveryId>(business_key)) return security::sm3(to_string(*id));
    return security::sm3(business_key);
}

ManifestEntry manifest_entry(const StoredDelivery& delivery) {
    std::optional<security::Sm3> digest;
    if (delivery.sm3.empty()) {
        digest = security::sm3(delivery.body);
    } else if (const auto kept = sm3_from_hex(delivery.sm3)) {
        digest = *kept;
    }
    return {.key = security::sm3(to_string(delivery.id)),
            .digest = digest,
            .delivery = delivery.id,
            .at = delivery.due_at,
            .case_id = delivery.case_id};
}

ManifestEntry manifest_entry(const InboundMessage& message) {
    const auto digest = sm3_from_hex(message.sm3);
    return {.key = manifest_key(business_key(message)),
            .digest = digest ? std::optional(*digest) : std::nullopt,
            .delivery = std::nullopt,
            .at = message.at,
            .case_id = message.case_id};
}

std::optional<Manifest> read_manifest(std::string_view text,
                                      const ManifestAsked& asked,
                                      std::vector<FieldProblem>& findings) {
    Reading reading(asked, findings);
    if (text.size() > kManifestBytesMax) {
        reading.find({Errc::LimitExceeded, "/", "size", fmt::format("≤ {}", kManifestBytesMax),
                      std::to_string(text.size())},
                     {"清单超过大小限制", "the manifest is too large"});
        return std::nullopt;
    }
    if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
    const std::string_view head = trimmed(text.substr(0, 256));
    if (head.starts_with('{')) {
        read_json(text, reading);
    } else {
        read_csv(text, reading);
    }
    return reading.finish();
}

std::string to_csv(const Manifest& manifest) {
    std::string out =
        fmt::format("manifest,{},{},{},{}\nkey,sm3\n", manifest.party, to_string(manifest.day),
                    to_string(manifest.of), manifest.entries.size());
    for (const ManifestEntry& one : manifest.entries) {
        out += key_text(one);
        out += ',';
        if (one.digest) out += to_hex(*one.digest);
        out += '\n';
    }
    return out;
}

std::string to_json(const Manifest& manifest) {
    JsonWriter json;
    json.begin_object()
        .field("party", manifest.party)
        .field("day", to_string(manifest.day))
        .field("of", to_string(manifest.of))
        .field("count", std::uint64_t{manifest.entries.size()})
        .field("sm3", totals(manifest.entries).sm3)
        .key("entries")
        .begin_array();
    for (const ManifestEntry& one : manifest.entries) {
        json.begin_object().field("key", key_text(one));
        json.field("sm3", one.digest ? to_hex(*one.digest) : std::string()).end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::broker
