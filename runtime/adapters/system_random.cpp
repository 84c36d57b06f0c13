#include "adapters/system_random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace strates::adapters {

std::string SystemRandom::bytes(size_t count) {
  std::string out(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t got = ::getrandom(out.data() + have, count - have, 0);
    if (got > 0) have += static_cast<size_t>(got);
    else if (got < 0 && errno != EINTR) std::abort();
  }
  return out;
}

}  // namespace strates::adapters
