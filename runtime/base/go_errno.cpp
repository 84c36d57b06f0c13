#include "base/go_errno.hpp"

#include <cctype>
#include <cstring>

namespace strates {

std::string go_errno(int number) {
  std::string text = std::strerror(number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace strates
