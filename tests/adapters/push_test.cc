#include "adapters/push.h"

#include "adapters/http_inlet.h"
#include "adapters/http_server.h"
#include "adapters/registry.h"
#include "adapters/soap.h"
#include "tests/adapters/sockets.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace luqiao::adapters {
namespace {

/// A department: notes what comes and answers as it is told.
class Department {
public:
    Department()
        : server_({}, [this](HttpRequest request, const HttpDone& done) {
              const std::lock_guard lock(mutex_);
              requests_.push_back(std::move(request));
              done(answer);
          }) {
        port_ = server_.start().value_or(0);
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/services/in?v=1";
    }
    HttpRequest last() {
        const std::lock_guard lock(mutex_);
        return requests_.empty() ? HttpRequest{} : requests_.back();
    }

    HttpResponse answer{200, {}, "taken", "text/plain"};

private:
    std::mutex mutex_;
    std::vector<HttpRequest> requests_;
    std::uint16_t port_ = 0;
    HttpServer server_;
};

Result<std::unique_ptr<broker::Outlet>> make(const AdapterKind& kind,
                                             const std::string& toml,
                                             const Signer& signer = {}) {
    Diagnostics findings;
    const auto table = parse_toml(toml, "test.toml", findings);
    const Section section = Section::check(kind.outlet_spec, *table, findings);
    EXPECT_FALSE(findings.has_errors()) << toml;
    return kind.make_outlet({.section = section,
                             .party = "psb",
                             .base_folder = {},
                             .signer = signer,
                             .intake = nullptr});
}

broker::Outgoing message(std::string body = "{}") {
    return {"d-1", "sti.apply", std::move(body), "FW202500001", 2, "b-1"};
}

Result<broker::Reply> send(broker::Outlet& outlet, broker::Outgoing outgoing) {
    std::promise<Result<broker::Reply>> answer;
    outlet.send(std::move(outgoing),
                [&answer](Result<broker::Reply> reply) { answer.set_value(std::move(reply)); });
    return answer.get_future().get();
}

std::string http_settings(const std::string& url, const std::string& more = {}) {
    return "adapter = \"http\"\nurl = \"" + url + "\"\n" + more;
}

std::string soap_settings(const std::string& url, const std::string& charset = "GB18030") {
    return "adapter = \"soap\"\nurl = \"" + url +
           "\"\noperation = \"submitApply\"\nnamespace = \"urn:psb\"\nparameter = \"arg0\"\n"
           "action = \"urn:psb#submitApply\"\ncharset = \"" +
           charset + "\"\n";
}

TEST(HttpOutlet, SendsTheMessageWithItsHeaders) {
    Department department;
    const auto outlet = make(http_adapter(), http_settings(department.url()));
    ASSERT_TRUE(outlet.has_value()) << outlet.error().message;
    const auto reply = send(**outlet, message("{\"a\":1}"));
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(reply->body, "taken");
    const HttpRequest got = department.last();
    EXPECT_EQ(got.method, "POST");
    EXPECT_EQ(got.path, "/services/in");
    EXPECT_EQ(got.query, "v=1");
    EXPECT_EQ(got.body, "{\"a\":1}");
    EXPECT_EQ(got.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(got.headers.get("X-Message-Id"), "d-1");
    EXPECT_EQ(got.headers.get("X-Format"), "sti.apply");
    EXPECT_EQ(got.headers.get("X-Attempt"), "2");
    EXPECT_EQ(got.headers.get("X-Case-Number"), "FW202500001");
    EXPECT_EQ(got.headers.get("X-Rule-Bundle"), "b-1");
    EXPECT_FALSE(got.headers.find("X-Sign").has_value());
}

TEST(HttpOutlet, LeavesOutWhatIsNotPlainAscii) {
    Department department;
    const auto outlet = make(http_adapter(), http_settings(department.url()));
    broker::Outgoing outgoing = message();
    outgoing.case_number = "青岛\r\nX-Sign: forged";
    EXPECT_TRUE(send(**outlet, std::move(outgoing)).has_value());
    EXPECT_FALSE(department.last().headers.find("X-Case-Number").has_value());
    EXPECT_FALSE(department.last().headers.find("X-Sign").has_value());
}

TEST(HttpOutlet, SignsWhatItSends) {
    Department department;
    const Signer signer = [](std::string_view method, std::string_view path, std::string_view query,
                             std::string_view body) {
        broker::Proof proof;
        proof.app_key = "luqiao";
        proof.timestamp = "1760000000000";
        proof.nonce = "n-1";
        proof.signature = std::string(method) + "," + std::string(path) + "," + std::string(query) +
                          "," + std::string(body);
        return proof;
    };
    const auto outlet = make(http_adapter(), http_settings(department.url()), signer);
    EXPECT_TRUE(send(**outlet, message("{}")).has_value());
    const HttpRequest got = department.last();
    EXPECT_EQ(got.headers.get("X-App-Key"), "luqiao");
    EXPECT_EQ(got.headers.get("X-Timestamp"), "1760000000000");
    EXPECT_EQ(got.headers.get("X-Nonce"), "n-1");
    EXPECT_EQ(got.headers.get("X-Sign"), "POST,/services/in,v=1,{}");
}

TEST(HttpOutlet, AsksByTheIdWhatThePartyHolds) {
    Department department;
    const Signer signer = [](std::string_view method, std::string_view path, std::string_view query,
                             std::string_view) {
        broker::Proof proof;
        proof.signature = fmt::format("{},{},{}", method, path, query);
        return proof;
    };
    EXPECT_FALSE((*make(http_adapter(), http_settings(department.url())))->can_be_asked());
    std::string url = department.url();
    url.replace(url.find("/services"), std::string::npos, "/held/{id}?v=1");
    const auto outlet = make(
        http_adapter(), http_settings(department.url(), "query_url = \"" + url + "\"\n"), signer);
    ASSERT_TRUE((*outlet)->can_be_asked());
    const struct {
        int status;
        std::optional<broker::Holding> holding;
    } rows[] = {
        {200, broker::Holding::Held}, {204, broker::Holding::Held}, {404, broker::Holding::Missing},
        {302, std::nullopt},          {401, std::nullopt},          {503, std::nullopt}};
    for (const auto& row : rows) {
        department.answer.status = row.status;
        std::promise<Result<broker::Holding>> said;
        (*outlet)->ask(message(), [&said](Result<broker::Holding> answer) {
            said.set_value(std::move(answer));
        });
        const auto answer = said.get_future().get();
        EXPECT_EQ(answer ? std::optional(*answer) : std::nullopt, row.holding) << row.status;
        EXPECT_EQ(answer ? Errc::Unavailable : answer.error().code, Errc::Unavailable);
    }
    const HttpRequest got = department.last();
    EXPECT_EQ(got.method, "GET");
    EXPECT_EQ(got.path, "/held/d-1");
    EXPECT_EQ(got.headers.get("X-Message-Id"), "d-1");
    EXPECT_EQ(got.headers.get("X-Sign"), "GET,/held/d-1,v=1");
}

TEST(HttpOutlet, RefusesAQueryUrlWithoutAPlaceForTheId) {
    for (const char* url :
         {"http://127.0.0.1/held", "http://127.0.0.1/{id}/{id}", "ftp://h/{id}"}) {
        EXPECT_FALSE(make(http_adapter(), http_settings("http://127.0.0.1:1",
                                                        fmt::format("query_url = \"{}\"\n", url))))
            << url;
    }
}

TEST(HttpOutlet, JudgesByTheStatus) {
    Department department;
    const auto outlet = make(http_adapter(), http_settings(department.url()));
    const struct {
        int status;
        Errc code;  ///< Internal: it is an answer
    } rows[] = {
        {200, Errc::Internal},    {201, Errc::Internal},    {202, Errc::Internal},
        {204, Errc::Internal},    {302, Errc::Unavailable}, {400, Errc::Refused},
        {401, Errc::Refused},     {404, Errc::Refused},     {408, Errc::Unavailable},
        {409, Errc::Refused},     {413, Errc::Refused},     {422, Errc::Refused},
        {425, Errc::Unavailable}, {429, Errc::Unavailable}, {500, Errc::Unavailable},
        {502, Errc::Unavailable}, {503, Errc::Unavailable}, {504, Errc::Unavailable},
    };
    for (const auto& row : rows) {
        department.answer.status = row.status;
        const auto reply = send(**outlet, message());
        EXPECT_EQ(reply.has_value() ? Errc::Internal : reply.error().code, row.code) << row.status;
    }
}

TEST(HttpOutlet, TellsNobodyThereFromNoAnswer) {
    std::string url;
    {
        RawServer gone([](const RawSocket&) {});
        url = gone.url();
    }
    const auto nobody = make(http_adapter(), http_settings(url));
    EXPECT_EQ(send(**nobody, message()).error().code, Errc::Unavailable);

    RawServer silent([](RawSocket peer) {
        peer.read_message();
        peer.read_all();
    });
    const auto outlet = make(http_adapter(), http_settings(silent.url(), "timeout = \"100ms\"\n"));
    EXPECT_EQ(send(**outlet, message()).error().code, Errc::OutcomeUnknown);
}

TEST(HttpOutlet, BoundsItsOpenRequestsAndFinishesThemWhenItStops) {
    std::promise<void> arrived;
    std::promise<void> go;
    RawServer server([&](RawSocket peer) {
        peer.read_message();
        arrived.set_value();
        go.get_future().wait();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    const auto made = make(http_adapter(), http_settings(server.url(), "max_in_flight = 1\n"));
    broker::Outlet& outlet = **made;
    std::promise<Result<broker::Reply>> first;
    outlet.send(message(),
                [&first](Result<broker::Reply> reply) { first.set_value(std::move(reply)); });
    arrived.get_future().wait();
    EXPECT_EQ(send(outlet, message()).error().code, Errc::Unavailable);
    std::thread stopper([&outlet] { outlet.stop(); });
    go.set_value();
    EXPECT_EQ(first.get_future().get()->body, "ok");
    stopper.join();
    EXPECT_EQ(send(outlet, message()).error().code, Errc::Unavailable);
}

TEST(HttpOutlet, HasRoomForTheNextWhenItTellsOfTheLast) {
    Department department;
    const auto made = make(http_adapter(), http_settings(department.url(), "max_in_flight = 1\n"));
    broker::Outlet& outlet = **made;
    std::promise<Result<broker::Reply>> second;
    outlet.send(message(), [&](const Result<broker::Reply>& first) {
        EXPECT_TRUE(first);
        outlet.send(message(),
                    [&](Result<broker::Reply> reply) { second.set_value(std::move(reply)); });
    });
    const auto reply = second.get_future().get();
    EXPECT_TRUE(reply) << reply.error().message;
    outlet.stop();
}

TEST(HttpOutlet, RefusesSettingsThatCannotWork) {
    for (const std::string& toml : {
             http_settings("ftp://a/"),
             http_settings("http://user:word@a/"),
             http_settings("http://a/", "timeout = \"0s\"\n"),
             http_settings("http://a/", "max_in_flight = 0\n"),
             http_settings("http://a/", "response_max = -1\n"),
         }) {
        const auto outlet = make(http_adapter(), toml);
        ASSERT_FALSE(outlet.has_value()) << toml;
        EXPECT_EQ(outlet.error().code, Errc::InvalidArgument) << toml;
    }
}

TEST(SoapOutlet, CarriesADocumentAndItsAnswerInGb18030) {
    Department department;
    const std::string document =
        from_utf8("<?xml version=\"1.0\" encoding=\"GB18030\"?><N>𠮷·Ñ 淽]]>淽</N>",
                  Charset::Gb18030)
            .value_or("");
    const std::string answer =
        from_utf8("<ACK><NAME>𠮷·Ñ 淽</NAME></ACK>", Charset::Gb18030).value_or("");
    department.answer = {
        200,
        {},
        wrap_soap({"submitApplyResponse", "urn:psb", "return", Charset::Gb18030}, answer),
        "text/xml; charset=GB18030"};
    const auto outlet = make(soap_adapter(), soap_settings(department.url()));
    ASSERT_TRUE(outlet.has_value()) << outlet.error().message;
    const auto reply = send(**outlet, message(document));
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(reply->body, answer);

    const HttpRequest got = department.last();
    EXPECT_EQ(got.headers.get("Content-Type"), "text/xml; charset=GB18030");
    EXPECT_EQ(got.headers.get("SOAPAction"), "\"urn:psb#submitApply\"");
    const auto content = read_soap(got.body, got.headers.get("Content-Type"));
    ASSERT_TRUE(content.has_value() && content->message);
    EXPECT_EQ(content->message->document, document);
    EXPECT_EQ(content->message->operation, "submitApply");
    EXPECT_EQ(content->message->ns, "urn:psb");
    EXPECT_NE(got.body.find("<arg0><![CDATA["), std::string::npos);
}

TEST(SoapOutlet, JudgesFaultsAndStatuses) {
    Department department;
    const auto outlet = make(soap_adapter(), soap_settings(department.url(), "UTF-8"));
    const auto fault = [](const std::string& code) {
        return "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>"
               "<e:Fault><faultcode>" +
               code +
               "</faultcode><faultstring>张三的证件有误</faultstring></e:Fault></e:Body>"
               "</e:Envelope>";
    };
    const struct {
        const char* name;
        int status;
        std::string body;
        Errc code;
    } rows[] = {
        {"Client", 500, fault("e:Client"), Errc::Refused},
        {"Client with a detail", 500, fault("e:Client.Validation"), Errc::Refused},
        {"Server", 500, fault("e:Server"), Errc::Unavailable},
        {"VersionMismatch", 500, fault("e:VersionMismatch"), Errc::Refused},
        {"MustUnderstand", 500, fault("MustUnderstand"), Errc::Refused},
        {"Client with 200", 200, fault("e:Client"), Errc::Refused},
        {"500 without a fault", 500, "<html>Internal Error</html>", Errc::Unavailable},
        {"500 with a message", 500, wrap_soap({"a", "b", "c", Charset::Utf8}, "x"),
         Errc::Unavailable},
        {"503", 503, fault("e:Client"), Errc::Unavailable},
        {"404", 404, "", Errc::Refused},
        {"200 with garbage", 200, "<html>OK</html>", Errc::OutcomeUnknown},
        {"200 with nothing", 200, "", Errc::OutcomeUnknown},
    };
    for (const auto& row : rows) {
        department.answer = {row.status, {}, row.body, "text/xml"};
        const auto reply = send(**outlet, message("<A/>"));
        ASSERT_FALSE(reply.has_value()) << row.name;
        EXPECT_EQ(reply.error().code, row.code) << row.name << ": " << reply.error().message;
        EXPECT_EQ(reply.error().message.find("张三"), std::string::npos) << "no personal data";
    }
}

TEST(SoapOutlet, RefusesSettingsThatCannotWork) {
    const std::string start = "adapter = \"soap\"\nurl = \"http://a/\"\nnamespace = \"urn:a\"\n";
    for (const std::string& toml : {
             start + "operation = \"a b\"\n",
             start + "operation = \"<a>\"\n",
             start + "operation = \"1a\"\n",
             start + "operation = \"a\"\nparameter = \"\"\n",
             start + "operation = \"a\"\ncharset = \"UTF-16\"\n",
             start + "operation = \"a\"\naction = \"a\\\"b\"\n",
         }) {
        const auto outlet = make(soap_adapter(), toml);
        ASSERT_FALSE(outlet.has_value()) << toml;
        EXPECT_EQ(outlet.error().code, Errc::InvalidArgument) << toml;
    }
}

TEST(PushSpecs, HaveExamplesThatWork) {
    for (const AdapterKind* kind : {&http_adapter(), &soap_adapter()}) {
        EXPECT_TRUE(make(*kind, std::string(kind->outlet_spec.example)).has_value()) << kind->name;
    }
}

TEST(HttpInletSettings, AreChecked) {
    const struct {
        const char* name;
        const char* toml;
        bool usable;
    } rows[] = {
        {"defaults", "", true},          {"any port", "port = 0\nthreads = 4\n", true},
        {"port", "port = 70000", false}, {"threads", "threads = 0", false},
        {"body", "body_max = 0", false}, {"time", "idle_timeout = \"0s\"", false},
    };
    for (const auto& row : rows) {
        Diagnostics findings;
        const auto table = parse_toml(row.toml, "test.toml", findings);
        const Section section = Section::check(http_adapter().inlet_spec, *table, findings);
        ASSERT_FALSE(findings.has_errors()) << row.name;
        EXPECT_EQ(http_inlet_options(section).has_value(), row.usable) << row.name;
    }
}

}  // namespace
}  // namespace luqiao::adapters
