#include "api/answers.hpp"

#include <charconv>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

constexpr std::uint64_t kBodyLimit = 4 << 20;

}  // namespace

HttpResponse json_answer(int status, const Json& body) { return {status, {{"Content-Type", "application/json"}}, dump_json(body) + "\n"}; }

HttpResponse empty_answer(int status) { return {status, {}, std::string()}; }

HttpResponse error_answer(const Error& error) {
  if (error.kind == ErrorKind::NotModified) return empty_answer(304);
  return json_answer(http_status(error.kind), Json{{"message", error.message()}});
}

Error unsupported(std::string_view operation, std::string_view object, std::string_view reason, std::string_view advice) {
  return make_error(ErrorKind::NotImplemented, "api.unsupported", operation, object, reason, advice);
}

Error bad_parameter(std::string sentence) { return docker_error(ErrorKind::Invalid, "api.bad-parameter", std::move(sentence)); }

Result<std::optional<int>> query_int(const HttpRequest& request, std::string_view name) {
  const std::string text = request.query_value(name);
  if (text.empty()) return std::optional<int>();
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return std::optional<int>(value);
  return bad_parameter("strconv.Atoi: parsing " + go_quote(text) + (error == std::errc::result_out_of_range ? ": value out of range" : ": invalid syntax"));
}

Result<std::string> body_text(const HttpRequest& request) {
  if (request.body->size() > kBodyLimit)
    return make_error(ErrorKind::Invalid, "api.body-too-large", "read the body of", request.path, "more than " + std::to_string(kBodyLimit) + " bytes");
  const auto source = TRY(request.body->open());
  return read_all(*source, kBodyLimit);
}

Result<Json> body_json(const HttpRequest& request) {
  const std::string text = TRY(body_text(request));
  if (trim(text).empty()) return Json();
  auto json = parse_json(text);
  if (!json.ok()) {
    Error error = std::move(json).error();
    error.code = "api.bad-body";
    error.object = "the body of " + request.path;
    return error;
  }
  return std::move(json).value();
}

}  // namespace strates::api
