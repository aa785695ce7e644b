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
    settle.add_option("code", settled->code, "fee_not_allowed, contradiction, withdrawal_by_hand")
        ->required();
    settle.add_option("--item", settled->item, "serial of the item; else of every item");
    settle.add_option("--actor", settled->actor, "who does it, for the audit")->required();
    settle.add_option("--reason", settled->reason, "why; no personal data")->required();
    settle.add_flag("--json", settled->json, "one JSON document");
    add_conf_flag(settle, settled->conf);
    settle.callback(
        [settled, &chosen] { chosen = [settled] { return case_settle_command(*settled); }; });
}

}  // namespace luqiao::app
