// What jemalloc reads before the first allocation; MALLOC_CONF in the environment overrules it.
// Why these: docs/adr/0033-jemalloc.md.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,max_background_threads:1,dirty_decay_ms:1000";
}
