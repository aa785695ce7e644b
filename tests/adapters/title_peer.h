// tests/adapters/title_peer.h - a title review service made of code that Thrift generated.
#pragma once

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TServerSocket.h>

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "TitleReview.h"

namespace luqiao::peer {

/// Keeps each message once by its id. The applicant's name chooses what it answers.
class TitleDesk final : public TitleReviewIf {
public:
    void submit(Reply& reply, const Header& header, const TitleApplication& body) override {
        if (body.applicant == "refuse") {
            throw Refusal();
        }
        if (body.applicant == "busy") throw Busy();
        if (body.applicant == "crash") throw std::runtime_error("disk on fire");
        if (body.applicant == "silent") silence_.get_future().wait();
        const std::scoped_lock lock(mutex_);
        const auto [place, added] = kept_.try_emplace(header.message_id, header, body);
        reply.code = "0";
        reply.text = added ? "已受理" : "重复";
        reply.serial = "T" + std::to_string(kept_.size());
    }
    std::map<std::string, std::pair<Header, TitleApplication>> kept() {
        const std::scoped_lock lock(mutex_);
        return kept_;
    }
    void end_silence() { silence_.set_value(); }

private:
    std::mutex mutex_;
    std::map<std::string, std::pair<Header, TitleApplication>> kept_;
    std::promise<void> silence_;
};

/// Serves a desk on loopback until it is destroyed.
class TitleServer {
public:
    TitleServer(const std::shared_ptr<TitleDesk>& desk, int port) {
        using namespace apache::thrift;
        struct Ready final : server::TServerEventHandler {
            std::promise<void> listening;
            void preServe() override { listening.set_value(); }
        };
        const auto ready = std::make_shared<Ready>();
        socket_ = std::make_shared<transport::TServerSocket>("127.0.0.1", port);
        server_ = std::make_shared<server::TThreadedServer>(
            std::make_shared<TitleReviewProcessor>(desk), socket_,
            std::make_shared<transport::TFramedTransportFactory>(),
            std::make_shared<protocol::TBinaryProtocolFactory>());
        server_->setServerEventHandler(ready);
        thread_ = std::thread([server = server_] { server->serve(); });
        ready->listening.get_future().wait();
    }
    TitleServer(const TitleServer&) = delete;
    TitleServer& operator=(const TitleServer&) = delete;
    ~TitleServer() {
        server_->stop();
        thread_.join();
    }
    [[nodiscard]] int port() const { return socket_->getPort(); }

private:
    std::shared_ptr<apache::thrift::transport::TServerSocket> socket_;
    std::shared_ptr<apache::thrift::server::TThreadedServer> server_;
    std::thread thread_;
};

/// `value` as the bytes of one struct.
template <class Struct>
std::string struct_bytes(const Struct& value) {
    const auto buffer = std::make_shared<apache::thrift::transport::TMemoryBuffer>();
    apache::thrift::protocol::TBinaryProtocol protocol(buffer);
    value.write(&protocol);
    return buffer->getBufferAsString();
}

template <class Struct>
Struct struct_of(const std::string& bytes) {
    const auto buffer = std::make_shared<apache::thrift::transport::TMemoryBuffer>();
    buffer->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                  static_cast<std::uint32_t>(bytes.size()));
    apache::thrift::protocol::TBinaryProtocol protocol(buffer);
    Struct value;
    value.read(&protocol);
    return value;
}

}  // namespace luqiao::peer
