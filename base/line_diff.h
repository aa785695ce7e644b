// base/line_diff.h - which lines of a text changed, as a person reads it.
#pragma once

#include <string>
#include <string_view>

namespace luqiao {

/// The lines that differ, in hunks without context:
///
///     @@ -4 +4 @@
///     -applicant.surname <-> xm ： trim
///     +applicant.surname <-> xm : trim
///
/// Empty when the texts are equal. Texts of more than 20 000 lines in their differing part are
/// shown as one hunk.
std::string line_diff(std::string_view before, std::string_view after);

}  // namespace luqiao
