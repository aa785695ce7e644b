// app/submitter.h - a channel's client: signs applications, submits them over HTTP, repeats until
// answered.
#pragma once

#include "adapters/registry.h"
#include "app/configuration.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace luqiao::app {

struct Submission {
    std::string channel;  ///< "portal"
    std::string format;   ///< "portal.apply"
    std::string body;
};

/// What a 202 said.
struct Submitted {
    std::size_t index = 0;  ///< of the submission
    std::string case_number;
    std::string message_id;
    std::chrono::nanoseconds took{0};  ///< from the first try to the 202
};

struct SubmitReport {
    std::vector<Submitted> accepted;
    std::vector<std::pair<std::size_t, Error>> refused;  ///< final refusals
};

class Submitter {
public:
    /// Makes the clients of every channel that may submit applications. @errors those of key files
    static Result<Submitter> create(const Configuration& configuration,
                                    const std::string& broker_url);

    /// Keeps `connections` requests open until each submission has a final answer or `until` has
    /// come. What got no answer (the broker is away, or says "later") is sent again, byte for byte.
    /// @param next  gives the submission of an index; called once per index, in order; false: no
    /// more
    SubmitReport run(const std::function<bool(std::size_t, Submission&)>& next,
                     std::size_t connections,
                     std::chrono::steady_clock::time_point until);

private:
    Submitter() = default;
    std::map<std::string, std::unique_ptr<broker::Outlet>, std::less<>> outlets_;  ///< by format
};

/// A [push] or [receive] table from pairs, as if it stood in a file.
Setting make_setting(const std::vector<std::pair<std::string, std::string>>& pairs);

/// An outlet of a kind from such a table. @errors InvalidArgument: it does not fit the Spec
Result<std::unique_ptr<broker::Outlet>> make_outlet(const adapters::AdapterKind& kind,
                                                    const Setting& setting,
                                                    const Configuration& configuration,
                                                    const broker::Party& party);

}  // namespace luqiao::app
