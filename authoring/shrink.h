// authoring/shrink.h - the smallest text that still fails.
#pragma once

#include <functional>
#include <string>

namespace luqiao::authoring {

/// Takes characters away, then puts plainer ones ("A", "0") in the place of others, as long as
/// `fails` holds; tries at most 2 000 texts. `fails(text)` holds for the text given.
std::string shrink(std::string text, const std::function<bool(const std::string&)>& fails);

}  // namespace luqiao::authoring
