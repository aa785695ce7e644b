// app/case_commands.h - the commands of `luqiao case` that are about one 办件.
#pragma once

#include "app/rule_commands.h"

#include <string>

namespace luqiao::app {

/// `luqiao case show|settle|accept`, beside those of golden cases.
void add_desk_commands(CLI::App& cases, Chosen& chosen);

/// `luqiao case show NO`: the case as the operator sees it.
struct CaseOptions {
    ConfOptions conf;
    std::string number;
    bool json = false;
};
int case_show_command(const CaseOptions& options);

/// `luqiao case settle NO CODE`: an alert that nothing else ends is seen to.
struct CaseSettleOptions {
    ConfOptions conf;
    std::string number, code;
    std::string item;  ///< serial; empty: of whatever item
    std::string actor, reason;
    bool json = false;
};
int case_settle_command(const CaseSettleOptions& options);

/// `luqiao case accept NO STATE`: an answer that contradicts a decision becomes the decision.
struct CaseAcceptOptions {
    ConfOptions conf;
    std::string number, state;
    std::string item;  ///< serial; empty: the only item with such an answer
    std::string actor, reason;
    bool json = false;
};
int case_accept_command(const CaseAcceptOptions& options);

}  // namespace luqiao::app
