#include "app/people.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace luqiao::app {
namespace {

struct Person {
    std::string_view surname;
    std::string_view given;
    std::string_view chinese;
    std::string_view sex;
    std::string_view country;
    std::string_view surname_mrz;  ///< as the machine-readable zone transliterates it (ICAO 9303-3)
    std::string_view given_mrz;
};

/// Invented names; each stands for a difficulty that real data have.
constexpr std::array kPeople{
    Person{"O'Connor-Ñúñez", "Łukasz", "", "male", "IRL", "OCONNOR NUNEZ", "LUKASZ"},
    Person{"MÜLLER", "JÜRGEN", "米勒", "male", "DEU", "MUELLER", "JUERGEN"},
    Person{"YOSHIDA", "HARUKA", "𠮷田遥", "female", "JPN", "YOSHIDA", "HARUKA"},
    Person{"KIM", "MIN-JUN", "金旻俊", "male", "KOR", "KIM", "MIN JUN"},
    Person{"GARCÍA DE LA VEGA", "MARÍA DEL CARMEN", "", "female", "ESP", "GARCIA DE LA VEGA",
           "MARIA DEL CARMEN"},
    Person{"VAN DER BERG", "SASKIA", "", "female", "NLD", "VAN DER BERG", "SASKIA"},
    Person{"NGUYỄN", "THỊ HỒNG ÁNH", "阮氏红映", "female", "VNM", "NGUYEN", "THI HONG ANH"},
    Person{"ØSTERGÅRD", "SØREN", "", "male", "DNK", "OESTERGAARD", "SOEREN"},
    Person{"D'ALMEIDA", "JOSÉ ANTÔNIO", "", "male", "BRA", "DALMEIDA", "JOSE ANTONIO"},
    Person{"IVANOVA", "EKATERINA", "伊万诺娃", "female", "RUS", "IVANOVA", "EKATERINA"},
    Person{"WANGCHUCK", "TSHERING", "", "unspecified", "BTN", "WANGCHUCK", "TSHERING"},
    Person{"SINGH", "GURPREET", "", "male", "IND", "SINGH", "GURPREET"},
    Person{"SMITH", "JANE ELIZABETH", "史䶮", "female", "GBR", "SMITH", "JANE ELIZABETH"},
    Person{"RAMANANTSOA-ANDRIAMAHERY", "FANOMEZANTSOA", "", "male", "MDG",
           "RAMANANTSOA ANDRIAMAHERY", "FANOMEZANTSOA"},
    Person{"ŞAHİN", "ÖZGÜR", "", "male", "TUR", "SAHIN", "OEZGUER"},
    Person{"DUPONT", "HÉLÈNE", "杜邦", "female", "FRA", "DUPONT", "HELENE"},
    Person{"ÞÓRSDÓTTIR", "SIGRÍÐUR", "", "female", "ISL", "THORSDOTTIR", "SIGRIDUR"},
    Person{"BROWN", "TYLER", "", "male", "USA", "BROWN", "TYLER"},
};

constexpr std::array<std::string_view, 10> kRegions{"370202", "370203", "370211", "370212",
                                                    "370213", "370214", "370215", "370281",
                                                    "370283", "370285"};

/// Which items are applied for, in turn: every item, alone and together, old and new permits.
struct Wish {
    std::vector<std::string_view> items;
    bool has_permit;  ///< a work permit was decided before
};

const std::vector<Wish>& wishes() {
    static const std::vector<Wish> list{
        {{"permit_issue", "residence_issue", "insurance_register", "ecard_apply"}, false},
        {{"permit_extend", "residence_extend"}, true},
        {{"permit_issue", "insurance_register", "title_review"}, false},
        {{"residence_issue"}, true},
        {{"permit_change", "residence_change"}, true},
        {{"insurance_register", "ecard_apply"}, true},
        {{"permit_issue", "insurance_register", "title_review", "residence_issue", "ecard_apply"},
         false},
        {{"title_review"}, true},
    };
    return list;
}

std::string letters_and_digits(std::mt19937_64& random, std::size_t count) {
    constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPRTUWXY0123456789";
    std::string out;
    for (std::size_t index = 0; index < count; ++index) {
        out += kAlphabet[random() % kAlphabet.size()];
    }
    return out;
}

std::string digits(std::mt19937_64& random, std::size_t count) {
    std::string out;
    for (std::size_t index = 0; index < count; ++index) {
        out += static_cast<char>('0' + random() % 10);
    }
    return out;
}

/// A unified social credit code with a right check character (GB 32100).
std::string invent_uscc(std::mt19937_64& random) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    std::string out = "91370200" + letters_and_digits(random, 9);
    unsigned sum = 0;
    unsigned weight = 1;
    for (char& one : out) {
        std::size_t value = kAlphabet.find(one);
        if (value == std::string_view::npos) {
            one = 'A';
            value = kAlphabet.find('A');
        }
        sum += static_cast<unsigned>(value) * weight;
        weight = weight * 3 % 31;
    }
    return out + kAlphabet[(31 - sum % 31) % 31];
}

std::string day(Instant now, int offset) {
    return to_string(china_date(now) + std::chrono::days(offset));
}

mapping::Slot& slot_of(mapping::Row& row, const mapping::Scope& scope, std::string_view path) {
    const auto slot = mapping::find_field(scope, path);
    if (!slot) {
        fmt::print(stderr, "the form has no field {}\n", path);
        std::abort();
    }
    return row.slots[*slot];
}

void set_person(mapping::Record& record,
                std::mt19937_64& random,
                const Person& person,
                Instant now) {
    set_fields(record,
               {{"applicant.surname", std::string(person.surname)},
                {"applicant.given_names", std::string(person.given)},
                {"applicant.surname_mrz", std::string(person.surname_mrz)},
                {"applicant.given_names_mrz", std::string(person.given_mrz)},
                {"applicant.chinese_name", std::string(person.chinese)},
                {"applicant.sex", std::string(person.sex)},
                {"applicant.birth_date", fmt::format("19{}-{:02}-{:02}", 60 + random() % 39,
                                                     1 + random() % 12, 1 + random() % 28)},
                {"applicant.birth_country", std::string(person.country)},
                {"applicant.birth_place", "Port Invented"},
                {"applicant.nationality", std::string(person.country)},
                {"applicant.marital", random() % 2 == 0 ? "single" : "married"},
                {"applicant.document_kind", "414"},
                {"applicant.document_no", letters_and_digits(random, 2) + digits(random, 7)},
                {"applicant.document_issuer", std::string(person.country)},
                {"applicant.document_issued", day(now, -700)},
                {"applicant.document_expires", day(now, 1500)},
                {"applicant.document_place", "Invented City"},
                {"applicant.phone", "+86138" + digits(random, 8)},
                {"applicant.email", "applicant" + digits(random, 4) + "@example.org"}});
    set_fields(record, {{"address.region", "370202"},
                        {"address.text", "青岛市市南区示例路1号2单元301"},
                        {"address.police_station", "示例派出所"},
                        {"address.lodging_registered", day(now, -5)},
                        {"emergency.name", "Contact Invented"},
                        {"emergency.relation", "spouse"},
                        {"emergency.phone", "+86532" + digits(random, 8)},
                        {"visa.kind", "Z"},
                        {"visa.number", letters_and_digits(random, 8)},
                        {"visa.expires", day(now, 40)},
                        {"visa.entries", "1"},
                        {"entry.date", day(now, -10)},
                        {"entry.port", "青岛胶东机场"},
                        {"photo.ref", "photo-" + digits(random, 10)}});
}

void set_work(mapping::Record& record, std::mt19937_64& random, Instant now) {
    const std::string_view region = kRegions[random() % kRegions.size()];
    set_fields(record, {{"employer.uscc", invent_uscc(random)},
                        {"employer.name", "青岛示例科技有限公司"},
                        {"employer.address", "青岛市示例大道8号"},
                        {"employer.region", std::string(region)},
                        {"employer.legal_person", "示例人"},
                        {"employer.industry", "I6510"},
                        {"employer.hr_code", digits(random, 10)},
                        {"employer.contact_name", "经办示例"},
                        {"employer.contact_phone", "+86532" + digits(random, 8)},
                        {"job.title_zh", "高级工程师"},
                        {"job.title_en", "Senior Engineer"},
                        {"job.occupation", "2021002"},
                        {"job.duties", "工业软件研发 & 测试 <A>"},
                        {"job.contract_from", day(now, 10)},
                        {"job.contract_to", day(now, 740)},
                        {"job.workplace", std::string(region)},
                        {"job.months_per_year", "11"},
                        {"job.salary", fmt::format("{}.00", 20'000 + random() % 60'000)},
                        {"job.currency", "CNY"},
                        {"job.pay_period", "month"},
                        {"job.employment_form", "contract"}});
    set_fields(record, {{"permit_request.category", random() % 3 == 0 ? "A" : "B"},
                        {"permit_request.basis", "学历与工作经历"},
                        {"permit_request.points", fmt::format("{}", 60 + random() % 40)},
                        {"permit_request.worked_before", "false"},
                        {"permit_request.no_criminal_record", "true"},
                        {"permit_request.chinese_level", "hsk3"},
                        {"permit_request.work_years", "8"},
                        {"permit_request.change_reason", "岗位调整"},
                        {"education.level", "master"},
                        {"education.degree", "master"},
                        {"education.school", "Universität Muster"},
                        {"education.major", "Mechanical Engineering"},
                        {"education.graduated", "2012-07-01"},
                        {"education.verified", "true"}});
    set_fields(record, {{"residence_request.until", day(now, 700)},
                        {"residence_request.reason", "工作"},
                        {"insurance_request.base", "18000.00"},
                        {"insurance_request.start_month", day(now, 31).substr(0, 7)},
                        {"title_request.series", "engineering"},
                        {"title_request.major", "机械设计"},
                        {"title_request.level", "associate_senior"},
                        {"title_request.kind", "normal"},
                        {"title_request.current", "工程师"},
                        {"title_request.current_since", "2018-12-01"},
                        {"title_request.achievements", "完成三项产品研发"},
                        {"title_request.recommendation", "同意推荐"},
                        {"title_request.publicity_from", day(now, -20)},
                        {"title_request.publicity_to", day(now, -13)},
                        {"ecard_request.make", "new"},
                        {"delivery.mode", "electronic"}});
}

void add_lists(mapping::Record& record, std::mt19937_64& random, std::string_view country) {
    for (const std::string_view kind : {"pension", "unemployment", "work_injury"}) {
        add_item(record, "insurance_request.kinds", {{"kind", std::string(kind)}});
    }
    add_item(record, "experience",
             {{"organisation", "Invented Works GmbH"},
              {"title", "Engineer"},
              {"from", "2012-09"},
              {"to", "2020-06"}});
    if (random() % 3 == 0) {
        add_item(record, "companions",
                 {{"surname", "MUSTER"},
                  {"given_names", "KIND"},
                  {"sex", "female"},
                  {"birth_date", "2015-05-17"},
                  {"nationality", std::string(country)},
                  {"relation", "daughter"},
                  {"document_no", letters_and_digits(random, 9)}});
    }
    for (const std::string_view kind :
         {"photo", "passport", "contract", "degree_certificate", "health_certificate"}) {
        const std::string number = digits(random, 12);
        add_item(record, "attachments",
                 {{"id", "file-" + number},
                  {"kind", std::string(kind)},
                  {"name", std::string(kind) + ".pdf"},
                  {"mode", "upload"},
                  {"media_type", "application/pdf"},
                  {"sm3", number + std::string(52, '0')}});
    }
}

}  // namespace

void set_fields(mapping::Record& record, const FieldTexts& fields) {
    for (const auto& [path, text] : fields) {
        if (text.empty()) continue;
        mapping::Slot& slot = slot_of(record.root(), record.form().root, path);
        const std::string_view kept = record.arena().copy(text);
        slot = {kept.data(), static_cast<std::uint32_t>(kept.size()), mapping::SlotState::Value,
                Errc::Internal};
    }
}

void add_item(mapping::Record& record, std::string_view list, const FieldTexts& fields) {
    const auto index = record.form().find_list(list);
    if (!index) {
        fmt::print(stderr, "the form has no list {}\n", list);
        std::abort();
    }
    const mapping::Scope& scope = record.form().root.lists[*index].scope;
    mapping::Row& item = record.root().lists[*index].emplace_back(scope);
    for (const auto& [path, text] : fields) {
        const std::string_view kept = record.arena().copy(text);
        slot_of(item, scope, path) = {kept.data(), static_cast<std::uint32_t>(kept.size()),
                                      mapping::SlotState::Value, Errc::Internal};
    }
}

mapping::Record invent_application(const std::shared_ptr<const mapping::Form>& form,
                                   std::string_view channel,
                                   std::uint64_t seed,
                                   std::size_t index,
                                   Instant now) {
    std::mt19937_64 random(seed * 1'000'003 + index);
    const Person& person = kPeople[index % kPeople.size()];
    const Wish& wish = wishes()[(index / 3) % wishes().size()];  // every channel sees every wish
    mapping::Record record(form);
    set_fields(
        record,
        {{"case.channel", std::string(channel)},
         {"case.channel_number", fmt::format("{}-{}-{:08}", channel, seed, index)},
         {"case.submitted_at", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now))},
         {"case.source_user", "user-" + digits(random, 8)},
         {"declaration.truthful", "true"},
         {"declaration.consent", "true"},
         {"declaration.signed_at", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now))}});
    if (channel == "window") {
        set_fields(record, {{"case.window_no", "G40-3"},
                            {"case.operator", "受理示例"},
                            {"case.receipt_no", "SJ" + digits(random, 10)}});
    }
    for (const std::string_view item : wish.items) {
        add_item(record, "case.items", {{"code", std::string(item)}});
    }
    set_person(record, random, person, now);
    set_work(record, random, now);
    add_lists(record, random, person.country);
    if (wish.has_permit) {
        set_fields(record, {{"permit.number", "QD" + digits(random, 12)},
                            {"permit.category", "B"},
                            {"permit.valid_from", day(now, -330)},
                            {"permit.valid_to", day(now, 60)},
                            {"current_residence.number", letters_and_digits(random, 9)},
                            {"current_residence.valid_from", day(now, -300)},
                            {"current_residence.valid_to", day(now, 60)},
                            {"insurance.social_number",
                             fmt::format("{}0{}", person.country, digits(random, 9))}});
    }
    return record;
}

mapping::Record invent_supplement(const std::shared_ptr<const mapping::Form>& form,
                                  const std::string& case_number,
                                  const std::string& item_serial,
                                  Instant now) {
    mapping::Record record(form);
    // An item may be supplemented more than once: each time is a message of its own.
    const std::string id =
        fmt::format("S-{}-{:08}", item_serial, now.time_since_epoch().count() % 100'000'000);
    set_fields(record,
               {{"case.number", case_number},
                {"item.serial", item_serial},
                {"case.channel_number", id},
                {"message.id", id},
                {"message.sent_at", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now))},
                {"case.submitted_at", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now))},
                {"declaration.truthful", "true"},
                {"declaration.consent", "true"}});
    add_item(record, "attachments",
             {{"id", "supplement-" + item_serial},
              {"kind", "health_certificate"},
              {"name", "health.pdf"},
              {"mode", "upload"},
              {"media_type", "application/pdf"},
              {"sm3", std::string(64, 'a')}});
    return record;
}

}  // namespace luqiao::app
