#include "broker/party.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace luqiao::broker {
namespace {

constexpr std::int64_t kConcurrencyMax = 1000;
constexpr std::int64_t kAttemptsMax = 100'000;
constexpr Duration kRetryMost{7 * 86'400'000LL};
constexpr std::int64_t kBreakerFailuresMost = 1000;
constexpr Duration kBreakerMost{3'600'000};
constexpr std::array<std::string_view, 4> kClasses{"C0", "C1", "C2", "C3"};
constexpr std::array<std::string_view, 4> kMeanings{"application", "supplement", "withdrawal",
                                                    "answer"};
constexpr std::array<std::string_view, 2> kAlgorithms{"hmac-sm3", "sm2"};
constexpr std::array<std::string_view, 3> kOnUnknown{"resend", "query", "ask"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

template <std::size_t N>
void report_word(std::string code,
                 Position at,
                 std::string_view got,
                 const std::array<std::string_view, N>& words,
                 Diagnostics& findings) {
    const std::string list = fmt::format("{}", fmt::join(words, ", "));
    findings.add(std::move(code), std::move(at),
                 {fmt::format("“{}”应为其中之一：{}", got, list),
                  fmt::format("\"{}\" must be one of {}", got, list)},
                 {}, std::string(nearest(got, {words.begin(), words.end()})));
}

PartyKind read_kind(const Section& section, Diagnostics& findings) {
    const std::string kind = section.text("kind");
    if (kind == "channel") return PartyKind::Channel;
    if (kind == "registry") return PartyKind::Registry;
    if (kind != "department" && section.has("kind")) {
        report_word("C401", section.at("kind"), kind,
                    std::array<std::string_view, 3>{"channel", "department", "registry"}, findings);
    }
    return PartyKind::Department;
}

void read_identity(const Setting& table, Party& party, Diagnostics& findings) {
    const Section section = Section::check(party_identity_spec(), table, findings);
    party.app_key = section.text("app_key");
    party.keys = section.list("keys");
    party.algorithm = section.text("algorithm");
    if (!is_one_of(party.algorithm, kAlgorithms)) {
        report_word("C402", section.at("algorithm"), party.algorithm, kAlgorithms, findings);
    }
    if (section.has("keys") && (party.keys.empty() || party.keys.size() > 2)) {
        findings.add("C404", section.at("keys"),
                     {"应有一个密钥，轮换时两个", "one key, or two while rotating"});
    }
}

SubmitRight read_right(const Setting& table, Diagnostics& findings) {
    const Section section = Section::check(party_submit_spec(), table, findings);
    SubmitRight right{section.text("map"), section.text("meaning"), section.list("attachments")};
    if (section.has("meaning") && !is_one_of(right.meaning, kMeanings)) {
        report_word("C403", section.at("meaning"), right.meaning, kMeanings, findings);
    }
    return right;
}

RetryPolicy read_retry(const Setting& table, Diagnostics& findings) {
    const Section section = Section::check(party_retry_spec(), table, findings);
    RetryPolicy policy{.first = section.time("first"), .most = section.time("most")};
    const std::string on_unknown = section.text("on_unknown");
    if (const auto known = parse_on_unknown(on_unknown)) {
        policy.on_unknown = *known;
    } else {
        report_word("C406", section.at("on_unknown"), on_unknown, kOnUnknown, findings);
    }
    const std::string give_up = section.text("give_up_after");
    policy.give_up_after = parse_limit(give_up);
    if (!give_up.empty() && !policy.give_up_after) {
        findings.add(
            "C404", section.at("give_up_after"),
            {fmt::format("“{}”应写作 3wd（工作日）或 5d（自然日）", give_up),
             fmt::format("\"{}\" must be 3wd (working days) or 5d (calendar days)", give_up)});
    }
    const std::int64_t attempts = section.integer("attempts_max");
    if (policy.first <= Duration{0} || policy.first > policy.most || policy.most > kRetryMost) {
        findings.add("C404", section.at("first"),
                     {"应有 0 < first ≤ most ≤ 7d", "0 < first ≤ most ≤ 7d must hold"});
    }
    if (attempts < 1 || attempts > kAttemptsMax) {
        findings.add("C404", section.at("attempts_max"),
                     {fmt::format("重试次数应在 1 到 {}", kAttemptsMax),
                      fmt::format("attempts_max is 1 to {}", kAttemptsMax)});
        return policy;
    }
    policy.attempts_max = static_cast<std::uint32_t>(attempts);
    return policy;
}

void read_breaker(const Section& section, BreakerPolicy& breaker, Diagnostics& findings) {
    const std::int64_t failures = section.integer("breaker_failures");
    if (failures < 0 || failures > kBreakerFailuresMost) {
        findings.add("C404", section.at("breaker_failures"),
                     {fmt::format("应在 0（不熔断）到 {} 之间", kBreakerFailuresMost),
                      fmt::format("0 (no breaker) to {}", kBreakerFailuresMost)});
        return;
    }
    breaker = {static_cast<std::uint32_t>(failures), section.time("breaker_first"),
               section.time("breaker_most")};
    const bool fits = Duration{0} < breaker.first && breaker.first <= breaker.most &&
                      breaker.most <= kBreakerMost;
    if (fits) return;
    findings.add("C404", section.at("breaker_first"),
                 {"应有 0 < breaker_first ≤ breaker_most ≤ 1h",
                  "0 < breaker_first ≤ breaker_most ≤ 1h must hold"});
}

void read_delivery(const Setting& table, FlowPolicy& flow, Diagnostics& findings) {
    const Section section = Section::check(party_delivery_spec(), table, findings);
    for (const std::string& text : section.list("quiet")) {
        const auto hours = parse_quiet_hours(text);
        if (hours) {
            flow.quiet.push_back(*hours);
            continue;
        }
        findings.add("C404", section.at("quiet"),
                     {fmt::format("“{}”不是时段，应写作 22:00-06:00、working 08:00-09:00 或 "
                                  "free 00:00-24:00",
                                  text),
                      fmt::format("\"{}\" is no span: write 22:00-06:00, working 08:00-09:00 or "
                                  "free 00:00-24:00",
                                  text)});
    }
    if (section.has("rate")) {
        flow.rate = parse_rate(section.text("rate"));
        if (!flow.rate) {
            findings.add("C404", section.at("rate"),
                         {"速率应写作 50/s、100/m 或 2000/h，1 到 1000000",
                          "a rate is written 50/s, 100/m or 2000/h, 1 to 1000000"});
        }
    }
    read_breaker(section, flow.breaker, findings);
}

/// Clearance, purpose and concurrency.
void check_rights(Party& party, const Section& section, Diagnostics& findings) {
    if (!is_one_of(party.clearance, kClasses)) {
        report_word("C401", section.at("clearance"), party.clearance, kClasses, findings);
    } else if (party.clearance >= "C2" && trimmed(party.purpose).empty()) {
        findings.add("C405", section.at("clearance"),
                     {"接收个人信息（C2 及以上）须写明 purpose（用途）",
                      "a party that receives personal data (C2 and above) must state its purpose"});
    }
    const std::int64_t open = section.integer("concurrency");
    if (open < 1 || open > kConcurrencyMax) {
        findings.add("C404", section.at("concurrency"),
                     {fmt::format("并发数应在 1 到 {}", kConcurrencyMax),
                      fmt::format("concurrency is 1 to {}", kConcurrencyMax)});
        return;
    }
    party.flow.concurrency = static_cast<std::size_t>(open);
}

}  // namespace

std::optional<Party> parse_party(const Setting& document, Diagnostics& findings) {
    Diagnostics own;
    const Section section = Section::check(party_spec(), document, own);
    Party party;
    party.code = section.text("code");
    party.kind = read_kind(section, own);
    party.label = {section.text("label_zh"), section.text("label_en")};
    party.purpose = section.text("purpose");
    party.clearance = section.text("clearance");
    party.services = section.list("services");
    party.reply_map = section.text("reply_map");
    check_rights(party, section, own);
    if (const Setting* identity = section.table("identity")) read_identity(*identity, party, own);
    for (const Setting* right : section.tables("submit")) {
        party.submit.push_back(read_right(*right, own));
    }
    if (const Setting* retry = section.table("retry")) party.retry = read_retry(*retry, own);
    if (const Setting* own_pace = section.table("delivery")) {
        read_delivery(*own_pace, party.flow, own);
    }
    if (const Setting* push = section.table("push")) party.push = *push;
    if (const Setting* source = section.table("reconcile")) party.reconcile = *source;
    if (const Setting* receive = section.table("receive")) party.receive = *receive;
    findings.append(own);
    if (own.has_errors()) return std::nullopt;
    return party;
}

const Spec& party_spec() {
    static const Spec spec{
        "party",
        "A party (单位): who it is, what it may do, how it is reached.",
        {{"code", SettingKind::Text, "what maps and services call it"},
         {"kind", SettingKind::Text,
          "channel (applications enter), department (decides) or registry (is told)"},
         {"label_zh", SettingKind::Text, "name in Chinese"},
         {"label_en", SettingKind::Text, "name in English", ""},
         {"purpose", SettingKind::Text, "what it uses the data for; required from C2 on", ""},
         {"clearance", SettingKind::Text, "highest class of data it may receive: C0 C1 C2 C3",
          "C0"},
         {"services", SettingKind::List, "services whose cases it may see", ""},
         {"reply_map", SettingKind::Text,
          "map that reads its answer to a push; none: taking it is enough", ""},
         {"concurrency", SettingKind::Integer, "open deliveries at once, 1 to 1000", "8"},
         {"identity", SettingKind::Table, "how it proves who it is; none: it cannot call us"},
         {"submit", SettingKind::Tables, "what it may send in"},
         {"retry", SettingKind::Table, "how often and how fast a delivery is tried again"},
         {"delivery", SettingKind::Table, "when and how fast it is sent to"},
         {"push", SettingKind::Table, "how we deliver to it; checked by the adapter it names"},
         {"receive", SettingKind::Table, "what we watch for it; checked by the adapter it names"},
         {"reconcile", SettingKind::Table, "how it gives its manifest of a day; none: over HTTP"}},
        R"(code = "sti"
kind = "department"
label_zh = "青岛市科学技术局"
purpose = "外国人来华工作许可审批"
clearance = "C3"
services = ["foreigner_work"]
[identity]
app_key = "sti-app"
keys = ["sti-1.key"]
[[submit]]
map = "sti.result"
meaning = "answer"
[push]
adapter = "http"
url = "http://127.0.0.1:8081/apply"
)"};
    return spec;
}

const Spec& party_identity_spec() {
    static const Spec spec{"identity",
                           "How a party proves who it is when it calls.",
                           {{"app_key", SettingKind::Text, "value of X-App-Key"},
                            {"keys", SettingKind::List,
                             "file names below the key folder; two are valid while rotating"},
                            {"algorithm", SettingKind::Text, "hmac-sm3 or sm2", "hmac-sm3"}},
                           "app_key = \"sti-app\"\nkeys = [\"sti-1.key\"]\n"};
    return spec;
}

const Spec& party_submit_spec() {
    static const Spec spec{
        "submit",
        "One kind of message that a party may send in.",
        {{"map", SettingKind::Text, "map that reads it"},
         {"meaning", SettingKind::Text, "application, supplement, withdrawal or answer"},
         {"attachments", SettingKind::List,
          "fields of its form whose SM3 must be a complete upload of the party", ""}},
        "map = \"sti.result\"\nmeaning = \"answer\"\n"};
    return spec;
}

const Spec& party_retry_spec() {
    static const Spec spec{
        "retry",
        "Exponential backoff: first, twice that, and so on up to most, less 0-25 % jitter.",
        {{"first", SettingKind::Time, "wait after the first failure", "10s"},
         {"most", SettingKind::Time, "longest wait, at most 7d", "12h"},
         {"attempts_max", SettingKind::Integer, "then the delivery is dead and somebody is alerted",
          "60"},
         {"give_up_after", SettingKind::Text,
          "the same once that much time has passed since the first failure: 3wd working, 5d "
          "calendar days; none: attempts alone count",
          ""},
         {"on_unknown", SettingKind::Text,
          "sent, outcome not known: resend the same id and bytes, query whether the party holds "
          "the "
          "id (its adapter must be able to), or ask an operator",
          "resend"}},
        "first = \"5s\"\nmost = \"1h\"\nattempts_max = 40\ngive_up_after = \"3wd\"\n"};
    return spec;
}

const Spec& party_delivery_spec() {
    static const Spec spec{
        "delivery",
        "When and how fast a party is sent to. What waits meanwhile spends no attempt.",
        {{"quiet", SettingKind::List,
          "spans of the day in China without deliveries; before a span: working or free, of the "
          "day it begins on",
          ""},
         {"rate", SettingKind::Text, "at most so many: 50/s, 100/m, 2000/h; none: no limit", ""},
         {"breaker_failures", SettingKind::Integer,
          "failures in a row after which only one delivery at a time probes; 0: never", "5"},
         {"breaker_first", SettingKind::Time, "wait before the first probe; doubles each time",
          "10s"},
         {"breaker_most", SettingKind::Time, "longest wait between probes, at most 1h", "5m"}},
        R"(quiet = ["22:00-06:00", "free 00:00-24:00"]
rate = "50/s"
breaker_failures = 3
)"};
    return spec;
}

}  // namespace luqiao::broker
