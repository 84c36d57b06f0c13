// What Go's encoding/json says of text that is no JSON: Docker hands these words to people ("unexpected end of JSON input").
#pragma once

#include <string>
#include <string_view>

namespace strates {

// Empty: the text is one JSON value.
std::string go_json_error(std::string_view text);

}  // namespace strates
