/* The hooks that Unbound calls, and the calls into it. unbound.h has the words.
 *
 *   init ---> generation ---> deinit          one at a time, see `current`
 *   operate   of a verdict lookup's state: start, wait, finish
 *             of any other: pass through, look at MX answers
 *   inform_super, clear                       of lookups and their sub-queries
 *
 * In an Unbound of another build no struct may be touched: every hook then goes
 * to the host's own respip module, which passes queries through. */
#include "config.h"
/* config.h comes first, as in Unbound's own sources. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "dynlibmod/dynlibmod.h"
#include "module/unbound.h"
#include "module/unbound_versions.h"
#include "services/cache/dns.h"
#include "services/mesh.h"
#include "sldns/rrdef.h"
#include "util/config_file.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/netevent.h"
#include "util/regional.h"
#include "util/ub_event.h"
#include "validator/val_anchor.h"

_Static_assert((int)unbound_unchecked == (int)sec_status_unchecked &&
                   (int)unbound_bogus == (int)sec_status_bogus &&
                   (int)unbound_indeterminate ==
                       (int)sec_status_indeterminate &&
                   (int)unbound_insecure == (int)sec_status_insecure &&
                   (int)unbound_sentinel_fail ==
                       (int)sec_status_secure_sentinel_fail &&
                   (int)unbound_secure == (int)sec_status_secure,
               "enum unbound_security is sec_status");

#define HOOK __attribute__((visibility("default")))

struct unbound_worker {
  struct module_env* env;
  int id; /* of this module in the chain */
  struct generation* generation;
  void* post;
  struct ub_event* mail;
  int leniency;              /* as leniency_of says */
  const void* configuration; /* as configuration_mark says */
  size_t states[unbound_lanes];
  size_t lookups[unbound_lanes]; /* of these, those of the lookups themselves */
  size_t asked[unbound_lanes];   /* of these, by unbound_ask */
  size_t most;
  size_t ended;
  struct own_state* own; /* the states that were made for lookups */
  /* The lookup that unbound_start_lookup is about to make; else job is NULL. */
  uint8_t starting_name[unbound_lookup_label_size + 2];
  void* starting_job;
  enum unbound_lane starting_lane;
  struct unbound_worker* next;
};

/* In the minfo of its mesh state. */
struct unbound_lookup {
  struct unbound_worker* worker;
  struct module_qstate* qstate;
  void* job;
  enum unbound_lane lane;
  size_t states; /* its own, and those made for it */
};

/* A mesh state that was made for a lookup; in the minfo and the region of that
 * state.
 *
 *   lookup --> sub-query --> name servers' addresses, DS, DNSKEY --> ...
 *              made by ask   made by the resolver's modules
 *
 * It is left behind when no lookup is above it any more. */
struct own_state {
  struct unbound_worker* worker;
  struct unbound_lookup* lookup; /* NULL once that has ended */
  struct module_qstate* qstate;
  enum unbound_lane lane;
  int is_asked; /* by unbound_ask; else the resolver made it below one of ours
                 */
  struct own_state* previous;
  struct own_state* next;
};

/* From init to deinit. Workers are found by number, not by address: addresses
 * come back after a reload. */
struct generation {
  uint64_t number;
  void* module;
  int wants_mx;         /* see danebound_wants_mx */
  pthread_mutex_t lock; /* of `workers` */
  struct unbound_worker* workers;
};

static struct generation* current;
static uint64_t last_number;

static _Thread_local struct {
  uint64_t number;
  struct unbound_worker* worker; /* NULL: it could not be made at `tried` */
  time_t tried;
} known;

/* --- an Unbound of another build --- */

typedef void operate_hook(struct module_qstate*, enum module_ev, int,
                          struct outbound_entry*);
typedef void inform_hook(struct module_qstate*, int, struct module_qstate*);
typedef void clear_hook(struct module_qstate*, int);

static int is_foreign;
static operate_hook* foreign_operate;
static inform_hook* foreign_inform_super;
static clear_hook* foreign_clear;

/* Finds a function of the program; ISO C knows no cast from void* to it. */
static void find_function(const char* name, void* out) {
  void* found = dlsym(RTLD_DEFAULT, name);
  memcpy(out, &found, sizeof(found));
}

static int find_pass_through(void) {
  find_function("respip_operate", &foreign_operate);
  find_function("respip_inform_super", &foreign_inform_super);
  find_function("respip_clear", &foreign_clear);
  return foreign_operate && foreign_inform_super && foreign_clear;
}

void unbound_log(enum unbound_log_level level, const char* text) {
  static const char* const writers[] = {"log_err", "log_warn", "log_info"};
  if (level == unbound_log_debug) {
    void (*verbose_line)(int, const char*, ...) = NULL;
    find_function("verbose", &verbose_line);
    if (verbose_line) verbose_line(4, "danebound: %s", text);
    return;
  }
  void (*line)(const char*, ...) = NULL;
  find_function(writers[level], &line);
  if (line) line("danebound: %s", text);
}

const char* unbound_version(void) { return PACKAGE_VERSION; }

/* --- workers --- */

/* The settings that let failed validation pass; they can be switched at run
 * time. */
static int leniency_of(const struct config_file* cfg) {
  return (cfg->val_permissive_mode ? 1 : 0) |
         (cfg->harden_dnssec_stripped ? 0 : 2);
}

static void watch_configuration(struct unbound_worker* worker) {
  const int now = leniency_of(worker->env->cfg);
  const void* mark = configuration_mark(worker->env);
  if (mark != worker->configuration &&
      danebound_on_configuration(worker->post)) {
    worker->configuration = mark;
  }
  if (now != worker->leniency && danebound_on_leniency(worker->post)) {
    worker->leniency = now;
  }
}

static void on_mail(int fd, short bits, void* arg) {
  struct unbound_worker* worker = arg;
  (void)fd;
  (void)bits;
  /* On an idle worker the time is that of the last event. */
  ub_comm_base_now(worker->env->worker_base);
  watch_configuration(worker);
  danebound_on_mail(worker->post);
}

static void delete_worker(struct unbound_worker* worker) {
  if (worker->mail) ub_event_free(worker->mail);
  free(worker);
}

/* Registers the mail descriptor with the worker's event loop. */
static int listen_to_mail(struct unbound_worker* worker, int fd) {
  struct ub_event_base* base = comm_base_internal(worker->env->worker_base);
  worker->mail =
      ub_event_new(base, fd, UB_EV_READ | UB_EV_PERSIST, &on_mail, worker);
  return worker->mail && ub_event_add(worker->mail, NULL) == 0;
}

static struct unbound_worker* new_worker(struct generation* generation,
                                         struct module_env* env, int id) {
  struct unbound_worker* worker = calloc(1, sizeof(*worker));
  int fd = -1;
  if (!worker) return NULL;
  worker->env = env;
  worker->id = id;
  worker->generation = generation;
  worker->leniency = leniency_of(env->cfg);
  worker->configuration = configuration_mark(env);
  worker->post = danebound_make_post(generation->module, worker, &fd);
  if (!worker->post || !listen_to_mail(worker, fd) ||
      !danebound_open_post(generation->module, worker->post)) {
    if (worker->mail) ub_event_del(worker->mail);
    if (worker->post) danebound_drop_post(generation->module, worker->post);
    delete_worker(worker);
    return NULL;
  }
  pthread_mutex_lock(&generation->lock);
  worker->next = generation->workers;
  generation->workers = worker;
  pthread_mutex_unlock(&generation->lock);
  return worker;
}

/* The worker of this thread; made at its first query, tried again each second
 * where that failed. */
static struct unbound_worker* this_worker(struct module_env* env, int id) {
  struct generation* generation = current;
  int is_first = 0;
  if (!generation || !generation->module) return NULL;
  if (known.number == generation->number &&
      (known.worker || known.tried == *env->now)) {
    return known.worker;
  }
  is_first = known.number != generation->number;
  known.number = generation->number;
  known.tried = *env->now;
  known.worker = new_worker(generation, env, id);
  if (!known.worker && is_first) {
    unbound_log(unbound_log_error,
                "a resolver thread cannot be reached, no verdicts from it: "
                "that is tried again each second");
  }
  return known.worker;
}

/* --- trust anchors --- */

/* Says whether a trust anchor holds a key. Only one that follows rollovers
 * (RFC 5011) ever changes. */
static int holds_key(struct trust_anchor* anchor) {
  int holds = 0;
  if (!anchor->autr) return anchor->numDS > 0 || anchor->numDNSKEY > 0;
  lock_basic_lock(&anchor->lock);
  holds = anchor->numDS > 0 || anchor->numDNSKEY > 0;
  lock_basic_unlock(&anchor->lock);
  return holds;
}

/* The first node of the locked tree behind a name, or behind none. */
static rbnode_type* node_behind(struct val_anchors* anchors,
                                struct unbound_anchor* before) {
  struct trust_anchor key;
  rbnode_type* found = NULL;
  if (before->size == 0) return rbtree_first(anchors->tree);
  memset(&key, 0, sizeof(key));
  key.node.key = &key;
  key.name = before->name;
  key.namelabs = dname_count_size_labels(before->name, &key.namelen);
  key.dclass = LDNS_RR_CLASS_IN;
  (void)rbtree_find_less_equal(anchors->tree, &key, &found);
  return found ? rbtree_next(found) : rbtree_first(anchors->tree);
}

/* A point declared insecure has no key, and follows nothing. */
int unbound_next_anchor(struct unbound_worker* worker,
                        struct unbound_anchor* anchor) {
  struct val_anchors* anchors = worker->env->anchors;
  rbnode_type* node = NULL;
  int found = 0;
  if (!anchors) return 0;
  lock_basic_lock(&anchors->lock);
  node = node_behind(anchors, anchor);
  for (; node && node != RBTREE_NULL && !found; node = rbtree_next(node)) {
    struct trust_anchor* each = (struct trust_anchor*)node;
    if (each->dclass != LDNS_RR_CLASS_IN ||
        each->namelen > sizeof(anchor->name)) {
      continue;
    }
    anchor->has_key = holds_key(each);
    if (!anchor->has_key && !each->autr) continue;
    anchor->size = each->namelen;
    memcpy(anchor->name, each->name, each->namelen);
    found = 1;
  }
  lock_basic_unlock(&anchors->lock);
  return found;
}

/* The list at the place, which then counts from its head; NULL: behind all. */
static const struct config_strlist* setting_at(const struct config_strlist* at,
                                               size_t* place) {
  for (; at; at = at->next) {
    if (!at->str || at->str[0] == 0) continue;
    if (*place == 0) return at;
    (*place)--;
  }
  return NULL;
}

const char* unbound_anchor_setting(const void* configuration, size_t place,
                                   enum unbound_anchor_kind* kind) {
  const struct config_file* cfg = configuration;
  const struct config_strlist* const lists[] = {
      cfg->trust_anchor_list, cfg->trust_anchor_file_list,
      cfg->trusted_keys_file_list, cfg->auto_trust_anchor_file_list};
  size_t i = 0;
  for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
    const struct config_strlist* found = setting_at(lists[i], &place);
    const size_t root = cfg->chrootdir ? strlen(cfg->chrootdir) : 0;
    if (!found) continue;
    *kind = (enum unbound_anchor_kind)i;
    if (i != unbound_anchor_record && root > 0 &&
        strncmp(found->str, cfg->chrootdir, root) == 0) {
      return found->str + root;
    }
    return found->str;
  }
  return NULL;
}

const void* unbound_configuration(struct unbound_worker* worker) {
  return worker->env->cfg;
}

/* --- how far it validates --- */

void unbound_look(struct unbound_worker* worker,
                  struct unbound_validation* out) {
  out->has_validator = worker->env->need_to_validate;
  out->is_permissive = worker->env->cfg->val_permissive_mode;
  out->accepts_stripped = !worker->env->cfg->harden_dnssec_stripped;
  out->log_level = worker->env->cfg->val_log_level;
}

int unbound_is_below_anchor(struct unbound_worker* worker, const uint8_t* name,
                            size_t size) {
  uint8_t copy[LDNS_MAX_DOMAINLEN + 1];
  struct trust_anchor* anchor = NULL;
  if (!worker->env->anchors || size > sizeof(copy)) return 0;
  memcpy(copy, name, size);
  anchor = anchors_lookup(worker->env->anchors, copy, size, LDNS_RR_CLASS_IN);
  if (!anchor) return 0;
  lock_basic_unlock(&anchor->lock);
  return 1;
}

/* --- the states of ours --- */

static void add_state(struct unbound_worker* worker, enum unbound_lane lane) {
  size_t all = 0;
  int i = 0;
  worker->states[lane]++;
  for (i = 0; i < unbound_lanes; i++) all += worker->states[i];
  if (all > worker->most) worker->most = all;
}

/* Counts a state as made for a lookup; where memory lacks it goes uncounted.
 *   lookup  NULL where that has ended. */
static struct own_state* count_state(struct unbound_worker* worker,
                                     struct module_qstate* qstate,
                                     struct unbound_lookup* lookup,
                                     enum unbound_lane lane) {
  struct own_state* own = regional_alloc_zero(qstate->region, sizeof(*own));
  if (!own) return NULL;
  own->worker = worker;
  own->lookup = lookup;
  own->qstate = qstate;
  own->lane = lane;
  own->next = worker->own;
  if (own->next) own->next->previous = own;
  worker->own = own;
  qstate->minfo[worker->id] = own;
  add_state(worker, lane);
  if (lookup) lookup->states++;
  return own;
}

/* The state is gone, or somebody else's from now on. */
static void discount_state(struct own_state* own) {
  struct unbound_worker* worker = own->worker;
  if (own->previous) {
    own->previous->next = own->next;
  } else {
    worker->own = own->next;
  }
  if (own->next) own->next->previous = own->previous;
  own->qstate->minfo[worker->id] = NULL;
  worker->states[own->lane]--;
  if (own->is_asked) worker->asked[own->lane]--;
  if (own->lookup) own->lookup->states--;
}

static void change_account(struct own_state* own,
                           struct unbound_lookup* lookup) {
  struct unbound_worker* worker = own->worker;
  worker->states[own->lane]--;
  if (own->is_asked) worker->asked[own->lane]--;
  if (own->lookup) own->lookup->states--;
  own->lane = lookup->lane;
  own->lookup = lookup;
  worker->states[own->lane]++;
  if (own->is_asked) worker->asked[own->lane]++;
  lookup->states++;
}

static int is_lookup(const struct module_qstate* qstate) {
  return qstate->qinfo.qtype == unbound_lookup_type;
}

/* The first state above this one that is a lookup or was made for one. */
static struct module_qstate* owner_above(struct module_qstate* qstate, int id) {
  struct mesh_state_ref* above = NULL;
  RBTREE_FOR(above, struct mesh_state_ref*, &qstate->mesh_info->super_set) {
    if (above->s->s.minfo[id]) return &above->s->s;
  }
  return NULL;
}

/* Counts what the resolver's modules made for one of ours. Such a state may
 * begin in the middle of the module chain, so that no hook shows it. Priming of
 * the root serves everybody. Returns how many it found. */
static size_t count_below(struct own_state* own) {
  struct unbound_worker* worker = own->worker;
  struct mesh_state_ref* below = NULL;
  size_t found = 0;
  RBTREE_FOR(below, struct mesh_state_ref*, &own->qstate->mesh_info->sub_set) {
    struct mesh_state* state = below->s;
    if (state->s.minfo[worker->id] || state->reply_list || state->cb_list ||
        state->s.is_priming) {
      continue;
    }
    if (count_state(worker, &state->s, own->lookup, own->lane)) found++;
  }
  return found;
}

/* New ones come to the head of the list: another round looks below them. */
static void count_all_below(struct unbound_worker* worker) {
  size_t found = 1;
  while (found > 0) {
    struct own_state* own = NULL;
    found = 0;
    for (own = worker->own; own; own = own->next) found += count_below(own);
  }
}

/* Decides on a state that no lookup is above: says whether it was ended. */
static int end_if_unwanted(struct own_state* own) {
  struct mesh_state* state = own->qstate->mesh_info;
  struct unbound_worker* worker = own->worker;
  if (owner_above(own->qstate, worker->id)) return 0;
  if (state->reply_list || state->cb_list || state->super_set.count > 0) {
    discount_state(own);
    return 0;
  }
  worker->ended++;
  mesh_state_delete(own->qstate);
  return 1;
}

/* What is ended leaves states behind in its turn: round by round, until
 * nothing is left. Only the state looked at goes, so that `next` stays. */
void unbound_end_left_behind(struct unbound_worker* worker) {
  int again = 1;
  count_all_below(worker);
  while (again) {
    struct own_state* own = worker->own;
    again = 0;
    while (own) {
      struct own_state* next = own->next;
      if (end_if_unwanted(own)) again = 1;
      own = next;
    }
  }
}

/* --- lookups --- */

void unbound_look_at_mesh(struct unbound_worker* worker,
                          struct unbound_mesh* out) {
  const struct mesh_area* mesh = worker->env->mesh;
  memcpy(out->states, worker->states, sizeof(out->states));
  memcpy(out->lookups, worker->lookups, sizeof(out->lookups));
  memcpy(out->asked, worker->asked, sizeof(out->asked));
  out->most = worker->most;
  out->ended = worker->ended;
  out->size = mesh->max_reply_states;
  out->is_crowded = mesh->num_reply_states >= mesh->max_reply_states;
}

int unbound_start_lookup(struct unbound_worker* worker, const uint8_t* label,
                         enum unbound_lane lane, void* job) {
  struct mesh_area* mesh = worker->env->mesh;
  const size_t bound = mesh->max_reply_states;
  struct query_info question;
  int started = 0;
  worker->starting_name[0] = unbound_lookup_label_size;
  memcpy(worker->starting_name + 1, label, unbound_lookup_label_size);
  worker->starting_job = job;
  worker->starting_lane = lane;
  memset(&question, 0, sizeof(question));
  question.qname = worker->starting_name;
  question.qname_len = sizeof(worker->starting_name);
  question.qtype = unbound_lookup_type;
  question.qclass = LDNS_RR_CLASS_IN;
  /* In a crowded mesh Unbound would push out a client's query, or refuse. */
  if (mesh->num_reply_states >= bound) {
    mesh->max_reply_states = mesh->num_reply_states + 1;
  }
  start_state(mesh, &question);
  mesh->max_reply_states = bound;
  /* begin_lookup took the job, or nothing started. */
  started = worker->starting_job == NULL;
  worker->starting_job = NULL;
  return started;
}

void unbound_run_lookup(struct unbound_lookup* lookup) {
  struct mesh_state* state = lookup->qstate->mesh_info;
  mesh_run(lookup->qstate->env->mesh, state, module_event_pass, NULL);
}

size_t unbound_states_of(const struct unbound_lookup* lookup) {
  return lookup->states;
}

void unbound_change_lane(struct unbound_lookup* lookup,
                         enum unbound_lane lane) {
  struct unbound_worker* worker = lookup->worker;
  struct own_state* own = NULL;
  worker->states[lookup->lane]--;
  worker->states[lane]++;
  worker->lookups[lookup->lane]--;
  worker->lookups[lane]++;
  lookup->lane = lane;
  for (own = worker->own; own; own = own->next) {
    if (own->lookup == lookup) change_account(own, lookup);
  }
}

/* Verdict states have no client: in Unbound's forever list they would take the
 * room of DNS clients, at the head of the jostle list stop all jostling. */
static void leave_lists(struct module_qstate* qstate) {
  struct mesh_area* mesh = qstate->env->mesh;
  struct mesh_state* state = qstate->mesh_info;
  if (state->list_select == mesh_forever_list) {
    mesh->num_forever_states--;
    mesh_list_remove(state, &mesh->forever_first, &mesh->forever_last);
  } else if (state->list_select == mesh_jostle_list) {
    mesh_list_remove(state, &mesh->jostle_first, &mesh->jostle_last);
  }
  state->list_select = mesh_no_list;
}

static int is_starting(const struct unbound_worker* worker,
                       const struct module_qstate* qstate) {
  return worker && worker->starting_job &&
         qstate->qinfo.qclass == LDNS_RR_CLASS_IN &&
         qstate->qinfo.qname_len == sizeof(worker->starting_name) &&
         memcmp(qstate->qinfo.qname, worker->starting_name,
                sizeof(worker->starting_name)) == 0;
}

static void refuse(struct module_qstate* qstate, int id) {
  qstate->return_rcode = LDNS_RCODE_REFUSED;
  qstate->return_msg = NULL;
  qstate->ext_state[id] = module_finished;
}

/* A lookup without sub-queries waits for room: mesh_run then brings it on. */
static void wait_or_finish(struct module_qstate* qstate, int id, int waits) {
  if (!waits) {
    refuse(qstate, id);
  } else if (qstate->mesh_info->sub_set.count > 0) {
    qstate->ext_state[id] = module_wait_subquery;
  } else {
    qstate->ext_state[id] = module_wait_reply;
  }
}

static void begin_lookup(struct unbound_worker* worker,
                         struct module_qstate* qstate, int id) {
  struct unbound_lookup* lookup = calloc(1, sizeof(*lookup));
  if (!lookup) {
    refuse(qstate, id);
    return;
  }
  leave_lists(qstate);
  lookup->worker = worker;
  lookup->qstate = qstate;
  lookup->job = worker->starting_job;
  lookup->lane = worker->starting_lane;
  lookup->states = 1;
  worker->starting_job = NULL;
  worker->lookups[lookup->lane]++;
  add_state(worker, lookup->lane);
  qstate->minfo[id] = lookup;
  wait_or_finish(qstate, id, danebound_on_start(lookup->job, lookup));
}

/* A query of the private type: a lookup of ours, or one that nobody may ask. */
static void operate_own(struct unbound_worker* worker,
                        struct module_qstate* qstate, enum module_ev event,
                        int id) {
  struct unbound_lookup* lookup = qstate->minfo[id];
  if (lookup) {
    wait_or_finish(
        qstate, id,
        event == module_event_pass && danebound_on_step(lookup->job));
  } else if (event == module_event_new && is_starting(worker, qstate)) {
    begin_lookup(worker, qstate, id);
  } else {
    refuse(qstate, id);
  }
}

/* What a lookup left behind is on the account of the one that asks for it now;
 * what a client waits for, not on that of what nobody waits for. */
static void take_over(struct unbound_lookup* lookup,
                      const struct module_qstate* sub) {
  struct own_state* own = sub->minfo[lookup->worker->id];
  if (own && (!own->lookup || own->lane > lookup->lane)) {
    change_account(own, lookup);
  }
}

/* The state of a question that was attached and was there before. */
static struct module_qstate* joined_state(struct mesh_area* mesh,
                                          struct query_info* question) {
  struct mesh_state* state = mesh_area_find(mesh, NULL, question, BIT_RD, 0, 0);
  return state ? &state->s : NULL;
}

/* Makes what comes of the network take the place of what the cache holds, as
 * Unbound's own prefetch does. */
static void outdate_cached(struct module_qstate* sub, time_t leeway) {
  if (sub->prefetch_leeway < leeway) sub->prefetch_leeway = leeway;
}

int unbound_ask(struct unbound_lookup* lookup, const uint8_t* name, size_t size,
                uint16_t type, int64_t leeway) {
  struct module_qstate* super = lookup->qstate;
  struct module_qstate* sub = NULL;
  struct query_info question;
  memset(&question, 0, sizeof(question));
  /* attach copies it where the query is new. */
  question.qname = regional_alloc_init(super->region, name, size);
  if (!question.qname) return 0;
  question.qname_len = size;
  question.qtype = type;
  question.qclass = LDNS_RR_CLASS_IN;
  if (!attach(super, &question, &sub)) return 0;
  if (sub) {
    struct own_state* own =
        count_state(lookup->worker, sub, lookup, lookup->lane);
    if (own) {
      own->is_asked = 1;
      lookup->worker->asked[own->lane]++;
    }
    if (leeway > 0) sock_list_insert(&sub->blacklist, NULL, 0, sub->region);
  } else {
    /* One that is there has looked at the cache already. */
    sub = joined_state(lookup->worker->env->mesh, &question);
    if (!sub) return 1;
    take_over(lookup, sub);
  }
  if (leeway > 0) outdate_cached(sub, (time_t)leeway);
  return 1;
}

void unbound_end_lookup(struct unbound_lookup* lookup) {
  mesh_state_delete(lookup->qstate);
}

/* Its states are left behind; they stay in its lane. */
static void clear_lookup(struct unbound_lookup* lookup) {
  struct unbound_worker* worker = lookup->worker;
  struct own_state* own = NULL;
  for (own = worker->own; own; own = own->next) {
    if (own->lookup == lookup) own->lookup = NULL;
  }
  worker->states[lookup->lane]--;
  worker->lookups[lookup->lane]--;
  danebound_on_end(lookup->job);
  danebound_on_states(worker->post);
  free(lookup);
}

static void clear_own(struct own_state* own) {
  struct unbound_worker* worker = own->worker;
  discount_state(own);
  danebound_on_states(worker->post);
}

/* --- what a sub-query found --- */

static const struct reply_info* reply_of(const struct module_qstate* qstate) {
  if (qstate->return_rcode != LDNS_RCODE_NOERROR || !qstate->return_msg) {
    return NULL;
  }
  return qstate->return_msg->rep;
}

/* The first code noted with the reasons that says more than "bogus", else the
 * message's own, else "bogus" if that was noted. */
static int ede_of(const struct module_qstate* qstate,
                  const struct reply_info* reply) {
  const struct errinf_strlist* item = NULL;
  int general = -1;
  for (item = qstate->errinf; item; item = item->next) {
    const int code = (int)item->reason_bogus;
    if (code == LDNS_EDE_DNSSEC_BOGUS) general = code;
    if (code > 0 && code != LDNS_EDE_DNSSEC_BOGUS) return code;
  }
  return (int)reply->reason_bogus > 0 ? (int)reply->reason_bogus : general;
}

void unbound_read(const struct unbound_result* result,
                  struct unbound_message* out) {
  const struct module_qstate* qstate = (const struct module_qstate*)result;
  const struct reply_info* reply = reply_of(qstate);
  memset(out, 0, sizeof(*out));
  out->name = qstate->qinfo.qname;
  out->name_size = qstate->qinfo.qname_len;
  out->type = qstate->qinfo.qtype;
  out->rcode = qstate->return_rcode;
  out->ede = -1;
  if (!reply) return;
  out->has_reply = 1;
  out->is_expired = qstate->need_refetch;
  /* From the error cache a failure has return_rcode 0 and looks like an
   * insecure answer without records: the reply's flags tell. */
  out->rcode = (int)FLAGS_GET_RCODE(reply->flags);
  out->security = (int)reply->security;
  out->ede = ede_of(qstate, reply);
  out->ttl = (int64_t)reply->ttl;
  out->answer_count = reply->an_numrrsets;
  out->authority_count = reply->ns_numrrsets;
}

/* RFC 4034 3.1.3: the fourth octet of an RRSIG counts the labels of the name
 * that was signed, without the root's and a wildcard's. */
static int is_from_wildcard(const struct ub_packed_rrset_key* key) {
  const struct packed_rrset_data* data = key->entry.data;
  const size_t length_size = 2;
  const size_t labels_at = length_size + 3;
  int labels = dname_count_labels(key->rk.dname) - 1;
  size_t i = 0;
  if (dname_is_wild(key->rk.dname)) labels--;
  for (i = data->count; i < data->count + data->rrsig_count; i++) {
    if (data->rr_len[i] > labels_at && data->rr_data[i][labels_at] < labels) {
      return 1;
    }
  }
  return 0;
}

void unbound_read_rrset(const struct unbound_result* result, size_t index,
                        struct unbound_rrset* out) {
  const struct reply_info* reply =
      reply_of((const struct module_qstate*)result);
  const struct ub_packed_rrset_key* key = reply->rrsets[index];
  const struct packed_rrset_data* data = key->entry.data;
  out->owner = key->rk.dname;
  out->owner_size = key->rk.dname_len;
  out->type = ntohs(key->rk.type);
  out->security = (int)data->security;
  out->is_from_wildcard = is_from_wildcard(key);
  out->ttl = (int64_t)data->ttl;
  out->count = data->count;
  out->records = data;
}

const uint8_t* unbound_read_rdata(const struct unbound_rrset* rrset,
                                  size_t index, size_t* size) {
  const struct packed_rrset_data* data = rrset->records;
  *size = data->rr_len[index] - 2;
  return data->rr_data[index] + 2;
}

const char* unbound_read_reason(const struct unbound_result* result,
                                void** cursor) {
  const struct module_qstate* qstate = (const struct module_qstate*)result;
  const struct errinf_strlist* item = *cursor;
  item = item ? item->next : qstate->errinf;
  while (item && !item->str) item = item->next;
  *cursor = (void*)item;
  return item ? item->str : NULL;
}

/* --- MX answers to DNS clients --- */

/* The MX records of the reply's question, or of its alias; NULL: none. */
static const struct packed_rrset_data* mx_of(const struct reply_info* reply) {
  size_t i = 0;
  if (!reply || FLAGS_GET_RCODE(reply->flags) != LDNS_RCODE_NOERROR ||
      reply->security == sec_status_bogus) {
    return NULL;
  }
  for (i = 0; i < reply->an_numrrsets; i++) {
    if (ntohs(reply->rrsets[i]->rk.type) == LDNS_RR_TYPE_MX) {
      return reply->rrsets[i]->entry.data;
    }
  }
  return NULL;
}

/* `since`: when the TTLs of the reply count from; what the cache holds counts
 * from the epoch. */
static void tell_mx(void* module, const struct query_info* question,
                    const struct reply_info* reply, time_t since) {
  const struct packed_rrset_data* mx = NULL;
  if (question->qtype != LDNS_RR_TYPE_MX ||
      question->qclass != LDNS_RR_CLASS_IN) {
    return;
  }
  mx = mx_of(reply);
  if (!mx) return;
  danebound_on_mx(module, question->qname, question->qname_len,
                  (int64_t)(mx->ttl - since));
}

/* An answer from the message cache goes to a client. */
static int on_cached_reply(struct query_info* question,
                           struct module_qstate* qstate,
                           struct reply_info* reply, int rcode,
                           struct edns_data* edns, struct edns_option** options,
                           struct comm_reply* client, struct regional* region,
                           struct timeval* start, int id, void* callback) {
  (void)qstate;
  (void)rcode;
  (void)edns;
  (void)options;
  (void)client;
  (void)region;
  (void)start;
  (void)id;
  (void)callback;
  /* First what is cheapest to see: this is on the way of every cached answer.
   */
  if (question && question->qtype == LDNS_RR_TYPE_MX && current &&
      known.number == current->number && known.worker) {
    tell_mx(current->module, question, reply, *known.worker->env->now);
  }
  return 1;
}

static void register_cached_reply(struct module_env* env, int id) {
  struct dynlibmod_env* loader = env->modinfo[id];
  inplace_cb_reply_func_type* callback = &on_cached_reply;
  void* address = NULL;
  memcpy(&address, &callback, sizeof(address));
  if (!loader->inplace_cb_register_wrapped(address, inplace_cb_reply_cache,
                                           NULL, env, id)) {
    unbound_log(unbound_log_warning,
                "MX answers from the message cache start no prefetch");
  }
}

/* --- hooks --- */

/* What Unbound itself may open, as its daemon reckons it at the start. */
static size_t needed_descriptors(const struct config_file* cfg) {
  const size_t interfaces =
      cfg->num_ifs ? (size_t)cfg->num_ifs
                   : (size_t)(cfg->do_ip4 ? 1 : 0) + (cfg->do_ip6 ? 1 : 0);
  const size_t listening =
      (size_t)(cfg->do_udp ? 1 : 0) +
      (cfg->do_tcp ? 1 + (size_t)cfg->incoming_num_tcp : 0);
  const size_t threads = cfg->num_threads ? (size_t)cfg->num_threads : 1;
  const size_t pipes_and_files = 8;
  return threads * (interfaces * listening + (size_t)cfg->outgoing_num_tcp +
                    (size_t)cfg->outgoing_num_ports + pipes_and_files) +
         4;
}

static void open_generation(struct module_env* env, int id) {
  struct unbound_start start;
  memset(&start, 0, sizeof(start));
  start.configuration = env->cfg;
  start.needed_descriptors = needed_descriptors(env->cfg);
  start.control_port = env->cfg->control_port;
  start.tls_port = env->cfg->ssl_port;
  start.https_port = env->cfg->https_port;
  current->module = danebound_open(&start);
  if (!current->module) return;
  current->wants_mx = danebound_wants_mx(current->module);
  if (current->wants_mx) register_cached_reply(env, id);
}

/* Never fails: at a reload Unbound would end. */
HOOK int init(struct module_env* env, int id) {
  is_foreign = !danebound_is_right_unbound();
  if (is_foreign && !find_pass_through()) {
    /* Only at the first start: the program stays the same at a reload. */
    unbound_log(unbound_log_error,
                "this is not the Unbound that the module was built for, and "
                "it has no respip module to pass queries through: install "
                "the module that belongs to this Unbound");
    return 0;
  }
  current = calloc(1, sizeof(*current));
  if (!current) {
    unbound_log(unbound_log_error, "out of memory: no verdict service");
    return 1;
  }
  current->number = ++last_number;
  pthread_mutex_init(&current->lock, NULL);
  if (is_foreign) {
    current->module = danebound_open(NULL);
  } else {
    open_generation(env, id);
  }
  return 1;
}

HOOK void deinit(struct module_env* env, int id) {
  struct generation* generation = current;
  if (!generation) return;
  if (generation->wants_mx) {
    struct dynlibmod_env* loader = env->modinfo[id];
    loader->inplace_cb_delete_wrapped(env, inplace_cb_reply_cache, id);
  }
  current = NULL;
  if (generation->module) danebound_close(generation->module);
  while (generation->workers) {
    struct unbound_worker* worker = generation->workers;
    generation->workers = worker->next;
    delete_worker(worker);
  }
  pthread_mutex_destroy(&generation->lock);
  free(generation);
}

HOOK void operate(struct module_qstate* qstate, enum module_ev event, int id,
                  struct outbound_entry* outbound) {
  struct unbound_worker* worker = NULL;
  if (is_foreign) {
    foreign_operate(qstate, event, id, outbound);
    return;
  }
  worker = this_worker(qstate->env, id);
  if (worker) watch_configuration(worker);
  if (is_lookup(qstate)) {
    operate_own(worker, qstate, event, id);
    return;
  }
  switch (event) {
    case module_event_new:
    case module_event_pass:
      qstate->ext_state[id] = module_wait_module;
      return;
    case module_event_moddone:
      if (worker && worker->generation->wants_mx &&
          qstate->mesh_info->reply_list) {
        tell_mx(worker->generation->module, &qstate->qinfo, reply_of(qstate),
                0);
      }
      qstate->ext_state[id] = module_finished;
      return;
    default:
      qstate->ext_state[id] = module_error;
      return;
  }
}

HOOK void inform_super(struct module_qstate* qstate, int id,
                       struct module_qstate* super) {
  struct unbound_lookup* lookup = NULL;
  if (is_foreign) {
    foreign_inform_super(qstate, id, super);
    return;
  }
  lookup = is_lookup(super) ? super->minfo[id] : NULL;
  if (!lookup) return;
  danebound_on_answer(lookup->job, (const struct unbound_result*)qstate);
}

HOOK void clear(struct module_qstate* qstate, int id) {
  void* info = NULL;
  if (is_foreign) {
    foreign_clear(qstate, id);
    return;
  }
  info = qstate->minfo[id];
  qstate->minfo[id] = NULL;
  if (!info) return;
  if (is_lookup(qstate)) {
    clear_lookup(info);
  } else {
    clear_own(info);
  }
}

HOOK size_t get_mem(struct module_env* env, int id) {
  (void)env;
  (void)id;
  return current && current->module ? danebound_memory(current->module) : 0;
}
