#include "broker/store_postgres_wire.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace luqiao::broker {
namespace {

constexpr std::size_t kArrayHead = 20;

template <class T>
void put_big_endian(std::string& out, T number) {
    std::array<char, sizeof(T)> bytes{};
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        bytes[place] = static_cast<char>(number >> (8 * (bytes.size() - 1 - place)));
    }
    out.append(bytes.data(), bytes.size());
}

std::string big_endian(std::uint32_t number) {
    std::string out;
    put_big_endian(out, number);
    return out;
}

Oid array_of(PgType element) {
    switch (element) {
        case PgType::Bytea: return 1001;
        case PgType::Int8: return 1016;
        case PgType::Int4: return 1007;
        case PgType::Text: return 1009;
        case PgType::Uuid: return 2951;
    }
    return 0;
}

}  // namespace

PgArray::PgArray(PgType element) : element_(element), bytes_(kArrayHead, '\0') {}

void PgArray::add(std::int64_t number) {
    if (element_ == PgType::Int4) {
        put_big_endian(bytes_, std::uint32_t{4});
        put_big_endian(bytes_, static_cast<std::uint32_t>(number));
    } else {
        put_big_endian(bytes_, std::uint32_t{8});
        put_big_endian(bytes_, static_cast<std::uint64_t>(number));
    }
    ++count_;
}

void PgArray::add(std::string_view text) {
    put_big_endian(bytes_, static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
    ++count_;
}

void PgArray::add_null() {
    put_big_endian(bytes_, ~std::uint32_t{0});
    has_null_ = true;
    ++count_;
}

std::string PgArray::take() {
    if (count_ == 0) {  // an empty array has no dimension
        return big_endian(0) + big_endian(0) + big_endian(static_cast<std::uint32_t>(element_));
    }
    std::string head = big_endian(1) + big_endian(has_null_ ? 1 : 0) +
                       big_endian(static_cast<std::uint32_t>(element_)) +
                       big_endian(static_cast<std::uint32_t>(count_)) + big_endian(1);
    std::copy(head.begin(), head.end(), bytes_.begin());
    count_ = 0;
    return std::move(bytes_);
}

void PgArgs::push(Oid type, std::string value) {
    types_.push_back(type);
    values_.push_back(std::move(value));
}

void PgArgs::add(std::int64_t number) {
    std::string value;
    put_big_endian(value, static_cast<std::uint64_t>(number));
    push(static_cast<Oid>(PgType::Int8), std::move(value));
}

void PgArgs::add(PgArray array) {
    const Oid type = array_of(array.element());
    push(type, array.take());
}

std::size_t PgRows::written() const {
    return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);
}

std::int64_t PgRows::integer(int row, int column) const {
    if (is_null(row, column)) return 0;
    const char* bytes = PQgetvalue(result_.get(), row, column);
    const int size = PQgetlength(result_.get(), row, column);
    const bool negative = size > 0 && (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0;
    std::uint64_t out = negative ? ~std::uint64_t{0} : 0;
    for (int place = 0; place < size; ++place) {
        out = (out << 8U) | static_cast<unsigned char>(bytes[place]);
    }
    return static_cast<std::int64_t>(out);
}

bool PgRows::flag(int row, int column) const {
    return !is_null(row, column) && *PQgetvalue(result_.get(), row, column) != 0;
}

std::string PgRows::text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

void PgRows::copy_id(int row, int column, std::uint8_t* to, std::size_t size) const {
    const auto* bytes =
        reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), row, column));
    const auto got = static_cast<std::size_t>(PQgetlength(result_.get(), row, column));
    std::copy_n(bytes, std::min(size, got), to);
}

}  // namespace luqiao::broker
