// What Go says of an errno, and Docker after it: "connection refused", "permission denied".
#pragma once

#include <string>

namespace strates {

std::string go_errno(int number);

}  // namespace strates
