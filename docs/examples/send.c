/* Delivers one message by DANE: looks the recipient's domain up, tries its
 * hosts in order, keeps to what is owed to each, and never falls back to clear
 * text where TLS was promised.
 *
 *   send [-s SOCKET] [-p PORT] [-n OWN-NAME] FROM TO <message
 *
 *   cc -std=c99 send.c -o send $(pkg-config --cflags --libs danebound-tls)
 *
 * Exit codes are those of sysexits.h: 0 delivered, 69 undeliverable, 75
 * deferred: try again later; 64 wrong arguments. What happened to each host is
 * on standard error. A sender in earnest bounds the time of each host as well.
 */
#define _POSIX_C_SOURCE 200809L

#include <danebound.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 30, MOST_LINES = 100, MOST_OCTETS = 65536 };

/* How an attempt stands, or all of them ended. */
enum outcome {
  READY = -2,      /* mail may be handed over */
  TLS_FAILED = -1, /* clear text may be tried where no TLS was promised */
  DELIVERED = 0,
  UNDELIVERABLE = 69,
  DEFERRED = 75
};

struct mail {
  const char *own_name, *from, *to;
  char* text; /* lines end with CR LF, dots are doubled, and a dot is last */
  size_t length;
};

/* ---- one SMTP connection ---- */

struct peer {
  const danebound_host* host;
  const char* address;
  int fd;
  SSL* ssl; /* NULL: clear text */
  char octets[2048];
  size_t start, end;
  int offers_starttls;
  char reply[512]; /* the last line of the last reply */
};

static void say(const struct peer* peer, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s [%s]: ", danebound_host_name(peer->host), peer->address);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

static int connect_to(const char* address, uint16_t port) {
  struct addrinfo hints = {0}, *found = NULL;
  const struct timeval patience = {PATIENCE_S, 0};
  char service[8];
  int fd = -1;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  snprintf(service, sizeof service, "%u", (unsigned)port);
  if (getaddrinfo(address, service, &hints, &found) != 0) return -1;
  fd = socket(found->ai_family, SOCK_STREAM, 0);
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  return fd;
}

static void hang_up(struct peer* peer) {
  if (peer->ssl != NULL) {
    SSL_shutdown(peer->ssl);
    SSL_free(peer->ssl);
  }
  if (peer->fd >= 0) close(peer->fd);
}

static int write_octets(struct peer* peer, const char* octets, size_t length) {
  while (length > 0) {
    const int part = length > 16384 ? 16384 : (int)length;
    const ssize_t written = peer->ssl != NULL
                                ? SSL_write(peer->ssl, octets, part)
                                : write(peer->fd, octets, (size_t)part);
    if (written <= 0) return 0;
    octets += written;
    length -= (size_t)written;
  }
  return 1;
}

static int read_octet(struct peer* peer) {
  if (peer->start == peer->end) {
    const ssize_t count =
        peer->ssl != NULL
            ? SSL_read(peer->ssl, peer->octets, (int)sizeof peer->octets)
            : read(peer->fd, peer->octets, sizeof peer->octets);
    if (count <= 0) return -1;
    peer->start = 0;
    peer->end = (size_t)count;
  }
  return (unsigned char)peer->octets[peer->start++];
}

/* Reads one line without its end, cut to the size of `reply`. */
static int read_line(struct peer* peer) {
  size_t length = 0, count = 0;
  int octet;
  while ((octet = read_octet(peer)) != '\n') {
    if (octet < 0 || ++count > MOST_OCTETS) return 0;
    if (octet != '\r' && length < sizeof peer->reply - 1) {
      peer->reply[length++] = (char)octet;
    }
  }
  peer->reply[length] = '\0';
  return 1;
}

/* Reads a reply to its last line; its code, or 0: there is none. */
static int read_reply(struct peer* peer) {
  int line;
  for (line = 0; line < MOST_LINES && read_line(peer); ++line) {
    char* end;
    const long code = strtol(peer->reply, &end, 10);
    if (end != peer->reply + 3 || code < 200 || code > 599) break;
    if (strcasecmp(peer->reply + 4 - (*end == '\0'), "STARTTLS") == 0) {
      peer->offers_starttls = 1;
    }
    if (*end != '-') return (int)code;
  }
  snprintf(peer->reply, sizeof peer->reply, "no SMTP reply");
  return 0;
}

static int command(struct peer* peer, const char* format,
                   const char* argument) {
  char line[600];
  const int length = snprintf(line, sizeof line, format, argument);
  if (length < 0 || (size_t)length >= sizeof line) return 0;
  return write_octets(peer, line, (size_t)length) ? read_reply(peer) : 0;
}

/* ---- TLS ---- */

/* Makes TLS of the connection; 1: as much is proven as is owed to the host. */
static int start_tls(struct peer* peer, SSL_CTX* context) {
  danebound_tls_setup* setup = NULL;
  danebound_tls_result* result = NULL;
  char* why = NULL;
  int good = 0;
  if (command(peer, "STARTTLS\r\n", "") != 220 || peer->start != peer->end) {
    /* What came in clear text after the reply must not be taken for the
     * server's word later. */
    say(peer, "STARTTLS failed: %s", peer->reply);
    return 0;
  }
  peer->ssl = SSL_new(context);
  if (peer->ssl == NULL || SSL_set_fd(peer->ssl, peer->fd) != 1) return 0;
  if (danebound_tls_configure(peer->ssl, peer->host, DANEBOUND_TLS_DELIVER,
                              &setup, &why) == DANEBOUND_OK) {
    SSL_connect(peer->ssl);
    danebound_tls_judge(peer->ssl, peer->host, setup, NULL, &result, &why);
    good = danebound_tls_result_outcome(result) != DANEBOUND_TLS_FAILED;
    say(peer, "TLS: %s%s%s",
        danebound_tls_outcome_text(danebound_tls_result_outcome(result)),
        good ? "" : ", ", danebound_tls_result_why(result));
  }
  if (why != NULL) say(peer, "TLS: %s", why);
  danebound_text_free(why);
  danebound_tls_result_free(result);
  danebound_tls_setup_free(setup);
  return good;
}

/* ---- delivery ---- */

/* A reply that is not as wanted: 5xx is the last word, 4xx and none are not. */
static enum outcome refused(const struct peer* peer, int code) {
  say(peer, "refused: %s", peer->reply);
  return code >= 500 ? UNDELIVERABLE : DEFERRED;
}

static enum outcome hand_over(struct peer* peer, const struct mail* mail) {
  int code = command(peer, "MAIL FROM:<%s>\r\n", mail->from);
  if (code != 250) return refused(peer, code);
  code = command(peer, "RCPT TO:<%s>\r\n", mail->to);
  if (code != 250 && code != 251) return refused(peer, code);
  code = command(peer, "DATA\r\n", "");
  if (code != 354) return refused(peer, code);
  code = write_octets(peer, mail->text, mail->length) ? read_reply(peer) : 0;
  if (code != 250) return refused(peer, code);
  say(peer, "delivered: %s", peer->reply);
  command(peer, "QUIT\r\n", "");
  return DELIVERED;
}

/* Speaks with a host up to the point where mail may be handed over.
 * `tls` 0: in clear text, which only an opportunistic host is offered. */
static enum outcome prepare(struct peer* peer, const struct mail* mail,
                            SSL_CTX* context, int tls) {
  if (read_reply(peer) != 220 ||
      command(peer, "EHLO %s\r\n", mail->own_name) != 250) {
    say(peer, "greeting or EHLO failed: %s", peer->reply);
    return DEFERRED;
  }
  if (!tls) return READY;
  if (!peer->offers_starttls) {
    if (danebound_host_duty(peer->host) == DANEBOUND_DUTY_OPPORTUNISTIC) {
      say(peer, "no TLS is offered, none was promised");
      return READY;
    }
    say(peer, "STARTTLS is not offered though TLSA records promise it");
    return TLS_FAILED;
  }
  if (!start_tls(peer, context)) return TLS_FAILED;
  return command(peer, "EHLO %s\r\n", mail->own_name) == 250 ? READY : DEFERRED;
}

static enum outcome try_once(const danebound_host* host, const char* address,
                             const struct mail* mail, SSL_CTX* context,
                             int tls) {
  struct peer peer = {0};
  enum outcome outcome = DEFERRED;
  peer.host = host;
  peer.address = address;
  peer.fd = connect_to(address, danebound_host_port(host));
  if (peer.fd < 0) {
    say(&peer, "cannot connect: %s", strerror(errno));
  } else {
    outcome = prepare(&peer, mail, context, tls);
    if (outcome == READY) outcome = hand_over(&peer, mail);
  }
  hang_up(&peer);
  return outcome;
}

static enum outcome try_host(const danebound_host* host,
                             const struct mail* mail, SSL_CTX* context) {
  enum outcome outcome = DEFERRED;
  size_t i;
  for (i = 0; outcome == DEFERRED && i < danebound_host_address_count(host);
       ++i) {
    const char* address = danebound_host_address(host, i);
    outcome = try_once(host, address, mail, context, 1);
    if (outcome == TLS_FAILED) {
      outcome = danebound_host_duty(host) == DANEBOUND_DUTY_OPPORTUNISTIC
                    ? try_once(host, address, mail, context, 0)
                    : DEFERRED;
    }
  }
  return outcome;
}

static enum outcome deliver(const danebound_verdict* verdict,
                            const struct mail* mail, SSL_CTX* context) {
  enum outcome outcome = DEFERRED;
  size_t i;
  for (i = 0; outcome == DEFERRED && i < danebound_verdict_host_count(verdict);
       ++i) {
    const danebound_host* host = danebound_verdict_host(verdict, i);
    if (danebound_host_duty(host) == DANEBOUND_DUTY_SKIP) {
      fprintf(stderr, "%s: skipped, %s\n", danebound_host_name(host),
              danebound_cause_text(danebound_host_cause(host)));
    } else {
      outcome = try_host(host, mail, context);
    }
  }
  return outcome;
}

/* Says why there is nobody to deliver to. */
static void say_reasons(const danebound_verdict* verdict) {
  size_t i;
  for (i = 0; i < danebound_verdict_reason_count(verdict); ++i) {
    fprintf(stderr, "%s\n",
            danebound_reason_text(danebound_verdict_reason(verdict, i)));
  }
}

static enum outcome look_up_and_deliver(danebound_client* client,
                                        const danebound_options* options,
                                        const struct mail* mail,
                                        SSL_CTX* context) {
  const char* domain = strrchr(mail->to, '@') + 1;
  danebound_verdict* verdict = NULL;
  enum outcome outcome = DEFERRED;
  char* why = NULL;
  const int error =
      danebound_client_lookup(client, domain, options, &verdict, &why);
  if (error != DANEBOUND_OK) {
    fprintf(stderr, "%s: no verdict: %s\n", domain,
            why != NULL ? why : danebound_error_text(error));
    danebound_text_free(why);
    return error == DANEBOUND_ERROR_ARGUMENT ? UNDELIVERABLE : DEFERRED;
  }
  fprintf(
      stderr, "%s: %s%s%s%s\n", domain,
      danebound_disposition_text(danebound_verdict_disposition(verdict)),
      *danebound_verdict_dsn(verdict) != '\0' ? " " : "",
      danebound_verdict_dsn(verdict),
      danebound_verdict_insecure_mx(verdict) ? ", MX records insecure" : "");
  switch (danebound_verdict_disposition(verdict)) {
    case DANEBOUND_DISPOSITION_DELIVER:
      outcome = deliver(verdict, mail, context);
      break;
    case DANEBOUND_DISPOSITION_UNDELIVERABLE:
      outcome = UNDELIVERABLE;
      say_reasons(verdict);
      break;
    case DANEBOUND_DISPOSITION_DEFER:
      say_reasons(verdict);
      break;
  }
  danebound_verdict_free(verdict);
  return outcome;
}

/* ---- the message ---- */

/* Reads a message as SMTP's DATA wants it; 0: no memory, or it can't be read.
 */
static int read_message(FILE* file, struct mail* mail) {
  size_t room = 0;
  int octet, before = '\n';
  do {
    if (mail->length + 8 > room) {
      char* more = realloc(mail->text, room = 2 * room + 4096);
      if (more == NULL) return 0;
      mail->text = more;
    }
    octet = getc(file);
    if (octet == '\r') continue;
    if (octet == '\n' || (octet == EOF && before != '\n')) {
      mail->text[mail->length++] = '\r';
      mail->text[mail->length++] = '\n';
    } else if (octet != EOF) {
      if (octet == '.' && before == '\n') mail->text[mail->length++] = '.';
      mail->text[mail->length++] = (char)octet;
    }
    before = octet;
  } while (octet != EOF);
  memcpy(mail->text + mail->length, ".\r\n", 3);
  mail->length += 3;
  return !ferror(file);
}

static int usage(void) {
  fputs("usage: send [-s SOCKET] [-p PORT] [-n OWN-NAME] FROM TO <message\n",
        stderr);
  return 64;
}

/* An address of which no part could be taken for a command of its own. */
static int is_address(const char* text) {
  return strrchr(text, '@') != NULL && strpbrk(text, "\r\n<> ") == NULL;
}

int main(int argc, char** argv) {
  struct mail mail = {"localhost", NULL, NULL, NULL, 0};
  const char* socket_path = NULL;
  enum outcome outcome = DEFERRED;
  danebound_options* options = danebound_options_new();
  danebound_client* client = NULL;
  SSL_CTX* context = NULL;
  char* why = NULL;
  int option;
  while ((option = getopt(argc, argv, "s:p:n:")) != -1) {
    if (option == 's') socket_path = optarg;
    if (option == 'n') mail.own_name = optarg;
    if (option == '?' ||
        (option == 'p' &&
         danebound_options_set_port(options, (uint32_t)atoi(optarg)) != 0)) {
      danebound_options_free(options);
      return usage();
    }
  }
  if (argc - optind != 2 || !is_address(argv[optind + 1]) ||
      (argv[optind][0] != '\0' && !is_address(argv[optind]))) {
    danebound_options_free(options);
    return usage();
  }
  mail.from = argv[optind];
  mail.to = argv[optind + 1];
  signal(SIGPIPE, SIG_IGN);
  client = danebound_client_new(socket_path);
  if (danebound_tls_context_new(&context, &why) == DANEBOUND_OK &&
      read_message(stdin, &mail)) {
    outcome = look_up_and_deliver(client, options, &mail, context);
  } else {
    fprintf(stderr, "send: %s\n", why != NULL ? why : "no message");
    danebound_text_free(why);
  }
  free(mail.text);
  SSL_CTX_free(context);
  danebound_client_free(client);
  danebound_options_free(options);
  return (int)outcome;
}
