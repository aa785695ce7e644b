// adapters/registry.h - the adapters this binary has, as one explicit list.
#pragma once

#include "base/result.h"
#include "base/settings.h"
#include "broker/ports.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace luqiao::adapters {

/// Signs an outgoing request as `party` expects it; gives the headers to add. Empty: unsigned.
using Signer = std::function<broker::Proof(
    std::string_view method, std::string_view path, std::string_view query, std::string_view body)>;

/// What an adapter is made from.
struct Making {
    const Section& section;  ///< the [push] or [receive] table, checked against the Spec
    std::string party;
    std::filesystem::path base_folder;           ///< relative paths in the section start here
    Signer signer;                               ///< may be empty
    broker::Intake* intake = nullptr;            ///< for inlets
    broker::Attachments* attachments = nullptr;  ///< for inlets that carry them; may be none
};

/// One way to deliver, or to receive. `make_outlet` or `make_inlet` may be nullptr.
struct AdapterKind {
    Spec outlet_spec;
    Spec inlet_spec;
    Result<std::unique_ptr<broker::Outlet>> (*make_outlet)(const Making& making) = nullptr;
    Result<std::unique_ptr<broker::Inlet>> (*make_inlet)(const Making& making) = nullptr;
    std::string_view name;
    /// Whether an outlet of these settings can ask what its party holds (broker::Outlet::ask).
    bool (*can_be_asked)(const Section& section) = nullptr;
};

const AdapterKind& http_adapter();
const AdapterKind& soap_adapter();
const AdapterKind& table_adapter();
const AdapterKind& file_adapter();
const AdapterKind& thrift_adapter();

/// All adapters, sorted by name. Adding one adds one line to registry.cc.
std::span<const AdapterKind* const> adapter_kinds();
const AdapterKind* find_adapter(std::string_view name);

}  // namespace luqiao::adapters
