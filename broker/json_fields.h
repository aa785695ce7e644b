// broker/json_fields.h - one JSON object of the store, read strictly: a key that is missing and a
// key that is not known are both errors.
#pragma once

#include "base/calendar.h"
#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace luqiao::broker {

namespace dom = simdjson::dom;

/// The keys of one JSON object. Errors stick to `ok`, so that a reader is one expression per field;
/// finish() then says whether every key was known.
class Fields {
public:
    Fields(const dom::element& element, bool& ok) : ok_(ok) {
        if (element.get(object_) != simdjson::SUCCESS) ok_ = false;
    }

    std::optional<dom::element> find(std::string_view key) {
        dom::element value;
        if (!ok_ || object_.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
        ++used_;
        return value;
    }

    template <class T>
    std::optional<T> optional(std::string_view key) {
        const auto found = find(key);
        if (!found) return std::nullopt;
        T value{};
        if (found->get(value) != simdjson::SUCCESS) ok_ = false;
        return value;
    }

    template <class T>
    T required(std::string_view key) {
        const auto value = optional<T>(key);
        if (!value) ok_ = false;
        return value.value_or(T{});
    }

    std::string text(std::string_view key) { return std::string(required<std::string_view>(key)); }
    std::string text_or_empty(std::string_view key) {
        return std::string(optional<std::string_view>(key).value_or(""));
    }

    template <class T>
    T number(std::string_view key) {
        using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
        return narrow<T>(required<Wide>(key));
    }

    template <class T, class Wide>
    T narrow(Wide value) {
        if (std::in_range<T>(value)) return static_cast<T>(value);
        ok_ = false;
        return T{};
    }

    std::optional<Instant> instant(std::string_view key) {
        const auto millis = optional<std::int64_t>(key);
        if (!millis) return std::nullopt;
        return Instant{Duration{*millis}};
    }

    std::optional<Date> date(std::string_view key) {
        const auto written = optional<std::string_view>(key);
        if (!written) return std::nullopt;
        return day(*written);
    }

    std::optional<DueDate> due(std::string_view key) {
        auto written = optional<std::string_view>(key);
        if (!written) return std::nullopt;
        const bool provisional = written->ends_with('?');
        if (provisional) written->remove_suffix(1);
        return DueDate{day(*written), provisional};
    }

    template <class IdType>
    IdType id(std::string_view key) {
        const auto parsed = parse_id<IdType>(required<std::string_view>(key));
        if (!parsed) ok_ = false;
        return parsed.value_or(IdType{});
    }

    /// Each element of the array under `key`; an absent key is an empty array.
    template <class F>
    void each(std::string_view key, F&& body) {
        const auto found = find(key);
        if (!found) return;
        dom::array array;
        if (found->get(array) != simdjson::SUCCESS) {
            ok_ = false;
            return;
        }
        for (const dom::element element : array) body(element);
    }

    /// Every key of the object must have been asked for.
    void finish() { ok_ = ok_ && used_ == object_.size(); }

private:
    Date day(std::string_view written) {
        const auto date = parse_date(written);
        if (!date) ok_ = false;
        return date.value_or(Date{});
    }

    dom::object object_;
    bool& ok_;
    std::size_t used_ = 0;
};

}  // namespace luqiao::broker
