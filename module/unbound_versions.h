/* Where the releases of Unbound differ for this module, and nowhere else: each
 * function below is one call of unbound.c, written for every release from
 * 1.17 to the newest one known. A release above that is taken for the newest:
 * CMake says so when it meets one.
 *
 * docs/architecture.md, "Unbound releases", has what was built and run. */
#ifndef DANEBOUND_MODULE_UNBOUND_VERSIONS_H_
#define DANEBOUND_MODULE_UNBOUND_VERSIONS_H_

/* After Unbound's config.h. */
#include "services/mesh.h"
#include "util/config_file.h"
#include "util/module.h"
#include "util/net_help.h"

#if DANEBOUND_UNBOUND_MAJOR != 1
#error "this major release of Unbound is not known: 1.17 to 1.26 are"
#endif
#if DANEBOUND_UNBOUND_MINOR < 17
#error "Unbound is older than 1.17, the oldest release that the module fits"
#endif
#ifdef USE_MINI_EVENT
#error "configure Unbound --with-libevent: its own loop takes no module events"
#endif

/* Attaches a sub-query with recursion to the super.
 *   created  out: the new state; NULL where the super joins one that is there.
 *   returns  0 when it could not be attached.
 * Since 1.25.0 attach_sub takes the client that address-based rewriting is for.
 * NULL, as the iterator and the validator pass, shares the state with their
 * sub-queries and with those of ordinary clients. */
static inline int attach(struct module_qstate* super,
                         struct query_info* question,
                         struct module_qstate** created) {
#if DANEBOUND_UNBOUND_MINOR >= 25
  return super->env->attach_sub(super, question, NULL, BIT_RD, 0, 0, created);
#else
  return super->env->attach_sub(super, question, BIT_RD, 0, 0, created);
#endif
}

/* Makes a state without client and super, and runs it before it returns.
 * The sixth argument is the client for the subnet module, a comm_reply until
 * 1.17 and a sockaddr_storage since 1.18.0: there is none. */
static inline void start_state(struct mesh_area* mesh,
                               struct query_info* question) {
  mesh_new_prefetch(mesh, question, BIT_RD, 0, 0, NULL, NULL);
}

/* What changes whenever the configuration is read again, to be compared only.
 * Since 1.23.0 `unbound-control fast_reload` puts new contents into the struct
 * that env->cfg points to, without deinit and init; this string is allocated
 * anew while the old one still stands. */
static inline const void* configuration_mark(const struct module_env* env) {
  return env->cfg->module_conf;
}

#endif /* DANEBOUND_MODULE_UNBOUND_VERSIONS_H_ */
