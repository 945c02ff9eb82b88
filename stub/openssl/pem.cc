#include "stub/openssl/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/openssl/errors.h"
#include "stub/openssl/pointers.h"

namespace danebound {
namespace {

void FreeText(char* text) { OPENSSL_free(text); }

using TextPtr = std::unique_ptr<char, FreeWith<FreeText>>;

absl::optional<PemBlock> TakeBlock(BIO* bio) {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio, &label, &header, &data, &size) != 1) {
    return absl::nullopt;
  }
  const TextPtr label_owner(label);
  const TextPtr header_owner(header);
  PemBlock block;
  block.label = label;
  block.encrypted = absl::StrContains(header, "ENCRYPTED");
  block.der = SecretOctets(data, static_cast<size_t>(size));
  return block;
}

bool IsEndOfText() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM &&
         ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

bool IsPem(absl::string_view text) {
  return absl::StrContains(text, "-----BEGIN ");
}

absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text) {
  ERR_clear_error();
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) return absl::InternalError(TakeOpensslErrors());
  std::vector<PemBlock> blocks;
  while (absl::optional<PemBlock> block = TakeBlock(bio.get())) {
    blocks.push_back(*std::move(block));
  }
  if (!IsEndOfText()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "PEM block ", blocks.size() + 1, ": ", TakeOpensslErrors()));
  }
  ERR_clear_error();
  return blocks;
}

std::string NameOfBlock(size_t index, const PemBlock& block) {
  return absl::StrCat("PEM block ", index + 1, ", ", block.label);
}

}  // namespace danebound
