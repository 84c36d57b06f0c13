// --disable-content-trust: true is what Docker's client takes when nothing is said, and all that there is here.
#pragma once

#include "cli/flags.hpp"

namespace strates::cli {

inline Result<void> check_content_trust(const ParsedFlags& flags, std::string_view command) {
  if (!flags.changed("disable-content-trust") || flags.boolean("disable-content-trust")) return {};
  return make_error(ErrorKind::NotImplemented, "cli.trust", "docker " + std::string(command), "--disable-content-trust=false", "signatures of images are not checked here",
                    "leave the option out");
}

}  // namespace strates::cli
