#include "adapters/http_client.h"
#include "adapters/http_inlet.h"

#include <nlohmann/json.hpp>

#include <future>
#include <gmock/gmock.h>

namespace luqiao::adapters {
namespace {

using nlohmann::json;

/// Remembers what it is asked, and refuses a day that is none.
class ManifestIntake final : public broker::Intake {
public:
    void accept(broker::Arrival arrival, std::function<void(broker::Answer)> done) override {
        (void)arrival;
        done(broker::Problem{});
    }
    std::variant<std::string, broker::Problem> progress(const broker::Proof&,
                                                        const std::string&) override {
        return broker::Problem{};
    }
    std::variant<std::string, broker::Problem> take_manifest(
        const broker::ManifestCall& call) override {
        last = call;
        if (call.day == "2025-13-01") {
            broker::Problem out;
            out.code = Errc::BadValue;
            out.errors.push_back({"E2004", "line 3/sm3", "sm3", "64 hex", "1… (2)", {"中", "en"}});
            return out;
        }
        return std::string(R"({"count":1})");
    }
    std::variant<std::string, broker::Problem> manifest(const broker::ManifestCall& call) override {
        last = call;
        if (before_answer) before_answer();
        return std::string(R"({"entries":[]})");
    }

    broker::ManifestCall last;
    std::function<void()> before_answer;
};

class HttpManifest : public testing::Test {
protected:
    HttpManifest() : inlet_(HttpServerOptions{}, intake_) { EXPECT_TRUE(inlet_.start()); }

    HttpResponse send(const std::string& method,
                      const std::string& target,
                      const std::string& body = {},
                      bool is_signed = true) {
        return begin(call_of(method, target, body, is_signed)).get();
    }
    HttpClientRequest call_of(const std::string& method,
                              const std::string& target,
                              const std::string& body = {},
                              bool is_signed = true) const {
        HttpClientRequest call;
        call.method = method;
        call.url = "http://127.0.0.1:" + std::to_string(inlet_.port()) + target;
        call.body = body;
        if (is_signed) {
            for (const char* name : {"X-App-Key", "X-Timestamp", "X-Nonce", "X-Sign"}) {
                call.headers.add(name, std::string("of ") + name);
            }
        }
        return call;
    }
    std::future<HttpResponse> begin(HttpClientRequest call) {
        auto answer = std::make_shared<std::promise<HttpResponse>>();
        client_.send(std::move(call), [answer](Result<HttpResponse> response) {
            answer->set_value(response.value_or(HttpResponse{0, {}, {}, {}}));
        });
        return answer->get_future();
    }

    ManifestIntake intake_;
    HttpInlet inlet_;
    HttpClient client_{HttpClientOptions{}};
};

TEST_F(HttpManifest, IsGivenByPutAndAskedByGet) {
    const HttpResponse given = send("PUT", "/v1/manifests/2025-10-13?of=sent", "manifest,…");
    EXPECT_EQ(given.status, 200) << given.body;
    EXPECT_EQ(given.body, R"({"count":1})");
    EXPECT_EQ(intake_.last.day, "2025-10-13");
    EXPECT_EQ(intake_.last.of, "sent");
    EXPECT_EQ(intake_.last.body, "manifest,…");
    EXPECT_EQ(intake_.last.proof.method, "PUT");
    EXPECT_EQ(intake_.last.proof.path, "/v1/manifests/2025-10-13");
    EXPECT_EQ(intake_.last.proof.query, "of=sent");
    EXPECT_EQ(intake_.last.proof.signature, "of X-Sign");

    EXPECT_EQ(send("GET", "/v1/manifests/2025-10-13").body, R"({"entries":[]})");
    EXPECT_EQ(intake_.last.of, "received") << "when the query says nothing";
}

TEST_F(HttpManifest, IsNotWaitedForByOtherRequests) {
    std::promise<void> others_served;
    std::promise<void> begun;
    intake_.before_answer = [&] {
        begun.set_value();
        others_served.get_future().wait_for(std::chrono::seconds(20));
    };
    auto manifest = begin(call_of("GET", "/v1/manifests/2025-10-13"));
    begun.get_future().get();
    auto health = begin(call_of("GET", "/healthz"));
    EXPECT_EQ(health.wait_for(std::chrono::seconds(10)), std::future_status::ready)
        << "the one io thread is free while a day is read";
    others_served.set_value();
    EXPECT_EQ(health.get().status, 200);
    EXPECT_EQ(manifest.get().status, 200);
}

TEST_F(HttpManifest, TellsEveryFinding) {
    const HttpResponse refused = send("PUT", "/v1/manifests/2025-13-01", "x");
    EXPECT_EQ(refused.status, 422);
    const json said = json::parse(refused.body);
    EXPECT_EQ(said.at("code"), "E2004");
    EXPECT_EQ(said.at("errors").at(0).at("pointer"), "line 3/sm3");
}

TEST_F(HttpManifest, RefusesOtherMethodsNamesAndCallersWithoutASignature) {
    const HttpResponse posted = send("POST", "/v1/manifests/2025-10-13", "x");
    EXPECT_EQ(posted.status, 405);
    EXPECT_EQ(posted.headers.get("Allow"), "PUT, GET");
    EXPECT_EQ(send("GET", "/v1/manifests/").status, 404);
    EXPECT_EQ(send("GET", "/v1/manifests/a/b").status, 404);
    EXPECT_EQ(send("PUT", "/v1/manifests/2025-10-13", "x", false).status, 400);
}

}  // namespace
}  // namespace luqiao::adapters
