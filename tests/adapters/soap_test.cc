#include "adapters/soap.h"

#include <gtest/gtest.h>

namespace luqiao::adapters {
namespace {

constexpr std::string_view kStart =
    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">";

std::string envelope(std::string_view body) {
    return std::string(kStart) + "<s:Body>" + std::string(body) + "</s:Body></s:Envelope>";
}

SoapCall call(Charset charset) {
    return {"submit", "urn:test", "xml", charset};
}

std::string gb(const std::string& text) {
    return from_utf8(text, Charset::Gb18030).value_or("not encodable");
}

/// Names that are hard on an XML parser that reads bytes: 淽 ends in ']', 淺 in '\'.
const std::string kNames = "<N>𠮷田·Ñúñez 淽]]>淽]]&gt;淺</N>";

TEST(SoapEnvelope, BringsADocumentBackByteByByte) {
    const struct {
        const char* name;
        Charset charset;
        std::string document;
    } rows[] = {
        {"UTF-8", Charset::Utf8, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + kNames},
        {"GB18030", Charset::Gb18030, gb("<?xml version=\"1.0\" encoding=\"GB18030\"?>" + kNames)},
        {"GB18030 without a declaration", Charset::Gb18030, gb(kNames)},
        {"end of a section", Charset::Utf8, "a]]>b]]]]>c]]>"},
        {"trail bytes before an end of a section", Charset::Gb18030, gb("淽]]>淽]>淽>淽淽]]]>")},
        {"only brackets", Charset::Gb18030, "]]]]]>>>"},
        {"line ends", Charset::Utf8, "<a>\r\n\tb\n</a>\r\n"},
        {"entities stay text", Charset::Utf8, "&amp;&lt;&#65;&unknown;"},
        {"nothing", Charset::Utf8, ""},
    };
    for (const auto& row : rows) {
        const std::string wrapped = wrap_soap(call(row.charset), row.document);
        const auto content = read_soap(wrapped, "text/xml");
        ASSERT_TRUE(content.has_value()) << row.name << ": " << content.error().message;
        ASSERT_TRUE(content->message.has_value()) << row.name;
        EXPECT_EQ(content->message->document, row.document) << row.name;
        EXPECT_EQ(content->message->operation, "submit") << row.name;
        EXPECT_EQ(content->message->ns, "urn:test") << row.name;
        EXPECT_EQ(content->message->charset, row.charset) << row.name;
    }
}

TEST(SoapEnvelope, CutsBetweenCharactersAndNeverInside) {
    // 9C 5D is 淽: the two ']' that end here are one trail byte and one bracket.
    const std::string wrapped = wrap_soap(call(Charset::Gb18030), "\x9C\x5D]>");
    EXPECT_NE(wrapped.find("<![CDATA[\x9C\x5D]>]]>"), std::string::npos) << "nothing to cut";
}

TEST(SoapEnvelope, IsReadInTheCharsetItDeclares) {
    const std::string document = "<A>鲁桥</A>";
    const auto text = [&](const std::string& declaration) {
        return declaration + envelope("<o xmlns=\"urn:t\"><p>&lt;A&gt;鲁桥&lt;/A&gt;</p></o>");
    };
    const struct {
        const char* name;
        std::string bytes;
        const char* content_type;
        std::string document;
    } rows[] = {
        {"nothing said", text(""), "text/xml", document},
        {"byte order mark", "\xEF\xBB\xBF" + text(""), "text/xml", document},
        {"declaration", gb(text("<?xml version=\"1.0\" encoding=\"GB18030\"?>")), "text/xml",
         gb(document)},
        {"old label", gb(text("<?xml version=\"1.0\" encoding=\"gb2312\"?>")), "text/xml",
         gb(document)},
        {"Content-Type alone", gb(text("")), "text/xml; charset=GB18030", gb(document)},
        {"Content-Type over the declaration",
         gb(text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")), "text/xml; charset=\"gbk\"",
         gb(document)},
    };
    for (const auto& row : rows) {
        const auto content = read_soap(row.bytes, row.content_type);
        ASSERT_TRUE(content.has_value()) << row.name << ": " << content.error().message;
        EXPECT_EQ(content->message->document, row.document) << row.name;
    }
}

TEST(SoapEnvelope, GivesADocumentInTheCharsetThatTheDocumentItselfDeclares) {
    const std::string document = "<?xml version=\"1.0\" encoding=\"GB18030\"?><A>𠮷</A>";
    const auto content =
        read_soap(envelope("<o><p><![CDATA[" + document + "]]></p></o>"), "text/xml");
    ASSERT_TRUE(content.has_value());
    EXPECT_EQ(content->message->document, gb(document));
    EXPECT_EQ(content->message->charset, Charset::Utf8) << "of the envelope";
}

TEST(SoapEnvelope, GivesElementsInTheParameterAsXml) {
    const auto one = read_soap(envelope("<o><p> <A x=\"1\">&amp;鲁</A> </p></o>"), "text/xml");
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(one->message->document, "<A x=\"1\">&amp;鲁</A>");
    const auto several = read_soap(envelope("<o><p><A/><B>2</B></p></o>"), "text/xml");
    ASSERT_TRUE(several.has_value());
    EXPECT_EQ(several->message->document, "<p><A/><B>2</B></p>");
}

TEST(SoapEnvelope, HoldsAFault) {
    const auto content = read_soap(
        envelope("<s:Fault><faultcode> s:Client.Data </faultcode><faultstring>证件号码有误"
                 "</faultstring></s:Fault>"),
        "text/xml");
    ASSERT_TRUE(content.has_value() && content->fault.has_value());
    EXPECT_FALSE(content->message.has_value());
    EXPECT_EQ(content->fault->code, "Client.Data");
    EXPECT_EQ(content->fault->text, "证件号码有误");
    EXPECT_TRUE(content->fault->is_ours());
    const auto server =
        read_soap(envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), "text/xml");
    EXPECT_FALSE(server->fault->is_ours());
}

TEST(SoapEnvelope, RefusesWhatIsNoCall) {
    const std::string good = "<o><p>x</p></o>";
    std::string deep;
    for (int level = 0; level < 70; ++level) deep += "<d>";
    std::string many = "<o>";
    for (int count = 0; count < 10'001; ++count) many += "<p/>";
    const struct {
        const char* name;
        std::string text;
        Errc code;
    } rows[] = {
        {"empty", "", Errc::ParseFailed},
        {"JSON", "{}", Errc::ParseFailed},
        {"document type",
         "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + envelope("<o><p>&e;</p></o>"),
         Errc::ParseFailed},
        {"document type after a comment", "<!-- x --><!DOCTYPE a>" + envelope(good),
         Errc::ParseFailed},
        {"document type inside", envelope("<!DOCTYPE a>" + good), Errc::ParseFailed},
        {"billion laughs",
         "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>" + envelope(good),
         Errc::ParseFailed},
        {"SOAP 1.2",
         "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>" + good +
             "</s:Body></s:Envelope>",
         Errc::ParseFailed},
        {"no namespace", "<Envelope><Body>" + good + "</Body></Envelope>", Errc::ParseFailed},
        {"another root", "<a/>", Errc::ParseFailed},
        {"two roots", envelope(good) + envelope(good), Errc::ParseFailed},
        {"no Body", std::string(kStart) + "</s:Envelope>", Errc::ParseFailed},
        {"two Bodies",
         std::string(kStart) + "<s:Body>" + good + "</s:Body><s:Body>" + good +
             "</s:Body></s:Envelope>",
         Errc::ParseFailed},
        {"empty Body", envelope(""), Errc::ParseFailed},
        {"two operations", envelope(good + good), Errc::ParseFailed},
        {"no parameter", envelope("<o/>"), Errc::ParseFailed},
        {"header to be understood",
         std::string(kStart) + "<s:Header><h s:mustUnderstand=\"1\"/></s:Header><s:Body>" + good +
             "</s:Body></s:Envelope>",
         Errc::ParseFailed},
        {"cut off", envelope(good).substr(0, 90), Errc::ParseFailed},
        {"section without its end", envelope("<o><p><![CDATA[x</p></o>"), Errc::ParseFailed},
        {"tag without its end", envelope("<o><p>x</p></o"), Errc::ParseFailed},
        {"end tags first", "</a></b>", Errc::ParseFailed},
        {"NUL", envelope(std::string("<o><p>x\0y</p></o>", 17)), Errc::ParseFailed},
        {"too deep", envelope(deep), Errc::LimitExceeded},
        {"too many elements", envelope(many + "</o>"), Errc::LimitExceeded},
        {"not UTF-8", envelope("<o><p>\xFF</p></o>"), Errc::CharsetError},
        {"UTF-16", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>" + envelope(good),
         Errc::UnsupportedMedia},
    };
    for (const auto& row : rows) {
        const auto content = read_soap(row.text, "text/xml");
        ASSERT_FALSE(content.has_value()) << row.name;
        EXPECT_EQ(content.error().code, row.code) << row.name << ": " << content.error().message;
    }
}

TEST(SoapEnvelope, LeavesAHeaderThatNeedNotBeUnderstood) {
    const auto content = read_soap(std::string(kStart) +
                                       "<s:Header><h s:mustUnderstand=\"0\"/></s:Header>"
                                       "<s:Body><o><p>x</p></o></s:Body></s:Envelope>",
                                   "text/xml");
    ASSERT_TRUE(content.has_value()) << content.error().message;
    EXPECT_EQ(content->message->document, "x");
}

TEST(XmlEscaped, LeavesNoMarkup) {
    EXPECT_EQ(xml_escaped("<a b=\"c\">&\x01"), "&lt;a b=&quot;c&quot;&gt;&amp; ");
}

}  // namespace
}  // namespace luqiao::adapters
