// adapters/awaiting.h - waiting in coroutines for an error code instead of an exception.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace luqiao::adapters {

inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace luqiao::adapters
