#include "stub/openssl/subject.h"

#include <openssl/err.h>

namespace danebound {

std::string SubjectOf(const X509& certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr) return "no subject";
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0,
                     XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  ERR_clear_error();
  if (size <= 0) return "no subject";
  return {text, static_cast<size_t>(size)};
}

}  // namespace danebound
