#include "adapters/thrift_wire.h"

#include <algorithm>
#include <utility>

namespace luqiao::adapters {
namespace {

constexpr int kWireDepthMax = 32;
constexpr std::size_t kFieldsMax = 4096;
constexpr std::size_t kWireNameMax = 256;
constexpr std::uint32_t kVersionMask = 0xFFFF0000;
constexpr std::uint32_t kVersion1 = 0x80010000;

/// Walks over bytes it does not own; a failed step leaves a clear error.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

    Result<std::string_view> take(std::size_t size) {
        if (size > left()) {
            return fail(Errc::ParseFailed, "the bytes end {} too early", size - left())
                .at(position());
        }
        return bytes_.substr(std::exchange(at_, at_ + size), size);
    }

    Result<std::uint32_t> number(std::size_t size) {
        LQ_TRY(const std::string_view raw, take(size));
        std::uint32_t value = 0;
        for (const char c : raw) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }

    /// A length or a count of things that need at least `size_min` bytes each.
    Result<std::size_t> count(std::size_t size_min) {
        LQ_TRY(const std::uint32_t value, number(4));
        if (value > 0x7FFFFFFF) {
            return fail(Errc::ParseFailed, "a length is negative").at(position());
        }
        if (value > left() / size_min) {
            return fail(Errc::LimitExceeded, "a length of {} is more than the message can hold",
                        value)
                .at(position());
        }
        return std::size_t{value};
    }

    Result<ThriftType> type() {
        LQ_TRY(const std::uint32_t value, number(1));
        const auto type = static_cast<ThriftType>(value);
        if (type != ThriftType::Stop && size_min(type) == 0) {
            return fail(Errc::ParseFailed, "there is no field type {}", value).at(position());
        }
        return type;
    }

    Result<ThriftType> element_type() {
        LQ_TRY(const ThriftType type, this->type());
        if (type == ThriftType::Stop) {
            return fail(Errc::ParseFailed, "elements have no type").at(position());
        }
        return type;
    }

    /// Steps over one value. `depth` counts structs and containers around it.
    Status skip(ThriftType type, int depth) {
        switch (type) {
            case ThriftType::Stop: break;
            case ThriftType::Bool:
            case ThriftType::Byte:
            case ThriftType::I16:
            case ThriftType::I32:
            case ThriftType::I64:
            case ThriftType::Double: return discard(size_min(type));
            case ThriftType::String: {
                LQ_TRY(const std::size_t size, count(1));
                return discard(size);
            }
            case ThriftType::Struct: return skip_struct(depth + 1);
            case ThriftType::Map: return skip_map(depth + 1);
            case ThriftType::Set:
            case ThriftType::List: return skip_list(depth + 1);
        }
        return fail(Errc::ParseFailed, "there is no such field type").at(position());
    }

    [[nodiscard]] std::string position() const { return fmt::format("byte {}", at_); }

private:
    /// Bytes the smallest value of a type takes; 0: there is no such type.
    static std::size_t size_min(ThriftType type) {
        switch (type) {
            case ThriftType::Bool:
            case ThriftType::Byte:
            case ThriftType::Struct: return 1;
            case ThriftType::I16: return 2;
            case ThriftType::I32:
            case ThriftType::String: return 4;
            case ThriftType::Set:
            case ThriftType::List: return 5;
            case ThriftType::Map: return 6;
            case ThriftType::I64:
            case ThriftType::Double: return 8;
            case ThriftType::Stop: break;
        }
        return 0;
    }

    Status discard(std::size_t size) {
        LQ_TRY([[maybe_unused]] const auto bytes, take(size));
        return {};
    }

    Status check(int depth) const {
        if (depth <= kWireDepthMax) return {};
        return fail(Errc::LimitExceeded, "nested deeper than {}", kWireDepthMax).at(position());
    }

    Status skip_struct(int depth) {
        LQ_CHECK(check(depth));
        for (;;) {
            LQ_TRY(const ThriftType field, type());
            if (field == ThriftType::Stop) return {};
            LQ_CHECK(discard(2));
            LQ_CHECK(skip(field, depth));
        }
    }

    Status skip_list(int depth) {
        LQ_CHECK(check(depth));
        LQ_TRY(const ThriftType element, element_type());
        LQ_TRY(const std::size_t size, count(size_min(element)));
        for (std::size_t index = 0; index < size; ++index) LQ_CHECK(skip(element, depth));
        return {};
    }

    /// An empty map may name no types at all.
    Status skip_map(int depth) {
        LQ_CHECK(check(depth));
        LQ_TRY(const ThriftType key, type());
        LQ_TRY(const ThriftType value, type());
        LQ_TRY(const std::size_t size, count(std::max<std::size_t>(size_min(key), 1) +
                                             std::max<std::size_t>(size_min(value), 1)));
        for (std::size_t index = 0; index < size; ++index) {
            LQ_CHECK(skip(key, depth));
            LQ_CHECK(skip(value, depth));
        }
        return {};
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<WireField>> read_struct(std::string_view bytes) {
    Reader reader(bytes);
    std::vector<WireField> fields;
    for (;;) {
        LQ_TRY(const ThriftType type, reader.type());
        if (type == ThriftType::Stop) break;
        if (fields.size() == kFieldsMax) {
            return fail(Errc::LimitExceeded, "more than {} fields", kFieldsMax)
                .at(reader.position());
        }
        LQ_TRY(const std::uint32_t id, reader.number(2));
        const std::size_t start = reader.at() + (type == ThriftType::String ? 4 : 0);
        LQ_CHECK(reader.skip(type, 1));
        fields.push_back({static_cast<std::int16_t>(static_cast<std::uint16_t>(id)), type,
                          bytes.substr(start, reader.at() - start)});
    }
    if (reader.left() != 0) {
        return fail(Errc::ParseFailed, "{} bytes stand after the end", reader.left())
            .at(reader.position());
    }
    return fields;
}

const WireField* find_field(const std::vector<WireField>& fields,
                            std::int16_t id,
                            ThriftType type) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const WireField& field) {
        return field.id == id && field.type == type;
    });
    return found == fields.end() ? nullptr : &*found;
}

std::int32_t to_i32(std::string_view value) {
    Reader reader(value);
    return static_cast<std::int32_t>(reader.number(4).value_or(0));
}

Result<WireMessage> read_message(std::string_view frame) {
    Reader reader(frame);
    LQ_TRY(const std::uint32_t version, reader.number(4));
    const auto type = version & 0xFF;
    if ((version & kVersionMask) != kVersion1 || type < 1 || type > 4) {
        return fail(Errc::ParseFailed, "not a message of the strict binary protocol").at("byte 0");
    }
    LQ_TRY(const std::size_t name_size, reader.count(1));
    if (name_size > kWireNameMax) {
        return fail(Errc::LimitExceeded, "the name of a method is longer than {}", kWireNameMax)
            .at(reader.position());
    }
    WireMessage out;
    out.type = static_cast<WireMessageType>(type);
    LQ_TRY(out.name, reader.take(name_size));
    LQ_TRY(const std::uint32_t sequence, reader.number(4));
    out.sequence = static_cast<std::int32_t>(sequence);
    out.content = frame.substr(reader.at());
    return out;
}

void WireWriter::number(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift & 0xFF);
}

void WireWriter::head(ThriftType type, std::int16_t id) {
    const auto bits = static_cast<std::uint16_t>(id);
    out_ += static_cast<char>(type);
    out_ += static_cast<char>(bits >> 8);
    out_ += static_cast<char>(bits & 0xFF);
}

WireWriter& WireWriter::message(WireMessageType type,
                                std::string_view name,
                                std::int32_t sequence) {
    number(kVersion1 | static_cast<std::uint32_t>(type));
    number(static_cast<std::uint32_t>(name.size()));
    out_ += name;
    number(static_cast<std::uint32_t>(sequence));
    return *this;
}

WireWriter& WireWriter::text(std::int16_t id, std::string_view value) {
    head(ThriftType::String, id);
    number(static_cast<std::uint32_t>(value.size()));
    out_ += value;
    return *this;
}

WireWriter& WireWriter::i32(std::int16_t id, std::int32_t value) {
    head(ThriftType::I32, id);
    number(static_cast<std::uint32_t>(value));
    return *this;
}

WireWriter& WireWriter::structure(std::int16_t id, std::string_view bytes) {
    head(ThriftType::Struct, id);
    out_ += bytes;
    return *this;
}

WireWriter& WireWriter::stop() {
    out_ += '\0';
    return *this;
}

}  // namespace luqiao::adapters
