#include "authoring/shrink.h"

#include <vector>

#include "authoring/domain.h"

namespace luqiao::authoring {
namespace {

using Characters = std::vector<std::string>;

std::string joined(const Characters& characters) {
    std::string out;
    for (const std::string& one : characters) out += one;
    return out;
}

int plainness(const std::string& character) {
    if (character == "A") return 0;
    if (character == "0") return 1;
    return character.size() == 1 ? 2 : static_cast<int>(character.size()) + 2;
}

class Shrinking {
public:
    Shrinking(std::string text, const std::function<bool(const std::string&)>& fails)
        : best_(characters_of(text)), fails_(fails) {}

    std::string run() {
        while (shorter() || plainer()) {
        }
        return joined(best_);
    }

private:
    bool accept(Characters candidate) {
        constexpr std::size_t kTriesMax = 2'000;
        if (tries_ >= kTriesMax || candidate.empty()) return false;
        ++tries_;
        if (!fails_(joined(candidate))) return false;
        best_ = std::move(candidate);
        return true;
    }

    bool shorter() {
        for (std::size_t size = best_.size() / 2; size > 0; size /= 2) {
            for (std::size_t at = 0; at + size <= best_.size(); ++at) {
                Characters candidate(best_.begin(), best_.begin() + static_cast<long>(at));
                candidate.insert(candidate.end(), best_.begin() + static_cast<long>(at + size),
                                 best_.end());
                if (accept(std::move(candidate))) return true;
            }
        }
        return false;
    }

    bool plainer() {
        for (std::size_t at = 0; at < best_.size(); ++at) {
            for (const char* plain : {"A", "0"}) {
                if (plainness(best_[at]) <= plainness(plain)) break;
                Characters candidate = best_;
                candidate[at] = plain;
                if (accept(std::move(candidate))) return true;
            }
        }
        return false;
    }

    Characters best_;
    const std::function<bool(const std::string&)>& fails_;
    std::size_t tries_ = 0;
};

}  // namespace

std::string shrink(std::string text, const std::function<bool(const std::string&)>& fails) {
    return Shrinking(std::move(text), fails).run();
}

}  // namespace luqiao::authoring
