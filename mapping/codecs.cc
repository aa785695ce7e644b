#include "mapping/codec_families.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {

std::span<const Codec* const> codecs() {
    static const std::vector<const Codec*> sorted = [] {
        std::vector<const Codec*> list;
        for (const std::span<const Codec> family :
             {text_codecs(), structure_codecs(), bytes_codecs(), number_codecs(), date_codecs(),
              code_codecs(), id_codecs(), privacy_codecs()}) {
            for (const Codec& codec : family) list.push_back(&codec);
        }
        std::sort(list.begin(), list.end(),
                  [](const Codec* a, const Codec* b) { return a->name < b->name; });
        return list;
    }();
    return sorted;
}

const Codec* find_codec(std::string_view name) {
    const auto list = codecs();
    const auto found = std::lower_bound(
        list.begin(), list.end(), name,
        [](const Codec* codec, std::string_view key) { return codec->name < key; });
    return found != list.end() && (*found)->name == name ? *found : nullptr;
}

}  // namespace luqiao::mapping
