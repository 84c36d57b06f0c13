#include "base/fetch.hpp"

namespace strates {

bool is_fetch_failure(const Error& error) { return error.code.starts_with("fetch."); }

}  // namespace strates
