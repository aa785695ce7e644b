#include "mapping/codec_families.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

Text check_split(const CodecArguments& arguments) {
    if (argument(arguments, 0).empty()) {
        return {"分隔符不能为空", "the separator is not empty"};
    }
    return check_number(arguments, 1, 2, 8);
}

CodecResult split_cut(std::string_view text,
                      std::span<std::string_view> parts,
                      const CodecArguments& arguments,
                      CodecContext& /*context*/) {
    return split_text(text, argument(arguments, 0), parts) ? CodecResult::value(text)
                                                           : CodecResult::bad();
}

CodecResult split_join(std::span<const std::string_view> parts,
                       const CodecArguments& arguments,
                       CodecContext& context) {
    return join_text(parts, argument(arguments, 0), context.arena);
}

/// Alone, the codec only says whether a text could be cut.
CodecResult split_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& /*context*/) {
    std::string_view parts[8];
    const std::size_t count = std::min<std::size_t>(size_argument(arguments, 1), 8);
    return split_text(text, argument(arguments, 0), std::span(parts).first(count))
               ? CodecResult::value(text)
               : CodecResult::bad();
}

// --- the codecs ----------------------------------------

Codec split_codec() {
    return {
        .name = "split",
        .summary = {"一个报文字段对应多个字段，以分隔符相连（只用于元组行，居链尾）",
                    "one wire field for several fields, joined by a separator (tuple rows; last)"},
        .arguments = {{"separator", ArgumentKind::Text}, {"count", ArgumentKind::Number}},
        .examples = {{"split(\"/\", 2)", "14/C01X00T47", "14/C01X00T47"},
                     {"split(\"/\", 2)", "14/A/B", "14/A/B"},
                     {"split(\"/\", 2)", "14", "!E2004"}},
        .decode = split_decode,
        .encode = split_decode,
        .join = split_join,
        .cut = split_cut,
        .expected =
            [](const CodecArguments& a) {
                return fmt::format("{} parts joined by \"{}\"", argument(a, 1), argument(a, 0));
            },
        .check = check_split,
        .tuple_size = [](const CodecArguments& a) { return size_argument(a, 1); }};
}

}  // namespace

bool split_text(std::string_view text,
                std::string_view separator,
                std::span<std::string_view> parts) {
    if (parts.empty() || separator.empty()) return false;
    for (std::string_view& part : parts.first(parts.size() - 1)) {
        const std::size_t end = text.find(separator);
        if (end == std::string_view::npos) return false;
        part = text.substr(0, end);
        text.remove_prefix(end + separator.size());
    }
    parts.back() = text;
    return true;
}

CodecResult join_text(std::span<const std::string_view> parts,
                      std::string_view separator,
                      Arena& arena) {
    std::size_t size = 0;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const bool is_last = index + 1 == parts.size();
        if (!is_last && parts[index].find(separator) != std::string_view::npos) {
            return CodecResult::bad(Errc::NotEncodable);
        }
        size += parts[index].size() + (is_last ? 0 : separator.size());
    }
    char* const begin = arena.take(size);
    char* out = begin;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        out = std::copy(parts[index].begin(), parts[index].end(), out);
        if (index + 1 < parts.size()) out = std::copy(separator.begin(), separator.end(), out);
    }
    // "a-" and "b" joined by "--" would be cut one sign too early.
    const std::string_view text(begin, size);
    std::size_t place = 0;
    for (std::size_t index = 0; index + 1 < parts.size(); ++index) {
        if (text.find(separator, place) != place + parts[index].size()) {
            return CodecResult::bad(Errc::NotEncodable);
        }
        place += parts[index].size() + separator.size();
    }
    return CodecResult::value(text);
}

std::span<const Codec> tuple_codecs() {
    static const Codec list[] = {split_codec()};
    return list;
}

}  // namespace luqiao::mapping
