// Acceptance scenarios 8, 9, 17 and 18, and the pains of real exchanges: names, documents,
// nationalities, codes.
#include "tests/integration/exchange.h"

namespace luqiao::integration {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kAllItems{"permit_issue", "insurance_register", "title_review",
                                         "residence_issue", "ecard_apply"};
const app::FieldTexts kPermitOfPerson{{"permit.number", "370123456789"},
                                      {"permit.category", "B"},
                                      {"permit.valid_from", "2025-10-13"},
                                      {"permit.valid_to", "2027-10-12"}};

/// Submits for every item and grants the work permit, so that every department gets its message.
std::string send_to_everybody(Exchange& exchange,
                              const mapping::Record& application,
                              const std::string& channel) {
    const std::string number = exchange.accepted(channel, application);
    receipt(exchange.answer("sti", exchange.serial(number, "permit_issue"), "granted",
                            kPermitOfPerson));
    receipt(exchange.answer("hrss", exchange.serial(number, "insurance_register"), "granted",
                            {{"insurance.social_number", "POL0AB1234567"},
                             {"insurance.personal_number", "3702000001"}}));
    return number;
}

struct Name {
    const char* name;
    const char* surname;
    const char* given;
    const char* chinese;
};

class Scenario8 : public testing::TestWithParam<Name> {};

TEST_P(Scenario8, TheNameSurvivesEveryAdapter) {
    const Name& name = GetParam();
    for (const std::string channel : {"portal", "mobile", "window"}) {
        Exchange exchange;
        mapping::Record application = exchange.application(channel, kAllItems);
        app::set_fields(application, {{"applicant.surname", name.surname},
                                      {"applicant.given_names", name.given}});
        if (*name.chinese != '\0')
            app::set_fields(application, {{"applicant.chinese_name", name.chinese}});
        const std::string number = send_to_everybody(exchange, application, channel);
        EXPECT_EQ(exchange.received("sti", "sti.apply").at(0).text("applicant.surname"),
                  name.surname);
        EXPECT_EQ(exchange.received("sti", "sti.apply").at(0).text("applicant.given_names"),
                  name.given);
        EXPECT_EQ(exchange.received("psb", "psb.residence_apply").at(0).text("applicant.surname"),
                  name.surname);
        for (const std::string party : {"psb", "hrss", "title", "essc"}) {
            EXPECT_EQ(exchange.party(party).accepted.size(), 1u) << party << " via " << channel;
        }
        const broker::Case found = exchange.find(number);
        for (const broker::Delivery& delivery : found.deliveries) {
            EXPECT_NE(broker::to_string(delivery.state), "dead")
                << delivery.map << " " << delivery.cause;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Names,
                         Scenario8,
                         testing::Values(Name{"Łukasz", "O'Connor-Ñúñez", "Łukasz", ""},
                                         Name{"Yoshida", "YOSHIDA", "HARUKA", "𠮷田遥"},
                                         Name{"Rare", "SHI", "YAN", "史䶮"},
                                         Name{"Vietnamese", "NGUYỄN", "THỊ HỒNG ÁNH", ""}),
                         [](const auto& one) {
                             return std::string(one.index == 0   ? "Polish"
                                                : one.index == 1 ? "SupplementaryPlane"
                                                : one.index == 2 ? "ExtensionA"
                                                                 : "Vietnamese");
                         });

TEST(Scenario8, ANameThatIsTooLongForAReceiverIsRefusedByNameAndNothingIsKept) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", {"title_review"});
    app::set_fields(application, {{"applicant.surname", std::string(100, 'X')},
                                  {"applicant.given_names", std::string(100, 'Y')}});
    const broker::Answer answer = exchange.submit("portal", application);
    if (const auto* refused = std::get_if<broker::Problem>(&answer)) {
        ASSERT_FALSE(refused->errors.empty());
        EXPECT_EQ(exchange.counts()["cases"], 0u);
        return;
    }
    const auto sent = exchange.received("title", "title.review");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].text("applicant.surname"), std::string(100, 'X'))
        << "whole, or refused: never cut in silence";
}

struct Card {
    const char* name;
    const char* kind;
    const char* number;
};

class Scenario9 : public testing::TestWithParam<Card> {};

TEST_P(Scenario9, OldAndNewResidenceCardsAreAccepted) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", {"title_review"});
    app::set_fields(application, {{"applicant.document_kind", GetParam().kind},
                                  {"applicant.document_no", GetParam().number},
                                  {"applicant.nationality", "CAN"}});
    exchange.accepted("portal", application);
    EXPECT_EQ(exchange.received("title", "title.review").at(0).text("applicant.document_no"),
              GetParam().number);
}

INSTANTIATE_TEST_SUITE_P(Cards,
                         Scenario9,
                         testing::Values(Card{"Old15", "553", "CAN110081080310"},
                                         Card{"New18", "553", "911124198108030024"}),
                         [](const auto& one) { return std::string(one.param.name); });

class Scenario17 : public testing::TestWithParam<const char*> {};

TEST_P(Scenario17, ChineseNationalsAreRefusedWithTheReason) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", {"permit_issue"});
    app::set_fields(application, {{"applicant.nationality", GetParam()}});
    const auto refused = problem(exchange.submit("portal", application));
    EXPECT_EQ(refused.code, Errc::NotEligible);
    ASSERT_FALSE(refused.errors.empty());
    EXPECT_THAT(refused.errors[0].message.zh, testing::HasSubstr("第四条"));
    EXPECT_EQ(exchange.counts()["cases"], 0u);
    EXPECT_EQ(exchange.counts()["messages"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Nationalities,
                         Scenario17,
                         testing::Values("CHN", "HKG", "MAC", "TWN"),
                         [](const auto& one) { return std::string(one.param); });

TEST(Scenario17, AnEmployerOutsideQingdaoIsRefused) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", {"permit_issue"});
    std::string body = exchange.bytes("portal.apply", application);
    const std::string region(application.text("employer.region"));
    for (std::size_t found = 0; (found = body.find(region, found)) != std::string::npos; found += 6)
        body.replace(found, 6, "110101");
    const auto refused = problem(exchange.submit_bytes("portal", "portal.apply", body));
    EXPECT_FALSE(refused.errors.empty());
    EXPECT_EQ(exchange.counts()["cases"], 0u);
}

/// Replaces the value of one JSON key in a body.
std::string with_value(std::string body, const std::string& key, const std::string& value) {
    const std::size_t start = body.find("\"" + key + "\":");
    EXPECT_NE(start, std::string::npos) << key;
    const std::size_t from = start + key.size() + 3;
    const std::size_t end =
        body.find_first_of(",}", body[from] == '"' ? body.find('"', from + 1) : from);
    return body.replace(from, end - from, value);
}

TEST(Scenario18, AnUnmappedCodeIsRefusedAndNeverEmpty) {
    Exchange exchange;
    const std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    const auto refused =
        problem(exchange.submit_bytes("portal", "portal.apply", with_value(body, "gj", "\"ZZZ\"")));
    EXPECT_TRUE(has_finding(refused, "E3001", "gj")) << refused.detail.en;
    EXPECT_EQ(exchange.counts()["cases"], 0u);
}

TEST(Pain, NationalityNeverDefaults) {
    Exchange exchange;
    const std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    for (const char* value : {"\"\"", "null"}) {
        const auto refused =
            problem(exchange.submit_bytes("portal", "portal.apply", with_value(body, "gj", value)));
        EXPECT_TRUE(has_finding(refused, "E2003", "gj")) << value;
    }
}

TEST(Pain, ThirtiethOfFebruaryIsNoBirthday) {
    Exchange exchange;
    const std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    const auto refused = problem(exchange.submit_bytes("portal", "portal.apply",
                                                       with_value(body, "csrq", "\"1990-02-30\"")));
    EXPECT_TRUE(has_finding(refused, "E2004", "csrq"));
    for (const broker::FieldProblem& one : refused.errors)
        EXPECT_EQ(one.got_masked.find("1990"), std::string::npos) << "masked";
}

TEST(Pain, APassportIsNeverDropped) {
    Exchange exchange;
    mapping::Record application = exchange.application("portal", kAllItems);
    app::set_fields(application,
                    {{"applicant.document_kind", "414"}, {"applicant.document_no", "C01X00T47"}});
    send_to_everybody(exchange, application, "portal");
    const std::pair<const char*, const char*> maps[] = {{"sti", "sti.apply"},
                                                        {"psb", "psb.residence_apply"},
                                                        {"hrss", "hrss.insurance"},
                                                        {"title", "title.review"},
                                                        {"essc", "essc.apply"}};
    for (const auto& [party, map] : maps) {
        ASSERT_EQ(exchange.received(party, map).size(), 1u) << map;
        EXPECT_EQ(exchange.received(party, map)[0].text("applicant.document_no"), "C01X00T47")
            << map;
    }
}

TEST(Pain, AllFindingsAreToldAtOnce) {
    Exchange exchange;
    std::string body =
        exchange.bytes("portal.apply", exchange.application("portal", {"permit_issue"}));
    body = with_value(body, "gj", "\"ZZZ\"");
    body = with_value(body, "csrq", "\"19900230\"");
    body = with_value(body, "xb", "\"7\"");
    EXPECT_GE(problem(exchange.submit_bytes("portal", "portal.apply", body)).errors.size(), 3u)
        << "一次告知";
}

}  // namespace
}  // namespace luqiao::integration
