// authoring/diff_list.h - the findings of a comparison while it runs, and its parts.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "authoring/diff.h"

namespace luqiao::authoring {

/// Collects findings of one file after the other.
class DiffList {
public:
    /// What follows is about this file: "forms/application".
    void in(std::string where) { where_ = std::move(where); }

    struct Change {
        std::string kind;
        std::string target;
        std::string before = {};
        std::string after = {};
    };
    void add(DiffClass level, Change change, Text reason) {
        out_.push_back({level, std::move(change.kind), where_, std::move(change.target),
                        std::move(change.before), std::move(change.after), std::move(reason)});
    }
    void safe(Change change, Text reason) {
        add(DiffClass::Safe, std::move(change), std::move(reason));
    }
    void review(Change change, Text reason) {
        add(DiffClass::Review, std::move(change), std::move(reason));
    }
    void breaking(Change change, Text reason) {
        add(DiffClass::Breaking, std::move(change), std::move(reason));
    }

    /// A setting that must stay as it is.
    template <class T>
    void fixed(std::string kind, const T& before, const T& after, const Text& reason) {
        if (before != after) {
            breaking({std::move(kind), {}, fmt::format("{}", before), fmt::format("{}", after)},
                     reason);
        }
    }

    std::vector<DiffFinding> take() { return std::move(out_); }

private:
    std::string where_;
    std::vector<DiffFinding> out_;
};

/// Calls `gone`, `added` and `both` for the names of two sorted maps.
template <class Map, class Gone, class Added, class Both>
void pair_up(const Map& before, const Map& after, Gone gone, Added added, Both both) {
    for (const auto& [name, old] : before) {
        const auto found = after.find(name);
        if (found == after.end()) {
            gone(name, old);
        } else {
            both(name, old, found->second);
        }
    }
    for (const auto& [name, now] : after) {
        if (!before.contains(name)) added(name, now);
    }
}

/// What one kind of file is called in findings.
struct FileKind {
    const char* folder;  ///< "forms"
    const char* kind;    ///< "form": "form.removed"
    Text name;           ///< {"表单", "form"}
};

/// Files of one kind by name: those that are gone break, new ones are safe, of the others `both`
/// tells what changed.
template <class Map, class Both>
void pair_up_files(
    const Map& before, const Map& after, const FileKind& of, DiffList& out, Both both) {
    const auto in = [&](const std::string& name) { out.in(fmt::format("{}/{}", of.folder, name)); };
    pair_up(
        before, after,
        [&](const std::string& name, const auto&) {
            in(name);
            out.breaking({fmt::format("{}.removed", of.kind), name},
                         {of.name.zh + "删除", fmt::format("the {} is gone", of.name.en)});
        },
        [&](const std::string& name, const auto&) {
            in(name);
            out.safe({fmt::format("{}.added", of.kind), name},
                     {"新的" + of.name.zh, fmt::format("a new {}", of.name.en)});
        },
        [&](const std::string& name, const auto& old, const auto& now) {
            in(name);
            both(*old, *now);
        });
}

/// The parts of diff_rules.
void diff_forms(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out);
void diff_formats(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out);
void diff_tables(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out);
void diff_maps(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out);
void diff_flows(const RuleSet& before, const RuleSet& after, DiffList& out);

}  // namespace luqiao::authoring
