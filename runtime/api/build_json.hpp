// Docker's parameters of POST /build, and the JSON lines of its answer.
#pragma once

#include "base/http.hpp"
#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// What the classic builder here does not do is refused by name (code api.unsupported).
Result<engine::BuildRequest> build_request_from_query(const HttpRequest& request);
// {"stream":"..."} with \r\n, as Docker's streamformatter writes lines.
std::string stream_line(std::string_view text);
// {"aux":{"ID":"sha256:..."}}
std::string aux_line(const ImageId& id);
// {"errorDetail":{"code":1,"message":"..."},"error":"..."}; the code of a command that failed is the command line's exit code.
std::string error_line(const Error& error);

}  // namespace strates::api
