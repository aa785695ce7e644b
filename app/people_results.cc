// What departments grant: numbers of permits and certificates that depend on the serial alone.
#include "app/people.h"
#include "security/digest.h"

namespace luqiao::app {

std::string invent_number(const std::string& serial, std::size_t count) {
    std::string out;
    for (const std::uint8_t byte : security::sm3(serial)) {
        if (out.size() < count) out += static_cast<char>('0' + byte % 10);
    }
    return out;
}

void invent_result(mapping::Record& record,
                   std::string_view party,
                   const std::string& serial,
                   Instant now) {
    const std::string today = luqiao::to_string(china_date(now));
    const std::string until = luqiao::to_string(china_date(now) + std::chrono::days(700));
    if (party == "sti") {
        set_fields(record, {{"permit.number", "37" + invent_number(serial, 12)},
                            {"permit.category", "B"},
                            {"permit.kind", "electronic"},
                            {"permit.status", "valid"},
                            {"decision.document_name", "外国人工作许可决定书"},
                            {"permit.valid_from", today},
                            {"permit.valid_to", until},
                            {"permit.decision_no", "青科外许" + invent_number(serial, 6)}});
    } else if (party == "psb") {
        set_fields(record, {{"residence_permit.number", "RP" + invent_number(serial, 8)},
                            {"residence_permit.valid_from", today},
                            {"residence_permit.valid_to", until},
                            {"residence_permit.issued_at", "青岛"},
                            {"residence_permit.purpose", "工作"},
                            {"fee.amount", "800.00"},
                            {"fee.standard", "1年（含）至3年"},
                            {"fee.basis", "发改价格〔2004〕2230号"},
                            {"handover.mode", "pickup"},
                            {"handover.place", "青岛市公安局出入境接待大厅"}});
    } else if (party == "hrss") {
        set_fields(record, {{"insurance.social_number", "ZZZ0" + invent_number(serial, 9)},
                            {"insurance.personal_number", invent_number(serial, 10)},
                            {"insurance.registered_on", today}});
    } else if (party == "title") {
        set_fields(record, {{"title.certificate_no", "ZC" + invent_number(serial, 10)},
                            {"title.name", "高级工程师"},
                            {"title.level", "associate_senior"},
                            {"title.reviewed_on", today}});
    } else {
        set_fields(record, {{"ecard.issue_no", invent_number(serial, 16)},
                            {"ecard.card_id", "3702" + invent_number(serial, 12)},
                            {"ecard.issued_on", today}});
    }
}

}  // namespace luqiao::app
