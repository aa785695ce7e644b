// app/simulated_party.h - a party that behaves like the real one, made from the same formats: it
// reads what it is sent by the party's own rows, decides by seed, and answers in the party's own
// codes.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "broker/realm.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace luqiao::app {

/// How the party behaves. Chances are in percent and drawn from seed and item serial alone.
struct Behaviour {
    std::uint64_t seed = 1;
    unsigned correction_percent = 20;
    unsigned refused_percent = 8;
    unsigned not_accepted_percent = 4;
    Duration think{20};  ///< between two answers about one item
    bool answers_twice = false;
    Duration down_after{0};  ///< after its first message
    Duration down_for{0};    ///< 0: never down
};

/// Sends one message of the party to the broker; false: try again.
using SimulatedSend = std::function<bool(
    const std::string& format, const std::string& bytes, const std::string& key)>;

class SimulatedParty {
public:
    /// @param journal  every effect is a line of JSON there; an existing journal is taken up again
    SimulatedParty(std::shared_ptr<const broker::Realm> realm,
                   const broker::Party& party,
                   Behaviour behaviour,
                   const std::filesystem::path& journal,
                   SimulatedSend send);
    ~SimulatedParty();

    /// Takes one message. @return the reply in the party's format, empty when it has none
    /// @errors Unavailable: the party is down just now  Refused: it cannot read the message
    Result<std::string> receive(const std::string& format,
                                const std::string& message_id,
                                const std::string& bytes);

    /// Takes a row of a registry that only collects: nothing is read but its message id.
    void collect(const std::string& message_id);

    [[nodiscard]] bool down() const;

private:
    struct Planned {
        Instant at{};
        std::string serial;
        std::string state;  ///< "supplement" when a channel supplements
        std::string case_number;
        std::string format;
        std::string bytes;  ///< made by the first try: whoever repeats sends the same
    };

    void take_dispatch(const mapping::Record& said, const std::string& message_id);
    void take_progress(const mapping::Record& said, const std::string& message_id);
    void plan(const std::string& serial, std::vector<std::string> states);
    std::vector<std::string> decide(const std::string& serial, bool again) const;
    std::string reply(bool ok) const;
    void run();
    bool perform(Planned& planned);
    Result<std::string> write_answer(const Planned& planned, std::string& format) const;
    Result<std::string> write_supplement(const Planned& planned, std::string& format) const;
    void note(std::string_view kind,
              std::string_view id,
              std::string_view serial,
              std::string_view state);
    void take_up(const std::filesystem::path& journal);
    const broker::SubmitRight* right(std::string_view meaning) const;

    const std::shared_ptr<const broker::Realm> realm_;
    const broker::Party& party_;
    const Behaviour behaviour_;
    const SimulatedSend send_;
    std::atomic<Instant> first_message_{Instant{}};
    std::ofstream journal_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string> seen_;               ///< message ids: the same one twice has one effect
    std::map<std::string, std::string> last_;  ///< per item serial: last state answered or tried
    std::vector<Planned> planned_;
    bool keeps_bytes_ = false;  ///< rows are no bytes: their SM3 says nothing
    std::string digest_;        ///< of the message that is being taken
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace luqiao::app
