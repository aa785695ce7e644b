#include "adapters/http_head.h"

#include <gtest/gtest.h>

namespace luqiao::adapters {
namespace {

using std::string_literals::operator""s;

Result<HttpHead> parse(const std::string& text, HttpHeadLimits limits = {}) {
    HttpHeadScanner scanner(limits);
    LQ_TRY(const auto size, scanner.scan(text));
    if (!size) return fail(Errc::Timeout, "more bytes are needed");
    return parse_http_head(std::string_view(text).substr(0, *size), limits);
}

TEST(HttpHead, IsReadIntoItsParts) {
    const auto head = parse(
        "POST /v1/messages/portal.apply?b=2&a=%E4%B8%AD HTTP/1.1\r\n"
        "Host: localhost:8080\r\nContent-Type:application/json\r\nx-nonce:  n-1 \r\n"
        "Content-Length: 12\r\n\r\nhello");
    ASSERT_TRUE(head.has_value()) << head.error().message;
    EXPECT_EQ(head->request.method, "POST");
    EXPECT_EQ(head->request.path, "/v1/messages/portal.apply");
    EXPECT_EQ(head->request.query, "b=2&a=%E4%B8%AD");
    EXPECT_EQ(head->request.headers.get("X-Nonce"), "n-1");
    EXPECT_EQ(head->request.headers.get("CONTENT-TYPE"), "application/json");
    EXPECT_EQ(head->content_length, 12u);
    EXPECT_TRUE(head->keep_alive);
    EXPECT_FALSE(head->chunked);
}

TEST(HttpHead, SaysWhetherTheConnectionStays) {
    const struct {
        const char* name;
        std::string text;
        bool keep;
    } rows[] = {
        {"1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", false},
        {"close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"close in a list", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false},
        {"keep-alive", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
    };
    for (const auto& row : rows) {
        const auto head = parse(row.text);
        ASSERT_TRUE(head.has_value()) << row.name << ": " << head.error().message;
        EXPECT_EQ(head->keep_alive, row.keep) << row.name;
    }
}

/// Requests that two servers might read in two ways, and requests that are none.
TEST(HttpHead, RefusesWhatCouldBeReadInTwoWays) {
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const struct {
        const char* name;
        std::string text;
    } rows[] = {
        {"CL.TE", post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n"},
        {"TE.TE", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"},
        {"TE list", post + "Transfer-Encoding: gzip, chunked\r\n\r\n"},
        {"TE twice in a list", post + "Transfer-Encoding: chunked, chunked\r\n\r\n"},
        {"TE xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n"},
        {"TE identity", post + "Transfer-Encoding: identity\r\n\r\n"},
        {"TE with a vertical tab", post + "Transfer-Encoding: \vchunked\r\n\r\n"},
        {"TE quoted", post + "Transfer-Encoding: \"chunked\"\r\n\r\n"},
        {"TE empty", post + "Transfer-Encoding:\r\n\r\n"},
        {"TE with a space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n"},
        {"TE of HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"CL twice, equal", post + "Content-Length: 6\r\nContent-Length: 6\r\n\r\n"},
        {"CL twice, other", post + "Content-Length: 6\r\nContent-Length: 5\r\n\r\n"},
        {"CL list", post + "Content-Length: 6, 6\r\n\r\n"},
        {"CL plus", post + "Content-Length: +6\r\n\r\n"},
        {"CL minus", post + "Content-Length: -6\r\n\r\n"},
        {"CL hexadecimal", post + "Content-Length: 0x6\r\n\r\n"},
        {"CL empty", post + "Content-Length: \r\n\r\n"},
        {"CL fraction", post + "Content-Length: 6.0\r\n\r\n"},
        {"CL beyond 64 bits", post + "Content-Length: 18446744073709551622\r\n\r\n"},
        {"CL with a space inside", post + "Content-Length: 1 2\r\n\r\n"},
        {"CL with a space before the colon", post + "Content-Length : 6\r\n\r\n"},
        {"obs-fold", post + "X-A: 1\r\n folded: 2\r\n\r\n"},
        {"obs-fold with a tab", post + "X-A: 1\r\n\tfolded\r\n\r\n"},
        {"obs-fold of TE", post + "Transfer-Encoding:\r\n chunked\r\n\r\n"},
        {"space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
        {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
        {"bare LF for the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
        {"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"},
        {"CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"},
        {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"s},
        {"NUL in a name", "GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n"s},
        {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
        {"DEL", "GET / HTTP/1.1\r\nHost: a\x7F\r\n\r\n"},
        {"escape character", "GET / HTTP/1.1\r\nHost: \x1B[31m\r\n\r\n"},
        {"no Host", "GET / HTTP/1.1\r\n\r\n"},
        {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        {"Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
        {"Host twice, other case", "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n"},
        {"X-App-Key twice", "GET / HTTP/1.1\r\nHost: a\r\nX-App-Key: a\r\nx-app-key: b\r\n\r\n"},
        {"X-Sign twice", "GET / HTTP/1.1\r\nHost: a\r\nX-Sign: a\r\nX-Sign: a\r\n\r\n"},
        {"X-Content-SM3 twice", post + "X-Content-SM3: a\r\nx-content-sm3: b\r\n\r\n"},
        {"Content-Range twice",
         post + "Content-Range: bytes 0-5/9\r\nContent-Range: bytes 3-8/9\r\n\r\n"},
        {"Range twice",
         "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n"},
        {"Content-Type twice", post + "Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"},
        {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n"},
        {"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"},
        {"name with a space", "GET / HTTP/1.1\r\nHost: a\r\nX Y: x\r\n\r\n"},
        {"name with a slash", "GET / HTTP/1.1\r\nHost: a\r\nX/Y: x\r\n\r\n"},
        {"name beyond ASCII", "GET / HTTP/1.1\r\nHost: a\r\nX\xC3\xA9: x\r\n\r\n"},
        {"two words", "GET /\r\nHost: a\r\n\r\n"},
        {"four words", "GET / x HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"space at the end of the line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n"},
        {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
        {"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
        {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s},
        {"whole URL as a target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"no slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"half a percent escape", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"no percent escape", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"target beyond ASCII", "GET /\xE4\xB8\xAD HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"backslash", "GET /..\\ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"method with a colon", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"method of 17 letters", "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"Expect of something else", post + "Expect: 200-ok\r\n\r\n"},
    };
    for (const auto& row : rows) {
        const auto head = parse(row.text);
        ASSERT_FALSE(head.has_value()) << row.name;
        EXPECT_EQ(head.error().code, Errc::ParseFailed) << row.name << head.error().message;
    }
}

TEST(HttpHead, IsFoundHoweverItsBytesArrive) {
    const std::string text = "GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\nrest";
    const std::size_t end = text.find("rest");
    HttpHeadScanner scanner({});
    for (std::size_t size = 0; size < end; ++size) {
        const auto found = scanner.scan(std::string_view(text).substr(0, size));
        ASSERT_TRUE(found.has_value() && !*found) << size;
    }
    const auto found = scanner.scan(text);
    ASSERT_TRUE(found.has_value() && *found);
    EXPECT_EQ(**found, end);
}

TEST(HttpHead, HasLimits) {
    const HttpHeadLimits limits{.size_max = 1024, .fields_max = 3};
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
    const struct {
        const char* name;
        std::string text;
        bool fits;
    } rows[] = {
        {"three fields", start + "A: 1\r\nB: 2\r\n\r\n", true},
        {"four fields", start + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", false},
        {"1024 bytes", start + "A: " + std::string(1024 - start.size() - 7, 'x') + "\r\n\r\n",
         true},
        {"1025 bytes", start + "A: " + std::string(1025 - start.size() - 7, 'x') + "\r\n\r\n",
         false},
        {"no end in sight", start + "A: " + std::string(5000, 'x'), false},
    };
    for (const auto& row : rows) {
        const auto head = parse(row.text, limits);
        EXPECT_EQ(head.has_value(), row.fits) << row.name;
        if (!head) {
            EXPECT_EQ(head.error().code, Errc::LimitExceeded) << row.name;
        }
    }
}

TEST(ContentType, IsReadWithItsParameters) {
    EXPECT_EQ(media_type("Text/XML; charset=GB18030"), "text/xml");
    EXPECT_EQ(media_type(""), "");
    EXPECT_EQ(media_parameter("text/xml; Charset=\"GB18030\"; action=x", "charset"), "GB18030");
    EXPECT_EQ(media_parameter("text/xml;charset=utf-8", "charset"), "utf-8");
    EXPECT_EQ(media_parameter("text/xml; xcharset=utf-8", "charset"), "");
}

}  // namespace
}  // namespace luqiao::adapters
