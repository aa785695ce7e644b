#include "broker/sqlite_pages.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>

namespace luqiao::broker {
namespace {

constexpr unsigned kLockByte = 0x40000000;

struct Pages {
    sqlite3_pcache* inner = nullptr;
    unsigned lock_page = 0;  ///< the page of the lock byte, which is never one of the file's
    unsigned highest = 0;
    bool has_lock_page = false;  ///< while two pages are swapped
};

/// SQLite's own; all null when SQLite ran before the first call.
const sqlite3_pcache_methods2& own() {
    static const sqlite3_pcache_methods2 methods = [] {
        sqlite3_pcache_methods2 out{};
        sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &out);
        return out;
    }();
    return methods;
}
Pages& self(sqlite3_pcache* cache) {
    return *reinterpret_cast<Pages*>(cache);
}

void note(Pages& pages, unsigned number) {
    if (number == pages.lock_page) {
        pages.has_lock_page = true;
    } else {
        pages.highest = std::max(pages.highest, number);
    }
}

sqlite3_pcache* create(int page_size, int extra, int purgeable) {
    std::unique_ptr<Pages> pages(new (std::nothrow) Pages{});
    if (!pages) return nullptr;
    pages->inner = own().xCreate(page_size, extra, purgeable);
    if (pages->inner == nullptr) return nullptr;
    pages->lock_page = kLockByte / static_cast<unsigned>(page_size) + 1;
    return reinterpret_cast<sqlite3_pcache*>(pages.release());
}

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, unsigned number, int create) {
    Pages& pages = self(cache);
    sqlite3_pcache_page* page = own().xFetch(pages.inner, number, create);
    if (page != nullptr) note(pages, number);
    return page;
}

void rename(sqlite3_pcache* cache, sqlite3_pcache_page* page, unsigned from, unsigned to) {
    Pages& pages = self(cache);
    own().xRekey(pages.inner, page, from, to);
    if (from == pages.lock_page) pages.has_lock_page = false;
    note(pages, to);
}

/// Drops all pages from `first` on.
void truncate(sqlite3_pcache* cache, unsigned first) {
    Pages& pages = self(cache);
    if (first > pages.highest && !pages.has_lock_page) return;
    own().xTruncate(pages.inner, first);
    pages.highest = std::min(pages.highest, first - 1);
    pages.has_lock_page = pages.has_lock_page && first > pages.lock_page;
}

void destroy(sqlite3_pcache* cache) {
    own().xDestroy(self(cache).inner);
    std::unique_ptr<Pages>(&self(cache)).reset();
}

sqlite3_pcache_methods2 layer() {
    sqlite3_pcache_methods2 out{};
    out.iVersion = 1;
    out.pArg = own().pArg;  // xInit and xShutdown are SQLite's own
    out.xInit = own().xInit;
    out.xShutdown = own().xShutdown;
    out.xCreate = create;
    out.xCachesize = [](sqlite3_pcache* cache, int pages) {
        own().xCachesize(self(cache).inner, pages);
    };
    out.xPagecount = [](sqlite3_pcache* cache) { return own().xPagecount(self(cache).inner); };
    out.xFetch = fetch;
    out.xUnpin = [](sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
        own().xUnpin(self(cache).inner, page, discard);
    };
    out.xRekey = rename;
    out.xTruncate = truncate;
    out.xDestroy = destroy;
    out.xShrink = [](sqlite3_pcache* cache) { own().xShrink(self(cache).inner); };
    return out;
}

bool set_up() {
    // Each of these is refused once SQLite runs.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (own().xFetch == nullptr) return false;
    static sqlite3_pcache_methods2 pages = layer();
    return sqlite3_config(SQLITE_CONFIG_PCACHE2, &pages) == SQLITE_OK;
}

}  // namespace

void set_up_sqlite() {
    static const bool done = set_up();
    (void)done;
}

}  // namespace luqiao::broker
