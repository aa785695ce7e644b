// adapters/soap.h - SOAP 1.1 envelopes around whole documents.
//
//     <soap:Envelope><soap:Body><OPERATION><PARAMETER><![CDATA[ document ]]></PARAMETER>…
//
// The bytes of a document and of its envelope are in one charset, which may be GB18030: its
// characters can end in the bytes of ASCII letters and of ']', so XML is read after decoding only.
#pragma once

#include "adapters/transcode.h"
#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace luqiao::adapters {

inline constexpr std::string_view kSoapNamespace = "http://schemas.xmlsoap.org/soap/envelope/";

/// How the operation of a service is written.
struct SoapCall {
    std::string operation;  ///< local name of the element in the Body
    std::string ns;         ///< its namespace
    std::string parameter;  ///< element that holds the document
    Charset charset = Charset::Utf8;
};

/// The envelope around `document`, whose bytes are in `call.charset` already. "]]>" inside it is
/// cut between characters, never inside one.
std::string wrap_soap(const SoapCall& call, std::string_view document);

/// `text` for element content or an attribute value of an XML document.
std::string xml_escaped(std::string_view text);

/// What came in an envelope.
struct SoapMessage {
    std::string operation;  ///< local name
    std::string ns;         ///< its namespace, may be empty
    Charset charset = Charset::Utf8;
    /// The text of the operation's first element; when a peer writes elements into it instead, that
    /// XML: the one element, or the whole parameter. In the charset its own XML declaration names,
    /// if it is one of ours; else in that of the envelope.
    std::string document;
};

struct SoapFault {
    std::string code;  ///< local name: "Client", "Server", "VersionMismatch", "MustUnderstand"
    std::string text;  ///< for people; may hold anything, do not log it
    [[nodiscard]] bool is_ours() const { return !code.starts_with("Server"); }
};

/// Either a message or a fault.
struct SoapContent {
    std::optional<SoapMessage> message;
    std::optional<SoapFault> fault;
};

/// Reads an envelope. Its charset is that of the Content-Type, else of its XML declaration, else
/// UTF-8. Limits: 10,000 elements, depth 64; a document type declaration is refused before parsing.
/// @errors ParseFailed CharsetError LimitExceeded UnsupportedMedia
Result<SoapContent> read_soap(std::string_view bytes, std::string_view content_type);

}  // namespace luqiao::adapters
