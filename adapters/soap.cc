#include "adapters/soap.h"

#include "adapters/http.h"
#include "base/text.h"

#include <algorithm>
#include <cstring>
#include <pugixml.hpp>
#include <sstream>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kElementsMax = 10'000;
constexpr std::size_t kSoapDepthMax = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error not_soap(std::string_view why) {
    return fail(Errc::ParseFailed, "not a SOAP 1.1 message: {}", why);
}

/// Bytes of the character at the front of GB18030 text (1, 2 or 4); 1 where it is not_soap.
std::size_t gb18030_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x81 || lead == 0xFF || text.size() < 2) return 1;
    const auto second = static_cast<unsigned char>(text[1]);
    if (second >= 0x30 && second <= 0x39) return text.size() < 4 ? 1 : 4;
    return second >= 0x40 && second != 0x7F ? 2 : 1;
}

/// CDATA sections that together hold `document`.
std::string cdata(std::string_view document, Charset charset) {
    std::string out = "<![CDATA[";
    std::size_t brackets = 0;  // how many ']' characters stand right before `at`
    for (std::size_t at = 0; at < document.size();) {
        const std::string_view rest = document.substr(at);
        const std::size_t size = charset == Charset::Gb18030 ? gb18030_length(rest) : 1;
        if (size == 1 && rest[0] == '>' && brackets >= 2) out += "]]><![CDATA[";
        brackets = size == 1 && rest[0] == ']' ? brackets + 1 : 0;
        out += rest.substr(0, size);
        at += size;
    }
    return out += "]]>";
}

/// One pass over the markup, before any memory is spent on it.
class MarkupCheck {
public:
    explicit MarkupCheck(std::string_view text) : text_(text) {}

    Status run() {
        for (std::size_t at = text_.find('<'); at != std::string_view::npos;
             at = text_.find('<', at)) {
            const std::string_view rest = text_.substr(at);
            std::string_view end = ">";
            if (rest.starts_with("<![CDATA[")) {
                end = "]]>";
            } else if (rest.starts_with("<!--")) {
                end = "-->";
            } else if (rest.starts_with("<?")) {
                end = "?>";
            } else if (rest.starts_with("<!")) {
                return not_soap("a document type declaration is not allowed");
            } else {
                LQ_TRY(at, tag(at));
                continue;
            }
            at = text_.find(end, at);
            if (at == std::string_view::npos) return not_soap("a section without its end");
        }
        return {};
    }

private:
    /// @return where the tag at `at` ends
    Result<std::size_t> tag(std::size_t at) {
        const bool closes = text_.substr(at).starts_with("</");
        char quote = '\0';
        std::size_t end = at + 1;
        for (; end < text_.size(); ++end) {
            const char c = text_[end];
            if (quote != '\0') {
                if (c == quote) quote = '\0';
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                break;
            }
        }
        if (end == text_.size()) return not_soap("a tag without its end");
        if (closes) {
            if (depth_ == 0) return not_soap("an end tag too many");
            --depth_;
        } else if (text_[end - 1] != '/') {
            ++depth_;
        }
        if (!closes && ++elements_ > kElementsMax) {
            return fail(Errc::LimitExceeded, "more than {} elements", kElementsMax);
        }
        if (depth_ > kSoapDepthMax) {
            return fail(Errc::LimitExceeded, "deeper than {}", kSoapDepthMax);
        }
        return end;
    }

    std::string_view text_;
    std::size_t depth_ = 0;
    std::size_t elements_ = 0;
};

std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// The namespace of an element, looked up through its ancestors.
std::string namespace_of(const pugi::xml_node& element) {
    const std::string_view name = element.name();
    const std::size_t colon = name.find(':');
    const std::string attribute =
        colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
    for (pugi::xml_node node = element; node; node = node.parent()) {
        if (const auto found = node.attribute(attribute.c_str())) return found.value();
    }
    return {};
}

bool is_soap(const pugi::xml_node& element, std::string_view name) {
    return local_name(element.name()) == name && namespace_of(element) == kSoapNamespace;
}

pugi::xml_node first_element(const pugi::xml_node& parent) {
    return parent.find_child(
        [](const pugi::xml_node& child) { return child.type() == pugi::node_element; });
}

pugi::xml_node next_element(pugi::xml_node element) {
    do {
        element = element.next_sibling();
    } while (element && element.type() != pugi::node_element);
    return element;
}

/// What an element holds: its text and CDATA sections; or, when a peer writes XML into it instead,
/// that XML: its one element, or the whole parameter when there are several.
std::string content_of(const pugi::xml_node& element) {
    if (const pugi::xml_node first = first_element(element)) {
        std::ostringstream out;
        const pugi::xml_node document = next_element(first) ? element : first;
        document.print(out, "", pugi::format_raw | pugi::format_no_declaration);
        return std::move(out).str();
    }
    std::string out;
    for (const pugi::xml_node& child : element.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
            out += child.value();
        }
    }
    return out;
}

Result<Charset> charset_of(std::string_view bytes, std::string_view content_type) {
    std::string label = media_parameter(content_type, "charset");
    if (label.empty()) label = xml_encoding(bytes);
    if (label.empty()) return Charset::Utf8;
    if (const auto charset = find_charset(label)) return *charset;
    return fail(Errc::UnsupportedMedia, "an envelope is in UTF-8 or GB18030");
}

bool must_be_understood(const pugi::xml_node& entry) {
    const auto attributes = entry.attributes();
    return std::any_of(attributes.begin(), attributes.end(), [](const auto& one) {
        return local_name(one.name()) == "mustUnderstand" && std::strcmp(one.value(), "1") == 0;
    });
}

Status check_headers(const pugi::xml_node& envelope) {
    for (pugi::xml_node part = first_element(envelope); part; part = next_element(part)) {
        if (!is_soap(part, "Header")) continue;
        for (pugi::xml_node entry = first_element(part); entry; entry = next_element(entry)) {
            if (!must_be_understood(entry)) continue;
            return not_soap("a header entry that must be understood is not known here");
        }
    }
    return {};
}

/// The one Body of the one Envelope.
Result<pugi::xml_node> find_body(const pugi::xml_document& document) {
    const pugi::xml_node envelope = first_element(document);
    if (!is_soap(envelope, "Envelope")) return not_soap("the root is not a SOAP 1.1 Envelope");
    if (next_element(envelope)) return not_soap("two roots");
    LQ_CHECK(check_headers(envelope));
    pugi::xml_node body;
    for (pugi::xml_node part = first_element(envelope); part; part = next_element(part)) {
        if (!is_soap(part, "Body")) continue;
        if (body) return not_soap("two Body elements");
        body = part;
    }
    if (!body) return not_soap("no Body");
    return body;
}

Result<SoapMessage> read_message(const pugi::xml_node& operation, Charset charset) {
    SoapMessage out;
    out.operation = local_name(operation.name());
    out.ns = namespace_of(operation);
    out.charset = charset;
    const pugi::xml_node parameter = first_element(operation);
    if (!parameter) return not_soap("the operation has no parameter");
    const std::string text = content_of(parameter);
    const Charset own = find_charset(xml_encoding(text)).value_or(charset);
    LQ_TRY(out.document, from_utf8(text, own));
    return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '"') {
            out += "&quot;";
        } else if (octet < 0x20 && c != '\t' && c != '\n' && c != '\r') {
            out += ' ';  // no XML 1.0 document can hold it
        } else {
            out += c;
        }
    }
    return out;
}

std::string wrap_soap(const SoapCall& call, std::string_view document) {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"{0}\"?>"
        "<soapenv:Envelope xmlns:soapenv=\"{1}\" xmlns:web=\"{2}\"><soapenv:Body>"
        "<web:{3}><{4}>{5}</{4}></web:{3}></soapenv:Body></soapenv:Envelope>",
        name_of(call.charset), kSoapNamespace, xml_escaped(call.ns), call.operation, call.parameter,
        cdata(document, call.charset));
}

Result<SoapContent> read_soap(std::string_view bytes, std::string_view content_type) {
    if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
    LQ_TRY(const Charset charset, charset_of(bytes, content_type));
    LQ_TRY(const std::string text, to_utf8(bytes, charset));
    if (text.find('\0') != std::string::npos) return not_soap("a NUL character");
    LQ_CHECK(MarkupCheck(text).run());
    pugi::xml_document document;
    // No end-of-line conversion: the document inside keeps its bytes.
    const auto parsed = document.load_buffer(
        text.data(), text.size(), pugi::parse_cdata | pugi::parse_escapes, pugi::encoding_utf8);
    if (!parsed) return not_soap(parsed.description());
    LQ_TRY(const pugi::xml_node body, find_body(document));
    const pugi::xml_node operation = first_element(body);
    if (!operation) return not_soap("the Body is empty");
    if (next_element(operation)) return not_soap("two elements in the Body");

    SoapContent out;
    if (is_soap(operation, "Fault")) {
        out.fault = SoapFault{std::string(local_name(trimmed(operation.child_value("faultcode")))),
                              operation.child_value("faultstring")};
        return out;
    }
    LQ_TRY(out.message, read_message(operation, charset));
    return out;
}

}  // namespace luqiao::adapters
