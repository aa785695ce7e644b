// mapping/keep_base.h - `base keep`: what a party's earlier message says beyond the rows is carried
// into the message that is written over it.
#pragma once

#include "mapping/plan.h"
#include "mapping/program.h"

#include <string>
#include <string_view>
#include <vector>

namespace luqiao::mapping {

/// Which places of a message the rows write, by PathNode::number, and by which field the items of a
/// list are told apart.
class Written {
public:
    Written(const Program& program, const Plan& plan);

    /// A leaf that some row writes, or a list that some `each` writes.
    [[nodiscard]] bool covers(const PathNode& node) const { return covers_[node.number]; }
    /// The field of an item that carries the list's key; nullptr: the list has none, it is replaced
    /// whole.
    [[nodiscard]] const WireField* key(const PathNode& list) const { return keys_[list.list]; }

private:
    void block(const Program& program, const Block& rules, const EachRule* each);
    void walk(const PathNode& node, const std::vector<bool>* scope);

    std::vector<bool> covers_;
    std::vector<bool> root_;                ///< root slots that are written
    std::vector<std::vector<bool>> items_;  ///< the same per list
    std::vector<bool> lists_;
    std::vector<const WireField*> keys_;
};

/// Both are whole messages in UTF-8 of the kind in the name; `base` has been read without an error.
/// What a row covers is as in `written`, also when it is not there; all else is as in `base`:
/// fields of the format without a row, fields the format does not know. Items of a list with a key
/// are laid over the item of the same key.
std::string keep_json(const Written& rows,
                      const PathNode& root,
                      std::string_view written,
                      std::string_view base);
/// Comments and processing instructions of `base` are not kept.
Result<std::string> keep_xml(const Written& rows,
                             const Plan& plan,
                             const Format& format,
                             std::string_view written,
                             std::string_view base);

/// The bytes of a message with what `base` says beyond the rows; in the format's charset.
/// @errors those of reading `base`; NotEncodable
Result<std::string> keep_base(const Program& program,
                              std::string_view written,
                              std::string_view base);

}  // namespace luqiao::mapping
