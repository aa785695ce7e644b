// tests/fuzz/record_fuzz.cc - any bytes as a record in canonical JSON: what is read is written and
// read again.
#include "mapping/bundle.h"
#include "mapping/record.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace luqiao::mapping {
namespace {

std::shared_ptr<const Form> form() {
    Diagnostics findings;
    const auto bundle = Bundle::compile(
        {{"forms/f.form",
          "form f v1\nsent datetime\ngroup a\n  s text(9)\n  d date C2\nend\nn int(0..9)\n"
          "flag bool\nlist l key k max 5\n  k text(9)\n  n int(0..9)\nend\n"}},
        findings);
    if (findings.has_errors()) std::abort();
    return bundle->form("f");
}

void run(std::string_view json) {
    static const std::shared_ptr<const Form> the_form = form();
    const auto record = from_json(the_form, json);
    if (!record) {
        if (record.error().message.empty()) std::abort();
        return;
    }
    const std::string text = to_json(*record);
    const auto again = from_json(the_form, text);
    if (!again || to_json(*again) != text) std::abort();
}

}  // namespace
}  // namespace luqiao::mapping

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    luqiao::mapping::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
