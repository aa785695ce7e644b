// Materials travel with the application (第六条: 线上申请信息和材料的交换共享): uploaded over HTTP,
// named by a message, read by the departments that were sent it.
#include "adapters/http_attachments.h"
#include "adapters/http_inlet.h"
#include "broker/attachments.h"
#include "tests/broker/blob_place.h"
#include "tests/integration/attachment_client.h"
#include "tests/integration/exchange.h"

#include <fstream>
#include <thread>

namespace luqiao::integration {
namespace {

using broker::sample;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
const std::vector<std::string> kFields{"attachments.sm3", "photo.sm3"};

/// The exchange with a folder of attachments and its HTTP interface; the portal must upload what
/// its applications name.
class AttachedOnce : public testing::Test {
protected:
    explicit AttachedOnce(StoreKind kind = StoreKind::Sqlite) : exchange(kStart, kind) {
        place.now = exchange.now();
        broker::BlobOptions kept = place.options();
        kept.checkpoint_every = broker::BlobOptions{}.checkpoint_every;  // as a server has it
        blobs = place.open(std::move(kept));
        broker::PipelineOptions options;
        options.blobs = blobs.get();
        exchange.restart(options);
        broker::Realm realm = *shipped().realm;
        for (broker::SubmitRight& right : realm.parties.at("portal").submit) {
            right.attachments = kFields;
        }
        exchange.pipeline().replace(std::make_shared<const broker::Realm>(std::move(realm)));
        desk = std::make_unique<broker::AttachmentDesk>(exchange.pipeline(), exchange.store(),
                                                        *blobs, broker::AttachmentOptions{});
        adapters::HttpServerOptions server;
        server.streams = adapters::make_attachment_streams(*desk);
        inlet = std::make_unique<adapters::HttpInlet>(server, exchange.pipeline());
        EXPECT_TRUE(inlet->start().has_value());
    }
    ~AttachedOnce() override { inlet->stop(); }

    AttachmentClient client(const std::string& party) {
        if (known.insert(party).second) {
            std::vector<security::SigningKey> keys;
            keys.push_back(*security::SigningKey::hmac_sm3(std::string(kSecret)));
            exchange.identities().add(party + "-app", party, std::move(keys));
        }
        return {inlet->port(), party + "-app", std::string(kSecret),
                [this] { return exchange.now(); }};
    }

    /// An application with these materials and no others.
    mapping::Record application(const std::vector<std::string>& digests) {
        mapping::Record record = exchange.application("portal", {"permit_issue"});
        attach(record, digests);
        return record;
    }
    /// These materials and no others.
    static void attach(mapping::Record& record, const std::vector<std::string>& digests) {
        record.root().lists[*record.form().find_list("attachments")].clear();
        for (const std::string& sm3 : digests) {
            app::add_item(record, "attachments",
                          {{"id", "file-" + sm3.substr(0, 8)},
                           {"kind", "passport"},
                           {"name", "passport.pdf"},
                           {"mode", "upload"},
                           {"media_type", "application/pdf"},
                           {"sm3", sm3}});
        }
        record.root().slots[*record.form().find("photo.sm3")] = {};
    }

    Exchange exchange;
    broker::BlobPlace place;
    std::unique_ptr<broker::Blobs> blobs;
    std::unique_ptr<broker::AttachmentDesk> desk;
    std::unique_ptr<adapters::HttpInlet> inlet;
    std::set<std::string> known;
};

class Attached : public AttachedOnce, public testing::WithParamInterface<StoreKind> {
protected:
    Attached() : AttachedOnce(GetParam()) {}
};
LUQIAO_ON_BOTH_STORES(Attached);

TEST_P(Attached, AMessageIsTakenOnlyWhenWhatItNamesIsHereAndThenReachesWhoWasSentIt) {
    const std::string file = sample(100'000);
    const std::string sm3 = security::sm3_hex(file);
    const AttachmentClient portal = client("portal");

    const broker::Problem missing = problem(exchange.submit("portal", application({sm3})));
    EXPECT_EQ(missing.code, Errc::BadValue);
    ASSERT_EQ(missing.errors.size(), 1u);
    EXPECT_EQ(missing.errors[0].code, "E2004");
    EXPECT_NE(missing.errors[0].pointer.find("/zy"), std::string::npos)
        << missing.errors[0].pointer;
    EXPECT_EQ(missing.errors[0].expected, "PUT /v1/attachments/{sm3}");
    EXPECT_EQ(missing.errors[0].got_masked, "0");
    EXPECT_NE(missing.errors[0].message.zh.find("未上传"), std::string::npos);

    EXPECT_EQ(portal.put(sm3, file, 0, 40'000).status, 200);
    const HttpAnswer looked = portal.ask("HEAD", sm3);
    EXPECT_EQ(looked.status, 200);
    EXPECT_TRUE(looked.has("Upload-Offset: 40000\r\n") && looked.has("Upload-Length: 100000\r\n") &&
                looked.has("Upload-Complete: ?0\r\n"))
        << looked.head;
    const broker::Problem unfinished = problem(exchange.submit("portal", application({sm3})));
    ASSERT_EQ(unfinished.errors.size(), 1u);
    EXPECT_EQ(unfinished.errors[0].got_masked, "40000/100000");

    const HttpAnswer done = portal.put(sm3, file, 40'000, 100'000);
    EXPECT_EQ(done.status, 201) << done.body;
    EXPECT_EQ(portal.put(file).status, 201) << "all is here already";

    const AttachmentClient sti = client("sti");
    EXPECT_EQ(sti.ask("GET", sm3).status, 404) << "nobody was sent it yet";
    (void)exchange.accepted("portal", application({sm3}));
    const HttpAnswer got = sti.ask("GET", sm3);
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.body, file);
    EXPECT_EQ(client("psb").ask("GET", sm3).status, 404) << "it was sent nothing of this case";
    EXPECT_EQ(portal.ask("GET", sm3).body, file) << "its own";

    exchange.settle();
    const auto audit = exchange.store().audit_tail(100);
    const auto count = [&](std::string_view action, std::string_view actor) {
        return std::count_if(audit->begin(), audit->end(), [&](const broker::AuditEntry& row) {
            return row.action == action && row.actor == actor;
        });
    };
    EXPECT_EQ(count("attach", "portal"), 1);
    EXPECT_EQ(count("read", "sti"), 1);
}

TEST_F(AttachedOnce, ASupplementNamesItsOwnAttachments) {
    const std::string first = sample(5'000, 1);
    const std::string second = sample(5'000, 2);
    const AttachmentClient portal = client("portal");
    EXPECT_EQ(portal.put(first).status, 201);
    const std::string number = exchange.accepted("portal", application({security::sm3_hex(first)}));
    exchange.pass(std::chrono::minutes(30));
    receipt(exchange.answer("sti", exchange.serial(number, "permit_issue"), "correction"));

    mapping::Record supplement =
        app::invent_supplement(shipped().realm->bundle->find("portal.supplement")->form, number,
                               exchange.serial(number, "permit_issue"), exchange.now());
    attach(supplement, {security::sm3_hex(second)});
    const std::string body = exchange.bytes("portal.supplement", supplement);
    EXPECT_EQ(problem(exchange.submit_bytes("portal", "portal.supplement", body)).code,
              Errc::BadValue);
    EXPECT_EQ(portal.put(second).status, 201);
    receipt(exchange.submit_bytes("portal", "portal.supplement", body));
    EXPECT_EQ(client("sti").ask("GET", security::sm3_hex(second)).body, second);
}

TEST_F(AttachedOnce, APartyCannotReachWhatAnotherBroughtByNamingItsDigest) {
    const std::string file = sample(5'000);
    const std::string sm3 = security::sm3_hex(file);
    EXPECT_EQ(client("portal").put(file).status, 201);
    (void)exchange.accepted("portal", application({sm3}));
    const AttachmentClient mobile = client("mobile");
    EXPECT_EQ(mobile.ask("GET", sm3).status, 404);
    EXPECT_EQ(mobile.ask("HEAD", sm3).status, 404);
    EXPECT_EQ(mobile.put(file).status, 403) << "it has no right to bring attachments";
}

TEST_F(AttachedOnce, WhatIsWrongWithAnUploadIsToldBeforeItsBodyIsRead) {
    const std::string file = sample(1'000);
    const std::string sm3 = security::sm3_hex(file);
    const AttachmentClient portal = client("portal");
    EXPECT_EQ(portal.put(sm3, file, 0, 500).status, 200);
    const HttpAnswer elsewhere = portal.put(sm3, file, 600, 1'000);
    EXPECT_EQ(elsewhere.status, 409);
    EXPECT_TRUE(elsewhere.has("\"expected\":\"bytes 500-\"") &&
                elsewhere.has("\"got_masked\":\"bytes 600-\"") && elsewhere.has("应从第 500 字节"))
        << elsewhere.body;
    EXPECT_EQ(portal.ask("GET", sm3).status, 404) << "not before it is complete";
    EXPECT_EQ(portal.ask("GET", "..%2f..%2fetc%2fpasswd").status, 404);
    EXPECT_EQ(portal.ask("DELETE", sm3).status, 405);

    const auto raw = [&](const std::string& head) {
        adapters::RawSocket socket = adapters::RawSocket::to(inlet->port());
        socket.send(head);
        return AttachmentClient::read(socket).status;
    };
    const std::string where = AttachmentClient::path(sm3);
    const std::string digest = "X-Content-SM3: " + sm3 + "\r\n";
    EXPECT_EQ(raw(portal.head("PUT", where, sm3, "Content-Length: 5\r\n")), 400)
        << "no X-Content-SM3";
    EXPECT_EQ(raw(portal.head("PUT", where, sm3,
                              digest + "Content-Length: 5\r\nContent-Range: bytes 0-9/5\r\n")),
              400);
    EXPECT_EQ(raw(portal.head("PUT", where, sm3, digest + "Transfer-Encoding: chunked\r\n")), 411);
    EXPECT_EQ(raw(portal.head("PUT", where, sm3, digest + "Content-Length: 3000000000\r\n")), 413);
    const AttachmentClient thief(inlet->port(), "portal-app", std::string(32, 'x'),
                                 [this] { return exchange.now(); });
    EXPECT_EQ(raw(thief.head("PUT", where, sm3, digest + "Content-Length: 1000\r\n")), 401);
}

TEST_F(AttachedOnce, ABodyThatWasChangedOnTheWayIsTakenBackAndTheUploadGoesOn) {
    const std::string file = sample(1'000);
    const std::string sm3 = security::sm3_hex(file);
    const AttachmentClient portal = client("portal");
    EXPECT_EQ(portal.put(sm3, file, 0, 500).status, 200);
    const std::string rest = file.substr(500);
    std::string changed = rest;
    changed[100] ^= 1;
    adapters::RawSocket socket = adapters::RawSocket::to(inlet->port());
    socket.send(portal.head("PUT", AttachmentClient::path(sm3), security::sm3_hex(rest),
                            "X-Content-SM3: " + security::sm3_hex(rest) +
                                "\r\nContent-Length: 500\r\nContent-Range: bytes 500-999/1000\r\n"
                                "Connection: close\r\n") +
                changed);
    const HttpAnswer refused = AttachmentClient::read(socket);
    EXPECT_EQ(refused.status, 401);
    EXPECT_TRUE(refused.has("E4003") && refused.has(security::sm3_hex(changed))) << refused.body;
    EXPECT_TRUE(portal.ask("HEAD", sm3).has("Upload-Offset: 500\r\n"));
    EXPECT_EQ(portal.put(sm3, file, 500, 1'000).status, 201);

    const std::string other = sample(1'000, 9);
    const HttpAnswer wrong = portal.put(security::sm3_hex(other), file, 0, 1'000);
    EXPECT_EQ(wrong.status, 422) << wrong.body;
    EXPECT_TRUE(wrong.has("E2004") && wrong.has(sm3) && wrong.has(security::sm3_hex(other)));
    EXPECT_EQ(portal.ask("HEAD", security::sm3_hex(other)).status, 404) << "it is removed";
}

TEST_F(AttachedOnce, ReadsARange) {
    const std::string file = sample(1'000'000);
    const std::string sm3 = security::sm3_hex(file);
    const AttachmentClient portal = client("portal");
    EXPECT_EQ(portal.put(file).status, 201);
    const HttpAnswer part = portal.ask("GET", sm3, "Range: bytes=300000-899999\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_TRUE(part.has("Content-Range: bytes 300000-899999/1000000\r\n")) << part.head;
    EXPECT_EQ(part.body, file.substr(300'000, 600'000));
    EXPECT_EQ(portal.ask("GET", sm3, "Range: bytes=-10\r\n").body, file.substr(999'990));
    EXPECT_EQ(portal.ask("GET", sm3, "Range: bytes=1000000-\r\n").status, 416);
    EXPECT_EQ(portal.ask("GET", sm3, "Range: bytes=0-1,5-6\r\n").status, 200);
}

TEST_F(AttachedOnce, WhatAMessageNamesOutlivesWhatNoneNames) {
    const std::string named = sample(2'000, 1);
    const std::string unnamed = sample(2'000, 2);
    const AttachmentClient portal = client("portal");
    EXPECT_EQ(portal.put(named).status, 201);
    EXPECT_EQ(portal.put(unnamed).status, 201);
    (void)exchange.accepted("portal", application({security::sm3_hex(named)}));
    const auto swept = desk->sweep(exchange.now() + std::chrono::hours(24 * 8));
    ASSERT_TRUE(swept.has_value());
    EXPECT_EQ(swept->attachments, 1u);
    EXPECT_EQ(portal.ask("GET", security::sm3_hex(named)).status, 200);
    EXPECT_EQ(portal.ask("GET", security::sm3_hex(unnamed)).status, 404);
    const auto later = desk->sweep(exchange.now() + std::chrono::hours(24 * 3'651));
    EXPECT_EQ(later->attachments, 0u) << "its case is still open";
}

// ---- memory -------------------------------------------------------------------------------------

}  // namespace
}  // namespace luqiao::integration

/// AddressSanitizer keeps 256 MB of what was freed, and that would be all that is measured here.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=8";
}

namespace luqiao::integration {
namespace {

std::uint64_t memory(const char* field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(field)) return std::stoull(line.substr(line.find(':') + 1)) << 10U;
    }
    return 0;
}

/// LUQIAO_ATTACHMENT_BYTES=2147483648 is the long form.
TEST_F(AttachedOnce, TakesALargeFileInConstantMemory) {
    const char* asked = std::getenv("LUQIAO_ATTACHMENT_BYTES");
    const std::uint64_t size = asked != nullptr ? std::stoull(asked) : 300ULL << 20U;
    const std::string piece = sample(1 << 20);
    const AttachmentClient portal = client("portal");
    security::Sm3Stream digest;
    for (std::uint64_t at = 0; at < size; at += piece.size()) digest.update(piece);
    const std::string sm3 = digest.hex();

    std::ofstream("/proc/self/clear_refs") << "5";  // the high-water mark begins anew
    const std::uint64_t before = memory("VmRSS");
    const auto begun = std::chrono::steady_clock::now();
    adapters::RawSocket socket = adapters::RawSocket::to(inlet->port());
    socket.send(portal.head("PUT", AttachmentClient::path(sm3), sm3,
                            fmt::format("X-Content-SM3: {}\r\nContent-Length: {}\r\n"
                                        "Connection: close\r\n",
                                        sm3, size)));
    for (std::uint64_t at = 0; at < size; at += piece.size()) {
        ASSERT_TRUE(socket.send(piece)) << at;
    }
    const HttpAnswer done = AttachmentClient::read(socket);
    EXPECT_EQ(done.status, 201) << done.body;
    const std::chrono::duration<double> up = std::chrono::steady_clock::now() - begun;

    adapters::RawSocket back = adapters::RawSocket::to(inlet->port());
    back.send(portal.head("GET", AttachmentClient::path(sm3), security::sm3_hex(""),
                          "Connection: close\r\n"));
    back.read_through("\r\n\r\n");
    security::Sm3Stream received;
    for (std::uint64_t at = 0; at < size; at += piece.size()) {
        received.update(back.read_exactly(piece.size()));
    }
    EXPECT_EQ(received.hex(), sm3);
    const std::chrono::duration<double> both = std::chrono::steady_clock::now() - begun;
    const std::uint64_t peak = memory("VmHWM");
    EXPECT_LT(peak - before, 64ULL << 20U) << "of " << size << " bytes";
    fmt::print("{} MiB: up {:.1f} s, down {:.1f} s, peak memory +{} KiB\n", size >> 20U, up.count(),
               (both - up).count(), (peak - before) >> 10U);
}

}  // namespace
}  // namespace luqiao::integration
