#include "mapping/wire.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kColumnsMax = 1000;

/// Records of RFC 4180: quoted fields may hold the delimiter, line ends and doubled quotes.
class CsvReader {
public:
    CsvReader(const Format& format, std::string_view text, Arena& arena)
        : format_(format), text_(text), arena_(arena) {}

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] std::size_t offset() const { return at_; }

    /// The next record, up to and with its line end.
    Status record(std::vector<Slot>& columns) {
        columns.clear();
        while (true) {
            if (columns.size() == kColumnsMax) return error("too many columns");
            LQ_TRY(const Slot column, peek() == '"' ? quoted() : bare());
            columns.push_back(column);
            if (peek() != format_.delimiter || at_end()) break;
            ++at_;
        }
        if (!at_end()) at_ += text_.substr(at_, 2) == "\r\n" ? 2u : 1u;
        return {};
    }

private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    Error error(std::string_view message) const {
        return fail(Errc::ParseFailed, "{}", message).at(fmt::format("byte {}", at_));
    }

    Result<Slot> bare() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != format_.delimiter && text_[at_] != '\n' &&
               text_.substr(at_, 2) != "\r\n") {
            if (text_[at_] == '"') return error("a quote inside a field without quotes");
            ++at_;
        }
        return slot(text_.substr(begin, at_ - begin));
    }

    Result<Slot> quoted() {
        const std::size_t begin = ++at_;
        bool doubled = false;
        while (true) {
            const std::size_t quote = text_.find('"', at_);
            if (quote == std::string_view::npos) return error("a quoted field is not closed");
            at_ = quote + 1;
            if (peek() != '"') break;
            doubled = true;
            ++at_;
        }
        std::string_view inner = text_.substr(begin, at_ - 1 - begin);
        if (doubled) inner = without_doubled(inner);
        const bool ends = at_ == text_.size() || peek() == format_.delimiter || peek() == '\n' ||
                          text_.substr(at_, 2) == "\r\n";
        if (!ends) return error("text behind a closing quote");
        return slot(inner);
    }

    std::string_view without_doubled(std::string_view inner) {
        char* const begin = arena_.take(inner.size());
        char* out = begin;
        for (std::size_t at = 0; at < inner.size(); ++at) {
            *out++ = inner[at];
            if (inner[at] == '"') ++at;
        }
        return {begin, static_cast<std::size_t>(out - begin)};
    }

    [[nodiscard]] Slot slot(std::string_view text) const {
        return text.empty() ? empty_slot(format_) : seen_slot(text);
    }

    const Format& format_;
    std::string_view text_;
    Arena& arena_;
    std::size_t at_ = 0;
};

/// Which slot each column fills; nothing: the format has no such column.
class Columns {
public:
    /// `slots` is taken over: its memory is used again.
    Columns(const Format& format, std::vector<std::size_t>& slots)
        : format_(format), slots_(slots) {
        slots_.clear();
        const auto& fields = record_scope(format).fields;
        for (std::size_t slot = 0; slot < fields.size(); ++slot) {
            if (!format.has_header) at(fields[slot].offset) = slot;
        }
    }

    /// @errors ParseFailed: a title occurs twice
    Status header(const std::vector<Slot>& titles, WireMessage& into) {
        const auto& fields = record_scope(format_).fields;
        for (std::size_t column = 0; column < titles.size(); ++column) {
            const std::string_view title = titles[column].text();
            for (std::size_t slot = 0; slot < fields.size(); ++slot) {
                if (fields[slot].segments.empty() || fields[slot].segments[0] != title) continue;
                if (std::find(slots_.begin(), slots_.end(), slot) != slots_.end()) {
                    return fail(Errc::ParseFailed, "a title occurs twice")
                        .at(fmt::format("column {}", column + 1));
                }
                at(column) = slot;
            }
            if (at(column) == kNoSlot) note_unknown(format_, {nullptr, title, 0}, into);
        }
        return {};
    }

    void fill(const std::vector<Slot>& columns, WireRow& row, WireMessage& into) const {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            const std::size_t slot = column < slots_.size() ? slots_[column] : kNoSlot;
            if (slot != kNoSlot) {
                row.slots[slot] = columns[column];
            } else if (!format_.has_header || column >= slots_.size()) {
                const std::string name = fmt::format("column {}", column + 1);
                note_unknown(format_, {nullptr, name, 0}, into);
            }
        }
    }

private:
    static constexpr std::size_t kNoSlot = SIZE_MAX;

    std::size_t& at(std::size_t column) {
        if (column >= slots_.size()) slots_.resize(column + 1, kNoSlot);
        return slots_[column];
    }

    const Format& format_;
    std::vector<std::size_t>& slots_;
};

}  // namespace

Status read_csv(const Plan& /*plan*/,
                const Format& format,
                std::string_view bytes,
                Arena& arena,
                WireMessage& into) {
    LQ_TRY(const std::string_view text, message_text(format, bytes, arena));
    // Kept from message to message.
    thread_local std::vector<Slot> record;
    thread_local std::vector<std::size_t> slots;
    CsvReader csv(format, text, arena);
    Columns columns(format, slots);
    if (format.has_header) {
        LQ_CHECK(csv.record(record));
        LQ_CHECK(columns.header(record, into));
    }
    const WireList* list = record_list(format);
    std::size_t count = 0;
    while (!csv.at_end() || (count == 0 && list == nullptr)) {
        if (list == nullptr && count == 1) {
            return fail(Errc::ParseFailed, "one record was expected, there are several")
                .at(fmt::format("byte {}", csv.offset()));
        }
        if (list != nullptr && list->items_max != 0 && count == list->items_max) {
            note_too_many(*list, fmt::format("byte {}", csv.offset()), into);
            return {};
        }
        LQ_CHECK(csv.record(record));
        WireRow& row = list != nullptr ? into.root.add(0, list->scope) : into.root;
        columns.fill(record, row, into);
        ++count;
    }
    return {};
}

}  // namespace luqiao::mapping
