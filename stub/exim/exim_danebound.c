/* danebound for Exim: functions for ${dlfunc}, on danebound.h.
 *
 *   ${dlfunc{OBJECT}{disposition}{NEXT_HOP}}           for a router
 *   ${dlfunc{OBJECT}{duty}{NEXT_HOP}{HOST}{ADDRESS}}   for a transport
 *
 * docs/mta/exim.md has the lines for Exim's configuration. NEXT_HOP is written
 * as for danebound_client_lookup. Arguments after these are choices:
 *
 *   require                    mandatory DANE (RFC 7672 6)
 *   insecure-mx=encrypt|authenticate
 *   ee-only                    of duty: skip where a DANE-TA(2) record counts,
 *                              which an Exim built with GnuTLS does not verify
 *   socket=PATH                of the module
 *   (empty)                    none
 *
 * disposition gives "deliver" or "undeliverable". It fails where the message is
 * to be deferred: no verdict can be had, or no host may be used now. Exim
 * defers an address when an expansion in its router fails.
 *
 * duty gives "authenticate", "encrypt", "opportunistic" or "skip", of the host
 * with that name, before or after its CNAMEs, else with that address. It never
 * fails, because Exim reads a host list that does not expand as one in which
 * the host is not: without a verdict it is "skip", and so is a host that is not
 * in the verdict (RFC 7672 2.2.1). */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "stub/include/danebound.h"

#define DLFUNC_IMPL
#include <exim4/local_scan.h>

/* Below the patience of an SMTP client whose recipient Exim verifies. */
static const uint32_t kTimeoutMs = 15000;

/* All questions of one delivery attempt get one answer, failures included. */
static const time_t kAttemptSeconds = 60;

static const char kEeOnly[] = "ee-only";

/* What was asked last, and what came of it. An Exim process is one thread. */
struct Asked {
  char* question;
  time_t until;
  danebound_verdict* verdict; /* NULL: none could be had */
  int error;
  char* why;
};
static struct Asked asked;
static danebound_client* client;
static char* client_socket;

static const char* TextAfter(const char* text, const char* prefix) {
  const size_t length = strlen(prefix);
  return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* Puts a text behind what is there; returns the end. */
static char* Append(char* end, const char* text) {
  const size_t length = strlen(text);
  memcpy(end, text, length + 1);
  return end + length;
}

/* The next hop and the choices as one line of text. */
static char* Question(const char* next_hop, int choice_count,
                      uschar** choices) {
  size_t size = strlen(next_hop) + 1;
  char* question;
  char* end;
  int i;
  for (i = 0; i < choice_count; ++i) size += strlen(CCS choices[i]) + 1;
  question = malloc(size);
  if (question == NULL) return NULL;
  end = Append(question, next_hop);
  for (i = 0; i < choice_count; ++i) {
    end = Append(Append(end, " "), CCS choices[i]);
  }
  return question;
}

static int ApplyInsecureMx(danebound_options* options, const char* choice) {
  if (strcmp(choice, "encrypt") == 0) {
    return danebound_options_set_insecure_mx(options,
                                             DANEBOUND_INSECURE_MX_ENCRYPT);
  }
  if (strcmp(choice, "authenticate") == 0) {
    return danebound_options_set_insecure_mx(
        options, DANEBOUND_INSECURE_MX_AUTHENTICATE);
  }
  return DANEBOUND_ERROR_ARGUMENT;
}

/* Puts choices into the options; a socket's path goes to `socket`. */
static int ApplyChoices(danebound_options* options, int choice_count,
                        uschar** choices, const char** socket) {
  int i;
  for (i = 0; i < choice_count; ++i) {
    const char* choice = CCS choices[i];
    const char* insecure_mx = TextAfter(choice, "insecure-mx=");
    const char* path = TextAfter(choice, "socket=");
    int error = choice[0] == '\0' ? 0 : DANEBOUND_ERROR_ARGUMENT;
    if (strcmp(choice, "require") == 0) {
      error = danebound_options_set_require(options, 1);
    } else if (strcmp(choice, kEeOnly) == 0) {
      error = 0;
    } else if (insecure_mx != NULL) {
      error = ApplyInsecureMx(options, insecure_mx);
    } else if (path != NULL) {
      *socket = path;
      error = 0;
    }
    if (error != 0) return error;
  }
  return danebound_options_set_timeout(options, kTimeoutMs);
}

/* The client for the socket: the one of the call before where it may be. */
static danebound_client* ClientOf(const char* socket) {
  const char* path = socket != NULL ? socket : "";
  if (client != NULL && strcmp(client_socket, path) == 0) return client;
  danebound_client_free(client);
  free(client_socket);
  client_socket = strdup(path);
  client = client_socket == NULL ? NULL : danebound_client_new(socket);
  return client;
}

static void Forget(void) {
  free(asked.question);
  danebound_verdict_free(asked.verdict);
  danebound_text_free(asked.why);
  memset(&asked, 0, sizeof(asked));
}

static int LookUp(const char* next_hop, int choice_count, uschar** choices) {
  danebound_options* options = danebound_options_new();
  const char* socket = NULL;
  int error = DANEBOUND_ERROR_MEMORY;
  if (options != NULL) {
    error = ApplyChoices(options, choice_count, choices, &socket);
  }
  if (error == 0 && ClientOf(socket) == NULL) error = DANEBOUND_ERROR_MEMORY;
  if (error == 0) {
    error = danebound_client_lookup(client, next_hop, options, &asked.verdict,
                                    &asked.why);
  }
  danebound_options_free(options);
  return error;
}

static time_t Now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* Leaves the answer in `asked`. */
static void Ask(const char* next_hop, int choice_count, uschar** choices) {
  char* question = Question(next_hop, choice_count, choices);
  if (question != NULL && asked.question != NULL && Now() < asked.until &&
      strcmp(question, asked.question) == 0) {
    free(question);
    return;
  }
  Forget();
  asked.question = question;
  asked.error = LookUp(next_hop, choice_count, choices);
  asked.until = Now() + kAttemptSeconds;
}

static const char* WhyNoVerdict(void) {
  return asked.why != NULL ? asked.why : danebound_error_text(asked.error);
}

/* ---- disposition ---- */

static const danebound_reason* FirstReason(const danebound_verdict* verdict) {
  size_t i;
  if (danebound_verdict_reason_count(verdict) > 0) {
    return danebound_verdict_reason(verdict, 0);
  }
  for (i = 0; i < danebound_verdict_host_count(verdict); ++i) {
    const danebound_host* host = danebound_verdict_host(verdict, i);
    if (danebound_host_reason_count(host) > 0) {
      return danebound_host_reason(host, 0);
    }
  }
  return NULL;
}

/* Why the message is to be deferred: a line for the log, in Exim's memory. */
static uschar* WhyDeferred(void) {
  char line[512];
  const danebound_reason* reason = FirstReason(asked.verdict);
  if (asked.verdict == NULL) {
    snprintf(line, sizeof(line), "danebound: no verdict: %s", WhyNoVerdict());
  } else {
    snprintf(line, sizeof(line), "danebound: %s: %s",
             danebound_reason_id_text(danebound_reason_identifier(reason)),
             danebound_reason_text(reason));
  }
  return string_copy(US line);
}

int disposition(uschar** yield, int argc, uschar** argv) {
  if (argc < 1) {
    *yield = US "disposition wants {next hop}";
    return FAIL;
  }
  Ask(CCS argv[0], argc - 1, argv + 1);
  switch (danebound_verdict_disposition(asked.verdict)) {
    case DANEBOUND_DISPOSITION_DELIVER:
      *yield = US "deliver";
      return OK;
    case DANEBOUND_DISPOSITION_UNDELIVERABLE:
      *yield = US "undeliverable";
      return OK;
    case DANEBOUND_DISPOSITION_DEFER:
      break;
  }
  *yield = WhyDeferred();
  return FAIL;
}

/* ---- duty ---- */

static int HasName(const danebound_host* host, const char* name) {
  return strcasecmp(danebound_host_name(host), name) == 0 ||
         strcasecmp(danebound_host_expanded(host), name) == 0;
}

static int HasAddress(const danebound_host* host, const char* address) {
  unsigned char wanted[16];
  size_t size = inet_pton(AF_INET, address, wanted) == 1    ? 4
                : inet_pton(AF_INET6, address, wanted) == 1 ? 16
                                                            : 0;
  size_t i;
  for (i = 0; i < danebound_host_address_count(host); ++i) {
    size_t length = 0;
    const uint8_t* octets = danebound_host_address_octets(host, i, &length);
    if (size != 0 && length == size && memcmp(octets, wanted, size) == 0) {
      return 1;
    }
  }
  return 0;
}

/* 0 is the strictest. A host of several MX names owes the strictest of them. */
static int Laxity(danebound_duty duty) {
  switch (duty) {
    case DANEBOUND_DUTY_AUTHENTICATE:
      return 1;
    case DANEBOUND_DUTY_ENCRYPT:
      return 2;
    case DANEBOUND_DUTY_OPPORTUNISTIC:
      return 3;
    case DANEBOUND_DUTY_SKIP:
      break;
  }
  return 0;
}

/* The host in the verdict, NULL where it is not. */
static const danebound_host* FindHost(const char* text,
                                      int (*has)(const danebound_host*,
                                                 const char*)) {
  const danebound_host* found = NULL;
  size_t i;
  for (i = 0; i < danebound_verdict_host_count(asked.verdict); ++i) {
    const danebound_host* host = danebound_verdict_host(asked.verdict, i);
    if (has(host, text) &&
        (found == NULL || Laxity(danebound_host_duty(host)) <
                              Laxity(danebound_host_duty(found)))) {
      found = host;
    }
  }
  return found;
}

static int IsChosen(const char* choice, int choice_count, uschar** choices) {
  int i;
  for (i = 0; i < choice_count; ++i) {
    if (strcmp(CCS choices[i], choice) == 0) return 1;
  }
  return 0;
}

static int NeedsAnchor(const danebound_host* host) {
  size_t i;
  for (i = 0; i < danebound_host_tlsa_count(host); ++i) {
    const danebound_tlsa* record = danebound_host_tlsa(host, i);
    if (danebound_tlsa_counts(record) && danebound_tlsa_usage(record) == 2) {
      return 1;
    }
  }
  return 0;
}

static const char* WhySkipped(const danebound_host* host) {
  if (asked.verdict == NULL) return WhyNoVerdict();
  if (host == NULL) return "not among the hosts of the verdict";
  if (danebound_host_duty(host) != DANEBOUND_DUTY_SKIP) {
    return "a DANE-TA(2) record counts, and ee-only is chosen";
  }
  return danebound_reason_text(danebound_host_reason(host, 0));
}

/* Once for a host, as several of Exim's options ask for the duty of each. */
static void LogSkip(const char* name, const char* address,
                    const danebound_host* host) {
  static char logged[300];
  char line[sizeof(logged)];
  snprintf(line, sizeof(line), "%s [%s]", name, address);
  if (strcmp(line, logged) == 0) return;
  memcpy(logged, line, sizeof(logged));
  log_write(0, LOG_MAIN, "danebound: %s skip: %s", line, WhySkipped(host));
}

int duty(uschar** yield, int argc, uschar** argv) {
  const danebound_host* host = NULL;
  danebound_duty found;
  *yield = US "skip";
  if (argc < 3) {
    log_write(0, LOG_MAIN | LOG_PANIC,
              "danebound: duty wants {next hop}{host}{address}");
    return OK;
  }
  Ask(CCS argv[0], argc - 3, argv + 3);
  if (argv[1][0] != '\0') host = FindHost(CCS argv[1], HasName);
  if (host == NULL) host = FindHost(CCS argv[2], HasAddress);
  found = danebound_host_duty(host);
  if (found == DANEBOUND_DUTY_AUTHENTICATE && NeedsAnchor(host) &&
      IsChosen(kEeOnly, argc - 3, argv + 3)) {
    found = DANEBOUND_DUTY_SKIP;
  }
  if (Laxity(found) == 0) {
    LogSkip(CCS argv[1], CCS argv[2], host);
  } else {
    *yield = US danebound_duty_text(found);
  }
  return OK;
}
