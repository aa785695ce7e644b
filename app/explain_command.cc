#include "app/configuration.h"
#include "app/map_uses.h"
#include "app/rule_commands.h"

#include <fmt/format.h>

#include <cstdio>

#include "authoring/lineage.h"

namespace luqiao::app {
namespace {

using authoring::FieldLineage;

int show_matrix(const ExplainOptions& options,
                const std::vector<FieldLineage>& all,
                std::string_view bundle) {
    const auto least = static_cast<mapping::Privacy>(options.least[1] - '0');
    const authoring::Matrix matrix = authoring::matrix_of(all, least);
    if (options.json) {
        fmt::print("{}\n", authoring::to_json(matrix, bundle));
    } else if (options.csv) {
        fmt::print("{}", authoring::to_csv(matrix));
    } else {
        fmt::print("{}", authoring::to_table(matrix));
    }
    return kDone;
}

int not_found(const std::string& query, const std::vector<FieldLineage>& all) {
    fmt::print(stderr, "没有字段 {} | there is no field {}\n", query, query);
    const auto close = authoring::similar_fields(all, query);
    if (!close.empty()) {
        fmt::print(stderr, "是否指：{} | did you mean: {}\n", fmt::join(close, "、"),
                   fmt::join(close, ", "));
    }
    return kNotFound;
}

}  // namespace

int explain_command(const ExplainOptions& options) {
    if (options.field.empty() == !options.matrix) {
        fmt::print(stderr, "请给出一个字段或 --matrix | name one field, or use --matrix\n");
        return kBadUsage;
    }
    const Configuration configuration =
        load_configuration(options.conf.conf, options.conf.overlays);
    if (!is_usable(configuration)) return kBadUsage;
    const mapping::Bundle& bundle = *configuration.realm->bundle;
    const auto all = authoring::lineage_of(bundle, map_uses(*configuration.realm));
    if (options.matrix) return show_matrix(options, all, bundle.hash());
    const auto found = authoring::find_fields(all, options.field);
    if (found.empty()) return not_found(options.field, all);
    if (options.json) {
        fmt::print("{}\n", authoring::to_json(found, bundle.hash()));
    } else {
        fmt::print("{}", authoring::to_table(found));
    }
    return kDone;
}

}  // namespace luqiao::app
