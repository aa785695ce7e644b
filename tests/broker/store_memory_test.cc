#include "broker/store_memory.h"

#include "tests/contract/store_contract.h"

#include <gtest/gtest.h>

namespace luqiao::broker {
namespace {

class MemoryPlace final : public StorePlace {
public:
    Result<std::unique_ptr<Store>> open() override { return open_memory_store(disk_); }

private:
    std::shared_ptr<MemoryDisk> disk_ = make_memory_disk();
};

TEST(MemoryStore, KeepsNothingOfAWriteThatItsDiskRefuses) {
    const auto disk = make_memory_disk();
    bool full = false;
    set_fault(*disk, [&full] { return full ? std::optional(Errc::StoreFull) : std::nullopt; });
    const auto store = open_memory_store(disk);
    ASSERT_TRUE(store->commit(std::vector{arrival(1)}));
    full = true;
    const auto refused = store->commit(std::vector{arrival(2)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::StoreFull);
    EXPECT_FALSE(store->lease(at(9), at(99), "n", {{"sti", 1}}));
    EXPECT_FALSE(store->audit(audit_entry("a")));
    full = false;
    EXPECT_FALSE(must(store->find_case(case_id(2))));
    EXPECT_EQ(must(store->lease(at(9), at(99), "n", {{"sti", 1}})).size(), 1U);
    EXPECT_TRUE(must(store->audit_tail(9)).empty());
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory,
                         StoreContract,
                         testing::Values(StoreKind{
                             "memory", [] { return std::make_unique<MemoryPlace>(); }}));

}  // namespace luqiao::broker
