#include "broker/audit.h"

#include "broker/store_memory.h"
#include "tests/broker/store_sqlite_place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <functional>

namespace luqiao::broker {
namespace {

std::vector<AuditEntry> chain(std::size_t rows) {
    const auto store = make_memory_store();
    for (std::size_t row = 0; row < rows; ++row) {
        const AuditEntry entry{.at = Instant{Duration{1'000 + row}},
                               .actor = "portal",
                               .action = "submit",
                               .outcome = "ok",
                               .subject = "m" + std::to_string(row),
                               .number = 0,
                               .hash = {}};
        EXPECT_TRUE(store->audit(entry));
    }
    return *store->audit_tail(rows);
}

TEST(Audit, AcceptsWhatWasWritten) {
    EXPECT_TRUE(verify_audit({}));
    EXPECT_TRUE(verify_audit(chain(5)));
    const auto rows = chain(5);
    EXPECT_TRUE(verify_audit(std::span(rows).subspan(2), rows[1].hash)) << "a tail, by its anchor";
}

TEST(Audit, NoticesEachKindOfTampering) {
    struct Row {
        const char* name;
        std::function<void(std::vector<AuditEntry>&)> tamper;
        const char* located;
    };
    const std::vector<Row> table{
        {"actor", [](auto& rows) { rows[2].actor = "mobile"; }, "row 3 "},
        {"action", [](auto& rows) { rows[2].action = "refuse"; }, "row 3 "},
        {"outcome", [](auto& rows) { rows[2].outcome = "E4001"; }, "row 3 "},
        {"subject", [](auto& rows) { rows[2].subject = "m9"; }, "row 3 "},
        {"time", [](auto& rows) { rows[2].at += Duration{1}; }, "row 3 "},
        {"hash", [](auto& rows) { rows[2].hash[0] ^= 1; }, "row 3 "},
        {"letters moved to the next field",
         [](auto& rows) {
             rows[2].actor = "porta";
             rows[2].action = "lsubmit";
         },
         "row 3 "},
        {"removed in the middle", [](auto& rows) { rows.erase(rows.begin() + 2); }, "row 3 "},
        {"removed in front", [](auto& rows) { rows.erase(rows.begin()); }, "row 1 "},
        {"swapped", [](auto& rows) { std::swap(rows[1], rows[2]); }, "row 2 "},
        {"removed and renumbered",
         [](auto& rows) {
             rows.erase(rows.begin() + 2);
             for (std::size_t at = 2; at < rows.size(); ++at) rows[at].number = at + 1;
         },
         "row 3 "},
        {"rewritten with its own right hash",
         [](auto& rows) {
             rows[2].subject = "m9";
             rows[2].hash = audit_hash(rows[1].hash, rows[2]);
         },
         "row 4 "},
    };
    for (const Row& row : table) {
        auto rows = chain(6);
        row.tamper(rows);
        const Status found = verify_audit(rows);
        ASSERT_FALSE(found) << row.name;
        EXPECT_EQ(found.error().code, Errc::Corruption) << row.name;
        EXPECT_NE(found.error().message.find(row.located), std::string::npos)
            << row.name << ": " << found.error().message;
    }
}

// ---- the audit of a store -----------------------------------------------------------------------

void write_rows(Store& store, std::uint64_t first, std::uint64_t last) {
    std::vector<AuditEntry> rows;
    for (std::uint64_t row = first; row <= last; ++row) {
        rows.push_back({.at = Instant{Duration{1'000 * static_cast<std::int64_t>(row)}},
                        .actor = "portal",
                        .action = "refuse",
                        .outcome = "E2003",
                        .subject = fmt::format("row {}", row),
                        .number = 0,
                        .hash = {}});
    }
    ASSERT_TRUE(store.audit(rows));
}

/// Takes rows older than `row`, and says so.
std::uint64_t age_before(Store& store, std::int64_t row) {
    const AuditEntry note{.at = Instant{Duration{1'000'000'000}},
                          .actor = "node-1",
                          .action = std::string(kAuditExpired),
                          .outcome = "ok",
                          .subject = {},
                          .number = 0,
                          .hash = {}};
    return *store.expire_audit(Instant{Duration{1'000 * row}}, 10'000, note);
}

AuditCheck check_all(Store& store) {
    AuditCheck check;
    for (int calls = 0; !check.is_over && calls < 100; ++calls) {
        auto next = check_audit(store, check, 1);
        EXPECT_TRUE(next) << next.error().message;
        if (!next) break;
        check = *std::move(next);
    }
    return check;
}

TEST(AuditCheck, AnHonestAuditIsCheckedPageByPageToItsHead) {
    SqlitePlace place;
    const auto store = must(place.open());
    EXPECT_TRUE(check_all(*store).is_whole()) << "nothing was written yet";
    write_rows(*store, 1, 2'500);
    const AuditCheck first = must(check_audit(*store, {}, 1));
    EXPECT_FALSE(first.is_over);
    EXPECT_LT(first.checked.number, 2'500U) << "a call looks at a page";
    const AuditCheck whole = check_all(*store);
    EXPECT_TRUE(whole.is_whole()) << fault_text(whole).en;
    EXPECT_EQ(whole.checked.number, 2'500U);
    EXPECT_EQ(whole.checked.hash, must(store->audit_tail(1)).front().hash);
    EXPECT_EQ(whole.first_at, Instant{Duration{1'000}});
    EXPECT_EQ(whole.last_at, Instant{Duration{2'500'000}});
    EXPECT_EQ(whole.vouched_by, 0U);
}

TEST(AuditCheck, WhatWentForAgeIsVouchedForByARow) {
    SqlitePlace place;
    const auto store = must(place.open());
    write_rows(*store, 1, 40);
    EXPECT_EQ(age_before(*store, 11), 10U);
    write_rows(*store, 42, 50);
    EXPECT_EQ(age_before(*store, 21), 10U);
    const AuditCheck whole = check_all(*store);
    EXPECT_TRUE(whole.is_whole()) << fault_text(whole).en;
    EXPECT_EQ(whole.aged.number, 20U);
    EXPECT_EQ(whole.checked.number, 51U);
    EXPECT_EQ(whole.vouched_by, 51U) << "the newest that says so";
    EXPECT_EQ(whole.first_at, Instant{Duration{21'000}});
}

TEST(AuditCheck, WhatIsWrittenOrAgesMeanwhileDoesNotDisturbIt) {
    SqlitePlace place;
    const auto store = must(place.open());
    write_rows(*store, 1, 3'000);
    AuditCheck check = must(check_audit(*store, {}, 1));
    write_rows(*store, 3'001, 3'002);
    EXPECT_EQ(age_before(*store, 2'001), 2'000U);
    while (!check.is_over) check = must(check_audit(*store, check, 1));
    EXPECT_TRUE(check.is_whole()) << fault_text(check).en;
    EXPECT_EQ(check.aged.number, 2'000U) << "it began anew where the audit begins now";
    check = must(check_audit(*store, {}, 1));
    write_rows(*store, 3'004, 3'009);
    while (!check.is_over) check = must(check_audit(*store, check, 1));
    EXPECT_TRUE(check.is_whole()) << fault_text(check).en;
    EXPECT_EQ(check.checked.number, 3'003U) << "the newest of when it began";
}

TEST(AuditCheck, NamesTheFirstRowThatIsWrong) {
    struct Row {
        const char* name;
        const char* sql;
        AuditFault fault;
        std::uint64_t row;
    };
    for (const Row& row : std::vector<Row>{
             {"changed", "UPDATE audit SET outcome = 'ok' WHERE number IN (17, 19)",
              AuditFault::Changed, 17},
             {"its hash", "UPDATE audit SET hash = 'a' WHERE number = 20", AuditFault::Changed, 20},
             {"taken out", "DELETE FROM audit WHERE number = 17", AuditFault::Missing, 17},
             {"first taken out", "DELETE FROM audit WHERE number < 15", AuditFault::Missing, 11},
             {"end cut off", "DELETE FROM audit WHERE number > 18", AuditFault::Cut, 19},
             {"all taken out", "DELETE FROM audit", AuditFault::Cut, 11},
             {"put there",
              "INSERT INTO audit(number, at, actor, action, outcome, subject, hash) SELECT 99, at, "
              "actor, action, outcome, subject, hash FROM audit WHERE number = 12",
              AuditFault::Surplus, 99},
             {"who vouches taken out", "DELETE FROM audit WHERE number = 21", AuditFault::Cut, 21},
             {"more cut in front than is vouched for",
              "UPDATE meta SET value = (SELECT '12 ' || hash FROM audit WHERE number = 12) WHERE "
              "name = 'audit_start'; DELETE FROM audit WHERE number <= 12",
              AuditFault::Unvouched, 12},
         }) {
        SqlitePlace place;
        {
            const auto store = must(place.open());
            write_rows(*store, 1, 20);
            ASSERT_EQ(age_before(*store, 11), 10U);
        }
        place.tamper(row.sql);
        const auto store = must(place.open());
        const AuditCheck found = check_all(*store);
        EXPECT_EQ(found.fault, row.fault) << row.name << ": " << fault_text(found).en;
        EXPECT_EQ(found.fault_row, row.row) << row.name;
        EXPECT_FALSE(found.is_whole()) << row.name;
        EXPECT_NE(fault_text(found).zh, "") << row.name;
    }
}

// ---- an anchor ----------------------------------------------------------------------------------

AuditCheck check_with(Store& store, const AuditHead& anchor) {
    AuditCheck check;
    check.anchor = anchor;
    while (!check.is_over) check = must(check_audit(store, std::move(check), 1));
    return check;
}
AuditHead row_of(Store& store, std::uint64_t number) {
    const auto rows = must(store.audit_after(number - 1, 1));
    return {rows.front().number, rows.front().hash};
}

TEST(AuditAnchor, IsReadAsItIsWritten) {
    const std::string hash = audit_hash(kAuditStart, {});
    const AuditHead head = must(parse_anchor(to_anchor({1204, hash})));
    EXPECT_EQ(head.number, 1204U);
    EXPECT_EQ(head.hash, hash);
    std::string upper = hash;
    for (char& digit : upper) digit = static_cast<char>(std::toupper(digit));
    EXPECT_EQ(must(parse_anchor("7:" + upper)).hash, hash);
    for (const std::string& bad :
         {std::string(), std::string("1"), std::string("1:"), "0:" + hash, "-1:" + hash, ":" + hash,
          "1 :" + hash, "1:" + hash + "0", "1:" + hash.substr(1), "1;" + hash,
          "1:g" + hash.substr(1), "99999999999999999999:" + hash}) {
        EXPECT_EQ(parse_anchor(bad).error().code, Errc::InvalidArgument) << bad;
    }
}

TEST(AuditAnchor, IsMetByTheChainThatGoesOnFromIt) {
    SqlitePlace place;
    const auto store = must(place.open());
    write_rows(*store, 1, 1'500);
    for (const std::uint64_t row : {1U, 999U, 1'000U, 1'001U, 1'500U}) {
        const AuditCheck check = check_with(*store, row_of(*store, row));
        EXPECT_EQ(check.anchor_state, AnchorState::Met) << row;
        EXPECT_TRUE(check.is_whole()) << row;
    }
}

TEST(AuditAnchor, IsNotMetByAChainThatWasWrittenAnew) {
    SqlitePlace place;
    AuditHead anchor;
    {
        const auto store = must(place.open());
        write_rows(*store, 1, 20);
        anchor = row_of(*store, 15);
    }
    // Whoever has the file calculates every hash from the row that they changed on.
    std::vector<AuditEntry> rows;
    {
        const auto store = must(place.open());
        rows = must(store->audit_after(0, 100));
    }
    std::string sql = "UPDATE audit SET actor = 'nobody' WHERE number = 3;";
    rows[2].actor = "nobody";
    for (std::size_t at = 2; at < rows.size(); ++at) {
        rows[at].hash = audit_hash(rows[at - 1].hash, rows[at]);
        sql +=
            fmt::format("UPDATE audit SET hash = '{}' WHERE number = {};", rows[at].hash, at + 1);
    }
    sql += fmt::format("UPDATE meta SET value = '{}' WHERE name = 'audit_hash';", rows.back().hash);
    place.tamper(sql.c_str());
    const auto store = must(place.open());
    EXPECT_TRUE(check_all(*store).is_whole()) << "by itself the chain says nothing of it";
    const AuditCheck found = check_with(*store, anchor);
    EXPECT_EQ(found.fault, AuditFault::Rewritten);
    EXPECT_EQ(found.fault_row, 15U);
    EXPECT_FALSE(found.is_whole());
    EXPECT_NE(fault_text(found).zh.find("第 15 行"), std::string::npos);
    EXPECT_TRUE(check_with(*store, row_of(*store, 2)).is_whole())
        << "it was written anew from 3 on";
}

TEST(AuditAnchor, BehindTheNewestRowSaysThatTheEndIsGone) {
    SqlitePlace place;
    const auto store = must(place.open());
    write_rows(*store, 1, 20);
    const AuditCheck found = check_with(*store, {23, row_of(*store, 20).hash});
    EXPECT_EQ(found.fault, AuditFault::Cut);
    EXPECT_EQ(found.fault_row, 21U);
    EXPECT_NE(fault_text(found).en.find("row 23"), std::string::npos) << fault_text(found).en;
}

TEST(AuditAnchor, ThatWentForAgeIsNeitherMetNorAFault) {
    SqlitePlace place;
    const auto store = must(place.open());
    write_rows(*store, 1, 40);
    const AuditHead last = row_of(*store, 10);
    const AuditHead before = row_of(*store, 9);
    ASSERT_EQ(age_before(*store, 11), 10U);
    const AuditCheck aged = check_with(*store, before);
    EXPECT_TRUE(aged.is_over);
    EXPECT_EQ(aged.anchor_state, AnchorState::Aged);
    EXPECT_EQ(aged.fault, AuditFault::None);
    EXPECT_FALSE(aged.is_whole());
    EXPECT_TRUE(check_with(*store, last).is_whole()) << "the last that went is vouched for";
    EXPECT_EQ(check_with(*store, {10, before.hash}).fault, AuditFault::Rewritten);
}

TEST(AuditAnchor, ThatWasMetBeforeItWentForAgeStaysMet) {
    SqlitePlace place;
    const auto store = must(place.open());
    write_rows(*store, 1, 3'000);
    AuditCheck check;
    check.anchor = row_of(*store, 500);
    check = must(check_audit(*store, std::move(check), 1));
    ASSERT_EQ(check.anchor_state, AnchorState::Met);
    ASSERT_EQ(age_before(*store, 2'001), 2'000U);
    while (!check.is_over) check = must(check_audit(*store, std::move(check), 1));
    EXPECT_EQ(check.aged.number, 2'000U);
    EXPECT_TRUE(check.is_whole()) << fault_text(check).en;
}

}  // namespace
}  // namespace luqiao::broker
