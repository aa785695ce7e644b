// Every way to be refused over HTTP: status, code, place, both languages, and a store that did not
// change.
#include "security/keys.h"
#include "tests/integration/world_fixture.h"

namespace luqiao::integration {
namespace {

using nlohmann::json;

/// One broker for the whole table.
class BadInput : public testing::Test {
protected:
    static void SetUpTestSuite() {
        world_ = make_world();
        ASSERT_NE(world_, nullptr);
        const Status started = world_->start_broker();
        ASSERT_TRUE(started) << started.error().message;
        signer_ = *app::make_signer(world_->configuration(),
                                    *world_->configuration().realm->party("portal"));
    }
    static void TearDownTestSuite() {
        world_->stop();
        world_.reset();
    }

    struct Request {
        std::string format = "portal.apply";
        std::string body;
        broker::Proof proof;
        std::string media_type = "application/json";
    };

    /// A good, signed request with another body or another format.
    static Request request(std::string body, const std::string& format = "portal.apply") {
        Request out;
        out.format = format;
        out.proof = signer_("POST", "/v1/messages/" + format, "", body);
        out.body = std::move(body);
        return out;
    }

    static adapters::HttpResponse send(const Request& request) {
        adapters::HttpClient client{adapters::HttpClientOptions{}};
        adapters::HttpClientRequest call_to;
        call_to.url = world_->broker_url() + "/v1/messages/" + request.format;
        call_to.body = request.body;
        call_to.headers = {{"Content-Type", request.media_type},
                           {"X-App-Key", request.proof.app_key},
                           {"X-Timestamp", request.proof.timestamp},
                           {"X-Nonce", request.proof.nonce},
                           {"X-Sign", request.proof.signature}};
        const auto response = call(client, std::move(call_to));
        if (!response) {
            ADD_FAILURE() << response.error().message;
            return {};
        }
        return *response;
    }

    /// Sends, and checks what every refusal must have.
    static json refused(const Request& request, int status, const std::string& code) {
        const json before = counts(*world_);
        const adapters::HttpResponse response = send(request);
        EXPECT_EQ(response.status, status) << response.body;
        EXPECT_EQ(response.content_type.substr(0, 24), "application/problem+json");
        json problem = json::parse(response.body, nullptr, false);
        EXPECT_TRUE(problem.is_object()) << response.body;
        if (!problem.is_object()) return json::object();
        EXPECT_EQ(problem.value("code", ""), code) << response.body;
        EXPECT_FALSE(problem.value("trace_id", "").empty());
        const std::string title = problem.value("title", "");
        EXPECT_TRUE(response.body.find("\xE4") != std::string::npos ||
                    response.body.find("\xE7") != std::string::npos ||
                    response.body.find("\xE6") != std::string::npos)
            << "a Chinese sentence: " << response.body;
        EXPECT_FALSE(title.empty());
        const json after = counts(*world_);
        for (const char* kept : {"cases", "messages"}) {
            EXPECT_EQ(after.value(kept, 0), before.value(kept, 0)) << "the store did not change";
        }
        return problem;
    }

    /// The finding of `code` whose pointer holds `place`.
    static json finding(const json& problem, const std::string& code, const std::string& place) {
        for (const json& one : problem.value("errors", json::array())) {
            if (one.value("code", "") == code &&
                one.value("pointer", "").find(place) != std::string::npos)
                return one;
        }
        ADD_FAILURE() << "no finding " << code << " at " << place << " in " << problem.dump();
        return json::object();
    }

    static json good() { return json::parse(application_bytes(*world_, "portal", 0)); }

    static std::unique_ptr<app::DemoWorld> world_;
    static adapters::Signer signer_;
};

std::unique_ptr<app::DemoWorld> BadInput::world_;
adapters::Signer BadInput::signer_;

TEST_F(BadInput, OversizedIs413) {
    EXPECT_EQ(send(request(std::string(4u << 20, ' '))).status, 413);
    refused(request("\"" + std::string(1'100'000, 'x') + "\""), 413, "E1003");
}

TEST_F(BadInput, MalformedIs400WithTheByte) {
    const json problem = refused(request(R"({"sblsh":)"), 400, "E1001");
    EXPECT_FALSE(finding(problem, "E1001", "").empty());
}

TEST_F(BadInput, WrongCharsetIs400WithTheByte) {
    std::string body = good().dump();
    body.replace(body.find("青岛"), 3, "\xC7\xE0\xB5");  // GBK bytes
    const json problem = refused(request(body), 400, "E1002");
    EXPECT_NE(problem.dump().find("byte"), std::string::npos);
}

TEST_F(BadInput, UnknownFieldIs422WithItsPointer) {
    json body = good();
    body["sqr"]["wzd"] = "x";
    finding(refused(request(body.dump()), 422, "E1004"), "E1004", "/sqr/wzd");
}

TEST_F(BadInput, UnknownCodeIs422AndSaysWhichTable) {
    json body = good();
    body["sqr"]["gj"] = "ZZZ";
    const json one = finding(refused(request(body.dump()), 422, "E3001"), "E3001", "/sqr/gj");
    EXPECT_NE(one.value("expected", "").find("country"), std::string::npos);
}

TEST_F(BadInput, ThirtiethOfFebruaryIs422AndMasked) {
    json body = good();
    body["sqr"]["csrq"] = "1990-02-30";
    const json problem = refused(request(body.dump()), 422, "E2004");
    const json one = finding(problem, "E2004", "/sqr/csrq");
    EXPECT_EQ(problem.dump().find("1990-02-30"), std::string::npos) << "personal data stay masked";
    EXPECT_FALSE(one.value("rule", "").empty());
}

TEST_F(BadInput, MissingRequiredIs422) {
    json body = good();
    body["sqr"].erase("zjhm");
    finding(refused(request(body.dump()), 422, "E2003"), "E2003", "/sqr/zjhm");
}

TEST_F(BadInput, WrongTypeIs422) {
    json body = good();
    body["sqr"]["xing"] = json::array({1});
    finding(refused(request(body.dump()), 422, "E2002"), "E2002", "/sqr/xing");
}

TEST_F(BadInput, WrongSignatureIs401) {
    Request one = request(good().dump());
    one.body.back() = ' ';
    one.body += "}";
    refused(one, 401, "E4003");
}

TEST_F(BadInput, ReplayedNonceIs401) {
    Request one = request("{}");
    EXPECT_EQ(send(one).status, 422) << "a good signature burns the nonce";
    refused(one, 401, "E4005");
}

TEST_F(BadInput, StaleClockIs401AndTellsTheTime) {
    Request one = request("{}");
    one.proof.timestamp = std::to_string(std::stoll(one.proof.timestamp) - 301'000);
    const json problem = refused(one, 401, "E4004");
    EXPECT_NE(problem.dump().find("+08:00"), std::string::npos) << "the server's own time";
}

TEST_F(BadInput, UnknownPartyIs401) {
    Request one = request("{}");
    one.proof.app_key = "nobody";
    refused(one, 401, "E4002");
}

TEST_F(BadInput, MissingHeadersAre400) {
    Request one = request("{}");
    one.proof.nonce.clear();
    refused(one, 400, "E1007");
}

TEST_F(BadInput, AFormatOfAnotherPartyIs403) {
    refused(request("{}", "sti.result"), 403, "E4006");
}

TEST_F(BadInput, AFormatThatDoesNotExistIs404) {
    refused(request("{}", "portal.nothing"), 404, "E1005");
}

TEST_F(BadInput, AnotherMediaTypeIs415) {
    Request one = request("{}");
    one.media_type = "application/x-www-form-urlencoded";
    refused(one, 415, "E1006");
}

TEST_F(BadInput, TheSameKeyWithOtherBytesIs422AndTheSameBytesGetTheFirstReceipt) {
    json body = good();
    body["sblsh"] = "portal-key-1";
    const adapters::HttpResponse first = send(request(body.dump()));
    ASSERT_EQ(first.status, 202) << first.body;
    const adapters::HttpResponse again = send(request(body.dump()));
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.body, first.body) << "byte for byte";
    EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");
    body["sqr"]["ming"] = "OTHER";
    refused(request(body.dump()), 422, "E5007");
}

}  // namespace
}  // namespace luqiao::integration
