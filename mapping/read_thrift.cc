#include "mapping/charset.h"
#include "mapping/thrift_binary.h"
#include "mapping/wire.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace luqiao::mapping {
namespace {

/// Reads one struct. libthrift's reader needs the generated classes and throws; here every length
/// is compared with what is left before anything is read or allocated.
class ThriftReader {
public:
    ThriftReader(const Format& format, Arena& arena, WireMessage& message)
        : format_(format), arena_(arena), message_(message) {}

    Status read(const PathNode& root, std::string_view bytes) {
        bytes_ = arena_.copy(bytes);
        if (structure(root, message_.root, nullptr, 1) && at_ != bytes_.size()) {
            fail_with(Errc::ParseFailed, "bytes behind the message");
        }
        if (error_) return *error_;
        return {};
    }

private:
    bool structure(const PathNode& node, WireRow& row, const WireStep* up, std::size_t depth) {
        if (depth > format_.depth_max) return fail_with(Errc::LimitExceeded, "nested too deeply");
        const std::uint32_t self = ++message_.objects;
        while (true) {
            const auto type = take_type();
            if (!type) return false;
            if (*type == ThriftType::Stop) return true;
            const auto id = take(2);
            if (!id) return false;
            const PathNode* child = node.child(static_cast<std::int16_t>(*id));
            if (child == nullptr) {
                const std::string name = fmt::format("{}", static_cast<std::int16_t>(*id));
                note_unknown(format_, {up, name, 0}, message_);
                if (!skip(*type, depth)) return false;
                continue;
            }
            const WireStep step{up, child->name, 0};
            if (!message_.first_in(*child, self)) {
                return fail_with(Errc::ParseFailed, "a field occurs twice");
            }
            if (!value(*child, row, step, {*type, depth})) return false;
        }
    }

    struct Typed {
        ThriftType type;
        std::size_t depth;
    };

    bool value(const PathNode& node, WireRow& row, const WireStep& step, Typed typed) {
        if (node.items != nullptr) {
            if (typed.type == ThriftType::List || typed.type == ThriftType::Set) {
                return list(node, row, step, typed.depth);
            }
        } else if (node.leaf != nullptr) {
            return scalar(*node.leaf, row.slots[node.field], typed);
        } else if (typed.type == ThriftType::Struct) {
            return structure(node, row, &step, typed.depth + 1);
        }
        Issue issue;
        issue.code = Errc::TypeMismatch;
        issue.pointer = step_pointer(format_, step);
        issue.expected = node.items != nullptr ? "list" : "struct";
        issue.got_masked = to_string(typed.type);
        issue.message = {fmt::format("字段 {} 应为 {}", issue.pointer, issue.expected),
                         fmt::format("the field {} should be a {}", issue.pointer, issue.expected)};
        message_.issues.push_back(std::move(issue));
        return skip(typed.type, typed.depth);
    }

    bool list(const PathNode& node, WireRow& row, const WireStep& step, std::size_t depth) {
        const auto type = take_type();
        if (!type) return false;
        const auto count = take_count();
        if (!count) return false;
        const std::size_t most = node.items->items_max;
        for (std::size_t item = 0; item < *count; ++item) {
            if (most != 0 && item >= most) {
                if (item == most) {
                    note_too_many(*node.items, step_pointer(format_, step), message_);
                }
                if (!skip(*type, depth)) return false;
                continue;
            }
            WireRow& fresh = row.add(node.list, node.items->scope);
            const WireStep numbered{&step, {}, item};
            if (node.leaf != nullptr) {
                if (!scalar(*node.leaf, fresh.slots[node.field], {*type, depth})) return false;
            } else if (*type == ThriftType::Struct) {
                if (!structure(node, fresh, &numbered, depth + 1)) return false;
            } else {
                return fail_with(Errc::TypeMismatch, "the list should hold structs");
            }
        }
        return true;
    }

    /// A value of another type than the format's is bad, never converted.
    bool scalar(const WireField& field, Slot& slot, Typed typed) {
        if (typed.type != thrift_type(field.type)) {
            const bool is_short = typed.type == ThriftType::I32 || typed.type == ThriftType::I16 ||
                                  typed.type == ThriftType::Byte;
            if (!(field.type == WireType::Int && is_short)) {
                slot = bad_slot(Errc::TypeMismatch, {});
                return skip(typed.type, typed.depth);
            }
        }
        switch (typed.type) {
            case ThriftType::String: return text(slot);
            case ThriftType::Bool: return boolean(slot);
            case ThriftType::Double: return real(slot);
            case ThriftType::Byte: return integer(slot, 1);
            case ThriftType::I16: return integer(slot, 2);
            case ThriftType::I32: return integer(slot, 4);
            case ThriftType::I64: return integer(slot, 8);
            case ThriftType::Stop:
            case ThriftType::Struct:
            case ThriftType::Map:
            case ThriftType::Set:
            case ThriftType::List: break;
        }
        return fail_with(Errc::Internal, "not a scalar");
    }

    bool text(Slot& slot) {
        const auto size = take_count();
        if (!size) return false;
        const std::string_view raw = bytes_.substr(at_, *size);
        at_ += *size;
        const auto decoded = to_utf8(raw, format_.charset, arena_);
        if (!decoded) {
            slot = bad_slot(Errc::CharsetError, {});
        } else {
            slot = decoded->empty() ? empty_slot(format_) : seen_slot(*decoded);
        }
        return true;
    }

    bool boolean(Slot& slot) {
        const auto byte = take(1);
        if (!byte) return false;
        if (*byte > 1) return fail_with(Errc::ParseFailed, "a bool is neither 0 nor 1");
        slot = value_slot(*byte == 1 ? "true" : "false");
        return true;
    }

    bool integer(Slot& slot, std::size_t size) {
        const auto bits = take(size);
        if (!bits) return false;
        const auto shift = static_cast<int>(64 - 8 * size);
        const auto number = static_cast<std::int64_t>(*bits << shift) >> shift;
        return print(slot, number);
    }

    bool real(Slot& slot) {
        const auto bits = take(8);
        if (!bits) return false;
        const auto number = std::bit_cast<double>(*bits);
        if (std::isfinite(number)) return print(slot, number);
        slot = bad_slot(Errc::BadValue, "not a finite number");
        return true;
    }

    template <class Number>
    bool print(Slot& slot, Number number) {
        char* const room = arena_.take(32);
        char* const end = std::to_chars(room, room + 32, number).ptr;
        slot = value_slot({room, static_cast<std::size_t>(end - room)});
        return true;
    }

    // NOLINTNEXTLINE(readability-function-size): one case per type of the protocol
    bool skip(ThriftType type, std::size_t depth) {
        if (depth > format_.depth_max) return fail_with(Errc::LimitExceeded, "nested too deeply");
        switch (type) {
            case ThriftType::Bool:
            case ThriftType::Byte: return take(1).has_value();
            case ThriftType::I16: return take(2).has_value();
            case ThriftType::I32: return take(4).has_value();
            case ThriftType::Double:
            case ThriftType::I64: return take(8).has_value();
            case ThriftType::String: {
                const auto size = take_count();
                at_ += size.value_or(0);
                return size.has_value();
            }
            case ThriftType::Struct: return skip_structure(depth + 1);
            case ThriftType::Set:
            case ThriftType::List: {
                const auto item = take_type();
                const auto count = item ? take_count() : std::nullopt;
                if (!count) return false;
                for (std::size_t at = 0; at < *count; ++at) {
                    if (!skip(*item, depth + 1)) return false;
                }
                return true;
            }
            case ThriftType::Map: {
                const auto key = take_type();
                const auto item = key ? take_type() : std::nullopt;
                const auto count = item ? take_count() : std::nullopt;
                if (!count) return false;
                for (std::size_t at = 0; at < *count; ++at) {
                    if (!skip(*key, depth + 1) || !skip(*item, depth + 1)) return false;
                }
                return true;
            }
            case ThriftType::Stop: break;
        }
        return fail_with(Errc::ParseFailed, "a value without a type");
    }

    bool skip_structure(std::size_t depth) {
        while (true) {
            const auto type = take_type();
            if (!type) return false;
            if (*type == ThriftType::Stop) return true;
            if (!take(2) || !skip(*type, depth)) return false;
        }
    }

    std::optional<ThriftType> take_type() {
        const auto byte = take(1);
        if (!byte) return std::nullopt;
        switch (*byte) {
            case 0:
            case 2:
            case 3:
            case 4:
            case 6:
            case 8:
            case 10:
            case 11:
            case 12:
            case 13:
            case 14:
            case 15: return static_cast<ThriftType>(*byte);
            default: fail_with(Errc::ParseFailed, "an unknown Thrift type"); return std::nullopt;
        }
    }

    /// `size` bytes, big endian.
    std::optional<std::uint64_t> take(std::size_t size) {
        if (bytes_.size() - at_ < size) {
            fail_with(Errc::ParseFailed, "the message ends early");
            return std::nullopt;
        }
        std::uint64_t number = 0;
        for (std::size_t byte = 0; byte < size; ++byte) {
            number = (number << 8u) | static_cast<unsigned char>(bytes_[at_++]);
        }
        return number;
    }

    /// A length or count: no value takes less than one byte, so neither can exceed what is left.
    std::optional<std::size_t> take_count() {
        const auto count = take(4);
        if (!count) return std::nullopt;
        if (*count > bytes_.size() - at_) {
            fail_with(Errc::ParseFailed, "a length exceeds what is left");
            return std::nullopt;
        }
        return static_cast<std::size_t>(*count);
    }

    bool fail_with(Errc code, std::string_view message) {
        if (!error_) error_ = Error{code, std::string(message), fmt::format("byte {}", at_)};
        return false;
    }

    const Format& format_;
    Arena& arena_;
    WireMessage& message_;
    std::string_view bytes_;
    std::size_t at_ = 0;
    std::optional<Error> error_;
};

}  // namespace

Status read_thrift(const Plan& plan,
                   const Format& format,
                   std::string_view bytes,
                   Arena& arena,
                   WireMessage& into) {
    return ThriftReader(format, arena, into).read(plan.root, bytes);
}

}  // namespace luqiao::mapping
