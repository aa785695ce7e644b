// tests/fuzz/wire_fuzz.cc - any bytes through the reader of one kind; what was read must come back.
//
// Compiled once per kind with LUQIAO_FUZZ_KIND = json, xml, fixed, thrift, csv or table.
#include "mapping/bundle.h"
#include "mapping/wire.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace luqiao::mapping {
namespace {

#define LUQIAO_TEXT_INNER(kind) #kind
#define LUQIAO_TEXT(kind) LUQIAO_TEXT_INNER(kind)

/// One format per kind with every feature of it.
std::string format_text(const std::string& kind) {
    const std::string head = "format p.m v1\nkind " + kind + "\nlimit 65536 bytes 16 deep\n";
    if (kind == "json") {
        return head +
               "id text\nn int\nx number\nb bool\ngroup g\na text\ngroup h\nc text\nend\nend\n"
               "list cl max 9\nlx text\nn int\nend\nlist tags max 9\ntag text @ self\nend\n";
    }
    if (kind == "xml") {
        return head +
               "charset gb18030\nroot D\na text\ngroup g\nb text\nc text @ attribute c\nend\n"
               "list l @ l.i max 9\nd text @ attribute d\ne text\nend\nlist s max 9\nt text @ "
               "self\nend\n";
    }
    if (kind == "fixed") {
        return head + "charset gb18030\nrecord 16\na text @ 0+8\nb text @ 8+3\nc text @ 11+5\n";
    }
    if (kind == "thrift") {
        return head +
               "a text @ 1\nb i32 @ 2\nc i64 @ 3\nd double @ 4\ne bool @ 5\ngroup g @ 6\nf text @ "
               "1\n"
               "end\nlist l @ 7 max 9\nh text @ 1\ni i32 @ 2\nend\nlist s @ 8 max 9\nt text @ "
               "self\nend\n";
    }
    if (kind == "table") {
        return head +
               "charset gbk\ngroup m @ M\na text\nb text\nend\nlist k @ K max 9\nc text\nend\n";
    }
    return head + "charset gbk\ndelimiter \"|\"\na text\nb text\nc text\n";
}

class Target {
public:
    Target() {
        Diagnostics findings;
        const auto bundle = Bundle::compile(
            {{"formats/p.m.format", format_text(LUQIAO_TEXT(LUQIAO_FUZZ_KIND))}}, findings);
        if (findings.has_errors()) {
            for (const Diagnostic& finding : findings.list()) std::puts(render(finding).c_str());
            std::abort();
        }
        program_.form = std::make_shared<Form>();
        program_.format = bundle->format("p.m");
    }

    void run(std::string_view bytes) {
        const Plan& plan = program_.plan.of(program_);
        const Format& format = *program_.format;
        arena_.reset();
        if (!read_wire(plan, format, bytes, arena_, first_) || !first_.issues.empty()) return;
        if (!is_clean(format.root_scope, first_.root)) return;
        if (!write_wire(plan, format, first_.root, written_)) return;
        if (written_.size() > format.size_max) return;
        if (!read_wire(plan, format, written_, again_arena_, again_) ||
            !same(first_.root, again_.root)) {
            std::abort();
        }
        again_arena_.reset();
    }

private:
    /// Bad slots and control characters are never written by the encoder.
    bool is_clean(const WireScope& scope, const WireRow& row) const {
        for (const Slot& slot : row.slots) {
            if (slot.state == SlotState::Bad) return false;
            for (const char byte : slot.has_value() ? slot.text() : std::string_view{}) {
                if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) return false;
            }
        }
        for (std::size_t list = 0; list < scope.lists.size(); ++list) {
            for (std::size_t item = 0; item < row.lists[list].count; ++item) {
                const WireRow& inner = row.lists[list].rows[item];
                if (!is_clean(scope.lists[list].scope, inner)) return false;
            }
        }
        return true;
    }

    static bool same(const WireRow& left, const WireRow& right) {
        for (std::size_t slot = 0; slot < left.slots.size(); ++slot) {
            // An absent item of a plain list is written as an empty one.
            const bool has_value = left.slots[slot].has_value();
            if (has_value != right.slots[slot].has_value()) return false;
            if (has_value && left.slots[slot].text() != right.slots[slot].text()) return false;
        }
        for (std::size_t list = 0; list < left.lists.size(); ++list) {
            if (left.lists[list].count != right.lists[list].count) return false;
            for (std::size_t item = 0; item < left.lists[list].count; ++item) {
                if (!same(left.lists[list].rows[item], right.lists[list].rows[item])) return false;
            }
        }
        return true;
    }

    Program program_;
    WireMessage first_;
    WireMessage again_;
    Arena arena_;
    Arena again_arena_;
    std::string written_;
};

}  // namespace
}  // namespace luqiao::mapping

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static luqiao::mapping::Target target;
    target.run({reinterpret_cast<const char*>(data), size});
    return 0;
}
