#include "tests/openssl/handshake.h"

#include <openssl/err.h>

#include <cstdlib>

namespace danebound {
namespace {

void Check(bool holds) {
  if (holds) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

// One step of whoever can; false once it has failed.
bool Step(SSL* ssl) {
  const int result = SSL_do_handshake(ssl);
  if (result == 1) return true;
  const int error = SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace

Server::Server(const ServerSettings& settings)
    : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_security_level(context, 0);  // it may be as weak as it likes
  Check(SSL_CTX_set_max_proto_version(context, settings.greatest_version) == 1);
  if (!settings.suites.empty()) {
    Check(SSL_CTX_set_cipher_list(context, settings.suites.c_str()) == 1);
  }
  SSL_CTX_set_dh_auto(context, 1);
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  if (!settings.types.empty()) {
    Check(SSL_CTX_set1_server_cert_type(context, settings.types.data(),
                                        settings.types.size()) == 1);
  }
#endif
  if (settings.chain.empty()) return;
  Check(SSL_CTX_use_certificate(context, settings.chain[0]) == 1);
  Check(SSL_CTX_use_PrivateKey(context, settings.key) == 1);
  for (size_t i = 1; i < settings.chain.size(); ++i) {
    Check(SSL_CTX_add1_chain_cert(context, settings.chain[i]) == 1);
  }
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
}

void Server::Meet(SSL* client) {
  server_.reset(SSL_new(context_.get()));
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  Check(BIO_new_bio_pair(&client_end, 0, &server_end, 0) == 1);
  SSL_set_bio(client, client_end, client_end);
  SSL_set_bio(server_.get(), server_end, server_end);
  SSL_set_connect_state(client);
  SSL_set_accept_state(server_.get());
  bool client_goes_on = true;
  bool server_goes_on = true;
  while (client_goes_on && server_goes_on &&
         (SSL_is_init_finished(client) != 1 ||
          SSL_is_init_finished(server_.get()) != 1)) {
    server_goes_on = Step(server_.get());
    ERR_clear_error();
    client_goes_on = Step(client);
  }
  const char* sni =
      SSL_get_servername(server_.get(), TLSEXT_NAMETYPE_host_name);
  sni_ = sni == nullptr ? "" : sni;
  if (SSL_is_init_finished(client) != 1) return;
  char octet = 0;
  Check(SSL_read(client, &octet, 1) <= 0);  // TLS 1.3: the tickets
  ERR_clear_error();
}

}  // namespace danebound
