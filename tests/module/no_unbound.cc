// Stands in for Unbound where parts of the module are tested without a worker:
// nothing here is ever called.
#include <cstdlib>

#include "module/unbound.h"

void unbound_log(unbound_log_level, const char*) { std::abort(); }
const char* unbound_version() { std::abort(); }
void unbound_look(unbound_worker*, unbound_validation*) { std::abort(); }
size_t unbound_first_anchor(unbound_worker*, uint8_t*) { std::abort(); }
int unbound_is_below_anchor(unbound_worker*, const uint8_t*, size_t) {
  std::abort();
}
int unbound_start_lookup(unbound_worker*, const uint8_t*, void*) {
  std::abort();
}
int unbound_ask(unbound_lookup*, const uint8_t*, size_t, uint16_t, int64_t) {
  std::abort();
}
void unbound_end_lookup(unbound_lookup*) { std::abort(); }
void unbound_read(const unbound_result*, unbound_message*) { std::abort(); }
void unbound_read_rrset(const unbound_result*, size_t, unbound_rrset*) {
  std::abort();
}
const uint8_t* unbound_read_rdata(const unbound_rrset*, size_t, size_t*) {
  std::abort();
}
const char* unbound_read_reason(const unbound_result*, void**) { std::abort(); }
