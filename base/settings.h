// base/settings.h - TOML settings with positions: a component says once what it accepts, and that
// one declaration gives parsing, defaults, findings and the reference page.
#pragma once

#include "base/diagnostic.h"
#include "base/result.h"
#include "base/time.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace luqiao {

/// A value of a settings file and where it stands.
struct Setting {
    using Table = std::map<std::string, Setting, std::less<>>;
    using Array = std::vector<Setting>;
    std::variant<Table, Array, std::string, std::int64_t, bool> value;
    Position at;
};

/// Reads one TOML document. Limits: 1 MiB, depth 16. Findings: C100 (not TOML), C101 (a float or a
/// date: settings have none).
std::optional<Setting> parse_toml(std::string_view text,
                                  const std::string& file,
                                  Diagnostics& findings);

/// Lays `over` on `base`: tables merge key by key, everything else is replaced.
void overlay(Setting& base, const Setting& over);

/// Whether both say the same, wherever they stand.
bool same(const Setting& a, const Setting& b);

enum class SettingKind : std::uint8_t {
    Text,
    Integer,
    Flag,
    Time,
    Path,
    Secret,
    List,
    Table,
    Tables
};

/// One key that a component accepts.
struct SettingField {
    std::string_view name;
    SettingKind kind;
    std::string_view summary;
    std::optional<std::string_view> fallback = std::nullopt;  ///< none: the key is required
};

/// What a component accepts, in its own words.
struct Spec {
    std::string_view name;
    std::string_view summary;
    std::vector<SettingField> fields;
    std::string_view example;  ///< TOML; checked by a test
};

/// A table that has been checked against a Spec: its getters cannot fail. A getter for a key the
/// Spec does not declare is a programmer's error and aborts.
class Section {
public:
    /// Checks `table`. Findings: C110 unknown key (with did-you-mean), C111 wrong kind, C112
    /// missing. A section is given back even then, so that one run finds everything.
    static Section check(const Spec& spec, const Setting& table, Diagnostics& findings);

    /// Whether the file itself has the key (a default does not count).
    [[nodiscard]] bool has(std::string_view key) const;
    [[nodiscard]] std::string text(std::string_view key) const;  ///< also Path and Secret
    [[nodiscard]] std::int64_t integer(std::string_view key) const;
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] Duration time(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
    /// The table under `key`, or nullptr when the file has none.
    [[nodiscard]] const Setting* table(std::string_view key) const;
    /// The tables of `[[key]]`, in order.
    [[nodiscard]] std::vector<const Setting*> tables(std::string_view key) const;
    /// Where the key stands; the table's own place when it is absent.
    [[nodiscard]] Position at(std::string_view key) const;

private:
    const SettingField& field(std::string_view key, std::initializer_list<SettingKind> kinds) const;
    const Setting* find(std::string_view key) const;

    Spec spec_;
    Setting table_;
};

}  // namespace luqiao
