#include "security/identity.h"

#include "security/digest.h"
#include "security/keys.h"

#include <gtest/gtest.h>

#include <string>

namespace luqiao::security {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOtherSecret = "fedcba9876543210fedcba9876543210";
const Instant kNow{Duration{1'760'000'000'000}};

SigningKey hmac(std::string_view secret) {
    return *SigningKey::hmac_sm3(std::string(secret));
}

/// A request of the portal that owns its text.
struct Request {
    std::string method = "POST";
    std::string path = "/v1/messages/portal.apply";
    std::string query = {};
    std::string timestamp = "1760000000000";
    std::string nonce = "nonce-1";
    std::string body = "{}";
    std::string app_key = "portal-app";
    std::string signature = {};

    Request& sign(const SigningKey& key) {
        signature = *key.sign(parts());
        return *this;
    }
    Request& at(Instant instant) {
        timestamp = std::to_string(instant.time_since_epoch().count());
        return *this;
    }
    [[nodiscard]] SignedParts parts() const {
        return {method, path, query, timestamp, nonce, body};
    }
    [[nodiscard]] Claim claim() const { return {parts(), app_key, signature}; }
};

class IdentitiesTest : public testing::Test {
protected:
    IdentitiesTest() {
        std::vector<SigningKey> keys;
        keys.push_back(hmac(kSecret));
        identities.add("portal-app", "portal", std::move(keys));
    }

    /// The code of the refusal; Errc::Internal stands for "let in".
    Errc outcome(const Request& request, Instant now = kNow) {
        const auto party = identities.authenticate(request.claim(), now);
        return party ? Errc::Internal : party.error().code;
    }

    Identities identities;
    static constexpr Errc kLetIn = Errc::Internal;
};

TEST_F(IdentitiesTest, NamesTheParty) {
    const Request request = Request{}.sign(hmac(kSecret));
    const auto party = identities.authenticate(request.claim(), kNow);
    ASSERT_TRUE(party.has_value()) << party.error().message;
    EXPECT_EQ(party->party, "portal");
    EXPECT_EQ(party->body_sm3, sm3_hex(request.body));
}

TEST_F(IdentitiesTest, ChecksInTheAgreedOrder) {
    Request request;
    request.app_key = "nobody";
    request.timestamp = "1";
    request.nonce = "";
    request.signature = "00";
    EXPECT_EQ(outcome(request), Errc::MissingHeader);
    request.nonce = "nonce-1";
    EXPECT_EQ(outcome(request), Errc::UnknownParty);
    request.app_key = "portal-app";
    EXPECT_EQ(outcome(request), Errc::StaleClock);
    request.at(kNow);
    EXPECT_EQ(outcome(request), Errc::BadSignature);
    request.sign(hmac(kSecret));
    EXPECT_EQ(outcome(request), kLetIn);
    EXPECT_EQ(outcome(request), Errc::ReplayedNonce);
}

TEST_F(IdentitiesTest, WantsEachOfTheFourHeaders) {
    const struct {
        const char* name;
        std::string Request::*field;
    } rows[] = {
        {"X-App-Key", &Request::app_key},
        {"X-Timestamp", &Request::timestamp},
        {"X-Nonce", &Request::nonce},
        {"X-Sign", &Request::signature},
    };
    for (const auto& row : rows) {
        Request request = Request{}.sign(hmac(kSecret));
        (request.*row.field).clear();
        const auto party = identities.authenticate(request.claim(), kNow);
        ASSERT_FALSE(party.has_value()) << row.name;
        EXPECT_EQ(party.error().code, Errc::MissingHeader) << row.name;
        EXPECT_EQ(party.error().where, row.name);
    }
}

TEST_F(IdentitiesTest, LetsTheClockBeOffByFiveMinutesEitherWay) {
    using std::chrono::milliseconds;
    const struct {
        const char* name;
        std::int64_t off;
        Errc outcome;
    } rows[] = {
        {"on the spot", 0, kLetIn},           {"edge behind", -300'000, kLetIn},
        {"edge ahead", 300'000, kLetIn},      {"behind", -300'001, Errc::StaleClock},
        {"ahead", 300'001, Errc::StaleClock}, {"a year behind", -31'536'000'000, Errc::StaleClock},
    };
    int count = 0;
    for (const auto& row : rows) {
        Request request;
        request.nonce = "n" + std::to_string(++count);
        request.at(kNow + milliseconds{row.off}).sign(hmac(kSecret));
        EXPECT_EQ(outcome(request), row.outcome) << row.name;
    }
}

TEST_F(IdentitiesTest, ReadsTimeStampsOfDigitsOnly) {
    for (const char* text :
         {"2025-10-09T00:00:00Z", "-1760000000000", "+1760000000000", "1760000000000 ",
          "1760000000", "0x199c5a27b1e", "1.76e12", "99999999999999999999999", "1760000000000.0"}) {
        Request request;
        request.timestamp = text;
        request.sign(hmac(kSecret));
        EXPECT_EQ(outcome(request), Errc::StaleClock) << text;
    }
}

TEST_F(IdentitiesTest, RefusesTextThatWouldMoveTheLinesOfTheCanonicalString) {
    Request honest;
    honest.nonce = "nonce-1";
    honest.sign(hmac(kSecret));

    Request shifted = honest;  // the same canonical string, cut in another way
    shifted.path = "/v1/messages/portal.apply\n";
    EXPECT_EQ(outcome(shifted), Errc::BadSignature);
    shifted = honest;
    shifted.nonce = "a\nb";
    shifted.sign(hmac(kSecret));
    EXPECT_EQ(outcome(shifted), Errc::MissingHeader);
    shifted.nonce = std::string(129, 'n');
    shifted.sign(hmac(kSecret));
    EXPECT_EQ(outcome(shifted), Errc::MissingHeader);
}

TEST_F(IdentitiesTest, BurnsANonceOnlyWithAValidSignature) {
    Request forged = Request{}.sign(hmac(kOtherSecret));
    for (int count = 0; count < 3; ++count) EXPECT_EQ(outcome(forged), Errc::BadSignature);
    EXPECT_EQ(identities.nonces(), 0u);
    EXPECT_EQ(outcome(Request{}.sign(hmac(kSecret))), kLetIn);
    EXPECT_EQ(identities.nonces(), 1u);
}

TEST_F(IdentitiesTest, TakesANonceOnceEvenInAnotherRequest) {
    EXPECT_EQ(outcome(Request{}.sign(hmac(kSecret))), kLetIn);
    Request other;
    other.body = "{\"other\":1}";
    EXPECT_EQ(outcome(other.sign(hmac(kSecret))), Errc::ReplayedNonce);
    other.nonce = "nonce-2";
    EXPECT_EQ(outcome(other.sign(hmac(kSecret))), kLetIn);
}

TEST_F(IdentitiesTest, KeepsTheNoncesOfPartiesApart) {
    std::vector<SigningKey> keys;
    keys.push_back(hmac(kOtherSecret));
    identities.add("mobile-app", "mobile", std::move(keys));
    EXPECT_EQ(outcome(Request{}.sign(hmac(kSecret))), kLetIn);
    Request mobile;
    mobile.app_key = "mobile-app";
    EXPECT_EQ(outcome(mobile.sign(hmac(kOtherSecret))), kLetIn);
    EXPECT_EQ(outcome(mobile), Errc::ReplayedNonce);
}

TEST_F(IdentitiesTest, RefusesTheKeyOfAnotherParty) {
    std::vector<SigningKey> keys;
    keys.push_back(hmac(kOtherSecret));
    identities.add("mobile-app", "mobile", std::move(keys));
    Request request;
    request.app_key = "mobile-app";
    EXPECT_EQ(outcome(request.sign(hmac(kSecret))), Errc::BadSignature);
}

TEST_F(IdentitiesTest, ForgetsANonceOnlyWhenItsRequestIsStale) {
    // Signed with a clock that is ahead: it can come again until kNow + 600 s.
    Request ahead = Request{}.at(kNow + Identities::kWindow).sign(hmac(kSecret));
    EXPECT_EQ(outcome(ahead), kLetIn);
    EXPECT_EQ(outcome(ahead, kNow + 2 * Identities::kWindow), Errc::ReplayedNonce);
    EXPECT_EQ(outcome(ahead, kNow + 2 * Identities::kWindow + Duration{1}), Errc::StaleClock);

    const Instant later = kNow + 2 * Identities::kWindow + Duration{20'000};
    Request fresh;
    fresh.nonce = "nonce-2";
    EXPECT_EQ(outcome(fresh.at(later).sign(hmac(kSecret)), later), kLetIn);
    EXPECT_EQ(identities.nonces(), 1u) << "the first one is gone";
}

TEST_F(IdentitiesTest, RemembersNoncesOfBeforeARestart) {
    identities.remember("portal", "nonce-1", kNow - Duration{60'000});
    EXPECT_EQ(outcome(Request{}.sign(hmac(kSecret))), Errc::ReplayedNonce);
    identities.remember("portal", "nonce-1", kNow);
    EXPECT_EQ(identities.nonces(), 1u);
}

TEST_F(IdentitiesTest, VerifiesWithAnyOfTwoLiveKeys) {
    std::vector<SigningKey> keys;
    keys.push_back(hmac(kOtherSecret));
    keys.push_back(hmac(kSecret));
    identities.add("portal-app", "portal", std::move(keys));
    Request request;
    EXPECT_EQ(outcome(request.sign(hmac(kSecret))), kLetIn);
    request.nonce = "nonce-2";
    EXPECT_EQ(outcome(request.sign(hmac(kOtherSecret))), kLetIn);
    request.nonce = "nonce-3";
    EXPECT_EQ(outcome(request.sign(hmac("a third secret of some length"))), Errc::BadSignature);
}

TEST_F(IdentitiesTest, LetsNobodyInByAPartyWithoutKeys) {
    identities.add("portal-app", "portal", {});
    EXPECT_EQ(outcome(Request{}.sign(hmac(kSecret))), Errc::BadSignature);
}

TEST_F(IdentitiesTest, ServesAPartyThatSignsWithSm2) {
    const auto pair = generate_sm2_pair();
    std::vector<SigningKey> keys;
    keys.push_back(*SigningKey::sm2(pair->public_pem));
    identities.add("psb-app", "psb", std::move(keys));
    Request request;
    request.app_key = "psb-app";
    request.sign(*SigningKey::sm2(pair->private_pem));
    const auto party = identities.authenticate(request.claim(), kNow);
    ASSERT_TRUE(party.has_value()) << party.error().message;
    EXPECT_EQ(party->party, "psb");
    EXPECT_EQ(outcome(request), Errc::ReplayedNonce);
    request.nonce = "nonce-2";
    EXPECT_EQ(outcome(request), Errc::BadSignature);
}

}  // namespace
}  // namespace luqiao::security
