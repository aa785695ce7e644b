#include "broker/audit.h"

#include "broker/store_memory.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace luqiao::broker
