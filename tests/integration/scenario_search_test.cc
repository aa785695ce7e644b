// Cases are found by what their applicants wrote, and nothing of it stands in the index.
#include "app/operator_api.h"
#include "app/operator_looks.h"
#include "app/operator_messages.h"
#include "tests/integration/exchange.h"

#include <nlohmann/json.hpp>

namespace luqiao::integration {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::IsEmpty;
using testing::Not;

class SearchScenario : public testing::Test {
protected:
    void SetUp() override {
        number_ = exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
        other_ = exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    }
    app::Desk desk() { return {*exchange_.pipeline().realm(), exchange_.store()}; }
    std::vector<std::string> find(const json& question) {
        const auto asked = app::read_question(json::parse(question.dump()));
        if (!asked) {
            ADD_FAILURE() << asked.error().message;
            return {};
        }
        const auto found = app::find_cases(desk(), exchange_.pipeline().search_key(), *asked);
        EXPECT_TRUE(found) << found.error().message;
        std::vector<std::string> out;
        if (!found) return out;
        const json answer = json::parse(*found);
        for (const json& one : answer["cases"]) out.push_back(one["case_number"]);
        return out;
    }
    json record(const std::string& number) {
        const auto id = exchange_.store().find_case_id(number);
        return json::parse((*exchange_.store().find_case(**id))->record);
    }

    Exchange exchange_;
    std::string number_, other_;
};

TEST_F(SearchScenario, FindsByNumbersInAnyWidthAndCase) {
    const json applicant = record(number_)["applicant"];
    std::string document = applicant["document_no"];
    EXPECT_THAT(find({{"number", document}}), Contains(number_));
    for (char& one : document) one = static_cast<char>(std::tolower(one));
    EXPECT_THAT(find({{"number", " " + document}}), Contains(number_));
    EXPECT_THAT(find({{"number", record(number_)["employer"]["uscc"]}}), Contains(number_));
    EXPECT_THAT(find({{"number", record(number_)["case"]["channel_number"]}}),
                testing::ElementsAre(number_));
    EXPECT_THAT(find({{"number", number_ + "-01"}}), testing::ElementsAre(number_));
    EXPECT_THAT(find({{"number", document.substr(1)}}), IsEmpty());
}

TEST_F(SearchScenario, FindsByNameAndFacts) {
    const std::string surname = record(number_)["applicant"]["surname"];
    EXPECT_THAT(find({{"name", surname}}), Contains(number_));
    EXPECT_THAT(find({{"name", surname}, {"party", "sti"}, {"state", "open"}}), Contains(number_));
    EXPECT_THAT(find({{"name", surname}, {"state", "decided"}}), IsEmpty());
    EXPECT_THAT(find({{"name", surname}, {"since", "2025-10-14"}}), IsEmpty());
    EXPECT_THAT(find({{"name", surname}, {"since", "2025-10-13"}, {"until", "2025-10-14"}}),
                Contains(number_));
    EXPECT_THAT(find({{"state", "forwarded"}, {"limit", 1}}), testing::ElementsAre(other_));
}

TEST_F(SearchScenario, HonoursTheOtherFiltersBesideACaseNumber) {
    const auto is_found = [&](json more) {
        more["number"] = number_;
        return find(more) == std::vector<std::string>{number_};
    };
    const std::string surname = record(number_)["applicant"]["surname"];
    EXPECT_TRUE(is_found({{"party", "sti"}, {"state", "open"}, {"name", surname}}));
    EXPECT_TRUE(is_found({{"since", "2025-10-13"}, {"until", "2025-10-14"}}));
    EXPECT_FALSE(is_found({{"party", "psb"}}));
    EXPECT_FALSE(is_found({{"state", "decided"}}));
    EXPECT_FALSE(is_found({{"name", "Nobody"}}));
    EXPECT_FALSE(is_found({{"since", "2025-10-14"}}));
    EXPECT_FALSE(is_found({{"until", "2025-10-13"}}));
}

TEST_F(SearchScenario, PutsEveryLookOnRecordAndShowsNothingThatIsNot) {
    const std::string surname = record(number_)["applicant"]["surname"];
    const auto asked = app::read_question({{"name", surname}, {"party", "sti"}});
    ASSERT_TRUE(asked);
    const auto find_it = [&](const std::string& actor) {
        return app::on_record(exchange_.store(), {actor, "look.find", app::asked_by(*asked)},
                              exchange_.now(),
                              app::find_cases(desk(), exchange_.pipeline().search_key(), *asked));
    };
    EXPECT_EQ(find_it("").error().code, Errc::MissingRequired);
    EXPECT_TRUE(find_it("王工"));
    broker::AuditEntry last = exchange_.store().audit_tail(1)->back();
    EXPECT_EQ(last.actor, "王工");
    EXPECT_EQ(last.action, "look.find");
    EXPECT_EQ(last.subject, "name party=sti") << "the name itself stands nowhere";
    const auto missed =
        app::on_record(exchange_.store(), {"wang", "look.case", "none"}, exchange_.now(),
                       app::describe_case(*exchange_.pipeline().realm(), exchange_.store(), "none",
                                          exchange_.now()));
    EXPECT_EQ(missed.error().code, Errc::NotFound);
    last = exchange_.store().audit_tail(1)->back();
    EXPECT_EQ(last.outcome, "E5005") << "a look in vain is one too";
}

TEST(OperatorHeader, CarriesNamesInAnyScript) {
    for (const std::string& name : {std::string("wang"), std::string("王工 %41"), std::string()}) {
        const std::string coded = app::percent_encoded(name);
        EXPECT_EQ(app::percent_decoded(coded), name);
        EXPECT_THAT(coded, Not(testing::HasSubstr(" ")));
    }
    EXPECT_EQ(app::percent_decoded("100%"), "100%");
}

TEST_F(SearchScenario, ForgetsAStateThatEnded) {
    exchange_.party("sti").failing = Errc::Unavailable;
    const std::string late =
        exchange_.accepted("portal", exchange_.application("portal", {"permit_issue"}));
    EXPECT_THAT(find({{"state", "forwarding"}}), testing::ElementsAre(late));
    exchange_.party("sti").failing.reset();
    exchange_.pass(std::chrono::minutes(60));
    EXPECT_THAT(find({{"state", "forwarding"}}), IsEmpty());
    EXPECT_THAT(find({{"state", "forwarded"}}), Contains(late));
}

TEST_F(SearchScenario, ShowsAMessageByItsIdWithPersonalDataMasked) {
    const auto id = exchange_.store().find_case_id(number_);
    const auto messages = exchange_.store().messages(**id);
    ASSERT_EQ(messages->size(), 1U);
    const auto shown =
        app::show_message(desk(), exchange_.pipeline().search_key(), to_string(messages->at(0).id));
    ASSERT_TRUE(shown) << shown.error().message;
    const json document = json::parse(*shown);
    EXPECT_EQ(document["case_number"], number_);
    const json applicant = record(number_)["applicant"];
    EXPECT_THAT(*shown, Not(testing::HasSubstr(applicant["document_no"].get<std::string>())));
    EXPECT_THAT(*shown, testing::HasSubstr(record(number_)["employer"]["uscc"].get<std::string>()));
}

}  // namespace
}  // namespace luqiao::integration
