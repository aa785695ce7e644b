// tests/contract/store_contract.h - what every store must do, as one suite run against each.
#pragma once

#include "broker/store.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace luqiao::broker {

/// Where one kind of store keeps what it has; `open` after the former store is gone is a restart.
class StorePlace {
public:
    StorePlace() = default;
    StorePlace(const StorePlace&) = delete;
    StorePlace& operator=(const StorePlace&) = delete;
    virtual ~StorePlace() = default;
    virtual Result<std::unique_ptr<Store>> open() = 0;
};

struct StoreKind {
    std::string name;
    std::function<std::unique_ptr<StorePlace>()> make;
};
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
inline void PrintTo(const StoreKind& kind, std::ostream* out) {
    *out << kind.name;
}

// ---- made-up data ------------------------------------------------------------------------------

/// 2025-10-09 10:00:00 in China, plus `seconds`.
Instant at(std::int64_t seconds);
CaseId case_id(std::uint32_t number);
DeliveryId delivery_id_of(std::uint32_t case_number, std::uint32_t sequence);

/// A new case 370200-NUMBER with its message, one item, `parties` deliveries and a timeline line.
Unit arrival(std::uint32_t number, const std::vector<std::string>& parties = {"sti"});
/// The next unit of a case that is stored at `version`.
Unit follow_up(std::uint32_t number, std::uint64_t version);
AuditEntry audit_entry(const std::string& subject);

// ---- the suite ---------------------------------------------------------------------------------

class StoreContract : public testing::TestWithParam<StoreKind> {
protected:
    void SetUp() override;

    void restart();
    /// Commits and gives the outcomes' kinds.
    std::vector<UnitOutcome::Kind> commit(const std::vector<Unit>& units);
    std::vector<StoredDelivery> lease(std::int64_t second,
                                      const std::map<std::string, std::size_t>& capacity,
                                      const std::string& node = "node-1");
    StoredDelivery delivery(std::uint32_t number, std::size_t place = 0);
    std::uint64_t count(const std::string& name);

    std::unique_ptr<StorePlace> place_;
    std::unique_ptr<Store> store_;
};

/// The value, or a failed test.
template <class T>
T must(Result<T> result) {
    if (!result) ADD_FAILURE() << result.error().message;
    return result ? *std::move(result) : T{};
}

}  // namespace luqiao::broker
