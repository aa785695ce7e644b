#include "base/errors.h"

#include <array>
#include <cstddef>

namespace luqiao {
namespace {

using enum Disposition;

constexpr std::array kCatalogue{
    ErrorInfo{Errc::ParseFailed, "E1001", Reject, 400, "the message cannot be read",
              "报文无法解析"},
    ErrorInfo{Errc::CharsetError, "E1002", Reject, 400,
              "a byte is not valid in the declared charset", "存在不符合声明字符集的字节"},
    ErrorInfo{Errc::LimitExceeded, "E1003", Reject, 413, "a size or depth limit is exceeded",
              "超过大小或层数限制"},
    ErrorInfo{Errc::UnknownField, "E1004", Reject, 422, "the format has no such field",
              "格式中没有该字段"},
    ErrorInfo{Errc::UnknownFormat, "E1005", Reject, 404, "there is no such message format",
              "没有该报文格式"},
    ErrorInfo{Errc::UnsupportedMedia, "E1006", Reject, 415,
              "the media type does not fit the format", "媒体类型与报文格式不符"},
    ErrorInfo{Errc::MissingHeader, "E1007", Reject, 400, "a required header is missing",
              "缺少必需的请求头"},
    ErrorInfo{Errc::InvalidArgument, "E2001", Reject, 400, "an argument is not usable",
              "参数不可用"},
    ErrorInfo{Errc::TypeMismatch, "E2002", Reject, 422,
              "a field has another type than the format says", "字段类型与格式不符"},
    ErrorInfo{Errc::MissingRequired, "E2003", Reject, 422, "a required field is missing",
              "缺少必填字段"},
    ErrorInfo{Errc::BadValue, "E2004", Reject, 422, "a field holds a value that does not exist",
              "字段值不合法"},
    ErrorInfo{Errc::NotEncodable, "E2005", Reject, 422,
              "a value cannot be represented in the receiver's format",
              "字段值无法用接收方格式表示"},
    ErrorInfo{Errc::RuleViolated, "E2006", Reject, 422, "a rule between fields is violated",
              "不符合字段间校验规则"},
    ErrorInfo{Errc::NotEligible, "E2007", Reject, 422, "the applicant cannot use this service",
              "不符合本事项服务对象条件"},
    ErrorInfo{Errc::UnmappedCode, "E3001", Reject, 422, "the code is in no row of the code table",
              "代码表中没有该代码"},
    ErrorInfo{Errc::ExpiredCode, "E3002", Reject, 422, "the code was not valid on that date",
              "该代码在业务日期无效"},
    ErrorInfo{Errc::Unauthenticated, "E4001", Reject, 401, "the caller is not identified",
              "未通过身份鉴别"},
    ErrorInfo{Errc::UnknownParty, "E4002", Reject, 401, "no party has this application key",
              "没有使用该应用标识的单位"},
    ErrorInfo{Errc::BadSignature, "E4003", Reject, 401, "the signature does not fit the request",
              "签名与请求不符"},
    ErrorInfo{Errc::StaleClock, "E4004", Reject, 401, "the time stamp is outside the window",
              "时间戳超出允许范围"},
    ErrorInfo{Errc::ReplayedNonce, "E4005", Reject, 401, "the nonce was used before",
              "随机数已被使用"},
    ErrorInfo{Errc::Forbidden, "E4006", Reject, 403, "the party may not do this",
              "该单位无权执行此操作"},
    ErrorInfo{Errc::Timeout, "E5001", Retry, 504, "the peer did not answer in time",
              "对方超时未应答"},
    ErrorInfo{Errc::Unavailable, "E5002", Retry, 503, "the peer cannot be reached", "无法连接对方"},
    ErrorInfo{Errc::Refused, "E5003", DeadLetter, 502, "the peer refused the message",
              "对方拒收报文"},
    ErrorInfo{Errc::OutcomeUnknown, "E5004", Retry, 502, "sent, but the outcome is not known",
              "已发送但结果未知"},
    ErrorInfo{Errc::NotFound, "E5005", Reject, 404, "there is no such thing", "对象不存在"},
    ErrorInfo{Errc::Conflict, "E5006", Reject, 409, "it changed meanwhile or is still in work",
              "状态冲突或仍在处理"},
    ErrorInfo{Errc::KeyReused, "E5007", Reject, 422,
              "the idempotency key was used with other bytes", "幂等键已用于不同内容"},
    ErrorInfo{Errc::Overloaded, "E5008", Retry, 429, "too much work is waiting, try again later",
              "系统繁忙，请稍后重试"},
    ErrorInfo{Errc::StoreBusy, "E6001", Retry, 503, "the store is busy", "存储繁忙"},
    ErrorInfo{Errc::StoreFull, "E6002", Retry, 503, "the disk is below its reserve",
              "磁盘空间低于保留水位"},
    ErrorInfo{Errc::StoreFailed, "E6003", Retry, 503, "the store did not answer", "存储未响应"},
    ErrorInfo{Errc::Corruption, "E6004", Halt, 500, "stored data are damaged", "存储数据损坏"},
    ErrorInfo{Errc::Internal, "E9001", Halt, 500, "a fault of this system", "系统内部错误"},
};

constexpr bool in_order() {
    for (std::size_t index = 0; index < kCatalogue.size(); ++index) {
        if (static_cast<std::size_t>(kCatalogue[index].code) != index) return false;
    }
    return kCatalogue.size() == static_cast<std::size_t>(Errc::Internal) + 1;
}
static_assert(in_order(), "one row per Errc, in its order");

}  // namespace

std::span<const ErrorInfo> error_catalogue() {
    return kCatalogue;
}

const ErrorInfo& info(Errc code) {
    return kCatalogue[static_cast<std::size_t>(code)];
}

}  // namespace luqiao
