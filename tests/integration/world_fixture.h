// tests/integration/world_fixture.h - a real broker process on free loopback ports, and a signing
// client.
#pragma once

#include "adapters/http_client.h"
#include "app/demo_report.h"
#include "app/demo_world.h"
#include "app/operator_api.h"
#include "app/people.h"
#include "app/runtime.h"
#include "app/submitter.h"
#include "mapping/translator.h"
#include "tests/places.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <future>
#include <memory>

namespace luqiao::integration {

/// A world of the shipped conf/; the luqiao program of this build runs in it.
inline std::unique_ptr<app::DemoWorld> make_world() {
    auto world = app::DemoWorld::create(places::source() + "/conf", places::binary() + "/luqiao");
    if (!world) {
        ADD_FAILURE() << world.error().message;
        return nullptr;
    }
    return *std::move(world);
}

/// One HTTP call, waited for.
inline Result<adapters::HttpResponse> call(adapters::HttpClient& client,
                                           adapters::HttpClientRequest request) {
    std::promise<Result<adapters::HttpResponse>> promise;
    client.send(std::move(request), [&promise](Result<adapters::HttpResponse> response) {
        promise.set_value(std::move(response));
    });
    return promise.get_future().get();
}

/// The counts of the running broker's store.
inline nlohmann::json counts(const app::DemoWorld& world) {
    const auto status =
        app::ask_operator(world.configuration().server->data, "/operator/v1/status");
    if (!status) {
        ADD_FAILURE() << status.error().message;
        return {};
    }
    return nlohmann::json::parse(*status)["counts"];
}

/// An invented application in a channel's own format.
inline std::string application_bytes(const app::DemoWorld& world,
                                     const std::string& channel,
                                     std::size_t index) {
    const mapping::Program* program = world.configuration().realm->bundle->find(channel + ".apply");
    const mapping::Record record =
        app::invent_application(program->form, channel, 11, index, app::system_now());
    mapping::Encoded encoded = mapping::encode(*program, record);
    for (const mapping::Issue& issue : encoded.issues.list)
        ADD_FAILURE() << mapping::to_json(issue);
    return std::move(encoded.bytes);
}

}  // namespace luqiao::integration
