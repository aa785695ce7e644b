#include "tests/broker/store_rows.h"

#include "tests/broker/store_sqlite_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace luqiao::broker {

std::string rows_of(const std::string& path) {
    auto opened = SqliteConnection::open(path, SqliteConnection::Mode::ReadOnly);
    if (!opened) return "cannot be opened";
    auto tables =
        opened->prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    if (!tables) return "cannot be read";
    std::string out;
    SqliteRows names = tables->query();
    while (must(names.next())) {
        const std::string table = names.text(0);
        std::string values;
        auto columns = opened->prepare("SELECT name FROM pragma_table_info(?)");
        SqliteRows column = columns->query(table);
        while (must(column.next())) {
            if (column.text(0) == "lease_boot") continue;
            const std::string name = column.text(0);
            values += values.empty() ? "" : " || ',' || ";
            values += name == "body" ? "length(body) || ':' || hex(substr(body, -20))"
                                     : "quote(" + name + ")";
        }
        auto all = opened->prepare(fmt::format("SELECT {0} FROM {1} {2} ORDER BY 1", values, table,
                                               table == "meta" ? "WHERE name <> 'boots'" : ""));
        SqliteRows rows = all->query();
        out += "[" + table + "]\n";
        while (must(rows.next())) out += rows.text(0) + "\n";
    }
    return out;
}

std::string difference(const std::string& got, const std::string& wanted) {
    const auto [a, b] = std::mismatch(got.begin(), got.end(), wanted.begin(), wanted.end());
    const auto line = [](const std::string& text, std::string::const_iterator at) {
        const auto end = static_cast<std::size_t>(at - text.begin());
        const std::size_t from = end == 0 ? 0 : text.rfind('\n', end - 1) + 1;
        return text.substr(from, std::min<std::size_t>(200, text.find('\n', end) - from));
    };
    return "got    " + line(got, a) + "\nwanted " + line(wanted, b);
}

std::filesystem::path image_folder() {
    const std::filesystem::path memory = "/dev/shm";
    const auto base =
        ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    return base / fmt::format("luqiao-power-{}", ::getpid());
}

}  // namespace luqiao::broker
