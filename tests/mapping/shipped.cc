#include "tests/mapping/shipped.h"

#include "tests/places.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace luqiao::mapping {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

fs::path conf() {
    return fs::path(places::source()) / "conf";
}

Shipped compile_shipped() {
    std::vector<SourceFile> files;
    for (const char* folder : {"forms", "formats", "codes", "maps"}) {
        for (const auto& entry : fs::directory_iterator(conf() / folder)) {
            files.push_back(
                {std::string(folder) + "/" + entry.path().filename().string(), read(entry.path())});
        }
    }
    Shipped out;
    out.bundle = Bundle::compile(files, out.findings);
    return out;
}

std::map<std::string, std::string> values(const Scope& scope, const Row& row) {
    std::map<std::string, std::string> out;
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        if (row.slots[slot].has_value()) out[scope.fields[slot].path] = row.slots[slot].text();
    }
    return out;
}

void collect(const Block& block, Arrow skip, std::set<std::size_t>& slots) {
    for (const Rule& rule : block.rules) {
        if (const auto* row = std::get_if<RowRule>(&rule)) {
            if (row->arrow == skip || row->wire_constant || row->canonical_constant) continue;
            for (const FieldRef& field : row->canonical) {
                if (!field.in_item) slots.insert(field.slot);
            }
        } else if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) collect(branch, skip, slots);
        }
    }
}

}  // namespace

const Shipped& shipped() {
    static const Shipped once = compile_shipped();
    return once;
}

const Program& program(std::string_view name) {
    const Program* found = shipped().bundle->find(name);
    if (found == nullptr) {
        ADD_FAILURE() << "no map " << name;
        std::abort();
    }
    return *found;
}

std::string sample(const std::string& name) {
    return read(conf() / "samples" / name);
}

Record portal_application() {
    return std::move(decode(program("portal.apply"), sample("portal.apply.json")).record);
}

void set(Record& record, const Texts& texts) {
    for (const auto& [path, text] : texts) EXPECT_TRUE(record.set(path, text)) << path;
}

std::string describe(const Issues& issues) {
    std::string out;
    for (const Issue& issue : issues.list) out += to_json(issue) + "\n";
    return out;
}

std::map<std::string, std::string> values(const Record& record) {
    return values(record.form().root, record.root());
}

std::vector<std::string> both_ways(const Program& program) {
    std::set<std::size_t> read_slots;
    std::set<std::size_t> written;
    collect(program.body, Arrow::Write, read_slots);
    collect(program.body, Arrow::Read, written);
    std::vector<std::string> out;
    for (const std::size_t slot : written) {
        if (read_slots.contains(slot)) out.push_back(program.form->root.fields[slot].path);
    }
    return out;
}

std::vector<std::map<std::string, std::string>> items(const Record& record, std::string_view list) {
    std::vector<std::map<std::string, std::string>> out;
    const auto index = record.form().find_list(list);
    if (!index) {
        ADD_FAILURE() << "no list " << list;
        return out;
    }
    for (const Row& row : record.root().lists[*index]) {
        out.push_back(values(record.form().root.lists[*index].scope, row));
    }
    return out;
}

}  // namespace luqiao::mapping
