#include "authoring/domain.h"

#include "base/time.h"
#include "mapping/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_set>

#include "authoring/dice.h"

namespace luqiao::authoring {
namespace {

using mapping::CodeTable;
using mapping::Type;
using mapping::TypeKind;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2100;
constexpr int kEpochYear = 1971;  // moments are of our own time; clocks of parties begin in 1970
constexpr std::int64_t kWholeRangeMax = 10'000;
constexpr std::int64_t kIntMax = 999'999'999'999'999'999;  // 18 digits

std::string digits(Dice& dice, std::size_t count) {
    std::string out;
    for (std::size_t at = 0; at < count; ++at) out += static_cast<char>('0' + dice.below(10));
    return out;
}

std::string signs(Dice& dice, std::size_t count, std::string_view alphabet) {
    std::string out;
    for (std::size_t at = 0; at < count; ++at) out += dice.pick(alphabet);
    return out;
}

/// `text` with the last sign that makes it valid, or nothing.
std::string with_check_sign(std::string text, const Type& type) {
    for (const char sign : std::string_view("0123456789ABCDEFGHJKLMNPQRTUWXY<")) {
        text += sign;
        if (is_canonical(text, type, nullptr)) return text;
        text.pop_back();
    }
    return {};
}

class Values {
public:
    Values(const Type& type, const CodeTable* table, const DomainOptions& options)
        : type_(type), table_(table), options_(options), dice_(options.seed) {}

    Domain make() {
        const Maker& how = maker();
        const bool is_whole = how.whole != nullptr && (this->*how.whole)();
        if (!is_whole) {
            for (const std::string& hint : options_.hints) add(hint);
            if (how.edges != nullptr) (this->*how.edges)();
            const std::size_t samples = how.random == nullptr ? 0 : options_.samples;
            for (std::size_t sample = 0; sample < samples; ++sample) (this->*how.random)();
        }
        Domain out{{}, is_whole};
        std::unordered_set<std::string> seen;
        for (std::string& value : values_) {
            const bool is_good =
                is_whole || (is_canonical(value, type_, table_) && seen.insert(value).second);
            if (!is_good) continue;
            out.values.push_back(std::move(value));
        }
        return out;
    }

private:
    /// How the values of one kind are made: all of them, or edges and random ones.
    struct Maker {
        TypeKind kind;
        bool (Values::*whole)();
        void (Values::*edges)();
        void (Values::*random)();
    };

    [[nodiscard]] const Maker& maker() const {
        static constexpr std::array<Maker, 22> kMakers{{
            {TypeKind::Text, nullptr, &Values::texts, nullptr},
            {TypeKind::Code, &Values::codes, nullptr, nullptr},
            {TypeKind::Bool, &Values::truths, nullptr, nullptr},
            {TypeKind::Int, &Values::whole_range, &Values::int_edges, &Values::random_int},
            {TypeKind::Decimal, nullptr, &Values::decimal_edges, &Values::random_decimal},
            {TypeKind::Date, &Values::days, &Values::day_edges, &Values::random_day},
            {TypeKind::Month, &Values::months, nullptr, nullptr},
            {TypeKind::Year, &Values::years, nullptr, nullptr},
            {TypeKind::Time, nullptr, &Values::time_edges, &Values::random_time},
            {TypeKind::DateTime, nullptr, &Values::datetime_edges, &Values::random_datetime},
            {TypeKind::Hex, nullptr, nullptr, &Values::random_hex},
            {TypeKind::Url, nullptr, &Values::url_edges, &Values::random_url},
            {TypeKind::Email, nullptr, &Values::email_edges, &Values::random_email},
            {TypeKind::Phone, nullptr, &Values::phone_edges, &Values::random_phone},
            {TypeKind::Region, nullptr, &Values::region_edges, &Values::random_region},
            {TypeKind::Postcode, nullptr, &Values::postcode_edges, &Values::random_postcode},
            {TypeKind::CnId, nullptr, nullptr, &Values::random_cn_id},
            {TypeKind::Uscc, nullptr, nullptr, &Values::random_uscc},
            {TypeKind::Passport, nullptr, &Values::passport_edges, &Values::random_passport},
            {TypeKind::Mrz, nullptr, nullptr, &Values::random_mrz},
            {TypeKind::Frid, nullptr, nullptr, &Values::random_frid},
            {TypeKind::Blob, nullptr, nullptr, &Values::random_blob},
        }};
        for (const Maker& one : kMakers) {
            if (one.kind == type_.kind) return one;
        }
        return kMakers.front();
    }

    bool codes() {
        if (table_ == nullptr) return false;
        for (const CodeTable::Row& row : table_->rows()) add(row.codes[0]);
        return true;
    }

    bool truths() {
        add_all({"true", "false"});
        return true;
    }

    bool whole_range() {
        const std::int64_t low = std::max(type_.low, -kIntMax);
        const std::int64_t high = std::min(type_.high, kIntMax);
        if (high - low >= kWholeRangeMax) return false;
        for (std::int64_t number = low; number <= high; ++number) add(std::to_string(number));
        return true;
    }

    bool days() {
        if (!options_.is_whole) return false;
        using std::chrono::sys_days;
        const sys_days first{std::chrono::year{kFirstYear} / 1 / 1};
        const sys_days last{std::chrono::year{kLastYear} / 12 / 31};
        for (sys_days day = first; day <= last; day += std::chrono::days{1}) {
            const std::chrono::year_month_day date{day};
            add(fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                            static_cast<unsigned>(date.month()),
                            static_cast<unsigned>(date.day())));
        }
        return true;
    }

    bool months() {
        for (int month = 0; month < (kLastYear - kFirstYear + 1) * 12; ++month) {
            add(fmt::format("{:04}-{:02}", kFirstYear + month / 12, month % 12 + 1));
        }
        return true;
    }

    bool years() {
        for (int year = kFirstYear; year <= kLastYear; ++year) add(std::to_string(year));
        return true;
    }

    void texts() {
        values_ = texts_of(type_.repertoire, static_cast<std::size_t>(type_.size_max), options_);
    }

    void int_edges() {
        for (const std::int64_t edge : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1},
                                        type_.low, type_.high, kIntMax, -kIntMax}) {
            add(std::to_string(edge));
        }
    }

    void day_edges() { add_all({"1900-01-01", "1999-12-31", "2000-02-29", "2100-12-31"}); }
    void time_edges() { add_all({"00:00:00", "23:59:59", "12:00:00", "09:08:07"}); }
    void datetime_edges() {
        add_all({"1970-01-01T08:00:00+08:00", "2024-02-29T23:59:59+08:00",
                 "2100-12-31T23:59:59+08:00", "2025-10-09T10:15:00.001+08:00",
                 "1991-06-01T00:30:00+08:00"});
    }
    void email_edges() { add_all({"a@b.cn", "li.si+x@example.com"}); }
    void url_edges() { add_all({"https://a.cn", "http://example.com/a?b=c&d=%20#e"}); }
    void phone_edges() {
        add_all({"+8613900000000", "+8619900000000", "+861012345678", "+8653212345678",
                 "+4915112345678", "+12025550123", "+85291234567"});
    }
    void region_edges() { add_all({"110000", "370000", "370200", "370202", "659004", "820000"}); }
    void postcode_edges() { add_all({"266000", "000001", "999999"}); }
    void passport_edges() { add_all({"C01X00T47", "A", "01234567890123456789"}); }

    void decimal_edges() {
        const auto scale = static_cast<std::size_t>(type_.scale);
        const auto precision =
            static_cast<std::size_t>(type_.precision == 0 ? 18 : type_.precision);
        const std::string fraction = scale == 0 ? "" : "." + std::string(scale, '0');
        const std::string least = scale == 0 ? "1" : "0." + std::string(scale - 1, '0') + "1";
        const std::string whole(precision > scale ? precision - scale : 0, '9');
        const std::string most =
            (whole.empty() ? "0" : whole) + (scale == 0 ? "" : "." + std::string(scale, '9'));
        for (const std::string& one :
             {"0" + fraction, "1" + fraction, "10" + fraction, least, most}) {
            add(one);
            add("-" + one);
        }
    }

    void random_int() {
        const std::string size = digits(dice_, 1 + dice_.below(18));
        const std::size_t zeros = std::min(size.find_first_not_of('0'), size.size() - 1);
        add((dice_.chance(20) ? "-" : "") + size.substr(zeros));
    }
    void random_day() {
        add(fmt::format("{:04}-{:02}-{:02}", kFirstYear + static_cast<int>(dice_.below(201)),
                        1 + dice_.below(12), 1 + dice_.below(28)));
    }
    void random_time() { add(time()); }
    void random_hex() {
        const std::size_t bytes =
            type_.size_max == 0 ? 1 + dice_.below(32) : static_cast<std::size_t>(type_.size_max);
        add(signs(dice_, bytes * 2, "0123456789abcdef"));
    }
    void random_email() {
        add(signs(dice_, 1 + dice_.below(12), "abcxyz019._-+") + "@" +
            signs(dice_, 1 + dice_.below(8), "abcxyz09") + ".cn");
    }
    void random_url() {
        add("https://" + signs(dice_, 1 + dice_.below(9), "abcxyz09") + ".cn/" +
            signs(dice_, dice_.below(20), "abcXYZ09/?&=%20-_.~"));
    }
    void random_phone() {
        add(dice_.chance(60) ? "+861" + digits(dice_, 10)
                             : "+" + signs(dice_, 1, "123456789") + digits(dice_, 9));
    }
    void random_region() {
        add(fmt::format("{}{:02}{:02}", dice_.pick(kProvinces), dice_.below(30), dice_.below(30)));
    }
    void random_postcode() { add(digits(dice_, 6)); }
    void random_passport() { add(signs(dice_, 1 + dice_.below(20), "ABCXYZ0123456789")); }
    std::string birthday() {
        return fmt::format("{}{:02}{:02}", kFirstYear + static_cast<int>(dice_.below(201)),
                           1 + dice_.below(12), 1 + dice_.below(28));
    }
    void random_cn_id() {
        add(with_check_sign(
            fmt::format("{}0101{}{}", dice_.pick(kProvinces), birthday(), digits(dice_, 3)),
            type_));
    }
    void random_uscc() {
        add(with_check_sign("91370200" + signs(dice_, 9, "0123456789ABCDEFGHJKLMNPQRTUWXY"),
                            type_));
    }
    void random_frid() {
        add(with_check_sign(dice_.chance(50)
                                ? signs(dice_, 3, kLetters) + digits(dice_, 11)
                                : "9" + digits(dice_, 5) + birthday() + digits(dice_, 3),
                            type_));
    }
    void random_mrz() {
        std::string names = "P<D<<" + signs(dice_, 3 + dice_.below(12), kLetters) + "<<" +
                            signs(dice_, 2 + dice_.below(12), kLetters);
        names.resize(44, '<');
        add(std::move(names));
    }
    void random_blob() { add("sm3:" + signs(dice_, 64, "0123456789abcdef")); }

    void random_decimal() {
        const auto scale = static_cast<std::size_t>(type_.scale);
        const int precision = type_.precision == 0 ? 18 : type_.precision;
        const auto room = static_cast<std::size_t>(std::max(precision - type_.scale, 1));
        std::string whole = digits(dice_, 1 + dice_.below(room));
        whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
        add((dice_.chance(20) ? "-" : "") + whole + (scale == 0 ? "" : "." + digits(dice_, scale)));
    }

    std::string time() {
        return fmt::format("{:02}:{:02}:{:02}", dice_.below(24), dice_.below(60), dice_.below(60));
    }

    void random_datetime() {
        const std::string day =
            fmt::format("{:04}-{:02}-{:02}", kEpochYear + static_cast<int>(dice_.below(130)),
                        1 + dice_.below(12), 1 + dice_.below(28));
        const std::string fraction =
            dice_.chance(20) ? fmt::format(".{:03}", 1 + dice_.below(999)) : std::string();
        add(day + "T" + time() + fraction + "+08:00");
    }

    void add(std::string value) { values_.push_back(std::move(value)); }
    void add_all(std::initializer_list<std::string_view> list) {
        for (const std::string_view one : list) values_.emplace_back(one);
    }

    static constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRTUWXY";
    static constexpr std::array<std::string_view, 8> kProvinces{"11", "13", "31", "37",
                                                                "44", "50", "65", "82"};

    const Type& type_;
    const CodeTable* table_;
    const DomainOptions& options_;
    Dice dice_;
    std::vector<std::string> values_;
};

std::string upper_words(std::string_view path) {
    std::string out(path.substr(path.rfind('.') + 1));
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (c == '_') c = '-';
    }
    return out;
}

std::string plain_text(const mapping::Field& field, std::size_t number) {
    const Type& type = field.type;
    const std::string suffix = number == 0 ? "" : std::to_string(number);
    std::string stem;
    switch (type.repertoire) {
        case mapping::Repertoire::Digit: stem = "1000"; break;
        case mapping::Repertoire::Ascii:
        case mapping::Repertoire::Latin: stem = upper_words(field.path); break;
        case mapping::Repertoire::Gb2312:
        case mapping::Repertoire::Gbk:
        case mapping::Repertoire::Any:
            stem = field.label.zh.empty() ? upper_words(field.path) : field.label.zh;
            break;
    }
    const std::size_t room = type.size_max == 0 ? 20 : static_cast<std::size_t>(type.size_max);
    const std::size_t head = room > suffix.size() ? room - suffix.size() : 0;
    return std::string(prefix_code_points(stem, head)) + suffix;
}

}  // namespace

bool is_canonical(std::string_view text, const Type& type, const CodeTable* table) {
    if (text.empty()) return false;
    thread_local mapping::Arena arena;
    arena.reset();
    mapping::CodecContext context{arena, std::nullopt};
    const mapping::CodecResult result = mapping::to_canonical(text, type, table, context);
    return result.state == mapping::SlotState::Value && result.text == text;
}

Domain domain_of(const Type& type, const CodeTable* table, const DomainOptions& options) {
    return Values(type, table, options).make();
}

std::string plain_value(const mapping::Field& field, const CodeTable* table, std::size_t number) {
    const TypeKind kind = field.type.kind;
    if (kind == TypeKind::Text) {
        std::string text = plain_text(field, number);
        if (is_canonical(text, field.type, table)) return text;
    }
    if (kind == TypeKind::Date) return fmt::format("2025-{:02}-09", 1 + number % 12);
    if (kind == TypeKind::DateTime)
        return fmt::format("2025-10-{:02}T10:15:00+08:00", 9 + number % 20);
    if (kind == TypeKind::Month) return fmt::format("2025-{:02}", 1 + number % 12);
    if (kind == TypeKind::Year) return std::to_string(2020 + number % 10);
    DomainOptions options;
    options.samples = 8 + number;
    const Domain domain = domain_of(field.type, table, options);
    return domain.values.empty() ? std::string() : domain.values[number % domain.values.size()];
}

}  // namespace luqiao::authoring
