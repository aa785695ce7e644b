// app/hash_key.h - the key of the codec keyed_hash, read from its file.
#pragma once

#include "base/result.h"
#include "mapping/keyed_hasher.h"

#include <filesystem>
#include <memory>

namespace luqiao::app {

/// HMAC-SM3 under the secret in a file, of at least 32 characters; white space at its ends does not
/// count.
/// @errors NotFound, InvalidArgument: too short a secret
Result<std::shared_ptr<const mapping::KeyedHasher>> read_hash_key(
    const std::filesystem::path& path);

}  // namespace luqiao::app
