#include "build/lex_limits.hpp"

#include <string>

namespace strates::build {

namespace {

Error too_large(const std::string& cause) {
  return make_error(ErrorKind::Invalid, "dockerfile.too-large", "expand variables", "of one word", cause, "keep it shorter");
}

}  // namespace

Error too_long() { return too_large("more than " + std::to_string(kLexOutput) + " bytes"); }

Error too_deep() { return too_large("more than " + std::to_string(kLexDepth) + " substitutions in each other"); }

Error too_much_work() { return too_large("more than " + std::to_string(kLexWork) + " bytes substituted or compared"); }

}  // namespace strates::build
