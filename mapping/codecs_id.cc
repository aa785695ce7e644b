#include "mapping/check_digits.h"
#include "mapping/codec_families.h"

#include <cstring>

namespace luqiao::mapping {
namespace {

/// A codec that passes what `holds` accepts: the wire form is the canonical one.
template <bool (*Holds)(std::string_view)>
CodecResult decode_if(std::string_view text,
                      const CodecArguments& /*arguments*/,
                      CodecContext& /*context*/) {
    return Holds(text) ? CodecResult::value(text) : CodecResult::bad();
}

template <bool (*Holds)(std::string_view)>
CodecResult encode_if(std::string_view text,
                      const CodecArguments& /*arguments*/,
                      CodecContext& /*context*/) {
    return Holds(text) ? CodecResult::value(text) : CodecResult::bad(Errc::NotEncodable);
}

// --- telephone numbers -------------------------------------------------------------------------

constexpr std::string_view kChinaCode = "+86";

bool is_mobile(std::string_view national) {
    return national.size() == 11 && national[0] == '1' && national[1] >= '3';
}

bool is_toll_free(std::string_view national) {
    return national.size() == 10 && (national.starts_with("400") || national.starts_with("800"));
}

/// The E.164 number that digits dialled in China mean; nothing when the area is not known.
std::optional<std::string_view> from_national(std::string_view digits, Arena& arena) {
    const auto with = [&arena](std::string_view head, std::string_view tail) {
        char* const out = arena.take(head.size() + tail.size());
        std::memcpy(out, head.data(), head.size());
        std::memcpy(out + head.size(), tail.data(), tail.size());
        return std::string_view(out, head.size() + tail.size());
    };
    if (digits.starts_with("00")) return with("+", digits.substr(2));
    if (digits.starts_with("0")) return with(kChinaCode, digits.substr(1));
    if (is_mobile(digits) || is_toll_free(digits)) return with(kChinaCode, digits);
    if (digits.starts_with("86") && is_mobile(digits.substr(2))) return with("+", digits);
    return std::nullopt;
}

CodecResult phone_decode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    if (text.size() > 40) return CodecResult::bad();
    char* const begin = context.arena.take(text.size());
    char* out = begin;
    for (const char c : text) {
        if (is_digit(c) || (c == '+' && out == begin)) {
            *out++ = c;
        } else if (c != ' ' && c != '-' && c != '(' && c != ')') {
            return CodecResult::bad();
        }
    }
    std::string_view number(begin, static_cast<std::size_t>(out - begin));
    if (!number.starts_with('+')) {
        const std::optional<std::string_view> whole = from_national(number, context.arena);
        if (!whole) return CodecResult::bad();
        number = *whole;
    }
    return is_e164(number) ? CodecResult::value(number) : CodecResult::bad();
}

/// Numbers of China as they are dialled there, others in E.164.
CodecResult phone_encode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    if (!is_e164(text)) return CodecResult::bad(Errc::NotEncodable);
    if (!text.starts_with(kChinaCode)) return CodecResult::value(text);
    const std::string_view national = text.substr(kChinaCode.size());
    if (is_mobile(national) || is_toll_free(national)) return CodecResult::value(national);
    char* const out = context.arena.take(national.size() + 1);
    out[0] = '0';
    std::memcpy(out + 1, national.data(), national.size());
    return CodecResult::value({out, national.size() + 1});
}

Text check_country(const CodecArguments& arguments) {
    if (argument(arguments, 0) == "CN") return {};
    return {"目前只支持 CN", "only CN is known"};
}

CodecResult email_decode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    return canonical_email(luqiao::trimmed(text), context.arena);
}

CodecResult email_encode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    const CodecResult result = canonical_email(text, context.arena);
    return result.state == SlotState::Value ? result : CodecResult::bad(Errc::NotEncodable);
}

bool is_postcode(std::string_view text) {
    return text.size() == 6 && is_digits(text);
}

// --- citizens' numbers -------------------------------------------------------------------------

CodecResult cnid15_decode(std::string_view text,
                          const CodecArguments& /*arguments*/,
                          CodecContext& context) {
    if (text.size() != 15 || !is_digits(text)) return CodecResult::bad();
    char* const out = context.arena.take(18);
    std::memcpy(out, text.data(), 6);
    std::memcpy(out + 6, "19", 2);
    std::memcpy(out + 8, text.data() + 6, 9);
    out[17] = mod_11_2_digit({out, 17});
    return is_cn_id({out, 18}) ? CodecResult::value({out, 18}) : CodecResult::bad();
}

/// The same in both directions: a number goes in, a part comes out.
CodecResult cnid_part(std::string_view text, std::string_view part, Arena& arena) {
    if (part == "region") return CodecResult::value(text.substr(0, 6));
    if (part == "sex") return CodecResult::value((text[16] - '0') % 2 == 1 ? "1" : "2");
    char* const out = arena.take(10);
    std::memcpy(out, text.data() + 6, 4);
    out[4] = '-';
    std::memcpy(out + 5, text.data() + 10, 2);
    out[7] = '-';
    std::memcpy(out + 8, text.data() + 12, 2);
    return CodecResult::value({out, 10});
}

CodecResult from_cnid_decode(std::string_view text,
                             const CodecArguments& arguments,
                             CodecContext& context) {
    return is_cn_id(text) ? cnid_part(text, argument(arguments, 0), context.arena)
                          : CodecResult::bad();
}

CodecResult from_cnid_encode(std::string_view text,
                             const CodecArguments& arguments,
                             CodecContext& context) {
    return is_cn_id(text) ? cnid_part(text, argument(arguments, 0), context.arena)
                          : CodecResult::bad(Errc::NotEncodable);
}

Text check_cnid_part(const CodecArguments& arguments) {
    const std::string_view part = argument(arguments, 0);
    if (part == "birth_date" || part == "sex" || part == "region") return {};
    return {"参数为 birth_date、sex 或 region", "the argument is birth_date, sex or region"};
}

// --- the codecs ----------------------------------------

Codec phone_codec() {
    return {
        .name = "phone",
        .summary = {"电话号码：在中国境内的拨号写法对应 E.164",
                    "a telephone number as dialled in China, for E.164"},
        .arguments = {{"country", ArgumentKind::Word}},
        .grade = Grade::Canonical,
        .fails = Fails::Both,
        .gives = TypeKind::Phone,
        .examples = {{"phone(CN)", "13900000000", "+8613900000000"},
                     {"phone(CN)", "(0532) 8888-0000", "+8653288880000", "053288880000"},
                     {"phone(CN)", "0049 30 1234567", "+49301234567", "+49301234567"},
                     {"phone(CN)", "8613900000000", "+8613900000000", "13900000000"},
                     {"phone(CN)", "4008000000", "+864008000000"},
                     {"phone(CN)", "88880000", "!E2004"},
                     {"phone(CN)", "1390000000", "!E2004"},
                     {"phone(CN)", "!E2005", "13900000000"}},
        .decode = phone_decode,
        .encode = phone_encode,
        .expected =
            [](const CodecArguments& /*a*/) {
                return std::string("a telephone number with its area or country");
            },
        .check = check_country,
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& /*a*/) -> std::optional<Shape> {
            return Shape{16, Repertoire::Ascii};
        }};
}

Codec email_codec() {
    return {
        .name = "email",
        .summary = {"电子邮箱；域名转为小写", "an e-mail address; the domain becomes lower case"},
        .grade = Grade::Canonical,
        .fails = Fails::Both,
        .gives = TypeKind::Email,
        .examples = {{"email", " Erika.M@Example.ORG ", "Erika.M@example.org",
                      "Erika.M@example.org"},
                     {"email", "a@b.cn", "a@b.cn"},
                     {"email", "a@b", "!E2004"},
                     {"email", "a b@c.cn", "!E2004"},
                     {"email", "!E2005", "a@b"}},
        .decode = email_decode,
        .encode = email_encode,
        .expected = [](const CodecArguments& /*a*/) { return std::string("local@domain"); },
        .wire_shape = same_shape};
}

Codec uscc_codec() {
    return {.name = "uscc",
            .summary = {"统一社会信用代码（GB 32100 校验）",
                        "unified social credit code (GB 32100 check)"},
            .fails = Fails::Both,
            .gives = TypeKind::Uscc,
            .examples = {{"uscc", "91350100M000100Y43", "91350100M000100Y43"},
                         {"uscc", "91330000755918469E", "91330000755918469E"},
                         {"uscc", "91350100M000100Y44", "!E2004"},
                         {"uscc", "!E2005", "91350100M000100Y44"}},
            .decode = decode_if<is_uscc>,
            .encode = encode_if<is_uscc>,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("18 signs with the GB 32100 check digit");
                },
            .wire_shape = same_shape};
}

Codec cnid_codec() {
    return {.name = "cnid",
            .summary = {"公民身份号码（GB 11643 校验）", "citizen's number (GB 11643 check)"},
            .fails = Fails::Both,
            .gives = TypeKind::CnId,
            .examples = {{"cnid", "11010519491231002X", "11010519491231002X"},
                         {"cnid", "110105194912310021", "!E2004"},
                         {"cnid", "11010519491231002x", "!E2004"},
                         {"cnid", "!E2005", "110105194912310021"}},
            .decode = decode_if<is_cn_id>,
            .encode = encode_if<is_cn_id>,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("18 signs with the GB 11643 check digit");
                },
            .wire_shape = same_shape};
}

Codec cnid15_codec() {
    return {
        .name = "cnid15",
        .summary = {"旧 15 位身份证号码，读为 18 位（只读；出生年份按 19yy）",
                    "an old citizen's number of 15 digits, read as 18 (read only; born in 19yy)"},
        .grade = Grade::OneWay,
        .fails = Fails::Reading,
        .gives = TypeKind::CnId,
        .examples = {{"cnid15", "110105491231002", "11010519491231002X"},
                     {"cnid15", "440524800101001", "440524198001010013"},
                     {"cnid15", "110105490230002", "!E2004"},
                     {"cnid15", "11010519491231002X", "!E2004"}},
        .decode = cnid15_decode,
        .expected = [](const CodecArguments& /*a*/) {
            return std::string("15 digits with a region and a birth date");
        }};
}

Codec from_cnid_codec() {
    return {
        .name = "from_cnid",
        .summary =
            {"公民身份号码中的 birth_date 出生日期、sex 性别（GB/T 2261.1：1 男 2 女）或 region "
             "区划（单向）",
             "the birth_date, sex (GB/T 2261.1: 1 male, 2 female) or region in a citizen's "
             "number (one-way)"},
        .arguments = {{"part", ArgumentKind::Word}},
        .grade = Grade::OneWay,
        .fails = Fails::Both,
        .examples = {{"from_cnid(birth_date)", "11010519491231002X", "1949-12-31", "!E2005"},
                     {"from_cnid(sex)", "11010519491231002X", "2", "!E2005"},
                     {"from_cnid(region)", "11010519491231002X", "110105", "!E2005"},
                     {"from_cnid(birth_date)", "110105491231002", "!E2004"}},
        .decode = from_cnid_decode,
        .encode = from_cnid_encode,
        .expected =
            [](const CodecArguments& /*a*/) {
                return std::string("18 signs with the GB 11643 check digit");
            },
        .check = check_cnid_part,
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& /*a*/) -> std::optional<Shape> {
            return Shape{10, Repertoire::Ascii};
        }};
}

Codec url_codec() {
    return {.name = "url",
            .summary = {"http 或 https 网址（RFC 3986，不含用户名）",
                        "an address of http or https (RFC 3986, without a user)"},
            .fails = Fails::Both,
            .gives = TypeKind::Url,
            .examples = {{"url", "https://sti.example/a?b=1", "https://sti.example/a?b=1"},
                         {"url", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/"},
                         {"url", "ftp://sti.example/a", "!E2004"},
                         {"url", "https://sti.example/a b", "!E2004"},
                         {"url", "!E2005", "sti.example"}},
            .decode = decode_if<is_url>,
            .encode = encode_if<is_url>,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("http:// or https:// and a host");
                },
            .wire_shape = same_shape};
}

Codec postcode_codec() {
    return {.name = "postcode",
            .summary = {"6 位邮政编码", "a Chinese postcode of six digits"},
            .fails = Fails::Both,
            .gives = TypeKind::Postcode,
            .examples = {{"postcode", "266071", "266071"},
                         {"postcode", "000000", "000000"},
                         {"postcode", "26607", "!E2004"},
                         {"postcode", "!E2005", "266-071"}},
            .decode = decode_if<is_postcode>,
            .encode = encode_if<is_postcode>,
            .expected = [](const CodecArguments& /*a*/) { return std::string("six digits"); },
            .wire_shape = same_shape};
}

Codec passport_codec() {
    return {.name = "passport",
            .summary = {"护照号码：大写字母和数字，最多 20 位",
                        "passport number: A-Z and 0-9, at most 20"},
            .fails = Fails::Both,
            .gives = TypeKind::Passport,
            .examples = {{"passport", "C01X00T47", "C01X00T47"},
                         {"passport", "E12345678", "E12345678"},
                         {"passport", "c01x00t47", "!E2004"},
                         {"passport", "G01234-56", "!E2004"},
                         {"passport", "!E2005", "c01"}},
            .decode = decode_if<is_passport>,
            .encode = encode_if<is_passport>,
            .expected =
                [](const CodecArguments& /*a*/) { return std::string("1 to 20 of A-Z and 0-9"); },
            .wire_shape = same_shape};
}

Codec frid_codec() {
    return {.name = "frid",
            .summary = {"外国人永久居留身份证号码（旧 15 位、新 18 位）",
                        "permanent residence card: 15 signs until 2023-11, 18 since"},
            .fails = Fails::Both,
            .gives = TypeKind::Frid,
            .examples = {{"frid", "CAN110081080310", "CAN110081080310"},
                         {"frid", "911124198108030024", "911124198108030024"},
                         {"frid", "CAN110081080311", "!E2004"},
                         {"frid", "911124198108030025", "!E2004"},
                         {"frid", "!E2005", "911124198108030025"}},
            .decode = decode_if<is_frid>,
            .encode = encode_if<is_frid>,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string(
                        "three letters and 12 digits, or 18 digits from 9, with the check digit");
                },
            .wire_shape = same_shape};
}

Codec mrz_codec() {
    return {.name = "mrz",
            .summary = {"护照机读区的一行（ICAO 9303 校验）",
                        "one line of a passport's machine readable zone"},
            .fails = Fails::Both,
            .gives = TypeKind::Mrz,
            .examples = {{"mrz", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                          "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"},
                         {"mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
                          "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
                         {"mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<11", "!E2004"},
                         {"mrz", "!E2005", "P<UTO"}},
            .decode = decode_if<is_mrz_line>,
            .encode = encode_if<is_mrz_line>,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("44 signs with the ICAO 9303 check digits");
                },
            .wire_shape = same_shape};
}

}  // namespace

std::span<const Codec> id_codecs() {
    static const Codec list[] = {phone_codec(),    email_codec(), url_codec(),    postcode_codec(),
                                 uscc_codec(),     cnid_codec(),  cnid15_codec(), from_cnid_codec(),
                                 passport_codec(), frid_codec(),  mrz_codec()};
    return list;
}

}  // namespace luqiao::mapping
