// tests/bench/mapping_by_hand.h - code written by hand for the benchmark's message: what the maps
// are measured against.
#pragma once

#include "base/scan.h"
#include "base/text.h"
#include "mapping/code_index.h"
#include "mapping/output.h"
#include "tests/bench/mapping_message.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <simdjson.h>

namespace luqiao::mapping::bench {

struct Item {
    std::string_view kind;
    std::string_view name;
    std::string_view digest;
};

/// Key -> field of one group: open addressing over the first bytes, as one would write it by hand.
class Keys {
public:
    explicit Keys(std::string_view group) {
        for (std::size_t field = 0; field < kCount; ++field) {
            if (kFields[field].group != group) continue;
            std::size_t place = hash(kFields[field].from);
            while (slots_[place] != 0) place = (place + 1) % slots_.size();
            slots_[place] = static_cast<std::uint8_t>(field + 1);
        }
    }
    [[nodiscard]] std::size_t find(std::string_view key) const {
        for (std::size_t place = hash(key); slots_[place] != 0;
             place = (place + 1) % slots_.size()) {
            if (kFields[slots_[place] - 1u].from == key) return slots_[place] - 1u;
        }
        return kCount;
    }

private:
    static std::size_t hash(std::string_view key) {
        std::uint64_t head = 0;
        std::memcpy(&head, key.data(), std::min<std::size_t>(key.size(), 8));
        return ((head * 0x9E3779B97F4A7C15u) >> 58u) & 63u;
    }
    std::array<std::uint8_t, 64> slots_{};
};

class HandWritten {
public:
    HandWritten() {
        for (std::size_t table = 0; table < kTableSizes.size(); ++table) {
            for (std::uint32_t row = 0; row < kTableSizes[table]; ++row) {
                codes_[table].add(fmt::format("s{}", row), std::array{row});
                targets_[table].push_back(fmt::format("T{:03}", row));
            }
        }
    }

    /// The message written anew; nothing when it is refused. The view lives until the next call.
    std::optional<std::string_view> run(simdjson::padded_string_view bytes, bool is_xml) {
        if (!read(bytes) || !check()) return std::nullopt;
        out_.clear();
        if (is_xml) {
            write_xml();
        } else {
            write_json();
        }
        return out_.view();
    }

private:
    bool read(simdjson::padded_string_view bytes) {
        values_.fill({});
        count_ = 0;
        simdjson::ondemand::document document;
        if (parser_.iterate(bytes).get(document) != simdjson::SUCCESS) return false;
        simdjson::ondemand::object root;
        if (document.get_object().get(root) != simdjson::SUCCESS) return false;
        for (auto field : root) {
            std::string_view key;
            if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
            simdjson::ondemand::value value;
            if (field.value().get(value) != simdjson::SUCCESS) return false;
            if (!member(key, value)) return false;
        }
        // Anything behind the object is text that is not ours.
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    }

    bool member(std::string_view key, simdjson::ondemand::value& value) {
        if (key == "sqr") return group(keys_[1], value);
        if (key == "dw") return group(keys_[2], value);
        if (key == "gw") return group(keys_[3], value);
        if (key == "cl") return list(value);
        return scalar(keys_[0].find(key), value);
    }

    bool group(const Keys& keys, simdjson::ondemand::value& value) {
        simdjson::ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return false;
        for (auto field : object) {
            std::string_view key;
            if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
            simdjson::ondemand::value inner;
            if (field.value().get(inner) != simdjson::SUCCESS) return false;
            if (!scalar(keys.find(key), inner)) return false;
        }
        return true;
    }

    bool scalar(std::size_t field, simdjson::ondemand::value& value) {
        if (field == kCount || values_[field].data() != nullptr) return false;
        if (kFields[field].kind == Int || kFields[field].kind == Number) {
            double number = 0;
            const std::string_view token = value.raw_json_token();
            if (value.get_double().get(number) != simdjson::SUCCESS) return false;
            values_[field] = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
            return true;
        }
        return value.get_string().get(values_[field]) == simdjson::SUCCESS;
    }

    bool list(simdjson::ondemand::value& value) {
        simdjson::ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return false;
        for (auto element : array) {
            simdjson::ondemand::object object;
            if (count_ == items_.size() || element.get_object().get(object) != simdjson::SUCCESS) {
                return false;
            }
            Item& item = items_[count_++];
            item = {};
            for (auto field : object) {
                std::string_view key;
                if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
                std::string_view* into = key == "lx"   ? &item.kind
                                         : key == "mc" ? &item.name
                                         : key == "zy" ? &item.digest
                                                       : nullptr;
                if (into == nullptr || into->data() != nullptr) return false;
                if (field.value().get_string().get(*into) != simdjson::SUCCESS) return false;
            }
            if (item.digest.empty()) return false;
        }
        return true;
    }

    bool check() {
        for (std::size_t field = 0; field < kCount; ++field) {
            const Spec& spec = kFields[field];
            std::string_view& value = values_[field];
            if (value.empty()) {
                if (spec.required) return false;
                continue;
            }
            switch (spec.kind) {
                case Text:
                    if (value.size() > spec.most && code_points(value) > spec.most) return false;
                    if (!is_clean(value)) return false;
                    break;
                case Code: {
                    const auto found = codes_[spec.most].find(value);
                    if (found.empty()) return false;
                    value = targets_[spec.most][found[0]];
                    break;
                }
                case Date:
                    if (!to_date(value, dates_[field])) return false;
                    value = {dates_[field].data(), 8};
                    break;
                case Int: {
                    std::size_t number = 0;
                    const auto [end, error] =
                        std::from_chars(value.data(), value.data() + value.size(), number);
                    if (error != std::errc{} || end != value.data() + value.size()) return false;
                    if (number > spec.most) return false;
                    break;
                }
                case Number:
                    if (value.size() < 4 || value[value.size() - 3] != '.') return false;
                    break;
            }
        }
        return true;
    }

    static bool is_clean(std::string_view text) {
        return !marks(text).special || std::none_of(text.begin(), text.end(), [](char byte) {
            return static_cast<unsigned char>(byte) < 0x20;
        });
    }

    static bool to_date(std::string_view text, std::array<char, 8>& out) {
        if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
        constexpr std::array<std::size_t, 8> kDigits{0, 1, 2, 3, 5, 6, 8, 9};
        for (std::size_t digit = 0; digit < 8; ++digit) {
            out[digit] = text[kDigits[digit]];
            if (out[digit] < '0' || out[digit] > '9') return false;
        }
        const auto pair = [&out](std::size_t at) {
            return (out[at] - '0') * 10 + out[at + 1] - '0';
        };
        const std::chrono::year_month_day date{std::chrono::year(pair(0) * 100 + pair(2)),
                                               std::chrono::month(static_cast<unsigned>(pair(4))),
                                               std::chrono::day(static_cast<unsigned>(pair(6)))};
        return date.ok();
    }

    void escape_json(std::string_view text) {
        for (;;) {
            const std::size_t clean = unmarked_prefix(text);
            out_.advance_to(copy_text(out_.room(clean), text.substr(0, clean)));
            if (clean == text.size()) return;
            if (text[clean] == '"' || text[clean] == '\\') out_.add('\\');
            out_.add(text[clean]);
            text.remove_prefix(clean + 1);
        }
    }

    void put_json(std::string_view key, std::string_view value, char first) {
        char* to = out_.room(key.size() + 5);
        *to++ = first;
        *to++ = '"';
        to = copy_text(to, key);
        *to++ = '"';
        *to++ = ':';
        *to++ = '"';
        out_.advance_to(to);
        escape_json(value);
        out_.add('"');
    }

    void write_json() {
        char before = '{';
        for (std::size_t field = 0; field < kCount; ++field) {
            if (values_[field].empty()) continue;
            put_json(kFields[field].to, values_[field], before);
            before = ',';
        }
        out_.add(",\"files\":[");
        for (std::size_t item = 0; item < count_; ++item) {
            if (item > 0) out_.add(',');
            put_json("kind", items_[item].kind, '{');
            put_json("name", items_[item].name, ',');
            put_json("digest", items_[item].digest, ',');
            out_.add('}');
        }
        out_.add("]}");
    }

    void escape_xml(std::string_view text) {
        for (;;) {
            const std::size_t clean = unmarked_prefix(text);
            out_.advance_to(copy_text(out_.room(clean), text.substr(0, clean)));
            if (clean == text.size()) return;
            switch (text[clean]) {
                case '&': out_.add("&amp;"); break;
                case '<': out_.add("&lt;"); break;
                case '>': out_.add("&gt;"); break;
                default: out_.add(text[clean]);
            }
            text.remove_prefix(clean + 1);
        }
    }

    void put_xml(std::string_view key, std::string_view value) {
        char* to = out_.room(key.size() + 2);
        *to++ = '<';
        to = copy_text(to, key);
        *to++ = '>';
        out_.advance_to(to);
        escape_xml(value);
        to = out_.room(key.size() + 3);
        *to++ = '<';
        *to++ = '/';
        to = copy_text(to, key);
        *to++ = '>';
        out_.advance_to(to);
    }

    void write_xml() {
        out_.add("<?xml version=\"1.0\" encoding=\"UTF-8\"?><DATA>");
        for (std::size_t field = 0; field < kCount; ++field) {
            if (!values_[field].empty()) put_xml(kFields[field].to, values_[field]);
        }
        for (std::size_t item = 0; item < count_; ++item) {
            out_.add("<files>");
            put_xml("kind", items_[item].kind);
            put_xml("name", items_[item].name);
            put_xml("digest", items_[item].digest);
            out_.add("</files>");
        }
        out_.add("</DATA>");
    }

    simdjson::ondemand::parser parser_;
    std::array<Keys, 4> keys_{Keys(kGroups[0]), Keys(kGroups[1]), Keys(kGroups[2]),
                              Keys(kGroups[3])};
    std::array<CodeIndex, kTableSizes.size()> codes_;
    std::array<std::vector<std::string>, kTableSizes.size()> targets_;
    std::array<std::string_view, kCount> values_;
    std::array<std::array<char, 8>, kCount> dates_{};
    std::array<Item, 9> items_;
    std::size_t count_ = 0;
    Output out_;
};

}  // namespace luqiao::mapping::bench
