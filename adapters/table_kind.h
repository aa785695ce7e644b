// adapters/table_kind.h - the two halves of the table adapter, for its list entry only.
#pragma once

#include "adapters/registry.h"

namespace luqiao::adapters {

Spec table_outlet_spec();
Spec table_inlet_spec();
Result<std::unique_ptr<broker::Outlet>> make_table_outlet(const Making& making);
Result<std::unique_ptr<broker::Inlet>> make_table_inlet(const Making& making);

}  // namespace luqiao::adapters
