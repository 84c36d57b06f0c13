// Passwords as htpasswd keeps them with -B: bcrypt, by the system's crypt(3). Any thread; slow on purpose.
#pragma once

#include <string>

#include "base/result.hpp"

namespace strates::adapters {

// Is it the password that the hash ("$2y$05$...") was made of? False for what is no bcrypt hash.
bool bcrypt_matches(const std::string& password, const std::string& hash);
// A new hash, 2^cost rounds. code bcrypt.failed
Result<std::string> bcrypt_hash(const std::string& password, unsigned cost = 10);

}  // namespace strates::adapters
