/* A program outside the tree with all three libraries. An address as next hop
 * needs neither module nor DNS. */
#include <danebound.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

/* Prepares a connection for the verdict's first host. */
static int configure(const danebound_verdict* verdict) {
  const danebound_host* host = danebound_verdict_host(verdict, 0);
  SSL_CTX* context = NULL;
  SSL* ssl;
  danebound_tls_setup* setup = NULL;
  int good;
  if (danebound_tls_context_new(&context, NULL) != DANEBOUND_OK) return 0;
  ssl = SSL_new(context);
  good = danebound_tls_configure(ssl, host, DANEBOUND_TLS_DELIVER, &setup,
                                 NULL) == DANEBOUND_OK &&
         danebound_tls_setup_duty(setup) == danebound_host_duty(host);
  danebound_tls_setup_free(setup);
  SSL_free(ssl);
  SSL_CTX_free(context);
  return good;
}

/* Shows the first host of a verdict, and ends it. */
static int show(const char* from, int error, danebound_verdict* verdict) {
  const danebound_host* host = danebound_verdict_host(verdict, 0);
  const int good = error == DANEBOUND_OK && configure(verdict);
  printf("%s: %s %s\n", from, danebound_host_address(host, 0),
         danebound_duty_text(danebound_host_duty(host)));
  danebound_verdict_free(verdict);
  return good;
}

int main(void) {
  danebound_client* client = danebound_client_new(NULL);
  danebound_embedded* embedded = NULL;
  danebound_verdict* verdict = NULL;
  int good;
  int error =
      danebound_client_lookup(client, "[192.0.2.1]", NULL, &verdict, NULL);
  good = show("client", error, verdict);
  verdict = NULL;
  error = danebound_embedded_new(NULL, NULL, &embedded, NULL);
  if (error == DANEBOUND_OK) {
    error = danebound_embedded_lookup(embedded, "[IPv6:2001:db8::1]", NULL,
                                      &verdict, NULL);
  }
  good = show("embedded", error, verdict) && good;
  danebound_embedded_free(embedded);
  danebound_client_free(client);
  return good && strlen(danebound_version()) > 0 ? 0 : 1;
}
