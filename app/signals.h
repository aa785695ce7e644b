// app/signals.h - SIGTERM, SIGINT and SIGHUP as something to wait for.
#pragma once

#include <csignal>

namespace luqiao::app {

/// Blocks the signals in this thread and in every thread it starts later, so that only `wait`
/// takes them; ignores SIGPIPE. Make it before the first thread.
class Signals {
public:
    Signals();
    /// @return the signal that came
    int wait() const;

private:
    sigset_t set_{};
};

}  // namespace luqiao::app
