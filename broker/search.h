// broker/search.h - what a case can be found by, as terms: 64-bit numbers of which a store can look
// up cases (CaseQuery::terms), and that give nothing away.
//
//   numbers  业务号、证件号码、统一社会信用代码 …: NFKC (full width is half width), capitals,
//   letters and
//            digits alone; one term a value
//   names    NFKC without accents, small letters, taken apart into words and Chinese characters
//            (kana, Hangul alike). Terms: each word, its first three letters when it has more, each
//            pair of words of a name in either order, each character, each two that follow one
//            another. So one, two and three characters are found, and 张 · 三 as 张三
//   facts    parties, states of items, "open", "decided", "failed", the light of the case, codes of
//            its open alerts: they change, and their terms end with them. No secrets, hence without
//            a key
//
// Numbers and names are hashed under a key, so that a copy of the store alone does not tell whether
// it has a certain passport. The first 64 bits of HMAC-SM3: two values of a store of 10^8 terms
// meet with a chance of 10^-11 each.
#pragma once

#include "base/result.h"
#include "broker/case.h"
#include "broker/service.h"
#include "broker/store_queries.h"
#include "mapping/record.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// The secret of a store's terms. Copies are cheap; thread-safe.
class SearchKey {
public:
    /// @param secret  text of the key file, at least 32 characters
    explicit SearchKey(std::string_view secret);

    [[nodiscard]] std::uint64_t number(std::string_view normal) const;
    [[nodiscard]] std::uint64_t name(std::string_view part) const;
    /// What a store keeps to notice that it is opened with another key.
    [[nodiscard]] std::string check_value() const;

private:
    [[nodiscard]] std::uint64_t term(char kind, std::string_view text) const;
    std::string key_;
};

/// "Ｅ１２ 34-5" -> "E12345". Empty when it has no letter or digit.
std::string normal_number(std::string_view text);

/// The parts of a name that are searched by: "GARCÍA Márquez" -> garcia, "gar*", "garcia marquez",
/// … Each once. At most 32 words and characters of a name count.
std::vector<std::string> name_parts(std::string_view name);

/// The fewest parts that say the whole of what is asked: pairs rather than their halves.
std::vector<std::string> asked_parts(std::string_view name);

/// Terms of the fields that `rules` name, of a record of any form that has them. Sorted, each once.
std::vector<std::uint64_t> record_terms(const SearchRules& rules,
                                        const mapping::Record& record,
                                        const SearchKey& key);

/// Terms of what is true of a case now. Sorted, each once; none for a case that is not stored.
std::vector<std::uint64_t> fact_terms(const Case& one);
/// Those of them that say light and open alerts (broker/alert.h): few cases have any.
std::vector<std::uint64_t> alarm_terms(const Case& one);
/// "yellow" or "red"; the code of an alert.
std::uint64_t light_term(std::string_view light);
std::uint64_t alert_term(std::string_view code);

/// What an operator looks for; empty texts and lists ask nothing.
struct Question {
    std::string number = {};  ///< any: of the case, an item, a message, a document, a unit
    std::string name = {};
    std::string party = {};
    std::string state = {};  ///< "open", "decided", "failed", or the code of an ItemState
    std::string light = {};  ///< "yellow" or "red"
    std::string alert = {};  ///< code of an alert that is open
    std::optional<Instant> from = std::nullopt;
    std::optional<Instant> until = std::nullopt;
    std::optional<CaseId> before = std::nullopt;
    std::size_t limit = 50;
};

/// @errors InvalidArgument: no such state, light or alert; a number or name of which nothing is
/// left; no key
Result<CaseQuery> to_query(const Question& question, const SearchKey* key);

}  // namespace luqiao::broker
