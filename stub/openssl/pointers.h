// Owners of OpenSSL's objects.
#ifndef DANEBOUND_STUB_OPENSSL_POINTERS_H_
#define DANEBOUND_STUB_OPENSSL_POINTERS_H_

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

#include "stub/system/free_with.h"

namespace danebound {

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;

// As a server sends it: its own certificate first, then any others, in any
// order.
using CertificateChain = std::vector<X509Ptr>;

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_POINTERS_H_
