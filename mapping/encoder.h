// mapping/encoder.h - one record being written: the rows run over it and fill wire slots.
#pragma once

#include "mapping/evaluate.h"
#include "mapping/row_issue.h"
#include "mapping/translator.h"
#include "mapping/wire.h"

#include <optional>
#include <string>
#include <string_view>

namespace luqiao::mapping {

/// Used once per message. encode.cc runs the rows, encode_fast.cc those whose value is good;
/// encode_value.cc takes one value through its chain into its slot, or says why it cannot.
class Encoder {
public:
    Encoder(
        const Program& program, const Plan& plan, const Record& record, WireRow& root, Arena& arena)
        : program_(program),
          plan_(plan),
          format_(*program.format),
          record_(record),
          root_(root),
          context_{arena, std::nullopt},
          trusts_(&record.form() == program.form.get()) {}

    Issues run();

private:
    struct Here {
        ItemPlace at = {};
        const Row* item = nullptr;
        WireRow* wire_item = nullptr;
    };
    struct Wrong {
        Errc reason;
        std::string expected;
        std::string_view got;
        std::size_t part = 0;
    };

    [[nodiscard]] Operands operands(const Here& here);
    void block(std::size_t block_at, const Here& here);
    bool in_short(const Op& op, const Here& here);
    Slot in_short_value(const Op& op, const Slot& from);
    Slot in_short_chain(const Op& op, const Slot& from, bool typed);
    [[nodiscard]] bool fits(const Op& op, const Slot& value) const;
    void each(const EachRule& rule, const Op& op);
    [[nodiscard]] bool has_error_from(std::size_t first) const;
    /// The item last added is not for this receiver: it stays out, and what was wrong with it is
    /// told as a warning.
    void drop_item(const EachRule& rule, std::size_t first_issue);
    void only_warn(std::size_t first_issue);
    /// Item after item into column after column; an item that is dropped leaves its column free.
    void columns(const EachRule& rule, const Op& op);
    void clear_column(const Block& rules);
    void row(const RowRule& rule, const Here& here);
    void computed(const RowRule& rule, const Here& here, Slot& wire);
    const Slot& slot(const RowRule& rule, const Here& here, std::size_t part) const;
    void single(const RowRule& rule, const Here& here, Slot& wire);
    /// `text` when the field's type allows it.
    std::optional<std::string_view> checked(const RowRule& rule,
                                            const Here& here,
                                            std::size_t part,
                                            std::string_view text);
    bool is_required(const RowRule& rule, const Here& here);
    /// Sentinels are asked for from the canonical side on; the first one that has a text wins.
    void missing(const RowRule& rule, const Here& here, Slot& wire, SlotState state);
    void on_absent(const RowRule& rule, const Here& here);
    void tuple(const RowRule& rule, const Here& here, Slot& wire);
    void value(const RowRule& rule, const Here& here, Slot& wire, std::string_view text);

    struct From {
        std::size_t codecs;  ///< of the chain, from the wire side, that are still to be run
        std::string_view text;
        std::string_view got;  ///< the canonical text, for issues
        std::size_t wire = 0;  ///< which wire field, of several
    };

    void encode_from(const RowRule& rule, const Here& here, Slot& wire, const From& from);
    /// Several wire fields: the chain's first codec takes the text apart for them.
    void cut(const RowRule& rule, const Here& here, Slot& wire, const From& from);
    /// The last step: what the format can hold.
    void put(const RowRule& rule, const Here& here, Slot& wire, const From& from);
    struct TooLong {
        std::size_t most;
        Charset charset;
        std::string_view got;
    };
    void too_long(const RowRule& rule, const Here& here, Slot& wire, const TooLong& what);
    /// "GBK; character 3 is not"; empty: all of it is.
    [[nodiscard]] std::string encodable(std::string_view text) const;
    void bad(const RowRule& rule, const Here& here, Slot& wire, const Wrong& wrong);
    void wire_required(const WireScope& scope, const WireRow& row, const ItemPlace& at);
    void report(const RowRule& rule, const Here& here, const Wrong& wrong, Severity severity);

    const Program& program_;
    const Plan& plan_;
    const Format& format_;
    const Record& record_;
    WireRow& root_;
    CodecContext context_;
    Issues issues_;
    bool trusts_;              ///< the record is of the very form: Slot::typed counts
    bool drops_item_ = false;  ///< a row of the current item said `drop`
};

}  // namespace luqiao::mapping
