#include "app/rule_commands.h"

#include <fmt/format.h>

#include <cstdio>

#include "authoring/reference.h"

namespace luqiao::app {

int doc_command(const DocOptions& options) {
    const authoring::ReferencePage* const page = authoring::find_reference_page(options.page);
    if (page == nullptr) {
        std::string names;
        for (const authoring::ReferencePage& one : authoring::reference_pages()) {
            names += (names.empty() ? "" : ", ") + std::string(one.name);
        }
        fmt::print(stderr, "没有参考页 {}，有：{} | there is no page {}; there are: {}\n",
                   options.page, names, options.page, names);
        return kNotFound;
    }
    fmt::print("{}", page->write());
    return kDone;
}

}  // namespace luqiao::app
