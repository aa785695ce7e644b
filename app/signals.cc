#include "app/signals.h"

namespace luqiao::app {

Signals::Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

int Signals::wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
}

}  // namespace luqiao::app
