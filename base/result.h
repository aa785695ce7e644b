// base/result.h - how a function says "I can fail": Result<T>, Error, LQ_TRY.
#pragma once

#include "base/errors.h"

#include <fmt/core.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace luqiao {

/// An operating error: expected, handled, shown to an operator. Never holds payload or key bytes.
struct Error {
    Errc code = Errc::Internal;
    std::string message;     ///< One sentence: what was wrong and what was expected.
    std::string where = {};  ///< Position: "orders.map:3:7", "/lines/2/qty" or "byte 12".

    Error at(std::string position) && {
        where = std::move(position);
        return std::move(*this);
    }
};

/// fail(Errc::LimitExceeded, "size {} is not in 1..{}", size, max).at("byte 4")
template <class... Args>
Error fail(Errc code, fmt::format_string<Args...> text, Args&&... args) {
    return {code, fmt::format(text, std::forward<Args>(args)...)};
}

/// A value or an Error. A subset of C++23 std::expected, and [[nodiscard]] as a type.
template <class T>
class [[nodiscard]] Result {
    static_assert(!std::is_same_v<T, Error>, "Result<Error> is ambiguous");

public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& operator*() & { return *std::get_if<0>(&state_); }
    const T& operator*() const& { return *std::get_if<0>(&state_); }
    T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }

    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

    T value_or(T fallback) const& { return has_value() ? **this : std::move(fallback); }

    template <class F>
    std::invoke_result_t<F, T&&> and_then(F&& next) && {
        if (!has_value()) return std::move(*this).error();
        return std::forward<F>(next)(*std::move(*this));
    }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}
    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const& { return *error_; }
    Error&& error() && { return *std::move(error_); }

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace luqiao

#define LQ_CONCAT_INNER_(a, b) a##b
#define LQ_CONCAT_(a, b) LQ_CONCAT_INNER_(a, b)

/// LQ_TRY(auto header, parse_header(bytes)); - declares `header`, or returns the error.
#define LQ_TRY(declaration, ...) \
    LQ_TRY_(return, LQ_CONCAT_(luqiao_try_, __LINE__), declaration, __VA_ARGS__)
/// The same inside a coroutine. The operand may itself be a co_await expression.
#define LQ_CO_TRY(declaration, ...) \
    LQ_TRY_(co_return, LQ_CONCAT_(luqiao_try_, __LINE__), declaration, __VA_ARGS__)
/// LQ_CHECK(store.append(record)); - for Status: returns the error, else carries on.
#define LQ_CHECK(...) \
    if (auto luqiao_check = (__VA_ARGS__); !luqiao_check) return std::move(luqiao_check).error()
#define LQ_CO_CHECK(...) \
    if (auto luqiao_check = (__VA_ARGS__); !luqiao_check) co_return std::move(luqiao_check).error()

#define LQ_TRY_(exit, temporary, declaration, ...)     \
    auto temporary = (__VA_ARGS__);                    \
    if (!temporary) exit std::move(temporary).error(); \
    declaration = *std::move(temporary)
