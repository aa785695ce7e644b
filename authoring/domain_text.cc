#include "mapping/charset.h"
#include "mapping/utf8.h"

#include <algorithm>
#include <array>

#include "authoring/dice.h"
#include "authoring/domain.h"

namespace luqiao::authoring {
namespace {

using mapping::Repertoire;

/// First and last characters of each repertoire, those that systems disagree about, and those that
/// codecs look at. Filtered by the repertoire that is asked for.
constexpr std::array<std::string_view, 44> kEdges{
    "0",  "9",
    "A",  "Z",
    "a",  "z",
    " ",  "~",
    "!",  "\"",
    "\\", "&",
    "<",  "/",
    "|",  ",",
    "-",  "'",
    "\t", "\n",
    "À",  "ÿ",
    "ñ",  "ß",
    "Ł",  "ẞ",
    "’",  // Latin: names in passports
    "、", "啊",
    "齄", "　",
    "·",  "Ａ",
    "１",  // GB 2312
    "丂", "镕",
    "龥", "€",  // GBK
    "㐀", "\xEE\x80\x80",
    "䶮", "𠮷",
    "😀",  "x\xCC\x84",  // GB 18030: two and four bytes, a mark
};

std::vector<std::string> edges_in(Repertoire repertoire) {
    std::vector<std::string> out;
    for (const std::string_view edge : kEdges) {
        const auto characters = characters_of(edge);
        const bool is_in =
            std::all_of(characters.begin(), characters.end(), [repertoire](std::string_view one) {
                return mapping::in_repertoire(mapping::take_character(one), repertoire);
            });
        if (is_in) out.emplace_back(edge);
    }
    return out;
}

bool is_in(std::string_view text, Repertoire repertoire) {
    while (!text.empty()) {
        if (!mapping::in_repertoire(mapping::take_character(text), repertoire)) return false;
    }
    return true;
}

/// `piece` as often as it fits.
std::string filled(std::string_view piece, std::size_t size_max) {
    std::string out;
    const std::size_t size = std::max<std::size_t>(code_points(piece), 1);
    for (std::size_t used = 0; used + size <= size_max; used += size) out += piece;
    return out;
}

void add_edges(const std::vector<std::string>& edges,
               std::size_t size_max,
               std::vector<std::string>& out) {
    for (const std::string& edge : edges) {
        out.push_back(edge);
        out.push_back("1" + edge);
        out.push_back(edge + "1");
        out.push_back("1" + edge + "1");
        out.push_back(filled(edge, size_max));
    }
    for (const char* text : {"00", "01", "10", "A B", "A  B", " A ", "aB", "null", "NULL", "A.B"}) {
        out.emplace_back(text);
    }
}

void add_hints(const std::vector<std::string>& hints, std::vector<std::string>& out) {
    for (const std::string& hint : hints) {
        out.push_back(hint);
        out.push_back(hint + "1");
        out.push_back("1" + hint);
        out.push_back("1" + hint + "1");
        out.push_back(hint + hint);
    }
}

}  // namespace

std::vector<std::string> characters_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::string_view before = text;
        if (mapping::take_character(text) == mapping::kNoCharacter) text.remove_prefix(1);
        out.emplace_back(before.substr(0, before.size() - text.size()));
    }
    return out;
}

std::vector<std::string> texts_of(Repertoire repertoire,
                                  std::size_t size_max,
                                  const DomainOptions& options) {
    constexpr std::size_t kUnlimited = 40;
    constexpr std::size_t kShort = 12;
    if (size_max == 0) size_max = kUnlimited;
    const std::vector<std::string> edges = edges_in(repertoire);
    std::vector<std::string> all;
    add_hints(options.hints, all);
    add_edges(edges, size_max, all);
    std::vector<std::string> pieces = edges;
    for (const std::string& hint : options.hints) {
        if (!hint.empty()) pieces.push_back(hint);
    }
    Dice dice(options.seed);
    for (std::size_t sample = 0; sample < options.samples; ++sample) {
        const std::size_t most = dice.chance(90) ? std::min(size_max, kShort) : size_max;
        const std::size_t count = 1 + dice.below(most);
        std::string text;
        for (std::size_t piece = 0; piece < count; ++piece) text += dice.pick(pieces);
        all.push_back(std::move(text));
    }
    std::vector<std::string> out;
    for (std::string& text : all) {
        const bool fits = !text.empty() && code_points(text) <= size_max;
        if (fits && is_in(text, repertoire)) out.push_back(std::move(text));
    }
    return out;
}

}  // namespace luqiao::authoring
