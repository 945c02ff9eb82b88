#include "stub/openssl/containers.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <memory>

#include "stub/system/free_with.h"

namespace danebound {
namespace {

using Pkcs7Ptr = std::unique_ptr<PKCS7, FreeWith<PKCS7_free>>;
using Pkcs12Ptr = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;

constexpr absl::string_view kPkcs7 =
    "PKCS #7, which is not read: openssl pkcs7 -in FILE -print_certs makes PEM "
    "of it (-inform DER where it is no text)";
constexpr absl::string_view kPkcs12 =
    "PKCS #12, which is not read: openssl pkcs12 -in FILE -nokeys makes PEM of "
    "its certificates";

// Says whether one of OpenSSL's d2i functions takes the whole of `der`.
template <typename Pointer, typename T>
bool IsOne(T* (*decode)(T**, const unsigned char**, long),
           absl::string_view der) {
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = octets + der.size();
  const Pointer object(decode(nullptr, &octets, static_cast<long>(der.size())));
  ERR_clear_error();
  return object != nullptr && octets == end;
}

}  // namespace

absl::string_view ContainerIn(absl::string_view der) {
  if (IsOne<Pkcs12Ptr>(d2i_PKCS12, der)) return kPkcs12;
  return IsOne<Pkcs7Ptr>(d2i_PKCS7, der) ? kPkcs7 : "";
}

absl::string_view ContainerNamed(absl::string_view label) {
  return label == PEM_STRING_PKCS7 || label == PEM_STRING_CMS ? kPkcs7 : "";
}

}  // namespace danebound
