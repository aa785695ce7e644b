// mapping/evaluate.h - whether a condition holds for a record: total, typed, without conversion.
#pragma once

#include "mapping/codec.h"
#include "mapping/expression.h"
#include "mapping/record.h"

#include <string_view>

namespace luqiao::mapping {

/// Where the fields of a condition are looked up. `item` is the current item of an `each`; nullptr
/// outside of one: its fields are absent then. `context` is where functions put their results and
/// takes the date they count up to; without it they have no date.
struct Operands {
    const Row& root;
    const Row* item = nullptr;
    CodecContext* context = nullptr;
};

/// The value of an operand: an absent argument makes a call absent, a bad one makes it bad (but for
/// functions that choose among what is there).
CodecResult value_of(const Operand& operand, const Operands& operands);

/// A comparison with a field that has no value is false; `not` of it is therefore true.
bool holds(const Condition& condition, const Operands& operands);

/// Whether any field of the condition is bad: then nothing can be said about it.
bool depends_on_bad(const Condition& condition, const Operands& operands);

/// Order of two canonical texts, as of their types: -1, 0, 1. Numbers by their value, however many
/// digits; a date against a datetime by the date; everything else by code points.
int compare_canonical(std::string_view left,
                      TypeKind left_type,
                      std::string_view right,
                      TypeKind right_type);

/// Whether such an order of left and right is what the comparison asks for.
bool satisfies(Comparison comparison, int order);

}  // namespace luqiao::mapping
