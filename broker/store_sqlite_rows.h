// broker/store_sqlite_rows.h - rows of the SQLite store as the broker's own types.
#pragma once

#include "broker/sql_limit.h"
#include "broker/sqlite_handle.h"
#include "broker/store.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace luqiao::broker {

/// The columns that read_delivery_row expects, in their order; d: deliveries, c: cases.
#define LQ_DELIVERY_COLUMNS_ \
    "d.id, c.id, c.number, d.party, d.map, d.state, d.due_at, d.attempts, d.cause"

inline StoredDelivery read_delivery_row(const SqliteRows& rows) {
    return {.id = rows.id<DeliveryId>(0),
            .case_id = rows.id<CaseId>(1),
            .case_number = rows.text(2),
            .party = rows.text(3),
            .map = rows.text(4),
            .state = static_cast<DeliveryState>(rows.integer(5)),
            .due_at = rows.instant(6),
            .attempts = static_cast<std::uint32_t>(rows.integer(7)),
            .cause = rows.text(8),
            .bundle = {},
            .body = {}};
}

/// The columns of a message that read_message expects, in their order; m: messages, c: cases.
#define LQ_MESSAGE_COLUMNS_ \
    "m.id, c.id, m.party, m.format, m.dedup_key, m.sm3, m.nonce, m.bundle, m.at"

/// Without its body.
inline InboundMessage read_message(const SqliteRows& rows) {
    return {.id = rows.id<MessageId>(0),
            .case_id = rows.id<CaseId>(1),
            .party = rows.text(2),
            .format = rows.text(3),
            .dedup_key = rows.text(4),
            .sm3 = rows.text(5),
            .nonce = rows.text(6),
            .bundle = rows.text(7),
            .body = {},
            .at = rows.instant(8)};
}
/// The same with its body, the column behind.
inline InboundMessage read_whole_message(const SqliteRows& rows) {
    InboundMessage out = read_message(rows);
    out.body = rows.text(9);
    return out;
}

/// One of the statements of `Statements`, and its SQL.
template <class Statements>
struct StatementText {
    SqliteStatement Statements::*member;
    const char* text;
};
/// @errors those of SqliteConnection::prepare
template <class Statements, std::size_t Count>
Result<Statements> prepare_all(const SqliteConnection& connection,
                               const StatementText<Statements> (&sql)[Count]) {
    Statements out;
    for (const auto& [member, text] : sql) {
        LQ_TRY(out.*member, connection.prepare(text));
    }
    return out;
}

/// Every row, read by `read`.
template <class Read>
auto collect(SqliteRows rows, Read read)
    -> Result<std::vector<std::invoke_result_t<Read, const SqliteRows&>>> {
    std::vector<std::invoke_result_t<Read, const SqliteRows&>> out;
    for (;;) {
        LQ_TRY(const bool more, rows.next());
        if (!more) return out;
        out.push_back(read(rows));
    }
}

}  // namespace luqiao::broker
