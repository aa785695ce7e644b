// tests/broker/store_postgres_place.h - a PostgreSQL store that a test has for itself.
#pragma once

#include "tests/contract/store_contract.h"
#include "tests/postgres_server.h"

#include <memory>
#include <string>
#include <vector>

namespace luqiao::broker {

/// A database of its own on the server of this test program.
class PostgresPlace final : public StorePlace {
public:
    using Durability = PostgresOptions::Durability;
    explicit PostgresPlace(tests::PostgresServer& server = tests::PostgresServer::shared(),
                           Durability durability = Durability::Single)
        : server_(server), database_(server_.make_database()), durability_(durability) {}

    Result<std::unique_ptr<Store>> open() override { return open_postgres_store(options()); }
    [[nodiscard]] PostgresOptions options() const {
        PostgresOptions options;
        options.url = server_.url(database_);
        options.durability = durability_;
        return options;
    }
    [[nodiscard]] std::string value(const std::string& sql) const {
        return server_.value(sql, database_);
    }
    tests::PostgresServer& server() { return server_; }

private:
    tests::PostgresServer& server_;
    std::string database_;
    Durability durability_;
};

inline std::unique_ptr<Store> open(PostgresPlace& place) {
    auto opened = place.open();
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
}

inline std::vector<UnitOutcome::Kind> kinds(const Result<std::vector<UnitOutcome>>& outcomes) {
    std::vector<UnitOutcome::Kind> out;
    if (!outcomes) {
        ADD_FAILURE() << outcomes.error().message;
        return out;
    }
    for (const UnitOutcome& one : *outcomes) out.push_back(one.kind);
    return out;
}

}  // namespace luqiao::broker
