#include "authoring/xlsx_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace luqiao::authoring {
namespace {

using Event = mapping::XmlCursor::Event;
constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kStringsMax = 200'000;
constexpr std::size_t kStylesMax = 65'536;

std::size_t number(std::string_view digits, std::size_t otherwise) {
    std::size_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    const bool whole =
        !digits.empty() && error == std::errc{} && end == digits.data() + digits.size();
    return whole ? out : otherwise;
}

std::optional<char32_t> escape_at(std::string_view text) {
    if (text.size() < 7 || !text.starts_with("_x") || text[6] != '_') return std::nullopt;
    unsigned code = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
    if (error != std::errc{} || end != text.data() + 6) return std::nullopt;
    if (code == 0 || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
    return static_cast<char32_t>(code);
}

void append_utf8(char32_t code, std::string& out) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0u | (code >> 6u));
        put(0x80u | (code & 0x3Fu));
    } else {
        put(0xE0u | (code >> 12u));
        put(0x80u | ((code >> 6u) & 0x3Fu));
        put(0x80u | (code & 0x3Fu));
    }
}

/// Number formats that every program knows by number (ECMA-376 part 1, 18.8.30).
XlsxStyles::Style built_in(std::size_t id) {
    const auto within = [id](std::size_t low, std::size_t high) { return id >= low && id <= high; };
    return {within(14, 22) || within(27, 36) || within(45, 47) || within(50, 58),
            id == 11 || id == 48};
}

/// A format code without quoted text, `[colours]` and escaped characters.
std::string bare_code(std::string_view code) {
    std::string out;
    for (std::size_t at = 0; at < code.size(); ++at) {
        if (code[at] == '"' || code[at] == '[') {
            at = std::min(code.find(code[at] == '"' ? '"' : ']', at + 1), code.size());
        } else if (code[at] == '\\' || code[at] == '_' || code[at] == '*') {
            ++at;
        } else {
            out += static_cast<char>(code[at] | (code[at] >= 'A' && code[at] <= 'Z' ? 0x20 : 0));
        }
    }
    return out;
}

XlsxStyles::Style custom(std::string_view code) {
    const std::string bare = bare_code(code);
    if (bare == "general" || bare == "@") return {};
    return {bare.find_first_of("ymdhs") != std::string::npos,
            bare.find("e+") != std::string::npos || bare.find("e-") != std::string::npos};
}

}  // namespace

XlsxXml::XlsxXml(std::string_view content) {
    if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
    is_text_ok_ = is_utf8(content);
    has_dtd_ = content.substr(0, 4096).find("<!DOCTYPE") != std::string_view::npos;
    cursor_.open(content, arena_, kDepthMax);
}

bool XlsxXml::next() {
    if (!is_text_ok_ || has_dtd_) return false;
    if (event_ == Event::End) open_.pop_back();
    event_ = cursor_.next();
    if (event_ == Event::Start) open_.push_back(cursor_.name());
    name_ = open_.empty() ? std::string_view{} : open_.back();
    return event_ == Event::Start || event_ == Event::Text || event_ == Event::End;
}

bool XlsxXml::inside(std::string_view name) const {
    return std::find(open_.begin(), open_.end(), name) != open_.end();
}

std::string_view XlsxXml::attribute(std::string_view name, bool prefixed) const {
    for (const auto& one : cursor_.attributes()) {
        if (one.name == name && one.prefix.empty() != prefixed) return one.value;
    }
    return {};
}

bool XlsxXml::flag(std::string_view name) const {
    const std::string_view value = attribute(name);
    return value == "1" || value == "true";
}

bool XlsxXml::finish(std::string_view part, SheetReport& report) const {
    if (has_dtd_) {
        report.file(sheet_code::kUnsafe,
                    {fmt::format("{}含有DTD", part), fmt::format("{} has a document type", part)});
        return false;
    }
    if (is_text_ok_ && event_ == Event::Eof) return true;
    const bool is_limit = is_text_ok_ && cursor_.error().code == Errc::LimitExceeded;
    const std::string why = is_text_ok_ ? cursor_.error().message : "not in UTF-8";
    report.file(is_limit ? sheet_code::kLimit : sheet_code::kUnreadable,
                {fmt::format("部件{}无法读取", part), fmt::format("{}: {}", part, why)});
    return false;
}

std::string without_escapes(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (const auto code = escape_at(text.substr(at))) {
            append_utf8(*code, out);
            at += 6;
        } else {
            out += text[at];
        }
    }
    return out;
}

void append_string(const XlsxXml& xml, std::string& out) {
    if (xml.is_text() && xml.name() == "t" && !xml.inside("rPh")) out += xml.text();
}

XlsxStyles::Style XlsxStyles::of(std::string_view index) const {
    const std::size_t at = number(index, 0);
    return at < cells.size() ? cells[at] : Style{};
}

std::optional<XlsxStyles> read_styles(std::string_view content, SheetReport& report) {
    std::map<std::size_t, XlsxStyles::Style> own;
    XlsxStyles out;
    XlsxXml xml(content);
    while (xml.next()) {
        if (!xml.is_start()) continue;
        if (xml.name() == "numFmt" && own.size() < kStylesMax) {
            own[number(xml.attribute("numFmtId"), 0)] = custom(xml.attribute("formatCode"));
        } else if (xml.name() == "xf" && xml.inside("cellXfs") && out.cells.size() < kStylesMax) {
            const std::size_t id = number(xml.attribute("numFmtId"), 0);
            const auto found = own.find(id);
            out.cells.push_back(found == own.end() ? built_in(id) : found->second);
        }
    }
    if (!xml.finish("styles.xml", report)) return std::nullopt;
    return out;
}

std::optional<std::vector<std::string>> read_strings(std::string_view content,
                                                     SheetReport& report) {
    std::vector<std::string> out;
    XlsxXml xml(content);
    while (xml.next()) {
        if (xml.is_start() && xml.name() == "si") {
            if (out.size() == kStringsMax) {
                report.file(sheet_code::kLimit, {"共享字符串过多", "too many shared strings"});
                return std::nullopt;
            }
            out.emplace_back();
        } else if (!out.empty()) {
            append_string(xml, out.back());
        }
    }
    if (!xml.finish("sharedStrings.xml", report)) return std::nullopt;
    for (std::string& one : out) one = without_escapes(one);
    return out;
}

}  // namespace luqiao::authoring
