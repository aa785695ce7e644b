// app/people.h - invented applicants for the demo, the simulators and the load test.
#pragma once

#include "base/time.h"
#include "mapping/record.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace luqiao::app {

/// The `index`-th application of a seed: people of many nationalities with long and non-ASCII
/// names, every item of the service in turn. Same arguments, same application. Nobody in it exists.
/// @param channel  "portal", "mobile" or "window"
mapping::Record invent_application(const std::shared_ptr<const mapping::Form>& form,
                                   std::string_view channel,
                                   std::uint64_t seed,
                                   std::size_t index,
                                   Instant now);

/// What the applicant sends after 补正 of one item.
mapping::Record invent_supplement(const std::shared_ptr<const mapping::Form>& form,
                                  const std::string& case_number,
                                  const std::string& item_serial,
                                  Instant now);

/// Digits that depend on the serial alone: the number of a permit or a certificate.
std::string invent_number(const std::string& serial, std::size_t count);
/// Sets what `party` gives when it grants the item of `serial`, as of `now`.
void invent_result(mapping::Record& record,
                   std::string_view party,
                   const std::string& serial,
                   Instant now);

using FieldTexts = std::vector<std::pair<std::string_view, std::string>>;

/// Sets fields of a record; a field that the form lacks aborts, since this is our own form.
void set_fields(mapping::Record& record, const FieldTexts& fields);
/// Appends one item to a list.
void add_item(mapping::Record& record, std::string_view list, const FieldTexts& fields);

}  // namespace luqiao::app
