#include "app/retention.h"

#include "base/log.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

constexpr Periodic::Pace kRunPace{.first = Duration{600'000}, .every = Duration{6LL * 3'600'000}};
/// Between two transactions: whoever waited for the first has had its turn.
constexpr Duration kBetween{50};
constexpr std::uint64_t kGivenBackAtOnce = 2ULL << 20U;

/// The lower bounds, and where they come from.
struct Bound {
    std::string_view key;
    Duration least;
    Text why;
};
const Bound kBodies{
    "bodies", 7 * kDay, {"对账、重推要用报文原文", "reconciliation and re-drives need the bytes"}};
const Bound kAttachments{"attachments", 7 * kDay, {"部门要取用材料", "departments fetch them"}};
const Bound kMetadata{
    "metadata",
    1'096 * kDay,
    {"向其他处理者提供个人信息的记录至少保存 3 年（网络数据安全管理条例第十二条）",
     "records of personal data given to others are kept 3 years (Network Data Security "
     "Regulations, article 12)"}};
const Bound kEvidence{"evidence",
                      184 * kDay,
                      {"网络日志至少留存 6 个月（网络安全法第二十一条）",
                       "logs are kept 6 months (Cybersecurity Law, article 21)"}};

Duration age(const Section& section, const Bound& bound, Diagnostics& findings) {
    const Duration value = section.time(bound.key);
    if (value >= bound.least) return value;
    const auto days = bound.least / kDay;
    findings.add("C404", section.at(bound.key),
                 {fmt::format("{} 至少 {}d：{}", bound.key, days, bound.why.zh),
                  fmt::format("{} is at least {}d: {}", bound.key, days, bound.why.en)});
    return bound.least;
}

void tell(const broker::AgeingReport& report) {
    const std::uint64_t gone =
        report.bodies.cases + report.metadata.cases + report.documents + report.audit_rows;
    if (gone == 0) return;
    log::write(log::Level::Info, "retention.done",
               {{"bodies_of_cases", std::to_string(report.bodies.cases)},
                {"bytes", std::to_string(report.bodies.bytes)},
                {"cases", std::to_string(report.metadata.cases)},
                {"documents", std::to_string(report.documents)},
                {"audit_rows", std::to_string(report.audit_rows)},
                {"held", std::to_string(report.held)},
                {"given_back", std::to_string(report.given_back)}});
}

Result<broker::AgeingReport> run(broker::Store& store,
                                 const broker::Pipeline& pipeline,
                                 const AgeingRules& rules,
                                 Instant now,
                                 const std::stop_token& stop) {
    LQ_TRY(auto held, rules.held());
    broker::AgeingRun run({.store = store,
                           .key = pipeline.search_key(),
                           .ages = rules.ages,
                           .node = pipeline.node(),
                           .held = std::move(held),
                           .documents = rules.documents},
                          now);
    while (rest(stop, kBetween) && !pipeline.clock_jump()) {
        LQ_TRY(const bool more, run.step());
        if (!more) break;
    }
    if (rules.forgotten && run.report().is_whole) rules.forgotten(run.report().evidence_before);
    std::uint64_t given_back = 0;
    while (rest(stop, kBetween)) {
        LQ_TRY(const broker::GivenBack step, store.give_back(kGivenBackAtOnce));
        given_back += step.bytes;
        if (step.bytes == 0) break;
    }
    LQ_CHECK(run.finish(given_back));
    return run.report();
}

}  // namespace

const Spec& retention_spec() {
    static const Spec spec{
        .name = "retention",
        .summary =
            "How long what is kept; bodies, attachments and metadata count from the "
            "decision (办结) of their case.",
        .fields = {{"bodies", SettingKind::Time,
                    "Messages and deliveries as sent, the application, and the terms that name a "
                    "person; at least 7d.",
                    "365d"},
                   {"attachments", SettingKind::Time,
                    "Uploaded files that a message named; at least 7d, at most `bodies`.", "365d"},
                   {"metadata", SettingKind::Time,
                    "Cases, messages and deliveries with their digests, timelines; at least 1096d "
                    "(3 years) and `bodies`.",
                    "1096d"},
                   {"evidence", SettingKind::Time,
                    "Rows of the audit, from their own time, and with them manifests, balanced "
                    "days and finished plans of re-drives; at least 184d (6 months).",
                    "1096d"}},
        .example = "bodies = \"180d\"\nattachments = \"90d\"\nmetadata = \"1096d\"\n"};
    return spec;
}

broker::RetentionAges read_retention_settings(const Section& server, Diagnostics& findings) {
    const Setting* table = server.table("retention");
    const Setting none{Setting::Table{}, server.at("retention")};
    const Section section =
        Section::check(retention_spec(), table != nullptr ? *table : none, findings);
    broker::RetentionAges out;
    out.bodies = age(section, kBodies, findings);
    out.attachments = age(section, kAttachments, findings);
    out.metadata = age(section, kMetadata, findings);
    out.evidence = age(section, kEvidence, findings);
    if (!section.has("attachments")) out.attachments = std::min(out.attachments, out.bodies);
    if (out.attachments > out.bodies) {
        findings.add("C404", section.at("attachments"),
                     {"attachments 不得长于 bodies：报文清除后没有什么再指向附件",
                      "attachments is at most bodies: nothing names them after"});
    }
    if (out.metadata < out.bodies) {
        findings.add("C404", section.at("metadata"),
                     {"metadata 不得短于 bodies", "metadata is at least bodies"});
    }
    return out;
}

std::unique_ptr<Periodic> start_retention(broker::Store& store,
                                          const broker::Pipeline& pipeline,
                                          AgeingRules rules) {
    const auto work = [&store, &pipeline, rules = std::move(rules)](
                          Instant now, const std::stop_token& stop) -> Status {
        const auto report = run(store, pipeline, rules, now, stop);
        if (report) {
            tell(*report);
            return {};
        }
        log::write(log::Level::Warning, "retention.failed",
                   {{"code", info(report.error().code).id}, {"message", report.error().message}});
        return report.error();
    };
    return std::make_unique<Periodic>(pipeline, kRunPace, work);
}

}  // namespace luqiao::app
