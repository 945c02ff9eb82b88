#include "tests/openssl/tls_words.h"

#include <utility>

#include "stub/dane/tls_key.h"
#include "stub/openssl/association.h"
#include "stub/openssl/verify.h"

namespace danebound {

SmallCa::SmallCa() {
  root = NewCertificate("Root", root_key.get(), nullptr, root_key.get(), true);
  intermediate = NewCertificate("Intermediate", intermediate_key.get(),
                                root.get(), root_key.get(), true);
  Recipe recipe;
  recipe.common_name = "mx.example.org";
  recipe.subject_alt_name = "DNS:mx.example.org";
  leaf = Leaf(recipe);
}

X509Ptr SmallCa::Leaf(const Recipe& recipe) const {
  return NewCertificate(recipe, leaf_key.get(), intermediate.get(),
                        intermediate_key.get());
}

Tlsa RecordFor(uint8_t usage, uint8_t selector, uint8_t matching,
               const X509& certificate) {
  const std::string data =
      AssociationData(certificate, selector, matching).value();
  std::string rdata = {static_cast<char>(usage), static_cast<char>(selector),
                       static_cast<char>(matching)};
  return JudgeTlsa({rdata + data}).front();
}

HostVerdict HostWith(std::vector<Tlsa> records) {
  HostVerdict host =
      PromiseOf(records, {"mx.example.org", "example.org"}).value();
  host.tls_key = TlsKeyOf(host, 25);
  return host;
}

void PrintTo(TlsOutcome outcome, std::ostream* os) { *os << ToText(outcome); }

}  // namespace danebound
