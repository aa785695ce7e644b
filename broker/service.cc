#include "broker/service.h"

#include "broker/case.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>

namespace luqiao::broker {
namespace {

constexpr std::size_t kItemsMax = 200;
constexpr std::size_t kObserversMax = 100;
constexpr std::size_t kConditionsMax = 500;
constexpr std::size_t kSearchMax = 50;
constexpr std::size_t kPrefixSizeMax = 8;
constexpr int kLimitDaysMax = 3650;

/// Reads "2wd" under `key`; "" gives none.
std::optional<Limit> read_limit(const Section& section,
                                std::string_view key,
                                Diagnostics& findings) {
    const std::string text = section.text(key);
    if (text.empty()) return std::nullopt;
    const auto limit = parse_limit(text);
    if (!limit) {
        findings.add(
            "C304", section.at(key),
            {fmt::format("时限“{}”应写作 2wd（工作日）或 15d（自然日），1 到 {}", text,
                         kLimitDaysMax),
             fmt::format("\"{}\" must be 2wd (working days) or 15d (calendar days), 1 to {}", text,
                         kLimitDaysMax)});
    }
    return limit;
}

ItemRule read_item(const Setting& table, Diagnostics& findings) {
    const Section section = Section::check(service_item_spec(), table, findings);
    ItemRule rule;
    rule.code = section.text("code");
    rule.group = section.text("group");
    if (rule.group.empty()) rule.group = rule.code;
    rule.label = {section.text("label_zh"), section.text("label_en")};
    rule.party = section.text("party");
    rule.dispatch = section.text("dispatch");
    rule.supplement = section.text("supplement");
    rule.withdraw = section.text("withdraw");
    rule.after = section.list("after");
    rule.evidence = section.text("evidence");
    rule.evidence_required = section.flag("evidence_required");
    rule.forward = read_limit(section, "forward", findings);
    rule.decide = read_limit(section, "decide", findings);
    rule.promise = read_limit(section, "promise", findings);
    rule.warn = read_limit(section, "warn", findings).value_or(rule.warn);
    rule.escalate = read_limit(section, "escalate", findings).value_or(rule.escalate);
    const bool comparable =
        rule.decide && rule.promise && rule.decide->working == rule.promise->working;
    if (comparable && rule.promise->days > rule.decide->days) {
        findings.add("C307", section.at("promise"),
                     {fmt::format("事项 {} 的承诺时限长于法定时限", rule.code),
                      fmt::format("item {} promises longer than the law allows", rule.code)});
    }
    rule.fee_allowed = section.flag("fee_allowed");
    return rule;
}

Observer read_observer(const Setting& table, Diagnostics& findings) {
    const Section section = Section::check(service_observer_spec(), table, findings);
    Observer observer{section.text("party"), section.text("map"), section.flag("only_own_cases"),
                      section.list("states")};
    for (const std::string& state : observer.states) {
        if (state == kAcceptanceNotice || parse_item_state(state)) continue;
        findings.add(
            "C306", section.at("states"),
            {fmt::format("没有状态“{}”", state), fmt::format("there is no state \"{}\"", state)},
            {}, state == "accepted_case" ? std::string(kAcceptanceNotice) : std::string{});
    }
    return observer;
}

/// The items of a group, or the one of that code.
std::vector<std::string> items_of(const Service& service, std::string_view name) {
    std::vector<std::string> out;
    for (const ItemRule& rule : service.items) {
        if (rule.group == name || rule.code == name) out.push_back(rule.code);
    }
    return out;
}

/// One ItemCondition for each line of `checks`.
void read_condition(const Setting& table, Service& service, Diagnostics& findings) {
    const Section section = Section::check(service_condition_spec(), table, findings);
    std::vector<std::string> items;
    for (const std::string& name : section.list("items")) {
        const auto meant = items_of(service, name);
        items.insert(items.end(), meant.begin(), meant.end());
        if (!meant.empty()) continue;
        findings.add("C308", section.at("items"),
                     {fmt::format("没有事项或事项组“{}”", name),
                      fmt::format("there is no item or group \"{}\"", name)});
    }
    if (items.empty() || section.list("checks").empty()) return;
    const auto& checks = std::get<Setting::Table>(table.value).find("checks")->second;
    for (const Setting& check : std::get<Setting::Array>(checks.value)) {
        Position at = check.at;
        ++at.column;  // the quote
        service.conditions.list.push_back({items, std::get<std::string>(check.value), at});
    }
    if (service.conditions.list.size() > kConditionsMax) {
        findings.add("C305", table.at, {"最多 500 个条件", "at most 500 conditions"});
    }
}

SearchRules read_search(const Setting& table, Diagnostics& findings) {
    const Section section = Section::check(service_search_spec(), table, findings);
    SearchRules rules{section.list("numbers"), {}};
    for (const std::string& name : section.list("names")) {
        std::vector<std::string>& fields = rules.names.emplace_back();
        for (const std::string_view field : split(name, '+')) {
            fields.emplace_back(trimmed(field));
        }
    }
    if (rules.numbers.size() + rules.names.size() > kSearchMax) {
        findings.add("C305", table.at,
                     {"最多 50 个可查询的字段", "at most 50 fields to search by"});
    }
    return rules;
}

/// Walks from `group` along `after`; true when it comes back to itself.
bool comes_back(const Service& service, const std::string& group) {
    std::set<std::string> seen;
    std::vector<std::string> open{group};
    while (!open.empty()) {
        const std::string current = std::move(open.back());
        open.pop_back();
        for (const ItemRule& rule : service.items) {
            if (rule.group != current) continue;
            for (const std::string& next : rule.after) {
                if (next == group) return true;
                if (seen.insert(next).second) open.push_back(next);
            }
        }
    }
    return false;
}

/// Duplicates, groups that do not exist, cycles.
void check_items(const Service& service,
                 const std::vector<const Setting*>& tables,
                 Diagnostics& findings) {
    std::set<std::string> codes;
    std::set<std::string> groups;
    for (const ItemRule& rule : service.items) groups.insert(rule.group);
    for (std::size_t index = 0; index < service.items.size(); ++index) {
        const ItemRule& rule = service.items[index];
        const Position& at = tables[index]->at;
        if (!codes.insert(rule.code).second) {
            findings.add("C301", at,
                         {fmt::format("事项 {} 重复", rule.code),
                          fmt::format("item {} stands twice", rule.code)});
        }
        for (const std::string& group : rule.after) {
            if (groups.contains(group)) continue;
            findings.add(
                "C302", at,
                {fmt::format("事项 {} 的前置组 {} 不存在", rule.code, group),
                 fmt::format("item {} waits for group {}, which no item has", rule.code, group)});
        }
        if (comes_back(service, rule.group)) {
            findings.add("C303", at,
                         {fmt::format("事项 {} 的前置关系成环", rule.code),
                          fmt::format("item {} waits for itself through a cycle", rule.code)});
        }
        if (rule.evidence_required && rule.evidence.empty()) {
            findings.add("C112", at,
                         {fmt::format("事项 {} 要求前置凭据，却没有 evidence", rule.code),
                          fmt::format("item {} requires evidence but names no field", rule.code)});
        }
    }
}

/// Version, prefix and counts.
void check_numbers(const Service& service, const Section& section, Diagnostics& findings) {
    const auto bad = [&](std::string_view key, Text message) {
        findings.add("C305", section.at(key), std::move(message));
    };
    if (service.version < 1) {
        bad("version", {"版本应在 1 到 1000000", "the version is 1 to 1000000"});
    }
    const bool plain = std::all_of(
        service.number_prefix.begin(), service.number_prefix.end(),
        [](char one) { return (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9'); });
    if (section.has("number_prefix") && (!plain || service.number_prefix.empty() ||
                                         service.number_prefix.size() > kPrefixSizeMax)) {
        bad("number_prefix", {"办件编号前缀应为 1 到 8 个大写字母或数字",
                              "the prefix is 1 to 8 capital letters or digits"});
    }
    if (service.items.empty()) {
        bad("item", {"事项清单为空", "a service needs at least one [[item]]"});
    }
}

}  // namespace

std::optional<Limit> parse_limit(std::string_view text) {
    int days = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), days);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (failure != std::errc{} || days < 1 || days > kLimitDaysMax) return std::nullopt;
    if (text.front() == '-' || (unit != "wd" && unit != "d")) return std::nullopt;
    return Limit{days, unit == "wd"};
}

const ItemRule* Service::find(std::string_view item_code) const {
    for (const ItemRule& rule : items) {
        if (rule.code == item_code) return &rule;
    }
    return nullptr;
}

std::optional<Service> parse_service(const Setting& document, Diagnostics& findings) {
    Diagnostics own;
    const Section section = Section::check(service_spec(), document, own);
    Service service;
    service.code = section.text("code");
    const std::int64_t version = section.integer("version");
    service.version = version >= 1 && version <= 1'000'000 ? static_cast<int>(version) : 0;
    service.label = {section.text("label_zh"), section.text("label_en")};
    service.form = section.text("form");
    service.items_list = section.text("items_list");
    service.item_field = section.text("item_field");
    service.number_prefix = section.text("number_prefix");

    const auto items = section.tables("item");
    const auto observers = section.tables("observer");
    if (items.size() > kItemsMax || observers.size() > kObserversMax) {
        own.add("C305", document.at,
                {"最多 200 个事项、100 个观察方", "at most 200 items and 100 observers"});
    } else {
        for (const Setting* table : items) service.items.push_back(read_item(*table, own));
        for (const Setting* table : observers) {
            service.observers.push_back(read_observer(*table, own));
        }
        check_items(service, items, own);
        check_numbers(service, section, own);
        for (const Setting* table : section.tables("condition")) {
            read_condition(*table, service, own);
        }
        if (const Setting* search = section.table("search")) {
            service.search = read_search(*search, own);
        }
    }
    findings.append(own);
    if (own.has_errors()) return std::nullopt;
    return service;
}

const Spec& service_spec() {
    static const Spec spec{
        "service",
        "A joint service (一件事): its items, what waits for what, who learns of progress.",
        {{"code", SettingKind::Text, "canonical code; cases carry it"},
         {"version", SettingKind::Integer, "a case finishes on the version it began with", "1"},
         {"label_zh", SettingKind::Text, "name in Chinese"},
         {"label_en", SettingKind::Text, "name in English", ""},
         {"form", SettingKind::Text, "form of the application"},
         {"items_list", SettingKind::Text, "list of the form that holds the chosen items",
          "case.items"},
         {"item_field", SettingKind::Text, "its field with the item's code", "code"},
         {"number_prefix", SettingKind::Text, "how case numbers begin: 1 to 8 of A-Z and 0-9"},
         {"item", SettingKind::Tables, "one item (事项); serial numbers follow this order"},
         {"observer", SettingKind::Tables, "who learns of progress, and how it is written"},
         {"condition", SettingKind::Tables, "what an application for some items must meet"},
         {"search", SettingKind::Table, "fields by which cases are found; left out: none"}},
        R"(code = "foreigner_work"
label_zh = "外国人来华工作一件事"
form = "application"
number_prefix = "FW"
[[item]]
code = "permit_issue"
group = "permit"
label_zh = "外国人来华工作许可签发"
party = "sti"
dispatch = "sti.apply"
decide = "20wd"
[[observer]]
party = "portal"
map = "portal.progress"
)"};
    return spec;
}

const Spec& service_item_spec() {
    static const Spec spec{
        "item",
        "One item (事项) of a service and the department that decides it.",
        {{"code", SettingKind::Text, "canonical code in the table `item`"},
         {"group", SettingKind::Text,
          "items that stand for each other in `after`; default: the code", ""},
         {"label_zh", SettingKind::Text, "name in Chinese"},
         {"label_en", SettingKind::Text, "name in English", ""},
         {"party", SettingKind::Text, "the party that decides it"},
         {"dispatch", SettingKind::Text, "map that writes the message to the party"},
         {"supplement", SettingKind::Text, "map after 补正; default: `dispatch` again", ""},
         {"withdraw", SettingKind::Text,
          "map that tells the party of a withdrawal (撤回); default: it takes none", ""},
         {"after", SettingKind::List, "groups whose item in this case must be granted first", ""},
         {"evidence", SettingKind::Text,
          "field that stands for `after` when the case has no such item", ""},
         {"evidence_required", SettingKind::Flag, "refuse the application when neither is there",
          "false"},
         {"forward", SettingKind::Text, "limit from acceptance to the party's acknowledgement",
          "2wd"},
         {"decide", SettingKind::Text,
          "limit by law from the party's 受理: 20wd working or 15d calendar days", ""},
         {"promise", SettingKind::Text,
          "limit that the party promises, from the same day; not longer than `decide`", ""},
         {"warn", SettingKind::Text, "left of `decide` and `promise` when their light turns yellow",
          "3wd"},
         {"escalate", SettingKind::Text, "over a limit when the alarm is raised a second time",
          "3wd"},
         {"fee_allowed", SettingKind::Flag, "whether a result may carry a fee (第十七条)",
          "false"}},
        R"(code = "residence_issue"
group = "residence"
label_zh = "外国人居留证件签发"
party = "psb"
dispatch = "psb.residence_apply"
after = ["permit"]
evidence = "permit.number"
evidence_required = true
decide = "15d"
fee_allowed = true
)"};
    return spec;
}

const Spec& service_observer_spec() {
    static const Spec spec{
        "observer",
        "A party that learns of progress. One party may stand here several times, with other maps.",
        {{"party", SettingKind::Text, "who is told"},
         {"map", SettingKind::Text, "map that writes the progress message"},
         {"only_own_cases", SettingKind::Flag, "only cases that entered through this party",
          "false"},
         {"states", SettingKind::List,
          "item states, and case.accepted for the acceptance; default: all", ""}},
        R"(party = "province"
map = "province.done"
states = ["granted", "refused", "not_accepted", "cancelled"]
)"};
    return spec;
}

const Spec& service_condition_spec() {
    static const Spec spec{
        "condition",
        "What an application must meet to be taken for some items; judged with its map, all at "
        "once.",
        {{"items", SettingKind::List, "codes of items, or groups of them"},
         {"checks", SettingKind::List,
          "each as behind `check` in a map: COND else \"中文 | English\" [at FIELD] [; not "
          "eligible]"}},
        R"(items = ["permit_issue"]
checks = ['applicant.birth_date present else "须填出生日期 | the date of birth is needed" at applicant.birth_date']
)"};
    return spec;
}

const Spec& service_search_spec() {
    static const Spec spec{
        "search",
        "Fields of the form by which cases are found, kept as keyed hashes; in a list: list.field.",
        {{"numbers", SettingKind::List, "numbers of documents, permits, units: found whole", ""},
         {"names", SettingKind::List,
          "names, found by words and characters; the fields of one name are joined by +", ""}},
        R"(numbers = ["applicant.document_no", "employer.uscc"]
names = ["applicant.surname + applicant.given_names", "applicant.chinese_name"]
)"};
    return spec;
}

}  // namespace luqiao::broker
