#include "adapters/bcrypt.hpp"

#include <crypt.h>

#include <memory>

namespace strates::adapters {

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  const bool known = hash.starts_with("$2y$") || hash.starts_with("$2b$") || hash.starts_with("$2a$");
  if (!known || password.find('\0') != std::string::npos) return false;
  const auto data = std::make_unique<crypt_data>();
  const char* found = crypt_r(password.c_str(), hash.c_str(), data.get());
  if (found == nullptr) return false;
  const std::string computed = found;
  if (computed.size() != hash.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < hash.size(); ++i) difference = static_cast<unsigned char>(difference | (computed[i] ^ hash[i]));
  return difference == 0;
}

Result<std::string> bcrypt_hash(const std::string& password, unsigned cost) {
  const auto failed = [](std::string_view why) { return make_error(ErrorKind::Invalid, "bcrypt.failed", "hash", "password", why); };
  if (password.find('\0') != std::string::npos) return failed("a zero byte inside");
  char salt[CRYPT_GENSALT_OUTPUT_SIZE];
  if (crypt_gensalt_rn("$2y$", cost, nullptr, 0, salt, sizeof salt) == nullptr) return failed("crypt(3) makes no bcrypt salt");
  const auto data = std::make_unique<crypt_data>();
  const char* hash = crypt_r(password.c_str(), salt, data.get());
  if (hash == nullptr || hash[0] == '*') return failed("crypt(3) makes no bcrypt hash");
  return std::string(hash);
}

}  // namespace strates::adapters
