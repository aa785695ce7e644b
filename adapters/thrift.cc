#include "adapters/thrift.h"

#include "adapters/thrift_wire.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::adapters {
namespace {

constexpr std::string_view kMethod = "submit";
constexpr std::size_t kThriftHeaderMax = 1024;

/// Types of TApplicationException that are about what happened inside the peer, so that it cannot
/// be told whether the message was taken: UNKNOWN, MISSING_RESULT, INTERNAL_ERROR.
constexpr std::int32_t kFailedInside[] = {0, 5, 6};

Result<ThriftHeader> read_header(std::string_view bytes) {
    LQ_TRY(const auto fields, read_struct(bytes));
    ThriftHeader header;
    std::string* const parts[] = {&header.message_id, &header.format, &header.app_key,
                                  &header.timestamp,  &header.nonce,  &header.sign};
    std::int16_t id = 0;
    for (std::string* part : parts) {
        ++id;
        const WireField* field = find_field(fields, id, ThriftType::String);
        if (field == nullptr) continue;
        if (field->value.size() > kThriftHeaderMax) {
            return fail(Errc::LimitExceeded, "header field {} is longer than {}", id,
                        kThriftHeaderMax);
        }
        *part = field->value;
    }
    return header;
}

/// What a TApplicationException says: its type decides.
Error read_exception(std::string_view content) {
    const auto fields = read_struct(content);
    if (!fields) return fail(Errc::OutcomeUnknown, "the peer's exception cannot be read");
    const WireField* text = find_field(*fields, 1, ThriftType::String);
    const WireField* type = find_field(*fields, 2, ThriftType::I32);
    const std::int32_t number = type == nullptr ? 0 : to_i32(type->value);
    const bool inside = std::find(std::begin(kFailedInside), std::end(kFailedInside), number) !=
                        std::end(kFailedInside);
    const std::string_view said = text == nullptr ? std::string_view{} : text->value;
    return fail(inside ? Errc::OutcomeUnknown : Errc::Refused,
                "the peer raised application exception {}: {}", number,
                is_utf8(said) ? prefix_code_points(said, 200) : "(not UTF-8)");
}

}  // namespace

Result<std::string> encode_call(const ThriftHeader& header,
                                std::string_view body,
                                std::int32_t sequence) {
    LQ_TRY([[maybe_unused]] const auto checked, read_struct(body));
    WireWriter head;
    head.text(1, header.message_id).text(2, header.format);
    if (!header.app_key.empty()) {
        head.text(3, header.app_key)
            .text(4, header.timestamp)
            .text(5, header.nonce)
            .text(6, header.sign);
    }
    head.stop();
    return WireWriter{}
        .message(WireMessageType::Call, kMethod, sequence)
        .structure(1, head.take())
        .structure(2, body)
        .stop()
        .take();
}

Result<ThriftCall> decode_call(std::string_view frame) {
    LQ_TRY(const WireMessage message, read_message(frame));
    if (message.type != WireMessageType::Call) {
        return fail(Errc::ParseFailed, "expected a call that waits for its answer");
    }
    if (message.name != kMethod) {
        return fail(Errc::NotFound, "there is no such method; expected submit");
    }
    LQ_TRY(const auto arguments, read_struct(message.content));
    const WireField* header = find_field(arguments, 1, ThriftType::Struct);
    const WireField* body = find_field(arguments, 2, ThriftType::Struct);
    if (header == nullptr || body == nullptr) {
        return fail(Errc::ParseFailed, "submit needs 1: Header and 2: a struct");
    }
    ThriftCall call;
    LQ_TRY(call.header, read_header(header->value));
    call.body = std::string(body->value);
    return call;
}

Result<broker::Reply> decode_reply(std::string_view frame,
                                   std::int32_t sequence,
                                   const std::vector<std::int16_t>& busy_exceptions) {
    const auto message = read_message(frame);
    if (!message || message->sequence != sequence || message->name != kMethod) {
        return fail(Errc::OutcomeUnknown, "the peer's answer does not belong to the call");
    }
    if (message->type == WireMessageType::Exception) return read_exception(message->content);
    const auto fields = read_struct(message->content);
    if (!fields || message->type != WireMessageType::Reply) {
        return fail(Errc::OutcomeUnknown, "the peer's answer cannot be read");
    }
    if (fields->empty()) return broker::Reply{};  // a method without a result
    const WireField& result = fields->front();
    if (result.id == 0) {
        if (result.type == ThriftType::Struct) return broker::Reply{std::string(result.value)};
        return fail(Errc::OutcomeUnknown, "the peer's result is not a struct");
    }
    const bool busy = std::find(busy_exceptions.begin(), busy_exceptions.end(), result.id) !=
                      busy_exceptions.end();
    return fail(busy ? Errc::Unavailable : Errc::Refused, "the peer raised declared exception {}",
                result.id);
}

const AdapterKind& thrift_adapter() {
    static const AdapterKind kind{.outlet_spec = thrift_outlet_spec(),
                                  .inlet_spec = thrift_inlet_spec(),
                                  .make_outlet = make_thrift_outlet,
                                  .make_inlet = make_thrift_inlet,
                                  .name = "thrift"};
    return kind;
}

}  // namespace luqiao::adapters
