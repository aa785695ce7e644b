#include "mapping/codec_families.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {

std::span<const CodecFamily> codec_families() {
    static const CodecFamily families[] = {
        {{"文本", "Text"}, text_codecs()},
        {{"填充、前后缀、列表", "Padding, affixes, lists"}, structure_codecs()},
        {{"表示“未填”的值", "Values that mean no value"}, sentinel_codecs()},
        {{"多个字段为一组", "Several fields together"}, tuple_codecs()},
        {{"字节", "Bytes"}, bytes_codecs()},
        {{"数值与是否", "Numbers and booleans"}, number_codecs()},
        {{"金额与修约", "Money and rounding"}, amount_codecs()},
        {{"日期", "Days, months, years"}, date_codecs()},
        {{"时间", "Times and moments"}, time_codecs()},
        {{"代码表与区划", "Code tables and divisions"}, code_codecs()},
        {{"证件、电话与地址", "Documents, telephones, addresses"}, id_codecs()},
        {{"降低隐私等级与推算周岁、天数（只写）", "Declassifiers, ages (write only)"},
         privacy_codecs()},
    };
    return families;
}

std::span<const Codec* const> codecs() {
    static const std::vector<const Codec*> sorted = [] {
        std::vector<const Codec*> list;
        for (const CodecFamily& family : codec_families()) {
            for (const Codec& codec : family.codecs) list.push_back(&codec);
        }
        std::sort(list.begin(), list.end(),
                  [](const Codec* a, const Codec* b) { return a->name < b->name; });
        return list;
    }();
    return sorted;
}

Grade grade_of(const Codec& codec, const CodecArguments& arguments) {
    return codec.grade_of == nullptr ? codec.grade : codec.grade_of(arguments);
}

const Codec* find_codec(std::string_view name) {
    const auto list = codecs();
    const auto found = std::lower_bound(
        list.begin(), list.end(), name,
        [](const Codec* codec, std::string_view key) { return codec->name < key; });
    return found != list.end() && (*found)->name == name ? *found : nullptr;
}

}  // namespace luqiao::mapping
