// Owners of the objects of danebound.h.
#ifndef DANEBOUND_TESTS_C_OWNERS_H_
#define DANEBOUND_TESTS_C_OWNERS_H_

#include <memory>
#include <string>

#include "stub/include/danebound.h"

namespace danebound {

template <auto free_function>
struct FreeObject {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using ClientPtr =
    std::unique_ptr<danebound_client, FreeObject<danebound_client_free>>;
using OptionsPtr =
    std::unique_ptr<danebound_options, FreeObject<danebound_options_free>>;
using CVerdictPtr =
    std::unique_ptr<danebound_verdict, FreeObject<danebound_verdict_free>>;

// How a lookup ended.
struct LookupEnd {
  int error = DANEBOUND_ERROR_INTERNAL;
  CVerdictPtr verdict;
  std::string why;
};

// The text of a `why`, which is freed; "" for NULL.
inline std::string TakeText(char* why) {
  std::string text = why == nullptr ? "" : why;
  danebound_text_free(why);
  return text;
}

inline LookupEnd Lookup(danebound_client* client, const char* next_hop,
                        const danebound_options* options = nullptr) {
  danebound_verdict* verdict = nullptr;
  char* why = nullptr;
  LookupEnd end;
  end.error =
      danebound_client_lookup(client, next_hop, options, &verdict, &why);
  end.verdict.reset(verdict);
  end.why = TakeText(why);
  return end;
}

}  // namespace danebound

#endif  // DANEBOUND_TESTS_C_OWNERS_H_
