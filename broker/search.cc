#include "broker/search.h"

#include "broker/alert.h"
#include "mapping/utf8.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace luqiao::broker {
namespace {

constexpr std::size_t kUnitsMax = 32;         ///< words and characters of one name
constexpr std::size_t kValueSizeMax = 1'000;  ///< bytes of one value that are looked at
constexpr std::size_t kPrefixLetters = 3;

bool is_ascii(std::string_view text) {
    return mapping::ascii_prefix(text) == text.size();
}

/// NFKC with folded case. Text that is not UTF-8 gives nothing.
std::string folded(std::string_view text) {
    text = text.substr(0, kValueSizeMax);
    std::string out;
    if (is_ascii(text)) {
        out = text;
        for (char& one : out) {
            one = static_cast<char>(std::tolower(static_cast<unsigned char>(one)));
        }
        return out;
    }
    UErrorCode failure = U_ZERO_ERROR;
    const icu::Normalizer2* rules = icu::Normalizer2::getNFKCCasefoldInstance(failure);
    if (U_FAILURE(failure)) return {};
    icu::StringByteSink<std::string> sink(&out);
    rules->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())),
                         sink, nullptr, failure);
    return U_FAILURE(failure) ? std::string() : out;
}

/// The letter without its accents; characters of other scripts as they are.
char32_t without_accents(char32_t character) {
    if (character < 0xC0) return character;
    UErrorCode failure = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(character), &failure);
    if (script != USCRIPT_LATIN && script != USCRIPT_GREEK && script != USCRIPT_CYRILLIC) {
        return character;
    }
    const icu::Normalizer2* rules = icu::Normalizer2::getNFDInstance(failure);
    icu::UnicodeString apart;
    if (U_FAILURE(failure) || !rules->getDecomposition(static_cast<UChar32>(character), apart)) {
        return character;
    }
    const auto base = static_cast<char32_t>(apart.char32At(0));
    return base == character ? character : without_accents(base);
}

/// Scripts that are written without spaces between words: each character counts for itself.
bool stands_alone(char32_t character) {
    UErrorCode failure = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(character), &failure);
    return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ||
           script == USCRIPT_HANGUL;
}

std::string to_utf8(char32_t character) {
    std::array<char, 4> bytes{};
    return {bytes.data(), mapping::put_character(bytes.data(), character)};
}

/// A word, or a character that stands alone.
struct NameUnit {
    std::string text;
    bool alone = false;
};

std::vector<NameUnit> units_of(std::string_view name) {
    const std::string text = folded(name);
    std::vector<NameUnit> out;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) out.push_back({std::move(word), false});
        word.clear();
    };
    std::string_view rest = text;
    while (!rest.empty() && out.size() < kUnitsMax) {
        const char32_t character = mapping::take_character(rest);
        if (character == mapping::kNoCharacter) break;
        const auto code = static_cast<UChar32>(character);
        const bool is_mark = u_charType(code) == U_NON_SPACING_MARK;
        if (is_mark && character >= 0x300 && character <= 0x36F) continue;
        if (stands_alone(character)) {
            end_word();
            out.push_back({to_utf8(character), true});
        } else if (u_isalnum(code) != 0 || is_mark) {
            word += to_utf8(without_accents(character));
        } else if (character != '\'' && character != 0x2019) {
            end_word();  // O'Brien is one word
        }
    }
    end_word();
    if (out.size() > kUnitsMax) out.resize(kUnitsMax);
    return out;
}

std::string pair_of(const std::string& a, const std::string& b) {
    return std::min(a, b) + " " + std::max(a, b);
}

/// "gar*" of "garcia"; empty when the word has no more than three letters.
std::string head_of(const std::string& word) {
    std::string_view rest = word;
    for (std::size_t letter = 0; letter < kPrefixLetters; ++letter) {
        if (mapping::take_character(rest) == mapping::kNoCharacter) return {};
    }
    if (rest.empty()) return {};
    return word.substr(0, word.size() - rest.size()) + "*";
}

template <class T>
void sort_unique(std::vector<T>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

/// Characters of a name in the order they stand, across spaces and dots; and its words.
struct NameUnits {
    std::vector<std::string> characters;
    std::vector<std::string> words;
};
NameUnits split_name(std::string_view name) {
    NameUnits out;
    for (NameUnit& one : units_of(name)) {
        (one.alone ? out.characters : out.words).push_back(std::move(one.text));
    }
    return out;
}

/// A fact has no secret: FNV-1a, its bits mixed (the constants are those of its authors and of
/// splitmix64).
std::uint64_t fact(std::string_view kind, std::string_view value) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](std::string_view text) {
        for (const char one : text) {
            hash = (hash ^ static_cast<unsigned char>(one)) * 0x100000001b3;
        }
    };
    add(kind), add("\n"), add(value);
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111eb;
    return hash ^ (hash >> 31U);
}

/// Green is what nearly every case shows: nobody looks for it, and it costs no term.
bool is_asked_light(std::string_view light) {
    return light == "yellow" || light == "red";
}

/// Calls `take` with every value of the field, in lists also.
template <class Take>
void each_value(const mapping::Record& record, std::string_view path, Take take) {
    const mapping::Form& form = record.form();
    if (const auto slot = form.find(path)) {
        const mapping::Slot& one = record.root().slots[*slot];
        if (one.has_value()) take(one.text());
        return;
    }
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) return;
    const auto list = form.find_list(path.substr(0, dot));
    if (!list) return;
    const auto slot = mapping::find_field(form.root.lists[*list].scope, path.substr(dot + 1));
    if (!slot) return;
    for (const mapping::Row& item : record.root().lists[*list]) {
        if (item.slots[*slot].has_value()) take(item.slots[*slot].text());
    }
}

}  // namespace

SearchKey::SearchKey(std::string_view secret)
    : key_(security::hmac_sm3_hex(secret, "luqiao search terms, version 1")) {}

std::uint64_t SearchKey::term(char kind, std::string_view text) const {
    std::string bytes(1, kind);
    bytes += text;
    const security::Sm3 digest = security::hmac_sm3(key_, bytes);
    std::uint64_t out = 0;
    for (std::size_t index = 0; index < 8; ++index) out = (out << 8U) | digest[index];
    return out;
}

std::uint64_t SearchKey::number(std::string_view normal) const {
    return term('n', normal);
}

std::uint64_t SearchKey::name(std::string_view part) const {
    return term('w', part);
}

std::string SearchKey::check_value() const {
    return security::hmac_sm3_hex(key_, "check").substr(0, 16);
}

std::string normal_number(std::string_view text) {
    const std::string all = folded(text);
    std::string out;
    std::string_view rest = all;
    while (!rest.empty()) {
        const char32_t character = mapping::take_character(rest);
        if (character == mapping::kNoCharacter) break;
        const auto code = static_cast<UChar32>(character);
        if (u_isalnum(code) != 0) out += to_utf8(static_cast<char32_t>(u_toupper(code)));
    }
    return out;
}

std::vector<std::string> name_parts(std::string_view name) {
    const auto [characters, words] = split_name(name);
    std::vector<std::string> out;
    for (std::size_t index = 0; index < characters.size(); ++index) {
        out.push_back(characters[index]);
        if (index > 0) out.push_back(characters[index - 1] + characters[index]);
    }
    for (std::size_t index = 0; index < words.size(); ++index) {
        out.push_back(words[index]);
        if (std::string head = head_of(words[index]); !head.empty()) out.push_back(std::move(head));
        for (std::size_t other = 0; other < index; ++other) {
            out.push_back(pair_of(words[other], words[index]));
        }
    }
    sort_unique(out);
    return out;
}

std::vector<std::string> asked_parts(std::string_view name) {
    const auto [characters, words] = split_name(name);
    std::vector<std::string> out;
    if (characters.size() == 1) out.push_back(characters[0]);
    for (std::size_t index = 1; index < characters.size(); ++index) {
        out.push_back(characters[index - 1] + characters[index]);
    }
    if (words.size() == 1) {
        // "gar" asks for what begins so, "garcia" for the word; "li" is a name of two letters.
        std::string_view rest = words[0];
        std::size_t letters = 0;
        while (mapping::take_character(rest) != mapping::kNoCharacter) ++letters;
        out.push_back(name.ends_with('*') && letters == kPrefixLetters ? words[0] + "*" : words[0]);
    }
    for (std::size_t index = 1; index < words.size(); ++index) {
        out.push_back(pair_of(words[index - 1], words[index]));
    }
    sort_unique(out);
    return out;
}

std::vector<std::uint64_t> record_terms(const SearchRules& rules,
                                        const mapping::Record& record,
                                        const SearchKey& key) {
    std::vector<std::uint64_t> out;
    for (const std::string& path : rules.numbers) {
        each_value(record, path, [&](std::string_view value) {
            const std::string normal = normal_number(value);
            if (!normal.empty()) out.push_back(key.number(normal));
        });
    }
    for (const std::vector<std::string>& fields : rules.names) {
        std::string name;
        for (const std::string& path : fields) {
            each_value(record, path, [&](std::string_view value) { (name += value) += ' '; });
        }
        for (const std::string& part : name_parts(name)) out.push_back(key.name(part));
    }
    sort_unique(out);
    return out;
}

std::vector<std::uint64_t> fact_terms(const Case& one) {
    std::vector<std::uint64_t> out{fact("party", one.channel),
                                   fact("state", one.decided() ? "decided" : "open")};
    for (const Item& item : one.items) out.push_back(fact("state", to_string(item.state)));
    for (const Delivery& delivery : one.deliveries) {
        out.push_back(fact("party", delivery.party));
        const bool failed =
            delivery.state == DeliveryState::Dead || delivery.state == DeliveryState::Unknown;
        if (failed) out.push_back(fact("state", "failed"));
    }
    const auto alarms = alarm_terms(one);
    out.insert(out.end(), alarms.begin(), alarms.end());
    sort_unique(out);
    return out;
}

std::vector<std::uint64_t> alarm_terms(const Case& one) {
    std::vector<std::uint64_t> out;
    const std::string_view light = light_of(one);
    if (is_asked_light(light)) out.push_back(light_term(light));
    for (const Alert& alert : open_alerts(one)) out.push_back(alert_term(alert.code));
    sort_unique(out);
    return out;
}

std::uint64_t light_term(std::string_view light) {
    return fact("light", light);
}

std::uint64_t alert_term(std::string_view code) {
    return fact("alert", code);
}

Result<CaseQuery> to_query(const Question& question, const SearchKey* key) {
    CaseQuery query{.terms = {},
                    .from = question.from,
                    .until = question.until,
                    .decided = std::nullopt,
                    .before = question.before,
                    .limit = question.limit};
    const bool asks_keyed = !question.number.empty() || !question.name.empty();
    if (asks_keyed && key == nullptr) {
        return fail(Errc::InvalidArgument, "this node has no search key");
    }
    // The rarest first: it leads the store through the others.
    if (!question.number.empty()) {
        const std::string normal = normal_number(question.number);
        if (normal.empty()) return fail(Errc::InvalidArgument, "a number has letters or digits");
        query.terms.push_back(key->number(normal));
    }
    if (!question.name.empty()) {
        const auto parts = asked_parts(question.name);
        if (parts.empty()) return fail(Errc::InvalidArgument, "a name has letters");
        for (const std::string& part : parts) query.terms.push_back(key->name(part));
    }
    if (!question.alert.empty()) {
        const auto all = all_alerts();
        if (std::find(all.begin(), all.end(), question.alert) == all.end()) {
            return fail(Errc::InvalidArgument, "there is no alert {}; there are {}", question.alert,
                        fmt::join(all, " "));
        }
        query.terms.push_back(alert_term(question.alert));
    }
    if (!question.light.empty()) {
        if (!is_asked_light(question.light)) {
            return fail(Errc::InvalidArgument, "a light is yellow or red");
        }
        query.terms.push_back(light_term(question.light));
    }
    const std::string& state = question.state;
    if (!state.empty()) {
        const bool known = state == "open" || state == "decided" || state == "failed" ||
                           parse_item_state(state).has_value();
        if (!known) return fail(Errc::InvalidArgument, "there is no state {}", state);
        query.terms.push_back(fact("state", state));
    }
    if (!question.party.empty()) query.terms.push_back(fact("party", question.party));
    return query;
}

}  // namespace luqiao::broker
