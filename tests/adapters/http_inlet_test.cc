#include "adapters/http_inlet.h"

#include "adapters/http_client.h"
#include "adapters/soap.h"
#include "security/identity.h"
#include "security/keys.h"
#include "tests/adapters/sockets.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <set>

namespace luqiao::adapters {
namespace {

using nlohmann::json;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kFormats = "portal.apply psb.result";

Instant clock_now() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

security::SigningKey key() {
    return *security::SigningKey::hmac_sm3(std::string(kSecret));
}

/// Checks identities as the broker does, and keeps what arrives in memory.
class MemoryIntake final : public broker::Intake {
public:
    MemoryIntake() {
        std::vector<security::SigningKey> keys;
        keys.push_back(key());
        identities.add("portal-app", "portal", std::move(keys));
    }

    void accept(broker::Arrival arrival, std::function<void(broker::Answer)> done) override {
        const std::lock_guard lock(mutex);
        if (const auto refused = check(*arrival.proof, arrival.body)) return done(*refused);
        if (kFormats.find(arrival.format) == std::string_view::npos) {
            return done(problem(Errc::UnknownFormat));
        }
        if (arrival.body.find("overload") != std::string::npos) {
            return done(problem(Errc::Overloaded));
        }
        const bool first = seen.insert(arrival.idempotency_key + arrival.body).second;
        done(broker::Receipt{arrival.validate_only ? "" : "m-1", "FW202500001",
                             std::string(64, 'a'), Instant{Duration{1'760'000'000'000}}, !first,
                             "b-1"});
        arrivals.push_back(std::move(arrival));
    }

    std::variant<std::string, broker::Problem> progress(const broker::Proof& proof,
                                                        const std::string& number) override {
        const std::lock_guard lock(mutex);
        if (const auto refused = check(proof, {})) return *refused;
        if (number != "FW202500001") return problem(Errc::NotFound);
        return std::string(R"({"case_number":"FW202500001"})");
    }

    std::vector<broker::Arrival> arrivals;
    security::Identities identities;

private:
    static broker::Problem problem(Errc code) {
        broker::Problem out;
        out.code = code;
        out.detail = {"说明", "detail"};
        out.trace_id = "t-1";
        return out;
    }
    std::optional<broker::Problem> check(const broker::Proof& proof, std::string_view body) {
        const security::Claim claim{
            {proof.method, proof.path, proof.query, proof.timestamp, proof.nonce,
             proof.signed_body.empty() ? body : std::string_view(proof.signed_body)},
            proof.app_key,
            proof.signature};
        const auto party = identities.authenticate(claim, clock_now());
        if (party) return std::nullopt;
        return problem(party.error().code);
    }

    std::mutex mutex;
    std::set<std::string> seen;
};

class HttpInletTest : public testing::Test {
protected:
    HttpInletTest() : inlet(options(), intake) {
        const Status started = inlet.start();
        EXPECT_TRUE(started.has_value());
    }
    static HttpServerOptions options() {
        HttpServerOptions out;
        out.body_max = 4000;
        return out;
    }

    /// A request as a party sends it; change what the test is about, then send.
    struct Request {
        std::string method = "POST";
        std::string path = "/v1/messages/portal.apply";
        std::string query = {};
        std::string body = R"({"id":"A1"})";
        std::map<std::string, std::string> headers = {{"Content-Type", "application/json"}};

        Request& sign(Instant at = clock_now()) {
            const std::string timestamp = std::to_string(at.time_since_epoch().count());
            const std::string nonce = *security::generate_nonce();
            headers["X-App-Key"] = "portal-app";
            headers["X-Timestamp"] = timestamp;
            headers["X-Nonce"] = nonce;
            headers["X-Sign"] = *key().sign({method, path, query, timestamp, nonce, body});
            return *this;
        }
    };

    HttpResponse send(const Request& request) {
        HttpClientRequest call;
        call.method = request.method;
        call.url = "http://127.0.0.1:" + std::to_string(inlet.port()) + request.path +
                   (request.query.empty() ? "" : "?" + request.query);
        if (request.method != "GET") call.body = request.body;
        for (const auto& [name, value] : request.headers) call.headers.add(name, value);
        std::promise<HttpResponse> answer;
        client.send(std::move(call), [&answer](Result<HttpResponse> response) {
            answer.set_value(response.value_or(HttpResponse{0, {}, {}, {}}));
        });
        return answer.get_future().get();
    }

    /// "401 E4003"
    std::string outcome(const Request& request) {
        const HttpResponse response = send(request);
        const json body = json::parse(response.body, nullptr, false);
        return std::to_string(response.status) + " " +
               (body.is_object() ? body.value("code", "-") : "no JSON");
    }

    MemoryIntake intake;
    HttpInlet inlet;
    HttpClient client{HttpClientOptions{}};
};

TEST_F(HttpInletTest, TakesAMessage) {
    Request request;
    request.query = "b=2&a=1";
    request.headers["Idempotency-Key"] = "key-1";
    const HttpResponse response = send(request.sign());
    EXPECT_EQ(response.status, 202) << response.body;
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(json::parse(response.body), json({{"message_id", "m-1"},
                                                {"case_number", "FW202500001"},
                                                {"sm3", std::string(64, 'a')},
                                                {"at", "2025-10-09T16:53:20+08:00"},
                                                {"bundle", "b-1"}}));
    EXPECT_FALSE(response.headers.find("Idempotency-Replayed").has_value());
    ASSERT_EQ(intake.arrivals.size(), 1u);
    const broker::Arrival& arrival = intake.arrivals.front();
    EXPECT_EQ(arrival.format, "portal.apply");
    EXPECT_EQ(arrival.body, request.body);
    EXPECT_EQ(arrival.media_type, "application/json");
    EXPECT_EQ(arrival.idempotency_key, "key-1");
    EXPECT_EQ(arrival.source, "http 127.0.0.1");
    EXPECT_EQ(arrival.party, "");
    EXPECT_FALSE(arrival.validate_only);
}

TEST_F(HttpInletTest, SaysThatAMessageWasThereBefore) {
    send(Request{}.sign());
    const HttpResponse again = send(Request{}.sign());
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");
}

TEST_F(HttpInletTest, ValidatesWithoutKeeping) {
    Request request;
    request.path = "/v1/validate/portal.apply";
    const HttpResponse response = send(request.sign());
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(json::parse(response.body)["valid"], true);
    EXPECT_EQ(json::parse(response.body)["bundle"], "b-1");
    EXPECT_TRUE(intake.arrivals.at(0).validate_only);
}

TEST_F(HttpInletTest, TellsTheProgressOfACase) {
    Request request;
    request.method = "GET";
    request.path = "/v1/cases/FW202500001";
    request.body = "";
    const HttpResponse response = send(request.sign());
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.body, R"({"case_number":"FW202500001"})");
    request.path = "/v1/cases/FW202500002";
    EXPECT_EQ(outcome(request.sign()), "404 E5005");
    request.headers["X-Sign"] = "00";
    EXPECT_EQ(outcome(request), "401 E4003");
}

TEST_F(HttpInletTest, RefusesWithTheCodeOfTheFault) {
    const struct {
        const char* name;
        std::function<void(Request&)> change;
        const char* outcome;
    } rows[] = {
        {"no X-Sign", [](Request& r) { r.headers.erase("X-Sign"); }, "400 E1007"},
        {"no X-App-Key", [](Request& r) { r.headers.erase("X-App-Key"); }, "400 E1007"},
        {"empty X-Nonce", [](Request& r) { r.headers["X-Nonce"] = ""; }, "400 E1007"},
        {"unknown party", [](Request& r) { r.headers["X-App-Key"] = "nobody"; }, "401 E4002"},
        {"altered body", [](Request& r) { r.body += " "; }, "401 E4003"},
        {"altered query", [](Request& r) { r.query = "a=1"; }, "401 E4003"},
        {"altered path", [](Request& r) { r.path = "/v1/messages/psb.result"; }, "401 E4003"},
        {"altered nonce", [](Request& r) { r.headers["X-Nonce"] = "other"; }, "401 E4003"},
        {"wrong signature", [](Request& r) { r.headers["X-Sign"] = std::string(64, '0'); },
         "401 E4003"},
        {"stale clock", [](Request& r) { r.sign(clock_now() - std::chrono::minutes{6}); },
         "401 E4004"},
        {"clock ahead", [](Request& r) { r.sign(clock_now() + std::chrono::minutes{6}); },
         "401 E4004"},
        {"unknown format",
         [](Request& r) {
             r.path = "/v1/messages/portal.nothing";
             r.sign();
         },
         "404 E1005"},
        {"impossible format",
         [](Request& r) {
             r.path = "/v1/messages/portal%2Eapply";
             r.sign();
         },
         "404 E1005"},
        {"form data",
         [](Request& r) { r.headers["Content-Type"] = "application/x-www-form-urlencoded"; },
         "415 E1006"},
        {"compressed", [](Request& r) { r.headers["Content-Encoding"] = "gzip"; }, "415 E1006"},
        {"long key", [](Request& r) { r.headers["Idempotency-Key"] = std::string(129, 'k'); },
         "400 E2001"},
        {"too much work",
         [](Request& r) {
             r.body = "overload";
             r.sign();
         },
         "429 E5008"},
        {"oversized",
         [](Request& r) {
             r.body = std::string(4001, 'x');
             r.sign();
         },
         "413 E1003"},
        {"unknown path", [](Request& r) { r.path = "/v2/messages/portal.apply"; }, "404 E5005"},
        {"deeper path", [](Request& r) { r.path = "/v1/messages/portal.apply/x"; }, "404 E5005"},
        {"no format", [](Request& r) { r.path = "/v1/messages/"; }, "404 E5005"},
        {"wrong method", [](Request& r) { r.method = "PUT"; }, "405 E2001"},
        {"malformed head", [](Request& r) { r.headers["x-app-key"] = "a second one"; },
         "400 E1001"},
    };
    for (const auto& row : rows) {
        Request request;
        request.sign();
        row.change(request);
        EXPECT_EQ(outcome(request), row.outcome) << row.name;
    }
    EXPECT_TRUE(intake.arrivals.empty());
}

TEST_F(HttpInletTest, RefusesAReplayedRequest) {
    Request request;
    request.sign();
    EXPECT_EQ(send(request).status, 202);
    for (int round = 0; round < 20; ++round) EXPECT_EQ(outcome(request), "401 E4005");
    EXPECT_EQ(intake.arrivals.size(), 1u);
}

TEST_F(HttpInletTest, NamesEveryMissingHeaderAtOnce) {
    const json body = json::parse(send(Request{}).body);
    EXPECT_EQ(body["detail"], "missing headers: X-App-Key, X-Timestamp, X-Nonce, X-Sign");
}

TEST_F(HttpInletTest, TellsItsTimeToAStaleClockAndTheAllowedMethod) {
    const HttpResponse stale = send(Request{}.sign(clock_now() - std::chrono::hours{1}));
    const std::int64_t told = json::parse(stale.body)["server_time_ms"];
    EXPECT_LT(std::abs(told - clock_now().time_since_epoch().count()), 60'000);
    Request request;
    request.method = "DELETE";
    EXPECT_EQ(send(request).headers.get("Allow"), "POST");
}

TEST_F(HttpInletTest, SaysThatItLivesAndWhetherItIsReady) {
    Request request;
    request.method = "GET";
    for (const char* path : {"/healthz", "/readyz"}) {
        request.path = path;
        EXPECT_EQ(send(request).status, 200) << path;
    }
    MemoryIntake other_intake;
    HttpInlet starting(options(), other_intake);
    starting.set_ready([] { return false; });
    ASSERT_TRUE(starting.start().has_value());
    RawSocket client_socket = RawSocket::to(starting.port());
    client_socket.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client_socket.read_message().first.starts_with("HTTP/1.1 503"));
    client_socket.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client_socket.read_message().first.starts_with("HTTP/1.1 200"));
}

TEST_F(HttpInletTest, TakesASoapCallInGb18030) {
    const std::string text = "<RESULT><NAME>𠮷田·Ñúñez 淽</NAME></RESULT>";
    const std::string document = from_utf8(text, Charset::Gb18030).value_or("");
    ASSERT_EQ(document.find("\x9C\x5D<"), document.find("</NAME>") - 2) << "ends in 0x5D";
    Request request;
    request.path = "/v1/soap/psb.result";
    request.headers["Content-Type"] = "text/xml; charset=GB18030";
    request.body = wrap_soap({"Submit", "urn:psb", "xml", Charset::Gb18030}, document);
    const HttpResponse response = send(request.sign());
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.content_type, "text/xml; charset=GB18030");
    ASSERT_EQ(intake.arrivals.size(), 1u);
    EXPECT_EQ(intake.arrivals[0].body, document);
    EXPECT_EQ(intake.arrivals[0].format, "psb.result");
    for (const char* part : {"<?xml version=\"1.0\" encoding=\"GB18030\"?>",
                             "<web:SubmitResponse xmlns:web=\"urn:psb\">",
                             "<messageId>m-1</messageId>", "<caseNumber>FW202500001</caseNumber>",
                             "<replayed>false</replayed>", "<bundle>b-1</bundle>"}) {
        EXPECT_NE(response.body.find(part), std::string::npos) << part;
    }
}

TEST_F(HttpInletTest, AnswersASoapCallThatItRefusesWithAFault) {
    const std::string good = wrap_soap({"Submit", "urn:psb", "xml", Charset::Utf8}, "<A/>");
    const struct {
        const char* name;
        std::function<void(Request&)> change;
        const char* fault;
        const char* code;
    } rows[] = {
        {"altered envelope", [](Request& r) { r.body += " "; }, "Client", "E4003"},
        {"altered document", [](Request& r) { r.body.replace(r.body.find("<A/>"), 4, "<B/>"); },
         "Client", "E4003"},
        {"missing header", [](Request& r) { r.headers.erase("X-Sign"); }, "Client", "E1007"},
        {"document type",
         [](Request& r) {
             r.body.insert(r.body.find("<soapenv"), "<!DOCTYPE a>");
             r.sign();
         },
         "Client", "E1001"},
        {"not XML",
         [](Request& r) {
             r.body = "{}";
             r.sign();
         },
         "Client", "E1001"},
        {"wrong media type", [](Request& r) { r.headers["Content-Type"] = "application/soap+xml"; },
         "Client", "E1006"},
        {"unknown format",
         [](Request& r) {
             r.path = "/v1/soap/psb.nothing";
             r.sign();
         },
         "Client", "E1005"},
        {"too much work",
         [](Request& r) {
             r.body = wrap_soap({"Submit", "urn:psb", "xml", Charset::Utf8}, "overload");
             r.sign();
         },
         "Server", "E5008"},
    };
    for (const auto& row : rows) {
        Request request;
        request.path = "/v1/soap/psb.result";
        request.headers["Content-Type"] = "text/xml; charset=utf-8";
        request.body = good;
        request.sign();
        row.change(request);
        const HttpResponse response = send(request);
        EXPECT_EQ(response.status, 500) << row.name;
        const auto content = read_soap(response.body, response.content_type);
        ASSERT_TRUE(content.has_value() && content->fault) << row.name << response.body;
        EXPECT_EQ(content->fault->code, row.fault) << row.name;
        EXPECT_NE(response.body.find("<code>" + std::string(row.code)), std::string::npos)
            << row.name << response.body;
    }
    EXPECT_TRUE(intake.arrivals.empty());
}

}  // namespace
}  // namespace luqiao::adapters
