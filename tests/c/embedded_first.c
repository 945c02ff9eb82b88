/* docs/examples/first.c without a module: embedded_first DOMAIN UNBOUND-CONF */
#include <danebound.h>
#include <stdio.h>

int main(int argc, char** argv) {
  danebound_embedded* embedded = NULL;
  danebound_verdict* verdict = NULL;
  char* why = NULL;
  size_t i;
  if (argc != 3 ||
      danebound_embedded_new(argv[2], NULL, &embedded, &why) != 0 ||
      danebound_embedded_lookup(embedded, argv[1], NULL, &verdict, &why) != 0) {
    fprintf(stderr, "%s\n", why != NULL ? why : "no verdict");
  }
  puts(danebound_disposition_text(danebound_verdict_disposition(verdict)));
  for (i = 0; i < danebound_verdict_host_count(verdict); ++i) {
    const danebound_host* host = danebound_verdict_host(verdict, i);
    printf("%s %s\n", danebound_host_name(host),
           danebound_duty_text(danebound_host_duty(host)));
  }
  danebound_text_free(why);
  danebound_verdict_free(verdict);
  danebound_embedded_free(embedded);
  return 0;
}
