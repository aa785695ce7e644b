#include "broker/search.h"

#include <gmock/gmock.h>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSubsetOf;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string kSecret = "a secret of thirty-two characters";

TEST(NormalNumber, KeepsLettersAndDigitsInHalfWidthCapitals) {
    const struct {
        const char* name;
        const char* text;
        const char* normal;
    } table[] = {
        {"plain", "E12345678", "E12345678"},
        {"small letters", "e12345678", "E12345678"},
        {"full width", "Ｅ１２３４５６７８", "E12345678"},
        {"spaces and hyphens", " E1 2345-678 ", "E12345678"},
        {"ideographic space and brackets", "鲁外专（２０２５）第　１２号", "鲁外专2025第12号"},
        {"nothing but signs", "--", ""},
        {"what is not UTF-8 does not count", "E1\xff", "E1"},
        {"empty", "", ""},
    };
    for (const auto& row : table) EXPECT_EQ(normal_number(row.text), row.normal) << row.name;
}

TEST(NameParts, AreCharactersAndPairsOfChineseAndWordsOfLatin) {
    EXPECT_THAT(name_parts("王小明"), UnorderedElementsAre("王", "小", "明", "王小", "小明"));
    EXPECT_THAT(name_parts("Li Na"), UnorderedElementsAre("li", "na", "li na"));
    EXPECT_THAT(name_parts("GARCIA"), UnorderedElementsAre("garcia", "gar*"));
    EXPECT_THAT(name_parts("Kim 金哲"), UnorderedElementsAre("kim", "金", "哲", "金哲"));
    EXPECT_THAT(name_parts(""), IsEmpty());
    EXPECT_THAT(name_parts("...·"), IsEmpty());
    EXPECT_THAT(name_parts("\xff\xfe"), IsEmpty());
}

/// Whether somebody of this name is found by that.
bool finds(std::string_view asked, std::string_view name) {
    const auto has = name_parts(name);
    const auto wants = asked_parts(asked);
    return !wants.empty() && testing::Value(wants, IsSubsetOf(has));
}

TEST(Names, AreFoundAsPeopleWriteThem) {
    const struct {
        const char* asked;
        const char* name;
        bool found;
    } table[] = {
        {"王", "王小明", true},
        {"明", "王小明", true},
        {"小明", "王小明", true},
        {"王小明", "王小明", true},
        {"王明", "王小明", false},
        {"王小红", "王小明", false},
        {"约翰史密斯", "约翰·史密斯", true},
        {"约翰・史密斯", "约翰·史密斯", true},
        {"张 三", "张三", true},
        {"garcia", "GARCÍA MÁRQUEZ Gabriel", true},
        {"Gabriel Garcia", "GARCÍA MÁRQUEZ Gabriel", true},
        {"garcía", "GARCIA", true},
        {"ＧＡＲＣＩＡ", "Garcia", true},
        {"gar*", "Garcia", true},
        {"gar", "Garcia", false},
        {"li", "LI NA", true},
        {"l", "LI NA", false},
        {"o'brien", "O’Brien", true},
        {"STRASSE", "Straße", true},
        {"иванов", "ИВАНОВ Пётр", true},
        {"петр", "ИВАНОВ Пётр", true},
        {"が", "がく", true},
        {"か", "がく", false},
        {"김철수", "김철수", true},
        {"smith jones", "Smith", false},
    };
    for (const auto& row : table) {
        EXPECT_EQ(finds(row.asked, row.name), row.found) << row.asked << " in " << row.name;
    }
}

TEST(Names, CountAtMostThirtyTwoUnits) {
    std::string name;
    for (int index = 0; index < 500; ++index) name += "张";
    EXPECT_THAT(name_parts(name), UnorderedElementsAre("张", "张张"));
    std::string words;
    for (int index = 0; index < 500; ++index) words += "w" + std::to_string(index) + " ";
    EXPECT_EQ(name_parts(words).size(), 32U + 32U * 31U / 2U);
}

TEST(SearchKey, GivesOtherTermsUnderAnotherSecretAndForAnotherKind) {
    const SearchKey key(kSecret);
    const SearchKey other("another secret of thirty-two char");
    EXPECT_EQ(key.number("E1"), SearchKey(kSecret).number("E1"));
    EXPECT_NE(key.number("E1"), other.number("E1"));
    EXPECT_NE(key.number("E1"), key.number("E2"));
    EXPECT_NE(key.number("e"), key.name("e"));
    EXPECT_NE(key.check_value(), other.check_value());
}

Case one_case() {
    Case one;
    one.number = "FW1";
    one.channel = "portal";
    Item item;
    item.state = ItemState::Correction;
    one.items = {item};
    Delivery dead;
    dead.party = "psb";
    dead.state = DeliveryState::Dead;
    one.deliveries = {dead};
    return one;
}

std::vector<std::uint64_t> terms_of(const Question& question) {
    const SearchKey key(kSecret);
    const auto query = to_query(question, &key);
    EXPECT_TRUE(query);
    return query ? query->terms : std::vector<std::uint64_t>();
}

TEST(FactTerms, AreThoseThatQuestionsAskFor) {
    const auto has = fact_terms(one_case());
    const auto is_found = [&](const Question& question) {
        return testing::Value(terms_of(question), IsSubsetOf(has));
    };
    EXPECT_TRUE(is_found({.party = "psb"}));
    EXPECT_TRUE(is_found({.party = "portal", .state = "open"}));
    EXPECT_TRUE(is_found({.party = "psb", .state = "failed"}));
    EXPECT_TRUE(is_found({.state = "correction"}));
    EXPECT_FALSE(is_found({.state = "decided"}));
    EXPECT_FALSE(is_found({.party = "sti"}));
    Case decided = one_case();
    decided.items[0].state = ItemState::Granted;
    EXPECT_THAT(terms_of({.state = "decided"}), IsSubsetOf(fact_terms(decided)));
}

TEST(FactTerms, SayTheLightAndTheOpenAlerts) {
    Case late = one_case();
    EXPECT_THAT(terms_of({.light = "yellow"}), Not(IsSubsetOf(fact_terms(late))));
    late.items[0].decision.started = *parse_date("2025-10-13");
    late.items[0].decision.due = DueDate{*parse_date("2025-10-27"), false};
    late.items[0].decision_told = ClockStage::Soon;
    EXPECT_THAT(terms_of({.light = "yellow", .alert = "decision_soon"}),
                IsSubsetOf(fact_terms(late)));
    late.items[0].decision_told = ClockStage::Escalated;
    EXPECT_THAT(terms_of({.light = "red", .alert = "decision_escalated"}),
                IsSubsetOf(fact_terms(late)));
    EXPECT_THAT(terms_of({.alert = "decision_soon"}), Not(IsSubsetOf(fact_terms(late))));
    EXPECT_THAT(terms_of({.alert = "dead_letter"}), IsSubsetOf(alarm_terms(late)));
    late.items[0].state = ItemState::Granted;
    EXPECT_THAT(terms_of({.light = "red"}), Not(IsSubsetOf(fact_terms(late))));
    late.deliveries.clear();
    EXPECT_THAT(alarm_terms(late), IsEmpty());
    late.unsettled = {{"contradiction", {}}};
    EXPECT_THAT(terms_of({.alert = "contradiction"}), IsSubsetOf(fact_terms(late)));
}

TEST(ToQuery, RefusesWhatCannotBeAsked) {
    const SearchKey key(kSecret);
    const auto refused = [](const Result<CaseQuery>& query) {
        return !query && query.error().code == Errc::InvalidArgument;
    };
    EXPECT_TRUE(refused(to_query({.state = "lost"}, &key)));
    EXPECT_TRUE(refused(to_query({.light = "green"}, &key)));
    EXPECT_TRUE(refused(to_query({.alert = "noise"}, &key)));
    EXPECT_TRUE(refused(to_query({.number = "--"}, &key)));
    EXPECT_TRUE(refused(to_query({.name = "·"}, &key)));
    EXPECT_TRUE(refused(to_query({.number = "E1"}, nullptr)));
    EXPECT_TRUE(to_query({.state = "open"}, nullptr));
    EXPECT_THAT(terms_of({}), IsEmpty());
}

}  // namespace
}  // namespace luqiao::broker
