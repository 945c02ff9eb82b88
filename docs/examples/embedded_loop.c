/* Looks domains up without a module and without waiting: libunbound runs inside
 * the loop of the program, which here waits for nothing else.
 *
 *   embedded_loop UNBOUND-CONF DOMAIN...
 *
 *   cc -std=c99 embedded_loop.c -o embedded_loop \
 *     $(pkg-config --cflags --libs danebound-embedded)
 *
 * Prints a line for each domain, in the order in which verdicts come. Exit code
 * 0: each had its verdict; 75: defer mail for those that had none; 2: usage. */
#include <danebound.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>

/* Takes what has ended; 1: all of it had a verdict. */
static int take_ended(danebound_embedded* embedded) {
  danebound_verdict* verdict;
  char* why;
  int error;
  int good = 1;
  while (danebound_embedded_take(embedded, &error, &verdict, &why) != 0) {
    if (error != DANEBOUND_OK) {
      fprintf(stderr, "no verdict, defer: %s\n",
              why != NULL ? why : danebound_error_text(error));
      danebound_text_free(why);
      good = 0;
      continue;
    }
    printf("%s %s\n", danebound_verdict_next_hop(verdict),
           danebound_disposition_text(danebound_verdict_disposition(verdict)));
    danebound_verdict_free(verdict);
  }
  return good;
}

int main(int argc, char** argv) {
  danebound_embedded* embedded = NULL;
  uint64_t ticket; /* a mail server keeps it beside the message */
  char* why = NULL;
  int good = 1;
  int i;
  if (argc < 3) {
    fputs("usage: embedded_loop UNBOUND-CONF DOMAIN...\n", stderr);
    return 2;
  }
  if (danebound_embedded_new(argv[1], NULL, &embedded, &why) != DANEBOUND_OK) {
    fprintf(stderr, "%s\n", why != NULL ? why : "no resolver");
    danebound_text_free(why);
    return 75;
  }
  for (i = 2; i < argc; ++i) {
    if (danebound_embedded_start(embedded, argv[i], NULL, &ticket, &why) != 0) {
      fprintf(stderr, "%s\n", why != NULL ? why : "no verdict, defer");
      danebound_text_free(why);
      good = 0;
    }
  }
  while (danebound_embedded_open_count(embedded) > 0) {
    struct pollfd ready = {0};
    ready.fd = danebound_embedded_fd(embedded);
    ready.events = danebound_embedded_events(embedded);
    poll(&ready, 1, danebound_embedded_poll_timeout(embedded));
    danebound_embedded_advance(embedded);
    good = take_ended(embedded) && good;
  }
  good = take_ended(embedded) && good; /* what ended at once */
  danebound_embedded_free(embedded);
  return good ? 0 : 75;
}
