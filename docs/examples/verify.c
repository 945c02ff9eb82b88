/* Judges the certificates of a server by a TLSA record, without a connection:
 * what a process does that makes the TLS of a mail server and is told records
 * and names by it.
 *
 *   verify NAME RDATA <chain.pem      RDATA in hexadecimal digits
 *
 *   cc -std=c99 verify.c -o verify $(pkg-config --cflags --libs danebound-tls)
 *
 * Exit codes: 0 authenticated, 1 failed, 2 it can't be told, also where OpenSSL
 * can't use the record: then TLS is owed, to whomever. */
#include <danebound.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Reads hexadecimal digits; 0: these are none. */
static int read_hex(const char* text, uint8_t* octets, size_t most,
                    size_t* length) {
  unsigned octet;
  for (*length = 0; *text != '\0'; text += 2) {
    if (*length == most || strlen(text) < 2 ||
        sscanf(text, "%2x", &octet) != 1) {
      return 0;
    }
    octets[(*length)++] = (uint8_t)octet;
  }
  return 1;
}

int main(int argc, char** argv) {
  static char chain[65536];
  static uint8_t rdata[65535];
  const uint8_t* records[1] = {rdata};
  const char* names[1];
  size_t length = 0;
  size_t octets = 0;
  danebound_host* host = NULL;
  danebound_tls_result* result = NULL;
  char* why = NULL;
  int code = 2;
  if (argc != 3 || !read_hex(argv[2], rdata, sizeof rdata, &length)) {
    fputs("usage: verify NAME RDATA <chain.pem\n", stderr);
    return 2;
  }
  names[0] = argv[1];
  octets = fread(chain, 1, sizeof chain, stdin);
  if (danebound_host_new(DANEBOUND_DUTY_AUTHENTICATE, records, &length, 1,
                         names, 1, NULL, &host, &why) != DANEBOUND_OK ||
      danebound_tls_verify(chain, octets, host, (int64_t)time(NULL), &result,
                           &why) != DANEBOUND_OK) {
    fprintf(stderr, "%s\n", why != NULL ? why : "it can't be told");
  } else {
    const danebound_tls_outcome outcome = danebound_tls_result_outcome(result);
    puts(danebound_tls_outcome_text(outcome));
    switch (outcome) {
      case DANEBOUND_TLS_AUTHENTICATED:
        code = 0;
        break;
      case DANEBOUND_TLS_ENCRYPTED:
        fputs("OpenSSL can't use the record: nobody is authenticated\n",
              stderr);
        break;
      default:
        puts(danebound_tls_result_why(result));
        code = 1;
    }
  }
  danebound_text_free(why);
  danebound_tls_result_free(result);
  danebound_host_free(host);
  return code;
}
