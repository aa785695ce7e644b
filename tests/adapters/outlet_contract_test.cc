#include "tests/contract/outlet_contract.h"

#include "adapters/file.h"
#include "base/json.h"
#include "security/digest.h"
#include "tests/adapters/peer_support.h"
#include "tests/adapters/title_peer.h"

#include <sqlite3.h>

namespace luqiao::adapters {
namespace {

using contract::OutletContract;
using contract::OutletPeer;
using contract::PeerCase;

/// An exchange database; the department reads it with its own connection.
class TablePeer final : public OutletPeer {
public:
    TablePeer() { come_back(); }
    std::unique_ptr<broker::Outlet> outlet() override {
        return make_outlet(table_adapter(), "adapter=\"table\"\ndatabase=\"front/front.db\"",
                           folder_.path());
    }
    std::string body(int number) override {
        return fmt::format(
            R"({{"HRSS_INSURANCE":[{{"AAC003":"O'NEIL {0}","AAB004":"青岛; --\"{0}"}}]}})", number);
    }
    std::multimap<std::string, std::string> received() override {
        std::multimap<std::string, std::string> out;
        sqlite3* database = nullptr;
        sqlite3_open(file().c_str(), &database);
        const auto keep = [](void* to, int, char** values, char**) {
            JsonWriter json;
            json.begin_object().key("HRSS_INSURANCE").begin_array().begin_object();
            json.field("AAC003", values[1]).field("AAB004", values[2]);
            json.end_object().end_array().end_object();
            static_cast<std::multimap<std::string, std::string>*>(to)->emplace(values[0],
                                                                               json.text());
            return 0;
        };
        sqlite3_exec(database, "SELECT MSGID,AAC003,AAB004 FROM HRSS_INSURANCE", keep, &out,
                     nullptr);
        sqlite3_close(database);
        return out;
    }
    void go_down() override { std::filesystem::rename(folder(), folder().string() + ".away"); }
    void come_back() override {
        if (std::filesystem::exists(folder().string() + ".away")) {
            std::filesystem::rename(folder().string() + ".away", folder());
            return;
        }
        std::filesystem::create_directory(folder());
        sqlite3* database = nullptr;
        sqlite3_open(file().c_str(), &database);
        sqlite3_exec(database,
                     "CREATE TABLE HRSS_INSURANCE (MSGID TEXT, AAC003 TEXT, AAB004 TEXT, "
                     "SYNC_FLAG TEXT, MAKETIME TEXT)",
                     nullptr, nullptr, nullptr);
        sqlite3_close(database);
    }

private:
    [[nodiscard]] std::filesystem::path folder() const { return folder_.path() / "front"; }
    [[nodiscard]] std::filesystem::path file() const { return folder() / "front.db"; }
    TemporaryFolder folder_;
};

/// A shared folder; the department reads files that have a marker which agrees.
class FilePeer final : public OutletPeer {
public:
    FilePeer() { std::filesystem::create_directory(folder()); }
    std::unique_ptr<broker::Outlet> outlet() override {
        return make_outlet(file_adapter(),
                           "adapter=\"file\"\nfolder=\"in\"\nname=\"SSC_{date}_{id}.txt\"",
                           folder_.path());
    }
    std::string body(int number) override {
        return fmt::format("D{:08d}\xC7\xE0\xB5\xBA  \r\n", number);
    }
    std::multimap<std::string, std::string> received() override {
        std::multimap<std::string, std::string> out;
        for (const auto& entry : std::filesystem::directory_iterator(folder())) {
            const std::string name = entry.path().filename().string();
            if (!name.ends_with(".ok")) continue;
            const std::string data = name.substr(0, name.size() - 3);
            const auto marker = parse_marker(read_text(entry.path()));
            const std::string bytes = read_text(folder() / data);
            EXPECT_TRUE(marker && marker->sm3 == security::sm3_hex(bytes)) << name;
            EXPECT_TRUE(data.starts_with("SSC_20251009_")) << data;
            out.emplace(data.substr(13, 36), bytes);
        }
        return out;
    }
    void go_down() override { std::filesystem::rename(folder(), folder().string() + ".away"); }
    void come_back() override { std::filesystem::rename(folder().string() + ".away", folder()); }

private:
    [[nodiscard]] std::filesystem::path folder() const { return folder_.path() / "in"; }
    TemporaryFolder folder_;
};

/// Code generated from title.thrift.
class ThriftPeer final : public OutletPeer {
public:
    ThriftPeer() { come_back(); }
    std::unique_ptr<broker::Outlet> outlet() override {
        return make_outlet(
            thrift_adapter(),
            fmt::format("adapter=\"thrift\"\nhost=\"127.0.0.1\"\nport={}\ntimeout=\"30s\"", port_),
            {});
    }
    std::string body(int number) override {
        peer::TitleApplication body;
        body.applicant = "申请人 " + std::to_string(number);
        body.years_in_post = number;
        body.awards.resize(2);
        body.extra["专业"] = "机械";
        body.score = 0.1;
        body.salary_cents = -1;
        return peer::struct_bytes(body);
    }
    std::multimap<std::string, std::string> received() override {
        std::multimap<std::string, std::string> out;
        for (const auto& [id, kept] : desk_->kept()) {
            out.emplace(id, peer::struct_bytes(kept.second));
        }
        return out;
    }
    void go_down() override { server_.reset(); }
    void come_back() override {
        server_ = std::make_unique<peer::TitleServer>(desk_, port_);
        port_ = server_->port();
    }

private:
    std::shared_ptr<peer::TitleDesk> desk_ = std::make_shared<peer::TitleDesk>();
    int port_ = 0;
    std::unique_ptr<peer::TitleServer> server_;
};

template <class Peer>
PeerCase peer_case(std::string name) {
    return {std::move(name), [] { return std::make_unique<Peer>(); }};
}

}  // namespace
}  // namespace luqiao::adapters

namespace luqiao::contract {

INSTANTIATE_TEST_SUITE_P(Adapters,
                         OutletContract,
                         testing::Values(adapters::peer_case<adapters::TablePeer>("Table"),
                                         adapters::peer_case<adapters::FilePeer>("File"),
                                         adapters::peer_case<adapters::ThriftPeer>("Thrift")),
                         peer_name);

}  // namespace luqiao::contract
