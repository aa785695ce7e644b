#include "adapters/problem.h"

#include "adapters/soap.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace luqiao::adapters {
namespace {

using nlohmann::json;

broker::Problem problem(Errc code) {
    broker::Problem out;
    out.code = code;
    out.detail = {"中文说明", "an English sentence"};
    out.trace_id = "0199c5a2";
    out.at = Instant{Duration{1'760'000'000'123}};
    return out;
}

TEST(ProblemJson, HasTheMembersOfTheInterface) {
    broker::Problem given = problem(Errc::TypeMismatch);
    given.errors.push_back(
        {"E2002", "/BIRTHDAY", "type date", "YYYYMMDD", "2***", {"不是日期", "not a date"}});
    const HttpResponse response = problem_response(given);
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(json::parse(response.body), json::parse(R"({
        "type":"urn:luqiao:error:E2002","title":"a field has another type than the format says",
        "title_zh":"字段类型与格式不符","status":422,"detail":"an English sentence",
        "detail_zh":"中文说明","instance":"urn:luqiao:trace:0199c5a2","code":"E2002",
        "trace_id":"0199c5a2","retryable":false,
        "errors":[{"code":"E2002","pointer":"/BIRTHDAY","rule":"type date","expected":"YYYYMMDD",
                   "got_masked":"2***","message":"not a date","message_zh":"不是日期"}],
        "help":"docs/reference/errors.md#E2002"})"));
}

TEST(ProblemJson, TellsTheTimeToAClockThatIsWrong) {
    const json body = json::parse(problem_response(problem(Errc::StaleClock)).body);
    EXPECT_EQ(body["server_time_ms"], 1'760'000'000'123);
    EXPECT_EQ(body["server_time"], "2025-10-09T16:53:20.123+08:00");
    EXPECT_FALSE(
        json::parse(problem_response(problem(Errc::BadSignature)).body).contains("server_time"));
}

TEST(ProblemResponse, HasTheStatusAndHeadersOfItsCode) {
    const struct {
        Errc code;
        int status;
        bool retryable;
        const char* retry_after;
    } rows[] = {
        {Errc::ParseFailed, 400, false, ""},   {Errc::LimitExceeded, 413, false, ""},
        {Errc::UnknownFormat, 404, false, ""}, {Errc::UnsupportedMedia, 415, false, ""},
        {Errc::BadSignature, 401, false, ""},  {Errc::Forbidden, 403, false, ""},
        {Errc::Conflict, 409, true, "1"},      {Errc::KeyReused, 422, false, ""},
        {Errc::Overloaded, 429, true, "1"},    {Errc::StoreBusy, 503, true, "1"},
        {Errc::Internal, 500, false, ""},
    };
    for (const auto& row : rows) {
        const HttpResponse response = problem_response(problem(row.code));
        EXPECT_EQ(response.status, row.status) << info(row.code).id;
        EXPECT_EQ(response.headers.get("Retry-After"), row.retry_after) << info(row.code).id;
        EXPECT_EQ(json::parse(response.body)["retryable"], row.retryable) << info(row.code).id;
        EXPECT_EQ(response.headers.find("WWW-Authenticate").has_value(), row.status == 401);
    }
    broker::Problem waiting = problem(Errc::Overloaded);
    waiting.retry_after = std::chrono::seconds{7};
    EXPECT_EQ(problem_response(waiting).headers.get("Retry-After"), "7");
    EXPECT_EQ(problem_response(problem(Errc::InvalidArgument), 405).status, 405);
}

TEST(ProblemJson, ListsAtMostAHundredErrors) {
    broker::Problem given = problem(Errc::BadValue);
    given.errors.resize(5000);
    EXPECT_EQ(json::parse(problem_response(given).body)["errors"].size(), 100u);
}

TEST(MadeProblem, TakesTheTraceOfTheCaller) {
    const std::string trace = "0af7651916cd43dd8448eb211c80319c";
    EXPECT_EQ(make_problem(Errc::NotFound, {}, "00-" + trace + "-b7ad6b7169203331-01").trace_id,
              trace);
    for (const std::string& parent :
         {std::string{}, "00-" + std::string(32, '0') + "-b7ad6b7169203331-01",
          "00-" + std::string(32, '"') + "-b7ad6b7169203331-01", "01-" + trace, trace}) {
        const std::string made = make_problem(Errc::NotFound, {}, parent).trace_id;
        EXPECT_EQ(made.size(), 32u) << parent;
        EXPECT_NE(made, trace) << parent;
        EXPECT_EQ(made.find_first_not_of("0123456789abcdef"), std::string::npos) << parent;
    }
    EXPECT_NE(make_problem(Errc::NotFound, {}).at, Instant{});
}

TEST(SoapFault, SaysTheSameInBothCharsets) {
    broker::Problem given = problem(Errc::TypeMismatch);
    given.errors.push_back({"E2002", "/A", "", "<x>", "", {"不是日期", "not a date"}});
    for (const Charset charset : {Charset::Utf8, Charset::Gb18030}) {
        const HttpResponse response = soap_fault_response(given, charset);
        EXPECT_EQ(response.status, 500);
        const auto content = read_soap(response.body, response.content_type);
        ASSERT_TRUE(content.has_value() && content->fault) << content.error().message;
        EXPECT_EQ(content->fault->code, "Client");
        EXPECT_EQ(content->fault->text, "中文说明 / an English sentence");
        const std::string text = to_utf8(response.body, charset).value_or("");
        for (const char* part :
             {"<code>E2002</code>", "<traceId>0199c5a2</traceId>", "<retryable>false</retryable>",
              "<pointer>/A</pointer>", "<expected>&lt;x&gt;</expected>", "不是日期 / not a date"}) {
            EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
        }
    }
}

TEST(SoapFault, BlamesTheSideThatMustChangeSomething) {
    const struct {
        Errc code;
        const char* fault;
    } rows[] = {{Errc::BadSignature, "Client"}, {Errc::KeyReused, "Client"},
                {Errc::Conflict, "Server"},     {Errc::Overloaded, "Server"},
                {Errc::StoreFailed, "Server"},  {Errc::Internal, "Server"}};
    for (const auto& row : rows) {
        const HttpResponse response = soap_fault_response(problem(row.code), Charset::Utf8);
        EXPECT_EQ(read_soap(response.body, "")->fault->code, row.fault) << info(row.code).id;
    }
}

}  // namespace
}  // namespace luqiao::adapters
