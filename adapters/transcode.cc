#include "adapters/transcode.h"

#include "adapters/http.h"
#include "base/text.h"

#include <array>
#include <climits>
#include <memory>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <utility>

namespace luqiao::adapters {
namespace {

struct CloseConverter {
    void operator()(UConverter* converter) const noexcept { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

/// One per thread: opening costs more than converting a message.
UConverter* gb18030() {
    thread_local const Converter converter = [] {
        UErrorCode status = U_ZERO_ERROR;
        Converter made(ucnv_open("gb18030", &status));
        if (made) {
            ucnv_setToUCallBack(made.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                                &status);
            ucnv_setFromUCallBack(made.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                                  &status);
        }
        if (U_FAILURE(status)) made.reset();
        return made;
    }();
    return converter.get();
}

Error no_character(std::size_t at, Charset charset) {
    return fail(Errc::CharsetError, "not a character of {}", name_of(charset))
        .at(fmt::format("byte {}", at));
}

Status check_usable(std::size_t size) {
    if (size > INT_MAX / 8) return fail(Errc::LimitExceeded, "a text of {} bytes", size);
    if (gb18030() == nullptr) return fail(Errc::Internal, "the charset GB18030 is not installed");
    return {};
}

Result<std::string> gb18030_to_utf8(std::string_view bytes) {
    LQ_CHECK(check_usable(bytes.size()));
    std::u16string wide(bytes.size() + 1, u'\0');
    UErrorCode status = U_ZERO_ERROR;
    UConverter* converter = gb18030();
    ucnv_resetToUnicode(converter);
    const char* source = bytes.data();
    UChar* target = wide.data();
    ucnv_toUnicode(converter, &target, wide.data() + wide.size(), &source,
                   bytes.data() + bytes.size(), nullptr, 1, &status);
    if (U_FAILURE(status)) {
        return no_character(static_cast<std::size_t>(source - bytes.data()), Charset::Gb18030);
    }
    wide.resize(static_cast<std::size_t>(target - wide.data()));

    std::string out(wide.size() * 3, '\0');
    std::int32_t size = 0;
    status = U_ZERO_ERROR;
    u_strToUTF8(out.data(), static_cast<std::int32_t>(out.size()), &size, wide.data(),
                static_cast<std::int32_t>(wide.size()), &status);
    if (U_FAILURE(status)) return no_character(0, Charset::Gb18030);
    out.resize(static_cast<std::size_t>(size));
    return out;
}

Result<std::string> utf8_to_gb18030(std::string_view text) {
    LQ_CHECK(check_usable(text.size()));
    std::u16string wide(text.size() + 1, u'\0');
    std::int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(wide.data(), static_cast<std::int32_t>(wide.size()), &size, text.data(),
                  static_cast<std::int32_t>(text.size()), &status);
    if (U_FAILURE(status)) return no_character(0, Charset::Utf8);

    std::string out(static_cast<std::size_t>(size) * 4 + 1, '\0');
    status = U_ZERO_ERROR;
    ucnv_resetFromUnicode(gb18030());
    const std::int32_t written = ucnv_fromUChars(
        gb18030(), out.data(), static_cast<std::int32_t>(out.size()), wide.data(), size, &status);
    if (U_FAILURE(status)) return no_character(0, Charset::Gb18030);
    out.resize(static_cast<std::size_t>(written));
    return out;
}

}  // namespace

std::string_view name_of(Charset charset) {
    return charset == Charset::Utf8 ? "UTF-8" : "GB18030";
}

std::optional<Charset> find_charset(std::string_view label) {
    static constexpr std::array<std::pair<std::string_view, Charset>, 6> kLabels{{
        {"utf-8", Charset::Utf8},
        {"utf8", Charset::Utf8},
        {"us-ascii", Charset::Utf8},
        {"gb18030", Charset::Gb18030},
        {"gbk", Charset::Gb18030},
        {"gb2312", Charset::Gb18030},
    }};
    for (const auto& [name, charset] : kLabels) {
        if (same_header(name, label)) return charset;
    }
    return std::nullopt;
}

std::string_view xml_encoding(std::string_view bytes) {
    if (!bytes.starts_with("<?xml")) return {};
    const std::string_view declaration = bytes.substr(0, bytes.substr(0, 256).find("?>"));
    const std::size_t name = declaration.find("encoding");
    if (name == std::string_view::npos) return {};
    const std::size_t open = declaration.find_first_of("\"'", name);
    if (open == std::string_view::npos) return {};
    const std::size_t close = declaration.find(declaration[open], open + 1);
    if (close == std::string_view::npos) return {};
    return declaration.substr(open + 1, close - open - 1);
}

Result<std::string> to_utf8(std::string_view bytes, Charset charset) {
    if (charset == Charset::Gb18030) return gb18030_to_utf8(bytes);
    if (!is_utf8(bytes)) return no_character(0, charset);
    return std::string(bytes);
}

Result<std::string> from_utf8(std::string_view text, Charset charset) {
    if (!is_utf8(text)) return no_character(0, Charset::Utf8);
    if (charset == Charset::Gb18030) return utf8_to_gb18030(text);
    return std::string(text);
}

}  // namespace luqiao::adapters
