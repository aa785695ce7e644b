#include "app/case_commands.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace luqiao::app {

void add_desk_commands(CLI::App& cases, Chosen& chosen) {
    CLI::App& show = *cases.add_subcommand("show", "one case: items, timeline, deliveries, alerts");
    const auto shown = std::make_shared<CaseOptions>();
    show.add_option("number", shown->number, "case number")->required();
    show.add_flag("--json", shown->json, "one JSON document");
    add_conf_flag(show, shown->conf);
    show.callback([shown, &chosen] { chosen = [shown] { return case_show_command(*shown); }; });

    CLI::App& settle =
        *cases.add_subcommand("settle", "了结提醒: an alert that nothing else ends is seen to");
    const auto settled = std::make_shared<CaseSettleOptions>();
    settle.add_option("number", settled->number, "case number")->required();
    settle
        .add_option("code", settled->code,
                    "fee_not_allowed, contradiction, withdrawal_by_hand, prerequisite_revoked")
        ->required();
    settle.add_option("--item", settled->item, "serial of the item; else of every item");
    settle.add_option("--actor", settled->actor, "who does it, for the audit")->required();
    settle.add_option("--reason", settled->reason, "why; no personal data")->required();
    settle.add_flag("--json", settled->json, "one JSON document");
    add_conf_flag(settle, settled->conf);
    settle.callback(
        [settled, &chosen] { chosen = [settled] { return case_settle_command(*settled); }; });

    CLI::App& accept = *cases.add_subcommand(
        "accept", "采纳矛盾答复: the answer that contradicts a decision becomes the decision");
    const auto accepted = std::make_shared<CaseAcceptOptions>();
    accept.add_option("number", accepted->number, "case number")->required();
    accept
        .add_option("state", accepted->state,
                    "what the answer says: granted, refused, not_accepted, withdrawn, revoked")
        ->required();
    accept.add_option("--item", accepted->item, "serial of the item; else the only one");
    accept.add_option("--actor", accepted->actor, "who does it, for the audit")->required();
    accept.add_option("--reason", accepted->reason, "why; no personal data")->required();
    accept.add_flag("--json", accepted->json, "one JSON document");
    add_conf_flag(accept, accepted->conf);
    accept.callback(
        [accepted, &chosen] { chosen = [accepted] { return case_accept_command(*accepted); }; });
}

}  // namespace luqiao::app
