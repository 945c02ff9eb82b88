#include "stub/rollover/next_key.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/openssl/errors.h"

namespace danebound {
namespace {

using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using ExtensionPtr =
    std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;

struct FreeStack {
  void operator()(STACK_OF(X509_EXTENSION) * stack) const {
    sk_X509_EXTENSION_free(stack);
  }
};

constexpr unsigned int kRsaBits = 3072;
constexpr mode_t kOfKey = 0600;
constexpr mode_t kOfRequest = 0644;

struct CloseFile {
  void operator()(std::FILE* file) const {
    static_cast<void>(std::fclose(file));
  }
};
using FilePtr = std::unique_ptr<std::FILE, CloseFile>;

absl::Status Failure(const std::string& path) {
  const std::string text = absl::StrCat(path, ": ", std::strerror(errno));
  return errno == EEXIST ? absl::AlreadyExistsError(text)
                         : absl::UnavailableError(text);
}

absl::Status OpensslFailure() {
  return absl::InternalError(TakeOpensslErrors());
}

// Passphrases are not asked for.
int NoPassphrase(char*, int, int, void*) { return -1; }

absl::StatusOr<NextKey> ReadKey(const std::string& path, std::FILE* file) {
  PkeyPtr key(PEM_read_PrivateKey(file, nullptr, NoPassphrase, nullptr));
  if (key != nullptr) return NextKey{std::move(key), false};
  return absl::InvalidArgumentError(
      absl::StrCat(path,
                   ": no private key that can be read, or one that is "
                   "encrypted. It is left as it is: ",
                   TakeOpensslErrors()));
}

PkeyPtr NewKey(NextKeyType type) {
  switch (type) {
    case NextKeyType::kEcdsa:
      return PkeyPtr(EVP_EC_gen("P-256"));
    case NextKeyType::kRsa:
      return PkeyPtr(EVP_RSA_gen(kRsaBits));
  }
  return nullptr;
}

// The text of a memory BIO that is wiped with it.
absl::string_view TextOf(BIO* bio) {
  char* octets = nullptr;
  const long size = BIO_get_mem_data(bio, &octets);
  return {octets, static_cast<size_t>(size)};
}

absl::Status WriteAll(int descriptor, absl::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno != EINTR) return absl::UnavailableError("");
    if (written > 0) octets.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : absl::UnavailableError("");
}

// Makes the file whole or not at all, and never in the place of another one.
absl::Status MakeFile(const std::string& path, mode_t mode,
                      absl::string_view octets) {
  std::string fresh = path + ".XXXXXX";
  const int descriptor = mkostemp(fresh.data(), O_CLOEXEC);
  if (descriptor < 0) return Failure(path);
  absl::Status status = fchmod(descriptor, mode) == 0
                            ? WriteAll(descriptor, octets)
                            : absl::UnavailableError("");
  const bool is_linked = status.ok() && link(fresh.c_str(), path.c_str()) == 0;
  if (!is_linked) status = Failure(path);
  close(descriptor);
  unlink(fresh.c_str());
  return status;
}

absl::Status AddNames(X509_REQ* request,
                      const std::vector<std::string>& hosts) {
  const std::string names = absl::StrCat("DNS:", absl::StrJoin(hosts, ",DNS:"));
  const ExtensionPtr extension(X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, names.c_str()));
  const std::unique_ptr<STACK_OF(X509_EXTENSION), FreeStack> all(
      sk_X509_EXTENSION_new_null());
  const bool is_added =
      extension != nullptr && all != nullptr &&
      sk_X509_EXTENSION_push(all.get(), extension.get()) > 0 &&
      X509_REQ_add_extensions(request, all.get()) == 1;
  return is_added ? absl::OkStatus() : OpensslFailure();
}

}  // namespace

absl::StatusOr<NextKey> TakeOrMakeKey(const std::string& path,
                                      NextKeyType type) {
  const FilePtr file(std::fopen(path.c_str(), "re"));
  if (file != nullptr) return ReadKey(path, file.get());
  if (errno != ENOENT) return Failure(path);
  PkeyPtr key = NewKey(type);
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (key == nullptr || bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0,
                                    nullptr, nullptr) != 1) {
    return OpensslFailure();
  }
  const absl::Status status = MakeFile(path, kOfKey, TextOf(bio.get()));
  if (!status.ok()) return status;
  return NextKey{std::move(key), true};
}

absl::Status MakeRequest(const std::string& path, EVP_PKEY& key,
                         const std::vector<std::string>& hosts) {
  const RequestPtr request(X509_REQ_new());
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (request == nullptr || bio == nullptr) return OpensslFailure();
  const absl::Status named = AddNames(request.get(), hosts);
  if (!named.ok()) return named;
  if (X509_REQ_set_pubkey(request.get(), &key) != 1 ||
      X509_REQ_sign(request.get(), &key, EVP_sha256()) <= 0 ||
      PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) {
    return OpensslFailure();
  }
  return MakeFile(path, kOfRequest, TextOf(bio.get()));
}

}  // namespace danebound
