#include "tests/places.h"

namespace luqiao::places {

const std::string& source() {
    static const std::string path = LUQIAO_SOURCE_DIR;
    return path;
}

const std::string& binary() {
    static const std::string path = LUQIAO_BINARY_DIR;
    return path;
}

}  // namespace luqiao::places
