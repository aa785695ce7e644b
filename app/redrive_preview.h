// app/redrive_preview.h - the dry run of a plan: what it would send, and what that changes.
#pragma once

#include "app/redrive.h"
#include "app/redrive_ask.h"
#include "broker/pipeline.h"
#include "broker/store.h"

#include <string>

namespace luqiao::app {

/// The plan's own document with "deliveries": the first 20 that it would send now, each {"id",
/// "case_number","party","map","state","cause","attempts","at_target","bytes","sm3","bundle"}, and
/// "shown". "at_target" is what the party says, asked now: "yes", "no", or "unknown" when it cannot
/// be asked or does not answer within three seconds. When the plan sends by the rules in force
/// there is also "rewritten": {"bytes","sm3","bundle","differences":[{"field","label","before",
/// "after"}]}, values of C2 masked and of C3 hidden, or {"findings":[…]} of what cannot be written.
/// "targets" is {"asked","yes","no","unknown","not_asked"}, of all that is left: the first 200 are
/// asked about within ten seconds (app/redrive_ask.h), the rest was not asked. Takes as long; sends
/// nothing, changes nothing. @errors those of the store
Result<std::string> preview(const RedrivePlan& plan,
                            broker::Store& store,
                            broker::Pipeline& pipeline,
                            const AskLimits& limits = {});

}  // namespace luqiao::app
