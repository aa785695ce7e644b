// tests/mapping/codec_call.h - runs a codec call such as `lpad(6, "0")` as the compiler would.
#pragma once

#include "mapping/charset.h"
#include "mapping/codec.h"
#include "mapping/utf8.h"
#include "mapping/values.h"
#include "security/digest.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

namespace luqiao::mapping {

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in) << path;
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// conf/codes/NAME.csv, read once.
inline const CodeTable& shipped_table(const std::string& name) {
    static std::map<std::string, std::unique_ptr<CodeTable>> tables;
    std::unique_ptr<CodeTable>& table = tables[name];
    if (table == nullptr) {
        const std::string path = places::source() + "/conf/codes/" + name + ".csv";
        Diagnostics findings;
        auto parsed = CodeTable::parse(name, read_file(path), name + ".csv", findings);
        for (const Diagnostic& finding : findings.list()) ADD_FAILURE() << render(finding);
        table = std::make_unique<CodeTable>(std::move(*parsed));
    }
    return *table;
}

/// HMAC-SM3 under a key of this test.
class TestHasher : public KeyedHasher {
public:
    [[nodiscard]] Digest digest(std::string_view text) const override {
        return security::hmac_sm3("key-of-the-reference", text);
    }
};

/// One use of a codec.
class CodecCall {
public:
    explicit CodecCall(std::string_view call) {
        const std::size_t open = call.find('(');
        codec_ = find_codec(call.substr(0, open));
        if (codec_ == nullptr) {
            ADD_FAILURE() << "no codec for " << call;
            return;
        }
        if (open != std::string_view::npos) {
            read_arguments(call.substr(open + 1, call.rfind(')') - open - 1));
        }
        arguments_.hasher = &hasher_;
        if (codec_->check != nullptr) {
            EXPECT_EQ(codec_->check(arguments_).en, "") << call;
        }
    }

    CodecResult decode(std::string_view text) { return codec_->decode(text, arguments_, context_); }
    CodecResult encode(std::string_view text) { return codec_->encode(text, arguments_, context_); }
    CodecResult encode_absent() { return codec_->encode_absent(arguments_, context_); }
    /// Parts as the examples write them, with kPartMark between.
    CodecResult cut(std::string_view text) {
        const std::size_t size = codec_->tuple_size == nullptr ? 2 : codec_->tuple_size(arguments_);
        std::vector<std::string_view> parts(size);
        const CodecResult result = codec_->cut(text, parts, arguments_, context_);
        if (result.state != SlotState::Value) return result;
        std::string shown;
        for (std::size_t part = 0; part < parts.size(); ++part) {
            if (part > 0) shown += kPartMark;
            shown += parts[part];
        }
        return CodecResult::value(context_.arena.copy(shown));
    }
    CodecResult join(std::string_view shown) {
        std::vector<std::string_view> parts;
        for (;;) {
            const std::size_t end = shown.find(kPartMark);
            parts.push_back(shown.substr(0, end));
            if (end == std::string_view::npos) break;
            shown.remove_prefix(end + kPartMark.size());
        }
        return codec_->join(parts, arguments_, context_);
    }
    [[nodiscard]] const Codec& codec() const { return *codec_; }
    [[nodiscard]] const CodecArguments& arguments() const { return arguments_; }
    CodecContext& context() { return context_; }

private:
    void read_arguments(std::string_view text) {
        while (!text.empty()) {
            Literal literal;
            if (text[0] == '"') {
                const std::size_t end = text.find('"', 1);
                literal.text = std::string(text.substr(1, end - 1));
                text.remove_prefix(end + 1);
            } else {
                const std::size_t end = std::min(text.find(','), text.size());
                literal.text = std::string(text.substr(0, end));
                literal.kind =
                    parse_number(literal.text) ? Literal::Kind::Number : Literal::Kind::Word;
                text.remove_prefix(end);
            }
            text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
            arguments_.literals.push_back(std::move(literal));
        }
        if (!codec_->arguments.empty() && codec_->arguments[0].kind == ArgumentKind::Code) {
            const std::string name = arguments_.literals[0].text;
            arguments_.table = &shipped_table(name.substr(0, name.find('.')));
            arguments_.system = arguments_.table->system(name.substr(name.find('.') + 1)).value();
        }
    }

    TestHasher hasher_;
    const Codec* codec_ = nullptr;
    CodecArguments arguments_;
    Arena arena_;
    CodecContext context_{arena_, std::nullopt};
};

/// Whether a text is no longer, and of no other characters, than a shape says.
inline bool lies_within(std::string_view text, const Shape& shape) {
    if (code_points(text) > shape.characters_max) return false;
    while (!text.empty()) {
        const char32_t character = take_character(text);
        if (character == kNoCharacter || !in_repertoire(character, shape.repertoire)) return false;
    }
    return true;
}

/// A result as the examples write it: the text, "!E2004", "!absent" or "!cleared".
inline std::string shown(const CodecResult& result) {
    switch (result.state) {
        case SlotState::Absent: return "!absent";
        case SlotState::Cleared: return "!cleared";
        case SlotState::Value: return std::string(result.text);
        case SlotState::Bad: return "!" + std::string(info(result.reason).id);
    }
    return {};
}

}  // namespace luqiao::mapping
