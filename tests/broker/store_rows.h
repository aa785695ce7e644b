// tests/broker/store_rows.h - all that a SQLite store holds, to be compared.
#pragma once

#include <filesystem>
#include <string>

namespace luqiao::broker {

/// Every row of every table, but for the number of openings and the numbers of leases that follow
/// it.
std::string rows_of(const std::string& path);

/// The first line in which two states differ, for a failure one can read.
std::string difference(const std::string& got, const std::string& wanted);

/// Memory that looks like a disk, where there is any: the images are many.
std::filesystem::path image_folder();

}  // namespace luqiao::broker
