// broker/sqlite_pages.h - SQLite's page cache, asked to search itself only when there is something
// to find.
#pragma once

namespace luqiao::broker {

/// Sets SQLite up for the process: once, before the first connection. When SQLite runs already
/// (somebody else opened something), it stays as it is, only slower.
///
/// - Memory is not counted: the count is a lock around every allocation, and nobody reads it.
/// - A balance that swaps pages gives one of them for a moment a number that no page ever has, that
///   of the lock byte. SQLite's cache takes it for its highest page from then on, so that the end
///   of each transaction, which drops the pages behind the end of the file, goes through the whole
///   cache. The layer set here remembers the highest page that is real.
void set_up_sqlite();

}  // namespace luqiao::broker
