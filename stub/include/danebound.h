/* danebound for C: DANE verdicts for mail servers (RFC 7672), and TLS
 * connections that keep to them.
 *
 *   next hop --> lookup --> verdict --> host 0, 1, 2 ... in the order to try
 *                                         |
 *                 struct ssl_st --> danebound_tls_configure
 *                                         | SSL_connect
 *                                   danebound_tls_judge --> outcome
 *
 * Three libraries, so that nobody carries what he does not use:
 *
 *   libdanebound           all but the two below; asks the danebound module of
 *                          the local Unbound. pkg-config: danebound
 *   libdanebound-tls       danebound_tls_*; with OpenSSL.
 *                          pkg-config: danebound-tls
 *   libdanebound-embedded  danebound_embedded_*; asks the DNS itself, with
 *                          libunbound. pkg-config: danebound-embedded
 *
 * Conventions, valid for every function below and not repeated there:
 *
 *   - Objects are opaque. `_new` makes one, `_free` ends it; `_free(NULL)` does
 *     nothing. What a getter returns belongs to its object and lives as long.
 *     Parts of a verdict (hosts, records, reasons) live as long as the verdict.
 *   - An int result is 0, or a negative danebound_error. After a failure what
 *     an out pointer points to is NULL or 0. Every error of a lookup means: no
 *     verdict, defer. None ever means "no DANE".
 *   - `why`, where a function has it, may be NULL. Else it is always written:
 *     NULL after success, after a failure a text for the log that names what is
 *     at fault and what to do. It is to be freed with danebound_text_free. NULL
 *     after a failure: see danebound_error_text.
 *   - Texts are UTF-8 and never NULL: what does not apply is "". A `why` and
 *     the text of a reason have no control characters, whatever a server wrote:
 *     each is one line of a log. Names are in A-labels, lower-case, without the
 *     trailing dot; the root is ".".
 *   - NULL for an object, or an index out of range, is allowed in every getter.
 *     It returns the safest value: skip, defer, failed, 0, "", NULL. Other
 *     functions return DANEBOUND_ERROR_ARGUMENT.
 *   - Times are seconds since the epoch. Timeouts are milliseconds.
 *   - An object is for one thread at a time, different objects for different
 *     threads. Getters of one verdict may run side by side. The libraries start
 *     no threads, and keep nothing for the whole process but what OpenSSL and
 *     libunbound keep. A thread must not be cancelled (pthread_cancel) inside
 *     a call.
 *   - Signals disturb nothing, SIGPIPE is not raised. Ignore SIGPIPE where you
 *     use TLS, though: OpenSSL writes to your socket.
 *   - No C++ exception leaves a function.
 *   - The ABI only grows. Values may be added to each enum. Treat an error
 *     that you do not know as a failure, log a cause or reason with its text,
 *     and treat any other value as the one with number 0.
 *
 * docs/c-api.md has a first program; docs/verdicts.md says what a mail server
 * does with each value.
 */
#ifndef DANEBOUND_H_
#define DANEBOUND_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors and version ---- */

/* Why there is no result. */
enum danebound_error {
  DANEBOUND_OK = 0,
  DANEBOUND_ERROR_ARGUMENT = -1,    /* a mistake of the caller: not a next hop,
                                       not a socket, NULL, out of range */
  DANEBOUND_ERROR_MEMORY = -2,      /* out of memory */
  DANEBOUND_ERROR_TIMEOUT = -3,     /* no answer within the timeout */
  DANEBOUND_ERROR_UNAVAILABLE = -4, /* no module behind the socket, or it stops;
                                       later may help */
  DANEBOUND_ERROR_PERMISSION = -5,  /* the socket's mode, or its folder's */
  DANEBOUND_ERROR_NOT_FOUND = -6,   /* not in the cache, where that alone was
                                       asked; a file that can't be read */
  DANEBOUND_ERROR_BUSY = -7,        /* a bound of the module or the machine is
                                       reached; later may help */
  DANEBOUND_ERROR_STATE = -8,       /* it can't be trusted or must not be done:
                                       the resolver does not validate, the host
                                       is to be skipped, the tls keys differ */
  DANEBOUND_ERROR_PROTOCOL = -9,    /* who answers is no danebound module of
                                       this release, or the reply is too large */
  DANEBOUND_ERROR_INTERNAL = -10    /* anything else: report it */
};
typedef enum danebound_error danebound_error;

/* What a danebound_error means in a few words; `why` says more. */
const char* danebound_error_text(int error);

/* Frees a `why`. */
void danebound_text_free(char* text);

/* The version of libdanebound that runs, e.g. "0.1.0". */
const char* danebound_version(void);

/* ---- words of a verdict ---- */

/* What to do with the message as a whole. */
enum danebound_disposition {
  DANEBOUND_DISPOSITION_DEFER = 0,        /* no host may be used now */
  DANEBOUND_DISPOSITION_DELIVER = 1,      /* try the hosts in order, each under
                                             its duty */
  DANEBOUND_DISPOSITION_UNDELIVERABLE = 2 /* return it to the sender */
};
typedef enum danebound_disposition danebound_disposition;

/* What is owed to a host. RFC 7672 2.2. */
enum danebound_duty {
  DANEBOUND_DUTY_SKIP = 0, /* do not use it now; overridden by nothing */
  DANEBOUND_DUTY_AUTHENTICATE = 1, /* TLS, and the peer must match; never clear
                                      text: a failure means the next host */
  DANEBOUND_DUTY_ENCRYPT = 2,      /* TLS without authentication; never clear
                                      text: a failure means the next host */
  DANEBOUND_DUTY_OPPORTUNISTIC = 3 /* DANE adds nothing: MTA-STS or local policy
                                      decides, clear text is allowed */
};
typedef enum danebound_duty danebound_duty;

/* Why a host is to be skipped. */
enum danebound_cause {
  DANEBOUND_CAUSE_NONE = 0,           /* it is not */
  DANEBOUND_CAUSE_ADDRESS_FAILED = 1, /* no address, and a lookup failed */
  DANEBOUND_CAUSE_NO_ADDRESS = 2,     /* neither A nor AAAA records */
  DANEBOUND_CAUSE_TLSA_FAILED = 3,    /* a lookup on the way to TLSA failed */
  DANEBOUND_CAUSE_MX_IS_ADDRESS = 4,  /* the MX record holds an address */
  DANEBOUND_CAUSE_NOT_EVALUATED = 5,  /* beyond the number that is looked up */
  DANEBOUND_CAUSE_DANE_REQUIRED = 6   /* danebound_options_set_require */
};
typedef enum danebound_cause danebound_cause;

/* How far DNSSEC vouches for an answer. RFC 7672 2.1.1. */
enum danebound_security {
  DANEBOUND_SECURITY_FAILED = 0,   /* nothing was learned */
  DANEBOUND_SECURITY_BOGUS = 1,    /* validation failed; treat it as failed */
  DANEBOUND_SECURITY_INSECURE = 2, /* unsigned, or below no trust anchor */
  DANEBOUND_SECURITY_SECURE = 3    /* validated up to a trust anchor */
};
typedef enum danebound_security danebound_security;

/* What the next hop turned out to be. */
enum danebound_kind {
  DANEBOUND_KIND_FAILED = 0,      /* the MX lookup failed */
  DANEBOUND_KIND_MX = 1,          /* it has MX records */
  DANEBOUND_KIND_IMPLICIT_MX = 2, /* none: it is its own host, RFC 5321 5.1 */
  DANEBOUND_KIND_NULL_MX = 3,     /* it takes no mail, RFC 7505 */
  DANEBOUND_KIND_NO_SUCH_DOMAIN = 4, /* NXDOMAIN */
  DANEBOUND_KIND_HOST = 5,           /* [mx.example.org] */
  DANEBOUND_KIND_ADDRESS = 6         /* [192.0.2.1], [IPv6:2001:db8::1] */
};
typedef enum danebound_kind danebound_kind;

/* Why a TLSA record cannot authenticate an SMTP server. RFC 7672 3.1. */
enum danebound_why_not {
  DANEBOUND_WHY_NOT_NONE = 0,                /* it can */
  DANEBOUND_WHY_NOT_TOO_SHORT = 1,           /* no association data */
  DANEBOUND_WHY_NOT_PKIX_USAGE = 2,          /* PKIX-TA(0), PKIX-EE(1) */
  DANEBOUND_WHY_NOT_UNKNOWN_USAGE = 3,       /* none of 0 to 3 */
  DANEBOUND_WHY_NOT_UNKNOWN_SELECTOR = 4,    /* neither Cert(0) nor SPKI(1) */
  DANEBOUND_WHY_NOT_UNKNOWN_MATCHING = 5,    /* none of 0 to 2 */
  DANEBOUND_WHY_NOT_WRONG_DIGEST_LENGTH = 6, /* not that of the digest */
  DANEBOUND_WHY_NOT_NOT_A_CERTIFICATE = 7,   /* Cert(0) Full(0), and is none */
  DANEBOUND_WHY_NOT_NOT_A_PUBLIC_KEY = 8     /* SPKI(1) Full(0), and is none */
};
typedef enum danebound_why_not danebound_why_not;

/* Why a verdict is as it is. docs/verdicts.md explains each. */
enum danebound_reason_id {
  DANEBOUND_REASON_NONE = 0, /* there is no such reason */
  /* Of the next hop. */
  DANEBOUND_REASON_MX_FAILED = 1,
  DANEBOUND_REASON_MX_BOGUS = 2,
  DANEBOUND_REASON_NO_SUCH_DOMAIN = 3,
  DANEBOUND_REASON_NULL_MX = 4,
  DANEBOUND_REASON_NULL_MX_IGNORED = 5,
  DANEBOUND_REASON_IMPLICIT_MX = 6,
  DANEBOUND_REASON_INSECURE_MX = 7,
  DANEBOUND_REASON_NO_TRUST_ANCHOR = 8,
  DANEBOUND_REASON_ADDRESS_LITERAL = 9,
  DANEBOUND_REASON_HOSTS_NOT_EVALUATED = 10,
  DANEBOUND_REASON_OWN_NAME = 11,
  /* Of a host. */
  DANEBOUND_REASON_ADDRESS_FAILED = 32,
  DANEBOUND_REASON_ADDRESS_BOGUS = 33,
  DANEBOUND_REASON_NO_ADDRESS = 34,
  DANEBOUND_REASON_INSECURE_ADDRESS = 35,
  DANEBOUND_REASON_ALIAS_FAILED = 36,
  DANEBOUND_REASON_ALIAS_BOGUS = 37,
  DANEBOUND_REASON_TLSA_FAILED = 38,
  DANEBOUND_REASON_TLSA_BOGUS = 39,
  DANEBOUND_REASON_NO_TLSA = 40,
  DANEBOUND_REASON_INSECURE_TLSA = 41,
  DANEBOUND_REASON_TLSA_NAME_TOO_LONG = 42,
  DANEBOUND_REASON_ALL_UNUSABLE = 43,
  DANEBOUND_REASON_MX_IS_ADDRESS = 44,
  DANEBOUND_REASON_NOT_EVALUATED = 45,
  DANEBOUND_REASON_DANE_REQUIRED = 46
};
typedef enum danebound_reason_id danebound_reason_id;

/* The forms of a next hop. */
enum danebound_next_hop_form {
  DANEBOUND_NEXT_HOP_DOMAIN = 0, /* example.org: its MX records say where to */
  DANEBOUND_NEXT_HOP_HOST = 1,   /* [mx.example.org]: no MX lookup */
  DANEBOUND_NEXT_HOP_ADDRESS = 2 /* [192.0.2.1]: no DNS, and so no DANE */
};
typedef enum danebound_next_hop_form danebound_next_hop_form;

/* How a check of a self-test ended. */
enum danebound_check_result {
  DANEBOUND_CHECK_FAILED = 0,  /* no verdict can be trusted, or had */
  DANEBOUND_CHECK_WARNING = 1, /* it works; look at the text */
  DANEBOUND_CHECK_PASSED = 2
};
typedef enum danebound_check_result danebound_check_result;

/* The words of docs/verdicts.md and of the command's JSON, e.g.
 * "authenticate"; "" for a number that is none of the enum. */
const char* danebound_disposition_text(int disposition);
const char* danebound_duty_text(int duty);
const char* danebound_cause_text(int cause);
const char* danebound_security_text(int security);
const char* danebound_kind_text(int kind);
const char* danebound_why_not_text(int why_not);
const char* danebound_reason_id_text(int reason_id);
const char* danebound_next_hop_form_text(int form);  /* "domain" */
const char* danebound_check_result_text(int result); /* "passed" */

/* ---- options of a lookup ---- */

/* What secure TLSA records mean where the MX records that led there are
 * insecure, so that an attacker may have chosen the hosts. RFC 7672 2.2.1. */
enum danebound_insecure_mx {
  DANEBOUND_INSECURE_MX_OPPORTUNISTIC = 0, /* nothing. Choose this one unless
                                              you know why not */
  DANEBOUND_INSECURE_MX_ENCRYPT = 1,     /* TLS without authentication: against
                                            those who only listen */
  DANEBOUND_INSECURE_MX_AUTHENTICATE = 2 /* authenticate the host by its own
                                            name, to see in the log what is
                                            there; delivery may fail that would
                                            succeed otherwise */
};
typedef enum danebound_insecure_mx danebound_insecure_mx;

/* Where the module may take a verdict from. libdanebound-embedded, which keeps
 * none, passes over this. */
enum danebound_freshness {
  DANEBOUND_FRESHNESS_ANY = 0,    /* its cache, else DNS. For mail */
  DANEBOUND_FRESHNESS_CACHED = 1, /* its cache, else DANEBOUND_ERROR_NOT_FOUND.
                                     For a look that must cost nothing */
  DANEBOUND_FRESHNESS_FRESH = 2   /* looked up again; the resolver's own cache
                                     still counts. For people who test */
};
typedef enum danebound_freshness danebound_freshness;

/* What the caller of a lookup chooses. May serve any number of lookups; a
 * lookup keeps nothing of it after the call. Everywhere NULL stands for an
 * object as _new makes it: the default choices. */
typedef struct danebound_options danebound_options;

/* NULL: out of memory. */
danebound_options* danebound_options_new(void);
void danebound_options_free(danebound_options* options);

/* The end of the whole lookup, from when it starts: 1 or more, default 30000;
 * more than a day is a day. */
int danebound_options_set_timeout(danebound_options* options,
                                  uint32_t timeout_ms);

/* The port of a next hop that names none: 1 to 65535, default 25. */
int danebound_options_set_port(danebound_options* options, uint32_t port);

/* Mandatory DANE (RFC 7672 6): not 0: a host that can't be authenticated is to
 * be skipped. Default 0. */
int danebound_options_set_require(danebound_options* options, int require);

/* A danebound_insecure_mx. */
int danebound_options_set_insecure_mx(danebound_options* options, int choice);

/* A danebound_freshness. */
int danebound_options_set_freshness(danebound_options* options, int freshness);

/* Which digests of TLSA records count, the strongest first: of one usage and
 * selector only the records with the first of these digests are matched, and
 * those with Full(0) data. One that is not named is unusable. RFC 7671 9.
 *
 *   matching  matching types: SHA2-256(1), SHA2-512(2); none twice. Copied.
 *             Default: 2, 1.
 *   count     of matching types, 1 or 2. */
int danebound_options_set_digest_order(danebound_options* options,
                                       const uint8_t* matching, size_t count);

/* Adds a name of this machine: MX hosts no better than the best of its names
 * are cut, so that mail does not loop (RFC 5321 5.1).
 *
 *   name    a host name, U-labels too.
 *   errors  ARGUMENT, MEMORY */
int danebound_options_add_own_name(danebound_options* options, const char* name,
                                   char** why);

/* ---- next hop ----
 *
 * A next hop is written as administrators and mail servers do: "example.org"
 * (MX lookup; U-labels too), "[mx.example.org]" (no MX lookup), "[192.0.2.1]",
 * "[IPv6:2001:db8::1]"; each may be followed by ":port". Lookups take it as it
 * is written; parse it to see what was meant, or whether two are the same. */
typedef struct danebound_next_hop danebound_next_hop;

/* Parses a next hop.
 *
 *   options   give the port of one that names none.
 *   next_hop  to be freed by the caller.
 *   errors    ARGUMENT  it is none; `why` says what is wrong. MEMORY */
int danebound_next_hop_parse(const char* text, const danebound_options* options,
                             danebound_next_hop** next_hop, char** why);
void danebound_next_hop_free(danebound_next_hop* next_hop);

danebound_next_hop_form danebound_next_hop_form_of(
    const danebound_next_hop* next_hop);

/* In A-labels and without the port, as danebound_verdict_next_hop has it; two
 * next hops are the same where text and port are. */
const char* danebound_next_hop_text(const danebound_next_hop* next_hop);
uint16_t danebound_next_hop_port(const danebound_next_hop* next_hop);

/* The domain or host, without brackets; "" of an address. */
const char* danebound_next_hop_name(const danebound_next_hop* next_hop);

/* The address, without brackets: "192.0.2.1", "2001:db8::1"; "" of a name. */
const char* danebound_next_hop_address(const danebound_next_hop* next_hop);

/* ---- verdict ---- */

/* All that is known of a next hop. Independent of what made it, which may end
 * before; the same object whichever library made it. */
typedef struct danebound_verdict danebound_verdict;
/* One SMTP server of the next hop. */
typedef struct danebound_host danebound_host;
/* One TLSA record of a host. */
typedef struct danebound_tlsa danebound_tlsa;
/* Why a verdict, or a host, is as it is. */
typedef struct danebound_reason danebound_reason;

void danebound_verdict_free(danebound_verdict* verdict);

/* Look at this first. */
danebound_disposition danebound_verdict_disposition(
    const danebound_verdict* verdict);

/* The enhanced status code (RFC 3463) to defer or return with, e.g. "4.4.3";
 * "" where the disposition is deliver. */
const char* danebound_verdict_dsn(const danebound_verdict* verdict);

/* What was asked, in A-labels and without the port: "example.org",
 * "[mx.example.org]", "[192.0.2.1]", "[IPv6:2001:db8::1]"; and its port. */
const char* danebound_verdict_next_hop(const danebound_verdict* verdict);
uint16_t danebound_verdict_port(const danebound_verdict* verdict);

danebound_kind danebound_verdict_kind(const danebound_verdict* verdict);

/* Of the MX answer. */
danebound_security danebound_verdict_security(const danebound_verdict* verdict);

/* The end of the next hop's CNAMEs, else its name; "" for an address. */
const char* danebound_verdict_expanded(const danebound_verdict* verdict);

/* 1: the MX records are insecure. A host that authenticates is to be logged
 * under its own name, never as secure delivery to the domain. */
int danebound_verdict_insecure_mx(const danebound_verdict* verdict);

/* 1: mandatory DANE was asked for. */
int danebound_verdict_require(const danebound_verdict* verdict);

/* 1: the module had it, or parts of it, in its cache. For the log; it is worth
 * as much as any other until it expires. */
int danebound_verdict_from_cache(const danebound_verdict* verdict);

/* 1: there are hosts that are not listed; they must not be used. */
int danebound_verdict_truncated(const danebound_verdict* verdict);

/* The end of its life. A message may be delivered by a verdict that ends during
 * the attempt it was asked for. */
int64_t danebound_verdict_expires(const danebound_verdict* verdict);

size_t danebound_verdict_reason_count(const danebound_verdict* verdict);
const danebound_reason* danebound_verdict_reason(
    const danebound_verdict* verdict, size_t index);

/* Hosts in the order to try them, skipped ones among them; equal preferences
 * are in an order of chance, anew with each lookup (RFC 5321 5.1). */
size_t danebound_verdict_host_count(const danebound_verdict* verdict);
const danebound_host* danebound_verdict_host(const danebound_verdict* verdict,
                                             size_t index);

/* ---- host ---- */

/* Look at this first. */
danebound_duty danebound_host_duty(const danebound_host* host);

/* Where the duty is skip: why, and 1 if asking again will not help. */
danebound_cause danebound_host_cause(const danebound_host* host);
int danebound_host_permanent(const danebound_host* host);

/* The name in the MX record, for logs; "" where the next hop is an address. The
 * second is the end of its CNAMEs, else the same name. */
const char* danebound_host_name(const danebound_host* host);
const char* danebound_host_expanded(const danebound_host* host);

/* Of the MX record, else 0. */
uint16_t danebound_host_preference(const danebound_host* host);

/* The port to connect to: that of the next hop. */
uint16_t danebound_host_port(const danebound_host* host);

/* Of the addresses. */
danebound_security danebound_host_security(const danebound_host* host);

/* Addresses, whatever the duty: as text ("192.0.2.1", "2001:db8::1"), as 4 or
 * 16 octets in network order (out of range: NULL, and 0 through `length`, which
 * may be NULL), and how far DNSSEC vouches for each. */
size_t danebound_host_address_count(const danebound_host* host);
const char* danebound_host_address(const danebound_host* host, size_t index);
const uint8_t* danebound_host_address_octets(const danebound_host* host,
                                             size_t index, size_t* length);
danebound_security danebound_host_address_security(const danebound_host* host,
                                                   size_t index);

/* The name under which TLSA records were found, and the owner that was asked
 * for: "mx.example.org", "_25._tcp.mx.example.org". "" where there are none. */
const char* danebound_host_base_domain(const danebound_host* host);
const char* danebound_host_tlsa_name(const danebound_host* host);

/* The secure TLSA records as published, whatever the duty made of them. */
size_t danebound_host_tlsa_count(const danebound_host* host);
const danebound_tlsa* danebound_host_tlsa(const danebound_host* host,
                                          size_t index);

/* The name to send in the handshake; "": none for the sake of DANE.
 * danebound_tls_configure does this. */
const char* danebound_host_sni(const danebound_host* host);

/* Names of which a certificate must have one, in order, for DANE-TA(2); RFC
 * 7672 3.2.2. danebound_tls_configure does this. */
size_t danebound_host_reference_name_count(const danebound_host* host);
const char* danebound_host_reference_name(const danebound_host* host,
                                          size_t index);

/* 64 hex digits. A TLS session or an open connection of one host may be used
 * for another only where the two texts are equal. */
const char* danebound_host_tls_key(const danebound_host* host);

/* For a TLSRPT report (RFC 8460 4.4): "tlsa" or "no-policy-found", the domain
 * of the policy, and its strings. */
const char* danebound_host_policy_type(const danebound_host* host);
const char* danebound_host_policy_domain(const danebound_host* host);
size_t danebound_host_policy_string_count(const danebound_host* host);
const char* danebound_host_policy_string(const danebound_host* host,
                                         size_t index);

/* The end of its life; of a host to be skipped: when to ask again. */
int64_t danebound_host_expires(const danebound_host* host);

size_t danebound_host_reason_count(const danebound_host* host);
const danebound_reason* danebound_host_reason(const danebound_host* host,
                                              size_t index);

/* Makes a host of what another process, or a lookup of the caller's own, knows:
 * for a process that makes the TLS of a mail server, such as a proxy, and for
 * danebound_tls_verify. It has the tls key of a verdict's host that owes the
 * same; hosts without a name, from a next hop that is an address, have no like.
 *
 *   duty     authenticate, encrypt or opportunistic.
 *   records  RDATA of secure TLSA records, octets as danebound_tlsa_rdata gives
 *            them; NULL where there are none.
 *   lengths  their lengths, 0 to 65535 each.
 *   names    as the host's own functions give them, at least one:
 *              authenticate   all of danebound_host_reference_name, in order;
 *                             the first is the base domain and the SNI
 *              encrypt        danebound_host_sni, the base domain
 *              opportunistic  danebound_host_name
 *            The first is also the domain of the policy.
 *   options  their port and digest order count.
 *   host     to be freed by the caller.
 *   errors   STATE     duty authenticate, and no record counts. That is duty
 *                      encrypt only where records are published (RFC 7672 2.2):
 *                      the caller says so, lest lost records weaken TLS.
 *            ARGUMENT  a name that is none, the root, a record that is too
 *                      long, another duty. MEMORY
 *   source   RFC 7672 2.2, 3.1, 3.2.2. */
int danebound_host_new(int duty, const uint8_t* const* records,
                       const size_t* lengths, size_t record_count,
                       const char* const* names, size_t name_count,
                       const danebound_options* options, danebound_host** host,
                       char** why);

/* Ends a host of danebound_host_new; does nothing to one of a verdict. */
void danebound_host_free(danebound_host* host);

/* ---- TLSA record ---- */

/* Certificate usage, selector and matching type (RFC 6698 2.1), 0 to 255. */
uint8_t danebound_tlsa_usage(const danebound_tlsa* record);
uint8_t danebound_tlsa_selector(const danebound_tlsa* record);
uint8_t danebound_tlsa_matching(const danebound_tlsa* record);

/* The certificate association data, and the whole RDATA as published.
 *
 *   length   set to the number of octets, 0 to 65535; may be NULL. */
const uint8_t* danebound_tlsa_data(const danebound_tlsa* record,
                                   size_t* length);
const uint8_t* danebound_tlsa_rdata(const danebound_tlsa* record,
                                    size_t* length);

/* 1: an SMTP client may authenticate with it; else the next says why not. */
int danebound_tlsa_usable(const danebound_tlsa* record);
danebound_why_not danebound_tlsa_why_not(const danebound_tlsa* record);

/* 1: usable, but a stronger digest counts instead (RFC 7671 9). */
int danebound_tlsa_superseded(const danebound_tlsa* record);

/* 1: usable and not superseded: what a peer is matched against. */
int danebound_tlsa_counts(const danebound_tlsa* record);

/* Presentation form, "3 1 1 0123..." (RFC 6698 2.2), or the form of RFC 3597 5
 * for a record that is too short. */
const char* danebound_tlsa_text(const danebound_tlsa* record);

/* ---- reason ---- */

danebound_reason_id danebound_reason_identifier(const danebound_reason* reason);

/* For people; names the record and the server at fault. */
const char* danebound_reason_text(const danebound_reason* reason);

/* The extended DNS error (RFC 8914), 0 to 65535, or -1 where there is none. */
int danebound_reason_ede(const danebound_reason* reason);

/* The TLSRPT result type, e.g. "dnssec-invalid", where RFC 8460 4.3 has one. */
const char* danebound_reason_tlsrpt(const danebound_reason* reason);

/* ---- self-test ---- */

/* What a self-test saw. */
typedef struct danebound_self_test danebound_self_test;

void danebound_self_test_free(danebound_self_test* test);

/* Of the whole: that of the worst check; failed where there is none. */
danebound_check_result danebound_self_test_result(
    const danebound_self_test* test);

/* Each check: its name ("trust-anchor", "known-name-secure"), how it ended, and
 * for people what was seen, and what to do where it did not pass. */
size_t danebound_self_test_count(const danebound_self_test* test);
const char* danebound_self_test_check_name(const danebound_self_test* test,
                                           size_t index);
danebound_check_result danebound_self_test_check_result(
    const danebound_self_test* test, size_t index);
const char* danebound_self_test_check_text(const danebound_self_test* test,
                                           size_t index);

/* ---- lookups through the module ----
 *
 * A lookup may fail with every danebound_error; STATE says that the module does
 * not trust its resolver. */

/* A connection to the module, made at the first lookup and again when it ends.
 * After fork() both processes may go on. */
typedef struct danebound_client danebound_client;

/* Makes a client.
 *
 *   socket_path  NULL: "/run/danebound/module.sock".
 *   returns      NULL: out of memory. */
danebound_client* danebound_client_new(const char* socket_path);
void danebound_client_free(danebound_client* client);

/* How long a module is waited for that is not there, or whose connection broke,
 * as at a reload of Unbound, before lookups fail for it; within their own
 * timeouts. After that time they fail at the first attempt, until one was
 * answered.
 *
 *   patience_ms  0: not at all. Default 5000; more than a day is a day.
 *   errors       STATE  the client has looked up before. ARGUMENT */
int danebound_client_set_patience(danebound_client* client,
                                  uint32_t patience_ms);

/* How many connections to the module the client may have. One more is made when
 * all have as many lookups open as they may, or many that are not answered for
 * long. The module has a bound for each user: max_connections_per_user of its
 * settings.
 *
 *   connections  at least 1. Default 16.
 *   errors       STATE  the client has looked up before. ARGUMENT */
int danebound_client_set_most_connections(danebound_client* client,
                                          uint32_t connections);

/* Looks up one next hop and waits for the verdict, at most for the timeout of
 * the options. Other lookups of this client go on meanwhile.
 *
 *   verdict  to be freed by the caller. */
int danebound_client_lookup(danebound_client* client, const char* next_hop,
                            const danebound_options* options,
                            danebound_verdict** verdict, char** why);

/* Looks up many next hops side by side, and waits until each has ended. So many
 * are open at a time that the module is busy and other users have their turn;
 * the rest wait here.
 *
 *   next_hops  `count` of them; those that are none end by themselves.
 *   options    the timeout is that of each, from when it begins.
 *   verdicts   `count` places, each set to a verdict, to be freed by the
 *              caller, or to NULL.
 *   errors     `count` places, each set to 0 or a danebound_error; may be NULL.
 *   whys       `count` places, each as `why` everywhere; may be NULL.
 *   returns    0: each has a verdict; else the error of the first that has
 *              none. */
int danebound_client_lookup_all(danebound_client* client,
                                const char* const* next_hops, size_t count,
                                const danebound_options* options,
                                danebound_verdict** verdicts, int* errors,
                                char** whys);

/* The same without waiting, for event loops:
 *
 *   danebound_client_start(client, "example.org", options, &ticket, &why);
 *   loop:
 *     poll danebound_client_fd for danebound_client_events, at most
 *       danebound_client_poll_timeout
 *     danebound_client_advance(client);
 *     while ((ticket = danebound_client_take(client, &error, &verdict, &why)))
 *       ...
 *
 * docs/examples/event_loop.c is such a program. */

/* Starts a lookup, any number of which may be open; 1024 of them are with the
 * module at a time, over as many connections as that takes, so that those which
 * nobody answers keep no other waiting.
 *
 *   ticket  set to the number under which it ends, never 0.
 *   errors  ARGUMENT, MEMORY. The rest come out of _take. */
int danebound_client_start(danebound_client* client, const char* next_hop,
                           const danebound_options* options, uint64_t* ticket,
                           char** why);

/* Gives a lookup up; it does not end. An unknown ticket is allowed. */
void danebound_client_cancel(danebound_client* client, uint64_t ticket);

/* What to wait for, to be read again after each _start, _cancel, _advance: a
 * descriptor, or -1 where there is none now; poll(2) events for it; and for how
 * long at most, as poll takes it: -1 for ever, 0 not at all. The descriptor is
 * the client's: it closes it, and may come back with another one. */
int danebound_client_fd(const danebound_client* client);
short danebound_client_events(const danebound_client* client);
int danebound_client_poll_timeout(const danebound_client* client);

/* Does all that can be done without waiting. May be called at any time. */
void danebound_client_advance(danebound_client* client);

/* Lookups that have started and neither ended nor were given up. */
size_t danebound_client_open_count(const danebound_client* client);

/* Takes one lookup that ended.
 *
 *   error    set to 0, or to its danebound_error.
 *   verdict  set to its verdict, to be freed by the caller, or to NULL.
 *   why      as everywhere.
 *   returns  its ticket, or 0 where none has ended. */
uint64_t danebound_client_take(danebound_client* client, int* error,
                               danebound_verdict** verdict, char** why);

/* Asks the module whether its resolver can vouch for anything, and waits. Each
 * self-test has a connection of its own; the module allows but a few a second.
 * `danebound self-test` shows the same.
 *
 *   timeout_ms  1 or more.
 *   test        to be freed by the caller.
 *   errors      as those of a lookup: the module could not be asked. */
int danebound_client_self_test(danebound_client* client, uint32_t timeout_ms,
                               danebound_self_test** test, char** why);

/* ---- lookups without a module: libdanebound-embedded ---- */

/* A validating resolver of the process's own. Choose it where the local Unbound
 * has no module; nothing falls back to it by itself. A process should have one
 * and use libunbound for nothing else. Not to be used after fork(). */
typedef struct danebound_embedded danebound_embedded;

/* Makes a resolver; asks nothing yet. Changes the working directory and the C
 * stream stderr for the time of the call: call it before other threads run.
 *
 *   unbound_conf       a file as Unbound reads it, also the very one of a
 *                      running Unbound. NULL: from the Internet's root.
 *   trust_anchor_file  DS or DNSKEY records, besides those of unbound_conf.
 *                      NULL: those of unbound_conf where there is one, else
 *                      "/usr/share/dns/root.key".
 *   embedded           to be freed by the caller.
 *   errors   NOT_FOUND  a file does not exist or can't be read.
 *            ARGUMENT   libunbound refuses the configuration.
 *            STATE      no verdict could be trusted: no trust anchor, or
 *                       val-permissive-mode is on.
 *            BUSY, MEMORY */
int danebound_embedded_new(const char* unbound_conf,
                           const char* trust_anchor_file,
                           danebound_embedded** embedded, char** why);
void danebound_embedded_free(danebound_embedded* embedded);

/* As danebound_client_lookup and danebound_client_lookup_all. What is not known
 * at the end of the timeout counts as failed; the hosts already known stand.
 *
 *   errors  ARGUMENT, MEMORY, INTERNAL */
int danebound_embedded_lookup(danebound_embedded* embedded,
                              const char* next_hop,
                              const danebound_options* options,
                              danebound_verdict** verdict, char** why);
int danebound_embedded_lookup_all(danebound_embedded* embedded,
                                  const char* const* next_hops, size_t count,
                                  const danebound_options* options,
                                  danebound_verdict** verdicts, int* errors,
                                  char** whys);

/* The same without waiting, for event loops: as the danebound_client_ functions
 * of these names. libunbound runs inside _advance, which validates there: that
 * takes a few milliseconds now and then, as in any resolver with one thread.
 * The descriptor is one for all sockets of libunbound (an epoll(7) descriptor),
 * and stays the same. */
int danebound_embedded_start(danebound_embedded* embedded, const char* next_hop,
                             const danebound_options* options, uint64_t* ticket,
                             char** why);
void danebound_embedded_cancel(danebound_embedded* embedded, uint64_t ticket);
int danebound_embedded_fd(const danebound_embedded* embedded);
short danebound_embedded_events(const danebound_embedded* embedded);
int danebound_embedded_poll_timeout(const danebound_embedded* embedded);
void danebound_embedded_advance(danebound_embedded* embedded);
size_t danebound_embedded_open_count(const danebound_embedded* embedded);
uint64_t danebound_embedded_take(danebound_embedded* embedded, int* error,
                                 danebound_verdict** verdict, char** why);

/* As danebound_client_self_test, of this resolver; the network is asked. */
int danebound_embedded_self_test(danebound_embedded* embedded,
                                 uint32_t timeout_ms,
                                 danebound_self_test** test, char** why);

/* ---- TLS: libdanebound-tls ----
 *
 * With OpenSSL's own objects, which the caller makes and frees:
 *
 *   danebound_tls_context_new(&context, &why);       once
 *   SSL *ssl = SSL_new(context); SSL_set_fd(ssl, fd);
 *   danebound_tls_configure(ssl, host, DANEBOUND_TLS_DELIVER, &setup, &why);
 *   SSL_connect(ssl);                                whatever it returns:
 *   danebound_tls_judge(ssl, host, setup, NULL, &result, &why);
 *
 * docs/examples/send.c is such a program. */
struct ssl_st;     /* SSL */
struct ssl_ctx_st; /* SSL_CTX */

/* What the connection is for. */
enum danebound_tls_purpose {
  DANEBOUND_TLS_DELIVER = 0, /* the handshake itself fails where the peer does
                                not match. For mail */
  DANEBOUND_TLS_PROBE = 1    /* it goes on, and danebound_tls_judge says the
                                rest. For probes and audits */
};
typedef enum danebound_tls_purpose danebound_tls_purpose;

/* What a handshake proved. */
enum danebound_tls_outcome {
  DANEBOUND_TLS_FAILED = 0,    /* no TLS, or the peer did not match. Under
                                  duty authenticate or encrypt: the next
                                  host, never clear text */
  DANEBOUND_TLS_ENCRYPTED = 1, /* TLS; who the peer is was not to be proven */
  DANEBOUND_TLS_AUTHENTICATED = 2 /* TLS, and a TLSA record vouches for the
                                     peer. See danebound_verdict_insecure_mx */
};
typedef enum danebound_tls_outcome danebound_tls_outcome;

/* "failed", "encrypted", "authenticated"; "" for other numbers. */
const char* danebound_tls_outcome_text(int outcome);

/* Makes a context for connections that danebound_tls_configure prepares: a TLS
 * client with DANE on and no trust store. One of the caller's own serves as
 * well, after SSL_CTX_dane_enable.
 *
 *   context  an SSL_CTX, to be freed with SSL_CTX_free.
 *   errors   INTERNAL  OpenSSL gave none; `why` is its text. MEMORY */
int danebound_tls_context_new(struct ssl_ctx_st** context, char** why);

/* What danebound_tls_configure made of a host. */
typedef struct danebound_tls_setup danebound_tls_setup;
/* What a handshake proved, and why not more. */
typedef struct danebound_tls_result danebound_tls_result;
/* A TLS session for later connections. */
typedef struct danebound_tls_session danebound_tls_session;

/* Prepares a connection, before its handshake, for what is owed to the host:
 *
 *   authenticate   the records that count, SNI, names in order; TLS 1.2 or
 *                  newer, no anonymous and null suites. Where all records
 *                  that count are 3 1 x, OpenSSL 3.2 and newer also takes a
 *                  raw public key (RFC 7250) of a server without a
 *                  certificate: SSL_get0_peer_certificate is NULL then
 *   encrypt        SNI; the same protocols and suites; nothing is verified
 *   opportunistic  the caller's settings stay; nothing is verified
 *
 *   ssl      an SSL of a context as above.
 *   purpose  a danebound_tls_purpose.
 *   setup    for danebound_tls_judge; to be freed by the caller.
 *   errors   STATE     duty skip: not to be connected to at all; or the context
 *                      has no DANE.
 *            INTERNAL  OpenSSL fails. After any error `ssl` must not be used.
 *            ARGUMENT, MEMORY
 *   source   RFC 7672 2.2, 3.1, 3.2; RFC 7671 5.1, 9. */
int danebound_tls_configure(struct ssl_st* ssl, const danebound_host* host,
                            int purpose, danebound_tls_setup** setup,
                            char** why);
void danebound_tls_setup_free(danebound_tls_setup* setup);

/* The host's duty, or encrypt where it was authenticate and OpenSSL refused
 * every record (RFC 7672 2.2). */
danebound_duty danebound_tls_setup_duty(const danebound_tls_setup* setup);

/* Records that count but that OpenSSL refused: the index of each among the
 * host's TLSA records (out of range: SIZE_MAX), and why. For the log. */
size_t danebound_tls_setup_refused_count(const danebound_tls_setup* setup);
size_t danebound_tls_setup_refused_record(const danebound_tls_setup* setup,
                                          size_t index);
const char* danebound_tls_setup_refused_why(const danebound_tls_setup* setup,
                                            size_t index);

/* Judges a connection after SSL_connect, successful or not: next in the same
 * thread, since OpenSSL keeps its errors by thread. Then, and not before, read
 * or write on the connection.
 *
 *   host, setup  as for danebound_tls_configure.
 *   offered      the session that danebound_tls_resume offered in this
 *                connection, else NULL. A resumed session proves what its first
 *                handshake did.
 *   result       to be freed by the caller.
 *   errors       ARGUMENT, MEMORY: treat both as DANEBOUND_TLS_FAILED. */
int danebound_tls_judge(struct ssl_st* ssl, const danebound_host* host,
                        const danebound_tls_setup* setup,
                        const danebound_tls_session* offered,
                        danebound_tls_result** result, char** why);
void danebound_tls_result_free(danebound_tls_result* result);

danebound_tls_outcome danebound_tls_result_outcome(
    const danebound_tls_result* result);

/* Of an authenticated peer: the index of the record that matched among the
 * host's TLSA records, at which depth of the chain (0 is the server's own
 * certificate), and under which name ("" for DANE-EE(3), where names do not
 * count). Else -1, -1, "". */
int danebound_tls_result_record(const danebound_tls_result* result);
int danebound_tls_result_depth(const danebound_tls_result* result);
const char* danebound_tls_result_matched_name(
    const danebound_tls_result* result);

/* The names that were tried, in order; none for DANE-EE(3) alone. */
size_t danebound_tls_result_name_count(const danebound_tls_result* result);
const char* danebound_tls_result_name(const danebound_tls_result* result,
                                      size_t index);

/* Of a failure: why, for people, and the result type for TLSRPT where RFC 8460
 * 4.3 has one, e.g. "certificate-expired". */
const char* danebound_tls_result_why(const danebound_tls_result* result);
const char* danebound_tls_result_tlsrpt(const danebound_tls_result* result);

/* Judges a chain of certificates without a connection, as danebound_tls_judge
 * would with a server that shows it: for tools, tests, and a proxy that has the
 * chain from elsewhere. What a handshake would refuse besides (protocol,
 * suites, curves) is not looked at.
 *
 *   chain   the server's own certificate first: PEM, or the DER of one.
 *   length  its octets, at most a MiB.
 *   host    of a verdict or of danebound_host_new.
 *   time    at which the certificates must be valid.
 *   result  to be freed by the caller: authenticated or failed for duty
 *           authenticate, else encrypted. Encrypted for duty authenticate too
 *           where OpenSSL refuses every record that counts, as
 *           danebound_tls_setup_duty has it: who the peer is is not proven.
 *   errors  ARGUMENT  no certificate, or one that can't be read.
 *           STATE     duty skip.
 *           PROTOCOL  more certificates, or octets, than a server shows.
 *           INTERNAL, MEMORY
 *   source  RFC 7672 2.2, 3.1, 3.2; RFC 7671 5.1, 5.2. */
int danebound_tls_verify(const void* chain, size_t length,
                         const danebound_host* host, int64_t time,
                         danebound_tls_result** result, char** why);

/* Keeps the session of a connection for later ones. Call it when the connection
 * is about to be closed, as TLS 1.3 sends what it needs late, and call
 * SSL_shutdown before SSL_free, as OpenSSL resumes nothing that ended without.
 *
 *   session  to be freed by the caller; NULL where there is nothing to resume.
 *   errors   ARGUMENT, MEMORY */
int danebound_tls_store(struct ssl_st* ssl, const danebound_host* host,
                        const danebound_tls_result* result,
                        danebound_tls_session** session, char** why);
void danebound_tls_session_free(danebound_tls_session* session);

/* Offers a stored session in a connection that danebound_tls_configure
 * prepared. Any error is harmless: the handshake will be a full one.
 *
 *   errors  STATE     the tls keys differ: what the host is owed, or promises,
 *                     has changed.
 *           INTERNAL  OpenSSL refuses it. ARGUMENT, MEMORY */
int danebound_tls_resume(struct ssl_st* ssl, const danebound_host* host,
                         const danebound_tls_session* session, char** why);

#ifdef __cplusplus
}
#endif

#endif /* DANEBOUND_H_ */
