// kill -9 of the server in the middle of uploads: what it said is kept is kept, and the upload goes
// on to the same bytes.
#include "base/text.h"
#include "broker/party.h"
#include "tests/integration/attachment_client.h"
#include "tests/integration/world_fixture.h"

#include <algorithm>
#include <fstream>
#include <random>

namespace luqiao::integration {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

/// A world whose portal must upload what it names.
std::unique_ptr<app::DemoWorld> world_with_attachments() {
    auto world = make_world();
    if (!world) return nullptr;
    std::ofstream(world->overlay(), std::ios::app)
        << "[[parties.portal.submit]]\nmap = \"portal.apply\"\nmeaning = \"application\"\n"
           "attachments = [\"attachments.sm3\"]\n";
    const Status started = world->start_broker();
    EXPECT_TRUE(started.has_value());
    return world;
}

AttachmentClient portal_of(const app::DemoWorld& world) {
    const broker::Party& portal = world.configuration().realm->parties.at("portal");
    const auto secret = app::read_file(world.configuration().server->keys / portal.keys.front());
    const std::string& url = world.broker_url();
    const int port = std::atoi(url.c_str() + url.rfind(':') + 1);
    return {static_cast<std::uint16_t>(port), portal.app_key,
            std::string(trimmed(secret.value_or(""))), app::system_now};
}

std::size_t offset_of(const HttpAnswer& answer) {
    const std::size_t at = answer.head.find("Upload-Offset: ");
    return at == std::string::npos ? 0 : std::stoul(answer.head.substr(at + 15));
}

TEST(AttachmentKill, AnUploadOutlivesTheServerThatIsKilledInTheMiddleOfIt) {
    const auto world = world_with_attachments();
    ASSERT_NE(world, nullptr);
    const AttachmentClient portal = portal_of(*world);
    std::mt19937 random(20'261'127);
    std::string file(100 * kMiB + 12'345, '\0');
    for (std::size_t at = 0; at < file.size(); at += 512) {
        file[at] = static_cast<char>(random());
    }
    const std::string sm3 = security::sm3_hex(file);

    std::size_t kept = 0;
    for (int kill = 0; kill < 3; ++kill) {
        const std::string rest_sm3 = security::sm3_hex(std::string_view(file).substr(kept));
        adapters::RawSocket socket = adapters::RawSocket::to(static_cast<std::uint16_t>(
            std::atoi(world->broker_url().c_str() + world->broker_url().rfind(':') + 1)));
        socket.send(portal.head(
            "PUT", AttachmentClient::path(sm3), rest_sm3,
            fmt::format("X-Content-SM3: {}\r\nContent-Length: {}\r\nContent-Range: bytes "
                        "{}-{}/{}\r\n",
                        rest_sm3, file.size() - kept, kept, file.size() - 1, file.size())));
        const std::size_t end = std::min(file.size() - 1, kept + 30 * kMiB + random() % kMiB);
        ASSERT_TRUE(socket.send(std::string_view(file).substr(kept, end - kept)));
        world->kill_broker();
        ASSERT_TRUE(world->start_broker());
        const HttpAnswer looked = portal.ask("HEAD", sm3);
        const std::size_t now = offset_of(looked);
        EXPECT_GE(now, kept) << "what was told as kept is gone";
        EXPECT_LE(now, end);
        kept = now;
        if (kept > 0) {
            EXPECT_TRUE(looked.has("Upload-Complete: ?0")) << looked.head;
        }
        EXPECT_EQ(portal.ask("GET", sm3).status, 404);
    }
    EXPECT_GT(kept, 0u) << "what was flushed before a kill outlives it";
    EXPECT_EQ(portal.put(sm3, file, kept, file.size()).status, 201);
    const auto status =
        app::ask_operator(world->configuration().server->data, "/operator/v1/status");
    ASSERT_TRUE(status) << status.error().message;
    const auto told = nlohmann::json::parse(*status).at("attachments");
    EXPECT_EQ(told.at("transfers"), 0) << told.dump();
    EXPECT_EQ(told.at("transfers_max"), 16);
    EXPECT_EQ(portal.ask("GET", sm3).body, file);
    world->kill_broker();
    ASSERT_TRUE(world->start_broker());
    EXPECT_EQ(portal.ask("GET", sm3, "Range: bytes=-100\r\n").body, file.substr(file.size() - 100));
    world->stop();
}

}  // namespace
}  // namespace luqiao::integration
