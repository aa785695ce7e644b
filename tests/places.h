// tests/places.h - where this checkout and its build are. Told by one object, so that the others
// are the same in every checkout and a compiler cache serves them all.
#pragma once

#include <string>

namespace luqiao::places {

const std::string& source();  ///< the checkout
const std::string& binary();  ///< the build folder

}  // namespace luqiao::places
