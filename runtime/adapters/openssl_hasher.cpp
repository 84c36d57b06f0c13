#include "adapters/openssl_hasher.hpp"

#include <openssl/evp.h>

#include <cstdlib>

#include "base/strings.hpp"

namespace strates::adapters {

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// These calls fail only when memory is exhausted or OpenSSL has no SHA-256: a wrong digest would be worse than no process.
void must(bool succeeded) {
  if (!succeeded) std::abort();
}

// Fetched once: looking the algorithm up costs more than hashing a short text.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  must(kAlgorithm != nullptr);
  return kAlgorithm;
}

class OpensslStream : public engine::HashStream {
 public:
  OpensslStream() : context_(EVP_MD_CTX_new()) {
    must(context_ != nullptr && EVP_DigestInit_ex2(context_.get(), sha256_algorithm(), nullptr) == 1);
  }

  Result<void> write(std::string_view bytes) override {
    if (!hex_.empty()) return make_error(ErrorKind::Internal, "hash.finished", "hash", "sha256", "bytes after the digest was taken");
    must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
    return success();
  }

  std::string finish_hex() override {
    if (hex_.empty()) {
      std::string raw(32, '\0');
      unsigned int length = 0;
      must(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(raw.data()), &length) == 1 && length == raw.size());
      hex_ = to_hex(raw);
    }
    return hex_;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  std::string hex_;
};

}  // namespace

std::string OpensslHasher::sha256_hex(std::string_view bytes) {
  std::string raw(32, '\0');
  unsigned int length = 0;
  must(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(raw.data()), &length, sha256_algorithm(), nullptr) == 1);
  return to_hex(raw);
}

std::unique_ptr<engine::HashStream> OpensslHasher::sha256() { return std::make_unique<OpensslStream>(); }

}  // namespace strates::adapters
