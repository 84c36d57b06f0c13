// The shapes of answers, and what handlers read from requests.
#pragma once

#include <optional>

#include "base/http.hpp"
#include "base/json.hpp"

namespace strates::api {

// As Go's encoder writes it: one line and a line end.
HttpResponse json_answer(int status, const Json& body);
HttpResponse empty_answer(int status);
// {"message": ...}; 304 has no body.
HttpResponse error_answer(const Error& error);
// The headers of every answer of Docker's API (engine-golden), around the response's own.
void add_headers(HttpResponse& response, bool experimental);
// code api.unsupported, 501: names what is asked and why it is not done.
Error unsupported(std::string_view operation, std::string_view object, std::string_view reason, std::string_view advice = {});
// code api.bad-parameter, 400
Error bad_parameter(std::string sentence);

// Absent: none. Not a number: Go's sentence.
Result<std::optional<int>> query_int(const HttpRequest& request, std::string_view name);
// The body of a small request. codes api.body-too-large
Result<std::string> body_text(const HttpRequest& request);
// The body as JSON: code api.bad-body. An absent body is null.
Result<Json> body_json(const HttpRequest& request);

}  // namespace strates::api
