#include "mapping/type.h"

namespace luqiao::mapping {

std::string to_string(Privacy privacy) {
    switch (privacy) {
        case Privacy::C0: return "C0";
        case Privacy::C1: return "C1";
        case Privacy::C2: return "C2";
        case Privacy::C3: return "C3";
    }
    return "C3";
}

}  // namespace luqiao::mapping
