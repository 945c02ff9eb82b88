/* Looks many domains up side by side in a loop that waits for other things too:
 * here, for more domains on standard input, one a line.
 *
 *   event_loop [SOCKET] <domains
 *
 *   cc -std=c99 event_loop.c -o event_loop $(pkg-config --cflags --libs
 * danebound)
 *
 * Prints a line for each domain, in the order in which verdicts come. Exit code
 * 0: each had its verdict; 75: defer mail for those that had none. */
#define _POSIX_C_SOURCE 200809L

#include <danebound.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct loop {
  danebound_client* client;
  size_t open; /* lookups that have not ended */
  int failed;
  int input; /* descriptor, -1 at its end */
  char line[512];
  size_t length;
};

static void print_verdict(const danebound_verdict* verdict) {
  size_t i;
  printf("%s %s", danebound_verdict_next_hop(verdict),
         danebound_disposition_text(danebound_verdict_disposition(verdict)));
  for (i = 0; i < danebound_verdict_host_count(verdict); ++i) {
    const danebound_host* host = danebound_verdict_host(verdict, i);
    printf(" %s=%s", danebound_host_name(host),
           danebound_duty_text(danebound_host_duty(host)));
  }
  putchar('\n');
}

static void say_failure(struct loop* loop, int error, char* why) {
  fprintf(stderr, "no verdict, defer: %s\n",
          why != NULL ? why : danebound_error_text(error));
  danebound_text_free(why);
  loop->failed = 1;
}

static void start(struct loop* loop, const char* domain) {
  uint64_t ticket; /* a mail server keeps it beside the message */
  char* why;
  const int error =
      danebound_client_start(loop->client, domain, NULL, &ticket, &why);
  if (error == DANEBOUND_OK) {
    ++loop->open;
  } else {
    say_failure(loop, error, why);
  }
}

static void on_octet(struct loop* loop, char octet) {
  if (octet != '\n') {
    if (loop->length < sizeof loop->line - 1) {
      loop->line[loop->length++] = octet;
    }
    return;
  }
  loop->line[loop->length] = '\0';
  if (loop->length > 0) start(loop, loop->line);
  loop->length = 0;
}

static void on_input(struct loop* loop) {
  char octets[4096];
  const ssize_t count = read(loop->input, octets, sizeof octets);
  ssize_t i;
  for (i = 0; i < count; ++i) on_octet(loop, octets[i]);
  if (count <= 0) {
    on_octet(loop, '\n');
    loop->input = -1;
  }
}

static void take_ended(struct loop* loop) {
  danebound_verdict* verdict;
  char* why;
  int error;
  while (danebound_client_take(loop->client, &error, &verdict, &why) != 0) {
    --loop->open;
    if (error == DANEBOUND_OK) {
      print_verdict(verdict);
      danebound_verdict_free(verdict);
    } else {
      say_failure(loop, error, why);
    }
  }
}

int main(int argc, char** argv) {
  struct loop loop = {0};
  loop.client = danebound_client_new(argc > 1 ? argv[1] : NULL);
  if (loop.client == NULL) return 75;
  while (loop.input >= 0 || loop.open > 0) {
    struct pollfd ready[2] = {{0}};
    ready[0].fd = loop.input;
    ready[0].events = POLLIN;
    ready[1].fd = danebound_client_fd(loop.client);
    ready[1].events = danebound_client_events(loop.client);
    poll(ready, 2, danebound_client_poll_timeout(loop.client));
    if (ready[0].revents != 0) on_input(&loop);
    danebound_client_advance(loop.client);
    take_ended(&loop);
  }
  danebound_client_free(loop.client);
  return loop.failed ? 75 : 0;
}
