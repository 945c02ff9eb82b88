/* The module's view of Unbound, in plain C: unbound.c is the only file that
 * includes Unbound's headers, everything else is C++ that knows no struct of
 * Unbound.
 *
 *   unbound_*     calls into Unbound, implemented in unbound.c
 *   danebound_*   calls out of Unbound, implemented in module.cc
 *
 * Conventions, valid for every function below and not repeated there:
 *   - Pointers passed out are valid during the call only, unless said.
 *   - Names are uncompressed wire form with the root's zero octet.
 *   - Nothing throws. danebound_* functions take no locks of Unbound.
 *   - "worker thread" is the resolver thread that the unbound_worker is of; at
 *     the end of a generation the main thread stands in for all of them. */
#ifndef DANEBOUND_MODULE_UNBOUND_H_
#define DANEBOUND_MODULE_UNBOUND_H_

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
extern "C" {
#else
#include <stddef.h>
#include <stdint.h>
#endif

/* The private-use query type (RFC 6895 3.1) of a lookup's mesh state. Its name
 * is one random label of this many octets; its job travels beside it. Any other
 * query of the type is refused. */
enum { unbound_lookup_type = 65348, unbound_lookup_label_size = 24 };

/* A private-use query class (RFC 6895 3.2), for queries that only wake a
 * worker: no auth zone answers them. */
enum { unbound_wake_class = 65281 };

/* Unbound's sec_status values, in order of trust. */
enum unbound_security {
  unbound_unchecked = 0,
  unbound_bogus = 1,
  unbound_indeterminate = 2, /* below no trust anchor */
  unbound_insecure = 3,
  unbound_sentinel_fail = 4,
  unbound_secure = 5
};

enum unbound_log_level {
  unbound_log_error = 0,
  unbound_log_warning = 1,
  unbound_log_info = 2,
  unbound_log_debug = 3
};

struct unbound_worker; /* a resolver thread */
struct unbound_lookup; /* an open verdict lookup */
struct unbound_result; /* a finished sub-query */

/* On whose account the mesh states of a lookup are. */
enum unbound_lane {
  unbound_lane_asked = 0, /* somebody waits */
  unbound_lane_renewal = 1,
  unbound_lane_prefetch = 2,
  unbound_lanes = 3
};

/* What a worker's mesh holds. A state of ours is the state of a lookup, a
 * sub-query that was made for one, or what the resolver made below such a
 * sub-query; not one that somebody else made and a lookup only joined. */
struct unbound_mesh {
  size_t states[unbound_lanes];  /* of ours, those left behind included */
  size_t lookups[unbound_lanes]; /* of these, those of the lookups themselves */
  size_t asked[unbound_lanes];   /* of these, sub-queries by unbound_ask */
  size_t most;    /* at once, of all lanes together, since the start */
  size_t ended;   /* states left behind that were ended, since the start */
  size_t size;    /* num-queries-per-thread */
  int is_crowded; /* DNS clients' queries fill it */
};

/* What the resolver is set to, read when a generation begins. */
struct unbound_start {
  const void* configuration; /* see unbound_anchor_setting */
  size_t needed_descriptors; /* what Unbound itself may open */
  int control_port;          /* TCP ports that speak no DNS; 0: none */
  int tls_port;
  int https_port;
};

/* How far the resolver validates at this moment. */
struct unbound_validation {
  int has_validator;    /* a validator stands in the module chain */
  int is_permissive;    /* val-permissive-mode */
  int accepts_stripped; /* harden-dnssec-stripped: no */
  int log_level;        /* val-log-level */
};

/* A trust anchor; a point declared insecure is none. */
struct unbound_anchor {
  uint8_t name[256];
  size_t size;
  int has_key; /* else none counts yet or any more (RFC 5011) */
};

/* The settings that name trust anchors. */
enum unbound_anchor_kind {
  unbound_anchor_record = 0,       /* trust-anchor */
  unbound_anchor_file = 1,         /* trust-anchor-file */
  unbound_anchor_keys_file = 2,    /* trusted-keys-file */
  unbound_anchor_followed_file = 3 /* auto-trust-anchor-file */
};

/* The message that a finished sub-query holds. */
struct unbound_message {
  const uint8_t* name; /* of the question */
  size_t name_size;
  uint16_t type;
  int has_reply;  /* 0: only `rcode` says something */
  int rcode;      /* the reply's own, where there is one */
  int is_expired; /* the cache gave what had ended: no answer */
  int security;   /* enum unbound_security */
  int ede;        /* RFC 8914 INFO-CODE, means something only when bogus; -1 */
  int64_t ttl;    /* seconds; counts only where no RRset tells */
  size_t answer_count;    /* RRsets in the answer section */
  size_t authority_count; /* RRsets in the authority section, after those */
};

struct unbound_rrset {
  const uint8_t* owner;
  size_t owner_size;
  uint16_t type;
  int security;         /* enum unbound_security, of this RRset alone */
  int is_from_wildcard; /* a signature says that it was made from one */
  int64_t ttl;          /* seconds that remain; capped by the validator */
  size_t count;         /* records, signatures left out */
  const void* records;
};

/* --- calls into Unbound --- */

/* Writes one line to Unbound's log. Any thread. */
void unbound_log(enum unbound_log_level level, const char* text);

/* The version this module was compiled for, "1.17.1". */
const char* unbound_version(void);

/* Looks at the validation settings. Worker thread. */
void unbound_look(struct unbound_worker* worker,
                  struct unbound_validation* out);

/* Finds the next trust anchor of the validator. Worker thread.
 *   anchor   the one before, of size 0 for the first; out: the next.
 *   returns  0 where there is none. */
int unbound_next_anchor(struct unbound_worker* worker,
                        struct unbound_anchor* anchor);

/* The configuration, for unbound_anchor_setting. Worker thread. */
const void* unbound_configuration(struct unbound_worker* worker);

/* Reads the settings that name trust anchors: a record, or a file as this
 * process sees it. While a generation begins, or in a worker thread.
 *   place    counts from 0 over all kinds.
 *   returns  NULL behind the last. */
const char* unbound_anchor_setting(const void* configuration, size_t place,
                                   enum unbound_anchor_kind* kind);

/* Says whether a trust anchor, or a point declared insecure, lies at or above
 * the name: the validator then has an opinion on it. Worker thread. */
int unbound_is_below_anchor(struct unbound_worker* worker, const uint8_t* name,
                            size_t size);

/* Looks at the mesh. Worker thread. */
void unbound_look_at_mesh(struct unbound_worker* worker,
                          struct unbound_mesh* out);

/* Starts a verdict lookup, also where the mesh is crowded: the caller keeps to
 * his bounds. Worker thread, outside of any hook. Runs danebound_on_start
 * before it returns, and the whole lookup where the cache holds all it wants.
 *   label    unbound_lookup_label_size random octets.
 *   returns  0 when no state could be made. */
int unbound_start_lookup(struct unbound_worker* worker, const uint8_t* label,
                         enum unbound_lane lane, void* job);

/* Runs danebound_on_step once more, and then what it asked. Worker thread,
 * outside of any hook. The lookup may have ended afterwards. */
void unbound_run_lookup(struct unbound_lookup* lookup);

/* The states that a lookup holds: its own and those made for it. */
size_t unbound_states_of(const struct unbound_lookup* lookup);

/* Puts a lookup with its states on another account. Worker thread. */
void unbound_change_lane(struct unbound_lookup* lookup, enum unbound_lane lane);

/* Asks a sub-query for a lookup. In danebound_on_start or danebound_on_step.
 *   leeway   0; or, to pass by the resolver's cache, the seconds by which what
 *            lies there counts as ended already.
 *   returns  0 when it could not be asked; no answer will come. */
int unbound_ask(struct unbound_lookup* lookup, const uint8_t* name, size_t size,
                uint16_t type, int64_t leeway);

/* Ends a lookup. Worker thread, outside of any hook. No more calls are made for
 * it, danebound_on_end excepted. Its sub-queries are left behind. */
void unbound_end_lookup(struct unbound_lookup* lookup);

/* Counts what the resolver's modules have made below ours, and ends what ended
 * lookups have left behind, where nobody else wants it; what somebody wants is
 * his from then on. Worker thread, outside of any hook. */
void unbound_end_left_behind(struct unbound_worker* worker);

/* Reads the message of a finished sub-query. */
void unbound_read(const struct unbound_result* result,
                  struct unbound_message* out);

/* Reads one of its RRsets; `index` counts the answer section, then authority.
 */
void unbound_read_rrset(const struct unbound_result* result, size_t index,
                        struct unbound_rrset* out);

/* One record's RDATA without its length octets. */
const uint8_t* unbound_read_rdata(const struct unbound_rrset* rrset,
                                  size_t index, size_t* size);

/* What the resolver noted of a failure, line by line: start with *cursor NULL,
 * until it returns NULL. Needs val-log-level 2 or log-servfail. */
const char* unbound_read_reason(const struct unbound_result* result,
                                void** cursor);

/* --- calls out of Unbound --- */

/* Says whether the running program is the Unbound this module was built for.
 * Touches nothing of it. */
int danebound_is_right_unbound(void);

/* Begins a generation.
 *   start    NULL in an Unbound that this module was not built for.
 *   returns  the generation, or NULL: queries then pass through untouched. */
void* danebound_open(const struct unbound_start* start);

/* Ends it: clients are told, the service thread is joined. */
void danebound_close(void* module);

/* A worker shows itself by its first query: makes its letter box.
 *   fd       out: readable when there is mail; call danebound_on_mail then.
 *   returns  what the other calls name as `post`, or NULL. */
void* danebound_make_post(void* module, struct unbound_worker* worker, int* fd);

/* The worker reads its mail from now on.
 *   returns  0 when that could not be told: drop the post. */
int danebound_open_post(void* module, void* post);

/* The worker could not be made to read it; `post` is gone. */
void danebound_drop_post(void* module, void* post);

/* The descriptor given by danebound_make_post is readable. */
void danebound_on_mail(void* post);

/* The number of states of ours has changed, or some were left behind. Called
 * also while the mesh runs: nothing may be asked or ended here. */
void danebound_on_states(void* post);

/* The configuration was read again without the end of the generation
 * (fast_reload).
 *   returns  0 where memory lacks to tell: say it again. */
int danebound_on_configuration(void* post);

/* A setting that lets failed validation pass was seen switched.
 *   returns  0 where memory lacks to tell: say it again. */
int danebound_on_leniency(void* post);

/* The lookup of `job` runs: ask its first questions.
 *   returns  0 when nothing is open: the lookup ends. */
int danebound_on_start(void* job, struct unbound_lookup* lookup);

/* A sub-query of the lookup has finished: take down what it found. Asks
 * nothing: a client's query may be about to enter the mesh. */
void danebound_on_answer(void* job, const struct unbound_result* result);

/* Answers have been taken down, or there is room again: ask what is open.
 *   returns  1: wait for answers or for room; 0: the lookup ends. */
int danebound_on_step(void* job);

/* The lookup has ended, finished or not; `job` is not used again. */
void danebound_on_end(void* job);

/* What the verdict cache takes, octets. */
size_t danebound_memory(void* module);

/* Says whether danebound_on_mx is wanted at all. */
int danebound_wants_mx(void* module);

/* A DNS client got MX records for this name.
 *   ttl  seconds that they live. */
void danebound_on_mx(void* module, const uint8_t* name, size_t size,
                     int64_t ttl);

#ifdef __cplusplus
}
#endif

#endif /* DANEBOUND_MODULE_UNBOUND_H_ */
