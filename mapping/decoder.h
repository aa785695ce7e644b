// mapping/decoder.h - one message being decoded: the rows run over wire slots and fill a record.
#pragma once

#include "mapping/row_issue.h"
#include "mapping/translator.h"
#include "mapping/wire.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// The reason of a wire slot that an issue was given for already.
inline constexpr Errc kReported = Errc::Internal;

/// Used once per message. decode.cc runs the rows, decode_each.cc those of lists, decode_fast.cc
/// those whose value is good; decode_judge.cc judges what can be judged only
/// when the whole record is there: required fields, checks, items to drop.
class Decoder {
public:
    struct Scratch;

    Decoder(const Program& program, const Plan& plan, Scratch& scratch, Decoded& out);

    void run(std::string_view bytes);

private:
    /// Where rows read and write: the message itself or one item.
    struct Here {
        ItemPlace at = {};
        Row* item = nullptr;
        WireRow* wire_item = nullptr;
    };
    /// What a chain gave: the value, or which of its codecs failed.
    struct ChainResult {
        CodecResult result;
        const CodecCall* failed = nullptr;
    };
    /// One field of a row on its way into the record.
    struct Part {
        std::size_t field = 0;  ///< which of the row's canonical fields
        std::string_view wire;
        ChainResult value;
    };
    struct Wrong {
        Errc reason;
        std::string expected;
        std::string_view got;
        std::size_t wire_part = 0;  ///< of several wire fields
    };
    /// `req` of a field that had no value, or a check.
    struct Pending {
        const RowRule* row = nullptr;
        const Check* check = nullptr;
        ItemPlace at = {};
    };
    /// A field about which something was said already.
    struct Said {
        ItemPlace at;
        FieldRef field;
    };

    void natural_key();
    void as_of();
    void block(std::size_t block, const Here& here);
    bool in_short(const Op& op, const Here& here);
    Slot in_short_value(const Op& op, const Slot& wire);
    Slot in_short_chain(const Op& op, const Slot& wire);
    void stamp(const Op& op, const Here& here);
    void row(const RowRule& rule, const Here& here);
    void each(const EachRule& rule, const Op& op);
    void columns(const EachRule& rule, const Op& op);
    WireRow& wire_row(const RowRule& rule, const Here& here);
    void wires(const RowRule& rule, const Here& here);
    static std::span<const CodecCall> between(const RowRule& rule);
    void wrong_wire(const RowRule& rule, const Here& here, Slot& wire, std::size_t part);
    void value(const RowRule& rule, const Here& here, std::string_view wire);
    void tuple(const RowRule& rule, const Here& here, std::string_view wire);
    ChainResult decode_chain(std::span<const CodecCall> calls, std::string_view text);
    void finish(const RowRule& rule, const Here& here, const Part& part);
    Slot kept(std::string_view text, std::string_view wire);
    Slot& slot(const RowRule& rule, const Here& here, std::size_t part);
    void missing(const RowRule& rule, const Here& here, SlotState state, bool is_sentinel);
    void on_absent(const RowRule& rule, const Here& here);
    void bad(const RowRule& rule, const Here& here, const Wrong& wrong, std::size_t part = 0);
    void set_bad(const RowRule& rule, const Here& here, Errc reason);
    void report(const RowRule& rule,
                const ItemPlace& at,
                const Wrong& wrong,
                Severity severity,
                std::size_t part = 0);

    void wire_required(const WireScope& scope, const WireRow& row, const ItemPlace& at);
    void unread_bad(const WireScope& scope, const WireRow& row, const ItemPlace& at);
    void judge_pending();
    void judge_required(const Pending& pending);
    void judge_check(const Check& check, const ItemPlace& at);
    void form_rules();
    void form_required(const Row& row, const ItemPlace& at);
    void drop_items();
    [[nodiscard]] const Row* item_row(const ItemPlace& at) const;
    [[nodiscard]] const Slot& slot_at(const FieldRef& ref, const ItemPlace& at) const;
    [[nodiscard]] bool was_said(const FieldRef& ref, const ItemPlace& at) const;
    bool add(const RowFinding& finding);

    const Program& program_;
    const Plan& plan_;
    const Format& format_;
    WireMessage& message_;
    Decoded& out_;
    CodecContext context_;
    std::vector<Pending>& pending_;
    std::vector<Said>& said_;
    std::vector<ItemPlace>& issue_items_;  ///< of each issue
    std::vector<ItemPlace>& dropped_;
    std::vector<ItemPlace>& items_;  ///< that were read
};

/// What is kept from one message to the next: parsers, wire slots, lists of findings.
struct Decoder::Scratch {
    WireMessage message;
    std::vector<Pending> pending;
    std::vector<Said> said;
    std::vector<ItemPlace> issue_items;
    std::vector<ItemPlace> dropped;
    std::vector<ItemPlace> items;
};

}  // namespace luqiao::mapping
