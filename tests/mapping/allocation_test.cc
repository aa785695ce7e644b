// A message takes no memory once everything is warm: counted by replacing operator new, so these
// tests are a program of their own.
#include "tests/bench/mapping_message.h"
#include "tests/mapping/shipped.h"
#include "tests/places.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <set>

namespace {

// One thread runs the tests.
bool counts = false;
std::size_t allocations = 0;

void* take(std::size_t size) {
    if (counts) ++allocations;
    void* const bytes = std::malloc(size == 0 ? 1 : size);
    if (bytes == nullptr) std::abort();
    return bytes;
}

}  // namespace

void* operator new(std::size_t size) {
    return take(size);
}
void* operator new[](std::size_t size) {
    return take(size);
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return take(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return take(size);
}
void operator delete(void* bytes) noexcept {
    std::free(bytes);
}
void operator delete[](void* bytes) noexcept {
    std::free(bytes);
}
void operator delete(void* bytes, std::size_t /*size*/) noexcept {
    std::free(bytes);
}
void operator delete[](void* bytes, std::size_t /*size*/) noexcept {
    std::free(bytes);
}
void operator delete(void* bytes, const std::nothrow_t& /*tag*/) noexcept {
    std::free(bytes);
}
void operator delete[](void* bytes, const std::nothrow_t& /*tag*/) noexcept {
    std::free(bytes);
}

namespace luqiao::mapping {
namespace {

/// Allocations of the third run; two runs warm it up.
template <class Run>
std::size_t allocations_of(const Run& run) {
    run();
    run();
    allocations = 0;
    counts = true;
    run();
    counts = false;
    return allocations;
}

/// Bytes to bytes through two programs, as the broker does it.
class Translation {
public:
    Translation(const Program& from, const Program& to) : from_(from), to_(to) {}

    const Encoded& run(std::string_view bytes) {
        decode(from_, bytes, decoded_);
        encode(to_, decoded_.record, encoded_);
        return encoded_;
    }
    [[nodiscard]] const Decoded& decoded() const { return decoded_; }

private:
    const Program& from_;
    const Program& to_;
    Decoded decoded_{Record(from_.form), {}, {}};
    Encoded encoded_;
};

std::shared_ptr<const Bundle> bench_bundle() {
    Diagnostics findings;
    return Bundle::compile(bench::sources(), findings);
}

TEST(Allocation, IsCountedHere) {
    EXPECT_GT(allocations_of([] { EXPECT_FALSE(std::vector<int>(100).empty()); }), 0u);
}

TEST(Allocation, IsNoneFromJsonToJsonAndToXmlAndBack) {
    const auto bundle = bench_bundle();
    ASSERT_TRUE(bundle);
    const Program& in = *bundle->find("in.m");
    const Program& json = *bundle->find("json.m");
    const Program& xml = *bundle->find("xml.m");
    const std::string message = bench::message();

    Translation to_json(in, json);
    EXPECT_EQ(allocations_of([&] { to_json.run(message); }), 0u);
    Translation to_xml(in, xml);
    EXPECT_EQ(allocations_of([&] { to_xml.run(message); }), 0u);
    const std::string as_json = to_json.run(message).bytes;
    const std::string as_xml = to_xml.run(message).bytes;
    ASSERT_GT(as_xml.size(), 1000u);
    Translation back(xml, json);
    EXPECT_EQ(allocations_of([&] { back.run(as_xml); }), 0u);
    EXPECT_EQ(back.run(as_xml).bytes, as_json);
}

TEST(Allocation, IsNoneForMessagesOfChangingSize) {
    const auto bundle = bench_bundle();
    ASSERT_TRUE(bundle);
    Translation translation(*bundle->find("in.m"), *bundle->find("json.m"));
    const std::string whole = bench::message();
    std::string small = whole;
    small.replace(small.find("\"cl\":["), std::string::npos, "\"cl\":[]}");
    EXPECT_EQ(allocations_of([&] {
                  translation.run(whole);
                  translation.run(small);
              }),
              0u);
    EXPECT_FALSE(translation.run(small).issues.rejected());
}

struct ShippedWay {
    const char* name;
    const char* map;
    const char* item;
};

class ShippedAllocation : public testing::TestWithParam<ShippedWay> {};

TEST_P(ShippedAllocation, IsNoneFromThePortalToTheDepartment) {
    const Program& portal = program("portal.apply");
    const Program& department = program(GetParam().map);
    const std::string bytes = sample("portal.apply.json");
    const Texts added{{"case.number", "FW20251009SAMPLE00"},
                      {"item.code", GetParam().item},
                      {"item.serial", "FW20251009SAMPLE00-01"},
                      {"message.id", "0199c8a0-0000-7000-8000-000000000001"},
                      {"message.sent_at", "2025-10-09T10:15:02+08:00"},
                      {"message.kind", "first"},
                      {"permit.number", "37020000000001"},
                      {"permit.valid_to", "2027-10-31"}};
    Decoded decoded{Record(portal.form), {}, {}};
    Encoded encoded;
    const auto run = [&] {
        decode(portal, bytes, decoded);
        set(decoded.record, added);
        // Materials that are not for the department are told in issues, which take memory.
        decoded.record.root().lists[*portal.form->find_list("attachments")].clear();
        encode(department, decoded.record, encoded);
    };
    EXPECT_EQ(allocations_of(run), 0u);
    EXPECT_TRUE(decoded.issues.list.empty()) << describe(decoded.issues);
    EXPECT_TRUE(encoded.issues.list.empty()) << describe(encoded.issues);
    EXPECT_GT(encoded.bytes.size(), 1000u);
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         ShippedAllocation,
                         testing::Values(ShippedWay{"sti", "sti.apply", "permit_issue"},
                                         ShippedWay{"psb", "psb.residence_apply",
                                                    "residence_issue"}),
                         [](const auto& way) { return way.param.name; });

/// What one direction of one map took for a message without issues.
struct Taken {
    std::string map;
    std::string kind;
    bool is_read = false;
    std::size_t allocations = 0;
};

/// Reads the message of a case and writes its record again, when nothing is to be said about it.
void measure(const Program& program, const std::string& bytes, std::vector<Taken>& out) {
    const std::string kind(to_string(program.format->kind));
    Decoded decoded{Record(program.form), {}, {}};
    const std::size_t read = allocations_of([&] { decode(program, bytes, decoded); });
    if (!decoded.issues.list.empty()) return;
    out.push_back({program.name, kind, true, read});
    Encoded encoded;
    const std::size_t written = allocations_of([&] { encode(program, decoded.record, encoded); });
    if (encoded.issues.list.empty()) out.push_back({program.name, kind, false, written});
}

/// All cases of conf/: JSON, XML, tables, CSV, fixed width and Thrift, both directions.
TEST(Allocation, IsNoneForAnyShippedCaseWithoutIssues) {
    std::vector<Taken> all;
    for (const auto& [name, program] : shipped().bundle->programs()) {
        const std::filesystem::path cases = places::source() + "/conf/cases/" + name;
        if (!std::filesystem::exists(cases)) continue;
        for (const auto& folder : std::filesystem::directory_iterator(cases)) {
            for (const auto& file : std::filesystem::directory_iterator(folder)) {
                const auto stem = file.path().stem();
                if (stem != "in" && stem != "back") continue;
                std::ifstream in(file.path(), std::ios::binary);
                measure(program, std::string(std::istreambuf_iterator<char>(in), {}), all);
            }
        }
    }
    std::set<std::string> measured;
    for (const Taken& one : all) {
        EXPECT_EQ(one.allocations, 0u) << one.map << (one.is_read ? " read" : " written");
        measured.insert(one.kind + (one.is_read ? " read" : " written"));
    }
    EXPECT_EQ(measured.size(), 12u) << testing::PrintToString(measured);
    EXPECT_GE(all.size(), 100u);
}

/// The sentences of an issue are made when there is one, and only then.
TEST(Allocation, IsBoundedByTheNumberOfIssues) {
    const auto bundle = bench_bundle();
    ASSERT_TRUE(bundle);
    Translation translation(*bundle->find("in.m"), *bundle->find("json.m"));
    std::string wrong = bench::message();
    wrong.replace(wrong.find("1990-01-02"), 10, "1990-02-30");
    wrong.replace(wrong.find("\"s77\""), 5, "\"x77\"");
    const std::size_t taken = allocations_of([&] { translation.run(wrong); });
    ASSERT_EQ(translation.decoded().issues.list.size(), 2u);
    EXPECT_GT(taken, 0u);
    EXPECT_LE(taken, 2u * 60u);
}

}  // namespace
}  // namespace luqiao::mapping
