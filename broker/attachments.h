// broker/attachments.h - who may bring an attachment, which message may name it, and who may read
// it.
//
//   bring   a party that has a [[submit]] right with `attachments`
//   name    a message by such a right is taken only when every digest in those fields stands for a
//           complete upload of its sender; the case is found by a term of party and digest from
//           then on, which the unit writes (broker/search.h)
//   read    the party that brought it; and one that was sent a message of such a case in whose
//   bytes
//           the digest stands, with clearance for what attachments are
#pragma once

#include "broker/blobs.h"
#include "broker/pipeline.h"
#include "mapping/issue.h"
#include "mapping/record.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace luqiao::broker {

/// By which a case is found that refers to what `party` uploaded.
std::uint64_t attachment_term(const SearchKey& key,
                              const std::string& party,
                              const std::string& sm3);

/// The fields of one message that name attachments of its sender.
struct AttachmentClaim {
    Blobs& blobs;
    const SearchKey& key;
    const std::string& party;
    const mapping::Program& program;  ///< that decoded the message
    const std::vector<std::string>& fields;
};
/// Terms of all attachments that `record` names; each that is not here, or not complete, is an
/// issue E2004 with its place, what is expected and how much is here.
/// @errors those of the folder
Result<std::vector<std::uint64_t>> claim_attachments(const AttachmentClaim& claim,
                                                     const mapping::Record& record,
                                                     mapping::Issues& issues);

struct AttachmentOptions {
    std::size_t transfers_max = 16;  ///< uploads and downloads at once; beyond it 429
    std::string clearance = "C3";    ///< what a party must be cleared for to read those of others
    Duration unused{7LL * 86'400'000};  ///< what no message names is kept so long
    /// After the decision of the last case whose message named it ([retention] attachments).
    Duration keep{365LL * 86'400'000};
    bool operator==(const AttachmentOptions&) const = default;
};

struct AttachmentUsage {
    Blobs::Totals kept;
    std::size_t transfers = 0;  ///< uploads and downloads under way on this node
    std::size_t transfers_max = 0;
};

class AttachmentDesk final : public Attachments {
public:
    /// All outlive the desk.
    AttachmentDesk(Pipeline& pipeline, Store& store, Blobs& blobs, AttachmentOptions options);

    std::variant<std::unique_ptr<AttachmentUpload>, AttachmentState, Problem> put(
        const Proof& proof, const AttachmentPart& part) override;
    std::variant<AttachmentState, Problem> look(const Proof& proof,
                                                const std::string& sm3) override;
    std::variant<std::unique_ptr<AttachmentReader>, Problem> get(const Proof& proof,
                                                                 const std::string& sm3) override;

    /// Removes what is no longer needed; a while's work, not on the turn's thread.
    /// @errors those of the store and of the folder: the rest is removed next time
    Result<Blobs::Swept> sweep(Instant now);
    [[nodiscard]] AttachmentUsage usage() const {
        return {blobs_.totals(), transfers_->load(), options_.transfers_max};
    }

private:
    Result<std::unique_ptr<AttachmentReader>> find(const std::string& party,
                                                   const std::string& sm3);
    Result<bool> was_sent(const std::string& party,
                          const std::string& owner,
                          const std::string& sm3);
    Result<bool> is_needed(const std::string& party,
                           const std::string& sm3,
                           const std::map<std::string, std::string>& held,
                           Instant now);
    [[nodiscard]] Problem refuse(const std::string& party,
                                 const Error& error,
                                 const std::string& sm3) const;

    Pipeline& pipeline_;
    Store& store_;
    Blobs& blobs_;
    const AttachmentOptions options_;
    std::shared_ptr<std::atomic<std::size_t>> transfers_ =
        std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace luqiao::broker
