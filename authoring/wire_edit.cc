#include "authoring/wire_edit.h"

#include "mapping/wire.h"

namespace luqiao::authoring {

std::optional<std::string> edited(const mapping::Program& program,
                                  std::string_view bytes,
                                  const std::vector<WireEdit>& edits) {
    const mapping::Plan& plan = program.plan.of(program);
    mapping::Arena arena;
    mapping::WireMessage message;
    message.reset(plan, *program.format);
    if (!mapping::read_wire(plan, *program.format, bytes, arena, message)) return std::nullopt;
    for (const WireEdit& edit : edits) {
        mapping::WireRow* row = &message.root;
        if (edit.place->row->wire_in_item && edit.place->each != nullptr) {
            mapping::WireItems& items = message.root.lists[edit.place->each->wire_list];
            if (items.count == 0) continue;
            row = &items.rows.front();
        }
        mapping::Slot& slot = row->slots[edit.place->row->wire.front()];
        slot = edit.text ? mapping::value_slot(arena.copy(*edit.text)) : mapping::Slot{};
    }
    std::string out;
    if (!mapping::write_wire(plan, *program.format, message.root, out)) return std::nullopt;
    return out;
}

}  // namespace luqiao::authoring
