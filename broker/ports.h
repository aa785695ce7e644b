// broker/ports.h - all that adapters and the broker know of each other. Callback style: Asio stays
// outside.
#pragma once

#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace luqiao::broker {

/// What the compat profile signs beside the body; taken from the request as it came over the wire.
struct Proof {
    std::string method;     ///< "POST"
    std::string path;       ///< "/v1/messages/portal.apply", still percent-encoded
    std::string query;      ///< without '?', as sent
    std::string app_key;    ///< X-App-Key
    std::string timestamp;  ///< X-Timestamp, milliseconds since 1970
    std::string nonce;      ///< X-Nonce
    std::string signature;  ///< X-Sign
    /// What was signed when it is not the message itself: the whole SOAP request. Empty: the body.
    std::string signed_body;
    /// SM3 of a body that is not held: whoever reads it holds the bytes against it. Empty: it is.
    std::string body_sm3 = {};
};

/// One message as an inlet received it.
struct Arrival {
    std::string format;           ///< "portal.apply"
    std::string body;             ///< the raw bytes, exactly
    std::string media_type;       ///< as sent, may be empty
    std::string idempotency_key;  ///< may be empty
    std::string party;  ///< given by inlets that belong to one party (its folder, its table)
    std::optional<Proof> proof;  ///< given by inlets that serve many parties; then `party` is empty
    std::string source;          ///< where it came from, for the audit: "http 127.0.0.1", "file"
    bool validate_only = false;  ///< decode and check, keep nothing
};

/// The message is on stable storage. A duplicate gets the first receipt again, byte for byte.
struct Receipt {
    std::string message_id;
    std::string case_number;
    std::string sm3;  ///< of the raw bytes, lowercase hexadecimal
    Instant at{};
    bool replayed = false;
    std::string bundle;  ///< hash of the rules that read the message
};

/// One field-level finding (RFC 9457 extension `errors`).
struct FieldProblem {
    std::string code;
    std::string pointer;
    std::string rule;
    std::string expected;
    std::string got_masked;
    Text message;
};

/// After which a sender tries again whom lack of room or of a trustworthy clock turned away.
inline constexpr std::chrono::seconds kRetryWhenLow{30};

/// The message was not kept.
struct Problem {
    Errc code = Errc::Internal;
    Text detail;
    std::vector<FieldProblem> errors;
    std::string trace_id;
    std::optional<std::chrono::seconds> retry_after;
    Instant at{};        ///< this system's time, so that a stale clock can be set right
    std::string bundle;  ///< hash of the rules that judged; empty: none did
};

using Answer = std::variant<Receipt, Problem>;

/// A party gives its manifest of a day (对账清单), or asks for ours about it.
struct ManifestCall {
    Proof proof;
    std::string day;  ///< "2025-10-13"
    std::string of;   ///< "received" or "sent", in the party's words
    std::string body;
};

/// Where an inlet hands over what it received.
class Intake {
public:
    Intake() = default;
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;
    virtual ~Intake() = default;

    /// Takes `arrival`; calls `done` once, from any thread: a Receipt means durable, so the peer
    /// may forget it; a Problem means it was not kept. Never blocks on the store.
    virtual void accept(Arrival arrival, std::function<void(Answer)> done) = 0;

    /// The public progress of a case as one JSON document, for the party that `proof` names.
    virtual std::variant<std::string, Problem> progress(const Proof& proof,
                                                        const std::string& case_number) = 0;

    /// Keeps what the party says it has of a day (broker/recon_manifest.h), instead of what it said
    /// before; durable when it returns. @return what was kept, as JSON. An intake of somebody who
    /// does not reconcile has no such thing.
    virtual std::variant<std::string, Problem> take_manifest(const ManifestCall& call) {
        (void)call;
        return no_manifest();
    }
    /// What we say the party has of a day, as a manifest in JSON.
    virtual std::variant<std::string, Problem> manifest(const ManifestCall& call) {
        (void)call;
        return no_manifest();
    }

private:
    static Problem no_manifest() {
        Problem out;
        out.code = Errc::NotFound;
        out.detail = {"此处不对账", "nothing is reconciled here"};
        return out;
    }
};

/// How much of an attachment is here.
struct AttachmentState {
    std::uint64_t offset = 0;  ///< bytes that are on stable storage
    std::uint64_t length = 0;  ///< of the whole
    [[nodiscard]] bool is_complete() const { return offset == length; }
};

/// The bytes of one request on their way into an attachment; calls come one after another and may
/// wait for the disk. Dropped before finish(): what came is kept, and the upload goes on from
/// there.
class AttachmentUpload {
public:
    AttachmentUpload() = default;
    AttachmentUpload(const AttachmentUpload&) = delete;
    AttachmentUpload& operator=(const AttachmentUpload&) = delete;
    virtual ~AttachmentUpload() = default;

    /// @return why no more is taken
    virtual std::optional<Problem> write(std::string_view piece) = 0;
    /// All bytes of the request were written.
    virtual std::variant<AttachmentState, Problem> finish() = 0;
};

/// A complete attachment; may wait for the disk.
class AttachmentReader {
public:
    AttachmentReader() = default;
    AttachmentReader(const AttachmentReader&) = delete;
    AttachmentReader& operator=(const AttachmentReader&) = delete;
    virtual ~AttachmentReader() = default;

    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// @return how many bytes; fewer than asked for only at the end. @errors StoreFailed
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;
};

/// What one request says of the bytes it brings.
struct AttachmentPart {
    std::string sm3;  ///< of the whole attachment; its name
    std::uint64_t offset = 0;
    std::uint64_t size = 0;    ///< of the request's body
    std::uint64_t length = 0;  ///< of the whole
};

/// Files that messages refer to by digest. Calls may wait for the disk and the store.
class Attachments {
public:
    Attachments() = default;
    Attachments(const Attachments&) = delete;
    Attachments& operator=(const Attachments&) = delete;
    virtual ~Attachments() = default;

    /// An upload of the party that `proof` names, begun or gone on with; the state: all is here.
    virtual std::variant<std::unique_ptr<AttachmentUpload>, AttachmentState, Problem> put(
        const Proof& proof, const AttachmentPart& part) = 0;
    /// How much of its own upload is here.
    virtual std::variant<AttachmentState, Problem> look(const Proof& proof,
                                                        const std::string& sm3) = 0;
    /// For the party that uploaded it, and for those that were sent a message which names it.
    virtual std::variant<std::unique_ptr<AttachmentReader>, Problem> get(
        const Proof& proof, const std::string& sm3) = 0;
};

/// One message on its way to a party. Every attempt carries the same id and the same bytes.
struct Outgoing {
    std::string id;      ///< the delivery's id; receivers deduplicate on it
    std::string format;  ///< "sti.apply"
    std::string body;
    std::string case_number;
    std::uint32_t attempt = 1;
    std::string bundle;  ///< hash of the rules that made the body
};

/// What the party answered at once; empty when its protocol has no answer.
struct Reply {
    std::string body;
};

/// Whether a party has a message.
enum class Holding : std::uint8_t { Held, Missing };

/// Carries messages to one party.
class Outlet {
public:
    Outlet() = default;
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;
    virtual ~Outlet() = default;

    /// Sends once, never blocks for long, and calls `done` once from any thread.
    /// @errors Unavailable     surely not delivered; try again
    ///         Timeout         nothing was sent in time; try again
    ///         OutcomeUnknown  sent, but no answer; what then is the party's on_unknown
    ///         Refused         the party will never take these bytes
    virtual void send(Outgoing message, std::function<void(Result<Reply>)> done) = 0;

    /// Whether the party can be asked what it holds.
    [[nodiscard]] virtual bool can_be_asked() const { return false; }
    /// Asks whether the party holds the message, by its id alone; as `send` in all else. Changes
    /// nothing there. @errors Unavailable, Timeout, OutcomeUnknown: it did not say
    // NOLINTNEXTLINE(performance-unnecessary-value-param): who can be asked takes both over
    virtual void ask(Outgoing message, std::function<void(Result<Holding>)> done) {
        (void)message;
        done(fail(Errc::Unavailable, "this party cannot be asked"));
    }

    /// Stops taking work; open sends still call `done`. Returns when none is left.
    virtual void stop() = 0;
};

/// Brings in messages of one party (a folder, a table, a listening socket).
class Inlet {
public:
    Inlet() = default;
    Inlet(const Inlet&) = delete;
    Inlet& operator=(const Inlet&) = delete;
    virtual ~Inlet() = default;

    virtual Status start() = 0;
    /// Returns when no hand-over is under way any more.
    virtual void stop() = 0;
};

}  // namespace luqiao::broker
