// Lookups of danebound.h without a module: libdanebound-embedded.
#include "stub/embedded/embedded.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "stub/c/guard.h"
#include "stub/c/options.h"
#include "stub/c/verdict.h"
#include "stub/include/danebound.h"

struct danebound_embedded {
  std::unique_ptr<danebound::Embedded> resolver;
};

using danebound::Embedded;
using danebound::Verdict;
using danebound::c::AskedLookup;
using danebound::c::Guard;

int danebound_embedded_new(const char* unbound_conf,
                           const char* trust_anchor_file,
                           danebound_embedded** embedded, char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (embedded == nullptr) return danebound::c::NullArgument();
    danebound::EmbeddedOptions options;
    if (unbound_conf != nullptr) options.unbound_conf = unbound_conf;
    if (trust_anchor_file != nullptr) {
      options.trust_anchor_file = trust_anchor_file;
    }
    absl::StatusOr<std::unique_ptr<Embedded>> resolver = Embedded::New(options);
    if (!resolver.ok()) return resolver.status();
    *embedded = new danebound_embedded{*std::move(resolver)};
    return absl::OkStatus();
  });
}

void danebound_embedded_free(danebound_embedded* embedded) { delete embedded; }

int danebound_embedded_lookup(danebound_embedded* embedded,
                              const char* next_hop,
                              const danebound_options* options,
                              danebound_verdict** verdict, char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (embedded == nullptr || verdict == nullptr) {
      return danebound::c::NullArgument();
    }
    const absl::StatusOr<AskedLookup> asked =
        danebound::c::ReadLookup(next_hop, options);
    if (!asked.ok()) return asked.status();
    absl::StatusOr<Verdict> found = embedded->resolver->Lookup(
        asked->next_hop, asked->options.choices, asked->options.timeout);
    if (!found.ok()) return found.status();
    *verdict = danebound::c::NewVerdict(*std::move(found));
    return absl::OkStatus();
  });
}
