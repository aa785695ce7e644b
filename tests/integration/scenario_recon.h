// tests/integration/scenario_recon.h - a department that keeps what it takes and gives manifests of
// it, beside a broker that compares.
#pragma once

#include "app/recon.h"
#include "security/digest.h"
#include "security/keys.h"
#include "tests/integration/exchange.h"

#include <string>
#include <vector>

namespace luqiao::integration {

inline const Date kDay = *parse_date("2025-10-13");  // the day of kStart
inline const app::Signature kBy{"王工", "对方数据库恢复后缺件"};

/// A day of applications to sti, which then gives its manifest.
class ReconScenario : public testing::TestWithParam<StoreKind> {
protected:
    ReconScenario()
        : exchange_(kStart, GetParam()),
          pair_(*security::generate_sm2_pair()),
          signer_(*security::SigningKey::sm2(pair_.private_pem)),
          key_(*app::open_statement_key(folder_.path())) {
        std::vector<security::SigningKey> keys;
        keys.push_back(*security::SigningKey::sm2(pair_.public_pem));
        exchange_.identities().add("sti-sm2", "sti", std::move(keys));
    }

    app::Reconciler reconciler() {
        return {exchange_.store(), exchange_.pipeline(), folder_.path(), key_, differences_max_};
    }

    /// The day with `count` applications that sti took.
    void live_through(std::size_t count) {
        for (std::size_t one = 0; one < count; ++one) {
            numbers_.push_back(
                exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"})));
        }
        exchange_.settle();
        ASSERT_EQ(exchange_.party("sti").accepted.size(), count);
    }

    /// What sti says it has of `day`: what it keeps, by its own hash.
    std::string manifest_of_sti(Date day = kDay) {
        const auto& kept = exchange_.party("sti").accepted;
        std::string out = fmt::format("manifest,sti,{},received,{}\nkey,sm3\n", to_string(day),
                                      day == kDay ? kept.size() : 0);
        if (day != kDay) return out;
        for (const broker::Outgoing& one : kept) {
            out += fmt::format("{},{}\n", one.id, security::sm3_hex(one.body));
        }
        return out;
    }

    broker::ManifestCall call(const std::string& method, Date day, std::string body) {
        broker::ManifestCall out;
        out.day = to_string(day);
        out.of = "received";
        out.body = std::move(body);
        out.proof = {.method = method,
                     .path = "/v1/manifests/" + out.day,
                     .query = "of=received",
                     .app_key = "sti-sm2",
                     .timestamp = std::to_string(exchange_.now().time_since_epoch().count()),
                     .nonce = fmt::format("nonce-{}", ++nonces_),
                     .signature = {},
                     .signed_body = {}};
        out.proof.signature = *signer_.sign({out.proof.method, out.proof.path, out.proof.query,
                                             out.proof.timestamp, out.proof.nonce, out.body});
        return out;
    }
    void give_manifest(Date day = kDay) {
        const auto answer =
            exchange_.pipeline().take_manifest(call("PUT", day, manifest_of_sti(day)));
        ASSERT_TRUE(std::holds_alternative<std::string>(answer))
            << std::get<broker::Problem>(answer).detail.en;
    }

    app::ReconRun run() {
        const auto made = reconciler().run(asked_, kBy, exchange_.now());
        if (!made) ADD_FAILURE() << made.error().message;
        return made.value_or(app::ReconRun{});
    }
    app::ReconRun show() {
        const auto made = reconciler().show(asked_, exchange_.now());
        if (!made) ADD_FAILURE() << made.error().message;
        return made.value_or(app::ReconRun{});
    }
    Result<app::ReconRun> settle(app::SettleOrder order) {
        order.by = kBy;
        auto done = reconciler().settle(asked_, order, exchange_.now());
        exchange_.settle();
        return done;
    }

    /// "case class state" of each difference.
    static std::vector<std::string> lines(const app::ReconRun& run) {
        std::vector<std::string> out;
        for (const auto& one : run.differences) {
            out.push_back(fmt::format("{} {} {}", one.case_number, to_string(one.what.kind),
                                      to_string(one.state)));
        }
        return out;
    }
    std::string line(std::size_t number, std::string_view rest) const {
        return fmt::format("{} {}", numbers_[number], rest);
    }
    /// The message of the n-th case at sti.
    std::vector<broker::Outgoing>::iterator at_sti(std::size_t number) {
        auto& kept = exchange_.party("sti").accepted;
        return std::find_if(kept.begin(), kept.end(), [&](const broker::Outgoing& one) {
            return one.case_number == numbers_[number];
        });
    }
    std::vector<std::string> audited(const std::string& action) {
        std::vector<std::string> out;
        const auto tail = exchange_.store().audit_tail(100);
        for (const auto& row : *tail) {
            if (row.action == action) out.push_back(row.actor + ": " + row.subject);
        }
        return out;
    }

    Exchange exchange_;
    app::TemporaryFolder folder_ = *app::TemporaryFolder::create("luqiao-recon");
    security::KeyPair pair_;
    security::SigningKey signer_;
    app::StatementKey key_;
    broker::ManifestAsked asked_{"sti", kDay, broker::ManifestOf::Received};
    std::vector<std::string> numbers_;
    int nonces_ = 0;
    std::size_t differences_max_ = app::kDifferencesMax;
};

}  // namespace luqiao::integration
