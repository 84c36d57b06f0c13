// What Docker's client 20.10 has against a config.json when it reads it (cli/config/configfile/file.go).
#pragma once

#include <string>
#include <string_view>

namespace strates::cli {

// "invalid character 'b' looking for beginning of object key string", "illegal base64 data at input byte 0"; empty: nothing.
std::string config_complaint(std::string_view text);
// What Go's base64.StdEncoding says of text that is none; empty: it is some.
std::string go_base64_error(std::string_view text);

}  // namespace strates::cli
