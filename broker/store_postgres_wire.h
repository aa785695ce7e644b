// broker/store_postgres_wire.h - values to and from PostgreSQL in its binary format: arguments,
// arrays for unnest, rows.
#pragma once

#include "base/id.h"
#include "base/time.h"

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace luqiao::broker {

/// Object ids of the types we use; fixed in PostgreSQL's catalogue (pg_type.dat).
enum class PgType : Oid {
    Bytea = 17,
    Int8 = 20,
    Int4 = 23,
    Text = 25,
    Uuid = 2950,
};

/// Bytes that go as bytea; a string goes as text.
struct PgBytes {
    std::string_view bytes;
};

/// One column of many rows: an argument for `unnest`. Layout (src/backend/utils/adt/arrayfuncs.c,
/// array_recv), integers big-endian:
///
///     dimensions:i32=1  has_null:i32  element type:u32  count:i32  lower bound:i32=1
///     count times: size:i32 (-1: null) ‖ bytes
class PgArray {
public:
    explicit PgArray(PgType element);

    void add(std::int64_t number);  ///< of an Int8 or Int4 array
    void add(std::string_view text);
    void add(PgBytes bytes) { add(bytes.bytes); }
    void add(Instant at) { add(std::int64_t{at.time_since_epoch().count()}); }
    template <class Tag>
    void add(const Id<Tag>& id) {
        add(std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()));
    }
    template <class T>
    void add(const std::optional<T>& maybe) {
        maybe ? add(*maybe) : add_null();
    }
    void add_null();
    /// Room for `bytes` more of elements: what is wide is then copied once.
    void reserve(std::size_t bytes) { bytes_.reserve(bytes_.size() + bytes); }

    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] PgType element() const { return element_; }
    /// The bytes as they are sent; the array is empty after.
    std::string take();

private:
    PgType element_;
    std::string bytes_;
    std::size_t count_ = 0;
    bool has_null_ = false;
};

/// The arguments of one statement, in order.
class PgArgs {
public:
    template <class... Args>
    static PgArgs of(Args&&... args) {
        PgArgs out;
        (out.add(std::forward<Args>(args)), ...);
        return out;
    }

    void add(std::int64_t number);
    void add(std::string_view text) { push(static_cast<Oid>(PgType::Text), std::string(text)); }
    void add(PgBytes bytes) { push(static_cast<Oid>(PgType::Bytea), std::string(bytes.bytes)); }
    void add(Instant at) { add(std::int64_t{at.time_since_epoch().count()}); }
    template <class Tag>
    void add(const Id<Tag>& id) {
        push(static_cast<Oid>(PgType::Uuid), {id.bytes.begin(), id.bytes.end()});
    }
    void add(PgArray array);

    [[nodiscard]] const std::vector<Oid>& types() const { return types_; }
    [[nodiscard]] const std::vector<std::string>& values() const { return values_; }

private:
    void push(Oid type, std::string value);

    std::vector<Oid> types_;
    std::vector<std::string> values_;
};

/// The rows of one statement, complete in memory.
class PgRows {
public:
    PgRows() = default;
    explicit PgRows(PGresult* result) : result_(result) {}

    [[nodiscard]] const PGresult* get() const { return result_.get(); }
    [[nodiscard]] int size() const { return PQntuples(result_.get()); }
    /// Rows that an INSERT or UPDATE wrote.
    [[nodiscard]] std::size_t written() const;

    [[nodiscard]] bool is_null(int row, int column) const {
        return PQgetisnull(result_.get(), row, column) != 0;
    }
    [[nodiscard]] std::int64_t integer(int row, int column) const;  ///< of int2, int4, int8
    [[nodiscard]] std::string text(int row, int column) const;      ///< of text and bytea
    [[nodiscard]] bool flag(int row, int column) const;
    [[nodiscard]] Instant instant(int row, int column) const {
        return Instant{Duration{integer(row, column)}};
    }
    [[nodiscard]] std::optional<Instant> maybe_instant(int row, int column) const {
        return is_null(row, column) ? std::nullopt : std::optional(instant(row, column));
    }
    template <class IdType>
    [[nodiscard]] IdType id(int row, int column) const {
        IdType out;
        copy_id(row, column, out.bytes.data(), out.bytes.size());
        return out;
    }

private:
    struct Clear {
        void operator()(PGresult* result) const noexcept { PQclear(result); }
    };
    void copy_id(int row, int column, std::uint8_t* to, std::size_t size) const;

    std::unique_ptr<PGresult, Clear> result_;
};

/// What `read` makes of each row, by its number.
template <class Read>
auto collect(const PgRows& rows, Read read) {
    std::vector<std::invoke_result_t<Read, int>> out;
    out.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) out.push_back(read(row));
    return out;
}

}  // namespace luqiao::broker
