// authoring/row_run.h - one row run by itself: canonical text to the party's and back, with what
// the column can hold.
#pragma once

#include "mapping/codec.h"

#include <optional>
#include <string>
#include <string_view>

#include "authoring/rows.h"

namespace luqiao::authoring {

/// What one direction of a row gave.
struct Step {
    mapping::SlotState state = mapping::SlotState::Value;
    std::string text;
    Errc reason = Errc::BadValue;  ///< when Bad
    bool by_codec = false;         ///< Bad: a codec of the chain said so, not the column

    [[nodiscard]] bool has_value() const { return state == mapping::SlotState::Value; }
    /// The text, "absent", "cleared", "bad (E2004)"
    [[nodiscard]] std::string shown() const;
    bool operator==(const Step& other) const {
        return state == other.state && (!has_value() || text == other.text);
    }
};

/// A row with one field on each side. Does not judge `req`, `default` and what happens to bad
/// values. Not shared by threads.
class RowRun {
public:
    /// The arguments outlive it.
    RowRun(const mapping::Program& program, const RowPlace& place);

    Step write(std::string_view canonical);
    /// With the type's own check.
    Step read(std::string_view wire);
    /// Without it: what the codecs alone give.
    Step read_raw(std::string_view wire);
    /// The value after the chain's normalisers alone; nothing: they leave no value.
    std::optional<std::string> normal(std::string_view canonical);
    /// The date on which code tables are judged; nothing: they are not.
    void set_as_of(std::optional<Date> date) { context_.as_of = date; }

    /// Whether the row reads and what it wrote should come back: its grade is E or C.
    [[nodiscard]] bool reads() const;
    [[nodiscard]] const mapping::Type& type() const { return type_; }
    [[nodiscard]] const mapping::CodeTable* table() const { return table_; }

private:
    Step column(std::string_view text, std::string_view canonical) const;

    const mapping::Program& program_;
    const mapping::RowRule& row_;
    const mapping::WireField& wire_;
    const mapping::Type& type_;
    const mapping::CodeTable* table_;
    mapping::Arena arena_;
    mapping::CodecContext context_;
};

/// A codec that does the same both ways, such as trim: it changes a value once and never again.
bool is_normaliser(const mapping::CodecCall& call);

/// The type whose values the row is for: in a text field that of the chain's last codec, such as a
/// document with check digits; else the field's own.
mapping::Type effective_type(const mapping::RowRule& row, const mapping::Type& type);

/// Whether the row has one field on each side and a chain that reads or writes it.
bool is_simple(const RowPlace& place);

}  // namespace luqiao::authoring
