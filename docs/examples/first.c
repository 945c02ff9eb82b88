/* Says what a mail server must do for a domain: first DOMAIN [SOCKET]
 *
 *   cc -std=c99 first.c -o first $(pkg-config --cflags --libs danebound) */
#include <danebound.h>
#include <stdio.h>

static void print(const danebound_verdict* verdict) {
  size_t i;
  puts(danebound_disposition_text(danebound_verdict_disposition(verdict)));
  for (i = 0; i < danebound_verdict_host_count(verdict); ++i) {
    const danebound_host* host = danebound_verdict_host(verdict, i);
    printf("%s %s\n", danebound_host_name(host),
           danebound_duty_text(danebound_host_duty(host)));
  }
}

int main(int argc, char** argv) {
  danebound_client* client = danebound_client_new(argc > 2 ? argv[2] : NULL);
  danebound_verdict* verdict = NULL;
  char* why = NULL;
  if (danebound_client_lookup(client, argv[1], NULL, &verdict, &why) == 0) {
    print(verdict);
  } else {
    puts("defer");
    fprintf(stderr, "%s\n", why != NULL ? why : "no verdict");
  }
  danebound_text_free(why);
  danebound_verdict_free(verdict);
  danebound_client_free(client);
  return 0;
}
