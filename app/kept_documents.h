// app/kept_documents.h - which of the broker's own documents may go for age.
//
//   manifest of a party     once neither its day nor a day beside it, for which it is looked at
//                           too, waits to be settled
//   compared day            once it is balanced, with the settlements of its differences
//   ours that was given     with its time: whether a day was given says nothing of what is open
//   plan of a re-drive      once it is done or cancelled, with the order of another node to end it;
//                           the newest of a node stays, so that no number is given twice
//   hold that was released  at once: the audit says who held what
//
// They are evidence: what is said of them in the audit goes with them, not before (docs/adr/0026).
#pragma once

#include "app/recon.h"
#include "broker/retention.h"

#include <string>

namespace luqiao::app {

/// broker::FindOldDocuments of a node. @errors those of the store, Corruption
Result<broker::OldDocuments> find_old_documents(Reconciler& reconciler,
                                                broker::Store& store,
                                                Instant before,
                                                const std::string& after);

}  // namespace luqiao::app
