// Acceptance scenario 15: a tampered body or a replayed nonce is refused and audited.
#include "broker/audit.h"
#include "security/keys.h"
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

/// A portal that signs with SM2.
class Scenario15 : public testing::Test {
protected:
    Scenario15()
        : pair_(*security::generate_sm2_pair()),
          key_(*security::SigningKey::sm2(pair_.private_pem)) {
        std::vector<security::SigningKey> keys;
        keys.push_back(*security::SigningKey::sm2(pair_.public_pem));
        exchange_.identities().add("portal-sm2", "portal", std::move(keys));
    }

    broker::Arrival signed_arrival(std::string body, const std::string& nonce) {
        broker::Arrival arrival;
        arrival.format = "portal.apply";
        arrival.body = std::move(body);
        broker::Proof proof{.method = "POST",
                            .path = "/v1/messages/portal.apply",
                            .query = {},
                            .app_key = "portal-sm2",
                            .timestamp = std::to_string(exchange_.now().time_since_epoch().count()),
                            .nonce = nonce,
                            .signature = {},
                            .signed_body = {}};
        proof.signature = *key_.sign(
            {proof.method, proof.path, proof.query, proof.timestamp, proof.nonce, arrival.body});
        arrival.proof = std::move(proof);
        return arrival;
    }

    std::string good_body() {
        return exchange_.bytes("portal.apply", exchange_.application("portal", {"permit_issue"}));
    }

    Exchange exchange_;
    security::KeyPair pair_;
    security::SigningKey key_;
};

TEST_F(Scenario15, ATamperedBodyIsRefusedAndAudited) {
    broker::Arrival arrival = signed_arrival(good_body(), "nonce-1");
    arrival.body[arrival.body.size() / 2] ^= 1;
    EXPECT_EQ(problem(exchange_.hand_in(std::move(arrival))).code, Errc::BadSignature);
    EXPECT_EQ(exchange_.counts()["cases"], 0u);
    const auto audit = exchange_.store().audit_tail(10);
    ASSERT_TRUE(audit);
    ASSERT_EQ(audit->size(), 1u);
    EXPECT_EQ(audit->front().action, "refuse");
    EXPECT_EQ(audit->front().outcome, "E4003");
}

TEST_F(Scenario15, AReplayedNonceIsRefusedAndAudited) {
    const broker::Arrival arrival = signed_arrival(good_body(), "nonce-2");
    receipt(exchange_.hand_in(arrival));
    EXPECT_EQ(problem(exchange_.hand_in(arrival)).code, Errc::ReplayedNonce);
    EXPECT_EQ(exchange_.counts()["cases"], 1u);
    const auto audit = exchange_.store().audit_tail(10);
    ASSERT_TRUE(audit);
    ASSERT_EQ(audit->size(), 1u);
    EXPECT_EQ(audit->front().outcome, "E4005");
    EXPECT_EQ(*broker::verify_audit(exchange_.store()), 1u)
        << "and the chain of the audit is whole";
}

TEST_F(Scenario15, AStaleTimeIsRefused) {
    broker::Arrival arrival = signed_arrival(good_body(), "nonce-3");
    exchange_.set_time("2025-10-13T09:06:00+08:00");
    EXPECT_EQ(problem(exchange_.hand_in(std::move(arrival))).code, Errc::StaleClock);
}

}  // namespace
}  // namespace luqiao::integration
