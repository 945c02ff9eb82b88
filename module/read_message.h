// Copies what Unbound holds of a finished sub-query into values.
#ifndef DANEBOUND_MODULE_READ_MESSAGE_H_
#define DANEBOUND_MODULE_READ_MESSAGE_H_

#include "absl/types/optional.h"
#include "module/job.h"
#include "module/resolver_message.h"
#include "module/unbound.h"

namespace danebound {

// The question of a sub-query; nullopt where its name cannot be read.
absl::optional<JobQuestion> ReadQuestion(const unbound_result* result);

// The message that answers it.
ResolverMessage ReadMessage(const unbound_result* result);

}  // namespace danebound

#endif  // DANEBOUND_MODULE_READ_MESSAGE_H_
