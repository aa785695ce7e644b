#include "tests/mapping/runtime_fixture.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace luqiao::mapping {
namespace {

std::string state_of(const std::string& name, const Slot& slot) {
    switch (slot.state) {
        case SlotState::Absent: return "";
        case SlotState::Cleared: return name + ":cleared ";
        case SlotState::Value: return fmt::format("{}={} ", name, slot.text());
        case SlotState::Bad: return fmt::format("{}:bad({}) ", name, info(slot.reason).id);
    }
    return "";
}

std::string row_text(const std::string& prefix, const WireScope& scope, const WireRow& row) {
    std::string out;
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        out += state_of(prefix + scope.fields[slot].path, row.slots[slot]);
    }
    for (std::size_t list = 0; list < scope.lists.size(); ++list) {
        for (std::size_t item = 0; item < row.lists[list].count; ++item) {
            out += row_text(fmt::format("{}{}[{}].", prefix, scope.lists[list].path, item),
                            scope.lists[list].scope, row.lists[list].rows[item]);
        }
    }
    return out;
}

std::string rendered(const Diagnostics& findings) {
    std::string out;
    for (const Diagnostic& finding : findings.list()) out += render(finding) + "\n";
    return out;
}

}  // namespace

Wire::Wire(const std::string& format_text) {
    Diagnostics findings;
    const auto bundle = Bundle::compile({{"formats/p.m.format", format_text}}, findings);
    EXPECT_FALSE(findings.has_errors()) << rendered(findings);
    program_.form = std::make_shared<Form>();
    program_.format = bundle->format("p.m");
}

std::string Wire::read(std::string_view bytes) {
    arena_.reset();
    const Plan& plan = program_.plan.of(program_);
    const Status status = read_wire(plan, *program_.format, bytes, arena_, message_);
    if (!status) return fmt::format("{} {}", info(status.error().code).id, status.error().where);
    std::string out = row_text("", program_.format->root_scope, message_.root);
    for (const Issue& issue : message_.issues) {
        out += fmt::format("!{} {} ", info(issue.code).id, issue.pointer);
    }
    if (!out.empty()) out.pop_back();
    return out;
}

Result<std::string> Wire::rewrite() {
    std::string out;
    LQ_CHECK(write_wire(program_.plan.of(program_), *program_.format, message_.root, out));
    return out;
}

Map::Map(const std::string& form, const std::string& format, const std::string& rows) {
    Diagnostics findings;
    bundle_ = Bundle::compile(
        {{"forms/f.form", form},
         {"formats/p.m.format", format},
         {"maps/p.m.map", "map p.m v1\nform f@1\nformat p.m@1\n" + rows},
         {"codes/sex.csv",
          "sex,gbt2261,label_zh,label_en,valid_from,valid_to,prefer\n"
          "male,1,男,Male,,,\nfemale,2,女,Female,,,\n"},
         {"codes/country.csv",
          "country,alpha2,label_zh,label_en,valid_from,valid_to,prefer\n"
          "DEU,DE,德国,Germany,,,\nPOL,PL,波兰,Poland,,,\nCSK,CS,捷克斯洛伐克,Czechoslovakia,,"
          "1992-12-31,\n"},
         {"codes/kind.csv",
          "kind,p,label_zh,label_en,valid_from,valid_to,prefer\n"
          "passport,14,护照,Passport,,,\nphoto,19,照片,Photo,,,\n"}},
        findings);
    EXPECT_FALSE(findings.has_errors()) << rendered(findings);
    program_ = bundle_->find("p.m");
    if (program_ == nullptr) ADD_FAILURE() << "no program";
}

Encoded Map::encode(std::string_view canonical_json) const {
    auto record = from_json(program_->form, canonical_json);
    if (!record) {
        ADD_FAILURE() << record.error().message << " at " << record.error().where;
        return {};
    }
    return mapping::encode(*program_, *record);
}

std::string shown(const Issues& issues) {
    std::string out;
    for (const Issue& issue : issues.list) {
        if (!out.empty()) out += "; ";
        const std::string_view severity = issue.severity == Severity::Error     ? "error"
                                          : issue.severity == Severity::Warning ? "warning"
                                                                                : "note";
        out +=
            fmt::format("{} {} {} {}", info(issue.code).id, severity, issue.pointer, issue.field);
    }
    return out;
}

std::string hex(std::string_view bytes) {
    return to_hex(bytes);
}

}  // namespace luqiao::mapping
