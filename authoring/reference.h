// authoring/reference.h - reference pages made of the code's own declarations.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace luqiao::authoring {

/// One page of docs/reference, which is checked in as it is written here.
struct ReferencePage {
    std::string_view name;  ///< "codecs": docs/reference/codecs.md
    std::string (*write)() = nullptr;
};
std::span<const ReferencePage> reference_pages();
/// nullptr: there is none of that name.
const ReferencePage* find_reference_page(std::string_view name);

/// Every codec with its arguments, grade, what can fail and its examples, which the tests run.
std::string codec_reference();

/// Every function of expressions with its arguments and examples.
std::string function_reference();

/// Every code of a finding: cause, what to do, and a mistake with its mending.
std::string diagnostic_reference();

}  // namespace luqiao::authoring
