#include "adapters/carrier.h"
#include "adapters/file.h"
#include "adapters/folder.h"
#include "security/digest.h"

#include <cstdint>
#include <utility>

namespace luqiao::adapters {
namespace {

constexpr std::size_t kMarkerWrittenMax = 4096;
constexpr std::size_t kFileWrittenMax = 64u << 20;

struct FileOutletSettings {
    std::filesystem::path folder;
    bool create = false;
    std::string name;
    std::string marker;
    std::string journal;
};

class FileCarrier final : public Carrier {
public:
    explicit FileCarrier(FileOutletSettings settings) : settings_(std::move(settings)) {}

    Result<broker::Reply> carry(const broker::Outgoing& message) override {
        Status placed = place(message);
        if (placed) return broker::Reply{};
        Error error = std::move(placed).error();
        if (error.code != Errc::Refused && error.code != Errc::OutcomeUnknown) {
            error.code = Errc::Unavailable;
        }
        return error;
    }

    [[nodiscard]] bool can_look() const override { return true; }
    Result<broker::Holding> look(const broker::Outgoing& message) override {
        const auto placed = is_placed(message);
        if (!placed) return fail(Errc::Unavailable, "{}", placed.error().message);
        return *placed ? broker::Holding::Held : broker::Holding::Missing;
    }

private:
    enum class Found : std::uint8_t { Nothing, Same, Other };

    /// What lies in the folders of a message.
    struct Trace {
        Found sent;     ///< its marker, in the journal
        Found offered;  ///< its marker, beside the file
        Found lying;    ///< the file
        /// Whole and offered, or taken.
        [[nodiscard]] bool is_placed() const {
            return sent == Found::Same && (lying == Found::Nothing || offered == Found::Same);
        }
    };
    /// A message as it lies in a folder.
    struct Named {
        std::string name, marker_name, marker;
    };

    Result<Named> named(const broker::Outgoing& message) const {
        LQ_TRY(const std::string name,
               delivery_file_name(settings_.name, message.id, message.format));
        return Named{name, name + settings_.marker,
                     format_marker(
                         {split_records(message.body, 0).size(), security::sm3_hex(message.body)})};
    }

    static Result<Trace> trace(const Folder& folder,
                               const Folder& journal,
                               const Named& one,
                               const std::string& body) {
        LQ_TRY(const Found sent, look(journal, one.name, one.marker, kMarkerWrittenMax));
        LQ_TRY(const Found offered, look(folder, one.marker_name, one.marker, kMarkerWrittenMax));
        LQ_TRY(const Found lying, look(folder, one.name, body, kFileWrittenMax));
        return Trace{sent, offered, lying};
    }

    Result<bool> is_placed(const broker::Outgoing& message) const {
        LQ_TRY(const Named one, named(message));
        LQ_TRY(const Folder folder, Folder::open(settings_.folder, settings_.create));
        LQ_TRY(const Folder journal, folder.inner(settings_.journal));
        LQ_TRY(const Trace found, trace(folder, journal, one, message.body));
        return found.is_placed();
    }

    /// The journal entry is made while the file has no marker yet, so nobody may have taken it;
    /// from then on a missing file means that it was taken. Other bytes under the same id (an
    /// operator sent them anew) are written again, unless the first ones still lie there.
    Status place(const broker::Outgoing& message) const {
        LQ_TRY(const Named one, named(message));
        LQ_TRY(const Folder folder, Folder::open(settings_.folder, settings_.create));
        LQ_TRY(const Folder journal, folder.inner(settings_.journal));
        LQ_TRY(const Trace found, trace(folder, journal, one, message.body));
        if (found.offered == Found::Other && found.lying != Found::Nothing) {
            return fail(Errc::Refused, "a file of this id with other content is not yet taken")
                .at(one.name);
        }
        if (found.is_placed()) return {};
        if (found.lying != Found::Same) LQ_CHECK(folder.write(one.name, message.body));
        LQ_CHECK(journal.write(one.name, one.marker));
        return folder.write(one.marker_name, one.marker);
    }

    static Result<Found> look(const Folder& folder,
                              const std::string& name,
                              std::string_view bytes,
                              std::size_t size_max) {
        const auto content = folder.read(name, size_max);
        if (content) return content->bytes == bytes ? Found::Same : Found::Other;
        if (content.error().code == Errc::NotFound) return Found::Nothing;
        if (content.error().code == Errc::LimitExceeded) return Found::Other;
        return content.error();
    }

    FileOutletSettings settings_;
};

}  // namespace

Spec file_outlet_spec() {
    using enum SettingKind;
    return {.name = "push.file",
            .summary = "Puts each message as a file into a folder, with a marker beside it.",
            .fields = {{"adapter", Text, "file"},
                       {"folder", Path, "where the files go"},
                       {"create_folder", Flag, "make the folder when it is missing", "false"},
                       {"name", Text, "file name with {id}; also {date} and {format}", "{id}.txt"},
                       {"marker", Text, "added to the name of the marker file", ".ok"},
                       {"journal", Text, "folder inside that remembers what was sent", ".sent"},
                       {"queue", Integer, "messages that may wait", "1000"}},
            .example = R"(adapter = "file"
folder = "essc/in"
name = "SSC_370200_{date}_{id}.txt"
)"};
}

Result<std::unique_ptr<broker::Outlet>> make_file_outlet(const Making& making) {
    const Section& section = making.section;
    FileOutletSettings settings{.folder = making.base_folder / section.text("folder"),
                                .create = section.flag("create_folder"),
                                .name = section.text("name"),
                                .marker = section.text("marker"),
                                .journal = section.text("journal")};
    const std::size_t id_at = settings.name.find("{id}");
    if (id_at == std::string::npos || settings.name.find("{id}", id_at + 1) != std::string::npos) {
        return fail(Errc::InvalidArgument, "name must hold {{id}} once");
    }
    if (settings.marker.size() < 2 || settings.marker == ".tmp" ||
        !is_file_name("a" + settings.marker)) {
        return fail(Errc::InvalidArgument, "marker must be an ending such as .ok, not .tmp");
    }
    if (settings.journal == "." || settings.journal == ".." ||
        !is_file_name("a" + settings.journal)) {
        return fail(Errc::InvalidArgument, "journal must be the name of one folder");
    }
    if (section.integer("queue") < 1) {
        return fail(Errc::InvalidArgument, "queue must be at least 1");
    }
    std::vector<std::unique_ptr<Carrier>> carriers;
    carriers.push_back(std::make_unique<FileCarrier>(std::move(settings)));
    return make_blocking_outlet(std::move(carriers),
                                static_cast<std::size_t>(section.integer("queue")));
}

}  // namespace luqiao::adapters
