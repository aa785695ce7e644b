// The adapter "soap": each document in a SOAP 1.1 call. Calls to us come in by the HTTP inlet.
#include "adapters/push.h"
#include "adapters/registry.h"
#include "adapters/soap.h"

#include <algorithm>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kMethodNameMax = 64;
constexpr std::size_t kCodeShownMax = 32;

bool is_xml_name(std::string_view text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !text.empty() && text.size() <= kMethodNameMax && is_letter(text[0]) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

/// The fault's own text stays out: it may name a person.
Error judge_fault(const SoapFault& fault) {
    const std::string_view code =
        is_visible_ascii(fault.code, kCodeShownMax) ? std::string_view(fault.code) : "?";
    return fail(fault.is_ours() ? Errc::Refused : Errc::Unavailable, "SOAP fault {}", code);
}

Result<broker::Reply> judge_soap(HttpResponse response) {
    const bool is_success = response.status >= 200 && response.status < 300;
    if (!is_success && response.status != 500) return judge_status(std::move(response));
    auto content = read_soap(response.body, response.content_type);
    if (content && content->fault) return judge_fault(*content->fault);
    if (!is_success) return judge_status(std::move(response));
    if (!content) {
        return fail(Errc::OutcomeUnknown, "sent, but the answer is unreadable: {}",
                    content.error().message);
    }
    return broker::Reply{std::move(content->message->document)};
}

Spec soap_outlet_spec() {
    using enum SettingKind;
    std::vector<SettingField> fields = push_fields();
    fields.insert(fields.begin(),
                  {{"adapter", Text, "soap"},
                   {"operation", Text, "element in the Body"},
                   {"namespace", Text, "namespace of the operation"},
                   {"parameter", Text, "element that holds the document", "xml"},
                   {"action", Text, "SOAPAction", ""},
                   {"charset", Text, "UTF-8 or GB18030, as the documents are", "UTF-8"}});
    return {.name = "push.soap",
            .summary = "Sends each document as CDATA in a SOAP 1.1 call.",
            .fields = std::move(fields),
            .example = R"(adapter = "soap"
url = "http://127.0.0.1:18102/services/Residence"
operation = "submit"
namespace = "http://service.example.gov.cn/"
charset = "GB18030"
)"};
}

Result<std::unique_ptr<broker::Outlet>> make_soap_outlet(const Making& making) {
    const Section& section = making.section;
    LQ_TRY(PushOptions options, push_options(section));
    const auto charset = find_charset(section.text("charset"));
    if (!charset) return fail(Errc::InvalidArgument, "charset is UTF-8 or GB18030");
    const SoapCall call{section.text("operation"), section.text("namespace"),
                        section.text("parameter"), *charset};
    if (!is_xml_name(call.operation) || !is_xml_name(call.parameter)) {
        return fail(Errc::InvalidArgument, "operation and parameter are XML names");
    }
    const std::string action = section.text("action");
    if (!action.empty() && (!is_visible_ascii(action, 256) || action.find('"') < action.size())) {
        return fail(Errc::InvalidArgument, "action is visible ASCII without quotes");
    }
    options.content_type = fmt::format("text/xml; charset={}", name_of(*charset));
    options.headers.add("SOAPAction", "\"" + action + "\"");
    return std::unique_ptr<broker::Outlet>(std::make_unique<PushOutlet>(
        std::move(options), making.signer,
        [call](const broker::Outgoing& message) { return wrap_soap(call, message.body); },
        judge_soap));
}

}  // namespace

const AdapterKind& soap_adapter() {
    static const AdapterKind kind{
        .outlet_spec = soap_outlet_spec(),
        .inlet_spec = {.name = "receive.soap",
                       .summary = "SOAP calls come in by http.",
                       .fields = {},
                       .example = ""},
        .make_outlet = make_soap_outlet,
        .make_inlet = nullptr,
        .name = "soap",
        .can_be_asked = [](const Section& section) { return !section.text("query_url").empty(); }};
    return kind;
}

}  // namespace luqiao::adapters
