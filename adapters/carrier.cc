#include "adapters/carrier.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace luqiao::adapters {
namespace {

class BlockingOutlet final : public broker::Outlet {
public:
    BlockingOutlet(std::vector<std::unique_ptr<Carrier>> carriers, std::size_t waiting_max)
        : carriers_(std::move(carriers)), waiting_max_(waiting_max) {
        threads_.reserve(carriers_.size());
        for (const auto& carrier : carriers_) {
            threads_.emplace_back([this, one = carrier.get()] { work(*one); });
        }
    }

    ~BlockingOutlet() override { finish(); }

    void send(broker::Outgoing message, std::function<void(Result<broker::Reply>)> done) override {
        take({[message = std::move(message), done = std::move(done)](Carrier* carrier, Error why) {
            done(carrier == nullptr ? std::move(why) : carrier->carry(message));
        }});
    }

    [[nodiscard]] bool can_be_asked() const override { return carriers_.front()->can_look(); }
    void ask(broker::Outgoing message, std::function<void(Result<broker::Holding>)> done) override {
        take({[message = std::move(message), done = std::move(done)](Carrier* carrier, Error why) {
            done(carrier == nullptr ? std::move(why) : carrier->look(message));
        }});
    }

    void stop() override { finish(); }

private:
    /// Carries it and tells; without a carrier it tells why it was not carried.
    using Job = std::function<void(Carrier*, Error)>;

    void take(Job job) {
        {
            const std::scoped_lock lock(mutex_);
            if (!stopping_ && waiting_.size() < waiting_max_) {
                waiting_.push_back(std::move(job));
                wake_.notify_one();
                return;
            }
        }
        job(nullptr,
            fail(Errc::Unavailable, "the outlet is stopped or has too many messages waiting"));
    }

    void work(Carrier& carrier) {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            Job job = std::move(waiting_.front());
            waiting_.pop_front();
            const bool cancelled = stopping_;
            lock.unlock();
            job(cancelled ? nullptr : &carrier,
                fail(Errc::Unavailable, "the outlet was stopped before it was sent"));
            job = {};  // what it holds ends outside the lock
            lock.lock();
        }
    }

    void finish() {
        const std::scoped_lock once(finish_mutex_);
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

    std::vector<std::unique_ptr<Carrier>> carriers_;
    std::size_t waiting_max_;
    std::mutex finish_mutex_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> waiting_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<broker::Outlet> make_blocking_outlet(std::vector<std::unique_ptr<Carrier>> carriers,
                                                     std::size_t waiting_max) {
    return std::make_unique<BlockingOutlet>(std::move(carriers), waiting_max);
}

}  // namespace luqiao::adapters
