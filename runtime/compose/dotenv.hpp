// Files of variables: .env and env_file, as Compose reads them (quotes, escapes, export, comments, ${VARIABLES}).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compose/interpolate.hpp"

namespace strates::compose {

using Variables = std::vector<std::pair<std::string, std::string>>;  // in the file's order; a later line of one name wins

// `lookup` knows the surroundings: it goes before the file's own earlier lines, and gives the value of a name that stands alone.
// code compose.dotenv: `line 3: unexpected character "!" in variable name "A!"`, `line 2: unterminated quoted value "x`.
Result<Variables> parse_dotenv(std::string_view text, const Lookup& lookup);
// format "raw" of env_file: what stands after the first '=' or ':' is the value, to the letter.
Result<Variables> parse_raw_env(std::string_view text);

}  // namespace strates::compose
