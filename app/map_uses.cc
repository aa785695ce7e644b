#include "app/map_uses.h"

#include <algorithm>

namespace luqiao::app {
namespace {

class Uses {
public:
    explicit Uses(const broker::Realm& realm) : realm_(realm) {}

    void add(const std::string& map, const std::string& code, bool sends) {
        const broker::Party* party = realm_.party(code);
        if (map.empty() || party == nullptr) return;
        const bool is_known = std::any_of(out.begin(), out.end(), [&](const auto& use) {
            return use.map == map && use.party == code && use.sends == sends;
        });
        if (is_known) return;
        out.push_back({map, code, party->label.zh, party->clearance, party->purpose, sends});
    }

    std::vector<authoring::MapUse> out;

private:
    const broker::Realm& realm_;
};

}  // namespace

std::vector<authoring::MapUse> map_uses(const broker::Realm& realm) {
    Uses uses(realm);
    for (const auto& [code, party] : realm.parties) {
        for (const broker::SubmitRight& right : party.submit) uses.add(right.map, code, true);
        uses.add(party.reply_map, code, true);
    }
    for (const auto& [code, versions] : realm.services) {
        for (const broker::Service& service : versions) {
            for (const broker::ItemRule& item : service.items) {
                uses.add(item.dispatch, item.party, false);
                uses.add(item.supplement, item.party, false);
                uses.add(item.withdraw, item.party, false);
            }
            for (const broker::Observer& observer : service.observers) {
                uses.add(observer.map, observer.party, false);
            }
        }
    }
    return std::move(uses.out);
}

}  // namespace luqiao::app
