// What is removed for age, so that a message that names it at the same time still finds it or is
// refused.
#include "broker/blobs.h"

namespace luqiao::broker {

struct Blobs::Sweep {
    const BlobFolder& folder;
    const Instant before;
    const IsNeeded& is_needed;
    Swept swept = {};
    Totals left = {};

    Status party(const std::string& party) {
        LQ_TRY(const auto files, folder.files(party));
        for (const std::string& file : files) LQ_CHECK(one(party, file));
        return {};
    }

    Status one(const std::string& party, const std::string& file) {
        const std::string name = party + "/" + file;
        const auto about = folder.look(name);
        if (!about) return {};
        const std::size_t dot = file.find('.');
        const std::string sm3 = file.substr(0, dot);
        const std::string ending = dot == std::string::npos ? "" : file.substr(dot);
        if (ending.empty()) {
            count(*about);
            return about->held < before ? attachment(party, sm3, *about) : Status{};
        }
        if (ending == ".going") {
            count(*about);
            return going(party, sm3, *about);
        }
        if (ending == ".part") return about->held < before ? upload(name, *about) : Status{};
        // A state or its successor without its upload.
        const bool is_rest = !folder.look(party + "/" + sm3 + ".part");
        return is_rest && about->held < before ? folder.remove(name) : Status{};
    }

    void count(const BlobInfo& about) {
        ++left.attachments;
        left.bytes += about.size;
    }

    Status attachment(const std::string& party, const std::string& sm3, const BlobInfo& about) {
        LQ_TRY(const bool needed, is_needed(party, sm3, about.held));
        if (needed) return {};
        const std::string name = party + "/" + sm3;
        LQ_CHECK(folder.rename(name, name + ".going"));
        return going(party, sm3, about);
    }

    /// Nobody finds it under its name any more; who found it just before has touched it.
    Status going(const std::string& party, const std::string& sm3, const BlobInfo& about) {
        const std::string name = party + "/" + sm3;
        const auto now = folder.look(name + ".going");
        if (!now) return {};
        bool needed = now->held >= before;
        if (!needed) {
            LQ_TRY(needed, is_needed(party, sm3, now->held));
        }
        if (needed) return folder.rename(name + ".going", name);
        LQ_CHECK(folder.remove(name + ".going"));
        ++swept.attachments;
        swept.bytes += about.size;
        --left.attachments;
        left.bytes -= about.size;
        return {};
    }

    Status upload(const std::string& name, const BlobInfo& about) {
        auto file = folder.open_for_writing(name);
        if (!file) return file.error();
        LQ_TRY(const bool is_mine, file->lock());
        LQ_TRY(const BlobInfo mine, file->info());
        if (!is_mine || mine.held >= before) return {};
        LQ_CHECK(folder.remove(name.substr(0, name.rfind('.')) + ".state"));
        LQ_CHECK(folder.remove(name));
        ++swept.uploads;
        swept.bytes += about.size;
        return {};
    }
};

Result<Blobs::Swept> Blobs::sweep(Instant before, const IsNeeded& is_needed) {
    Sweep sweep{folder_, before, is_needed};
    LQ_TRY(const auto parties, folder_.parties());
    for (const std::string& party : parties) LQ_CHECK(sweep.party(party));
    {
        const std::lock_guard lock(mutex_);
        usage_.clear();
        totals_ = sweep.left;
        totals_.counted_at = options_.now();
    }
    return sweep.swept;
}

}  // namespace luqiao::broker
