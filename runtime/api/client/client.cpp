#include "api/client.hpp"

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

constexpr size_t kAnswerLimit = 256 << 20;
constexpr size_t kLineLimit = 64 << 20;
constexpr size_t kMessageLimit = 1 << 20;

Result<std::string> read_to_end(ClientStream& stream, size_t limit) {
  std::string text;
  for (;;) {
    std::string bytes = TRY(stream.read());
    if (bytes.empty()) return text;
    text += bytes;
    if (text.size() > limit) return make_error(ErrorKind::Internal, "client.too-large", "read from", "the engine", "more than " + std::to_string(limit) + " bytes");
  }
}

// What the server said, as an Error: its kind from the status, its words as they came.
Error answered_error(const ClientRequest& request, int status, std::string_view body) {
  std::string message;
  if (const auto json = parse_json(body); json.ok()) message = json_string(json.value(), "message");
  if (message.empty()) message = std::string(trim(body));
  if (message.empty()) message = "the engine answered with status " + std::to_string(status);
  Error error = docker_error(kind_of_status(status), "client.status-" + std::to_string(status), std::move(message));
  error.operation = request.method;
  error.object = request.target;
  return error;
}

}  // namespace

Result<ClientResponse> Client::stream(ClientRequest request) {
  ClientResponse response = TRY(transport_->send(request));
  if (response.status < 400) return response;
  return answered_error(request, response.status, TRY(read_to_end(*response.stream, kMessageLimit)));
}

Result<std::string> Client::get_text(const std::string& target) {
  ClientRequest request;
  request.target = target;
  const ClientResponse response = TRY(stream(std::move(request)));
  return read_to_end(*response.stream, kAnswerLimit);
}

namespace {

Result<Json> json_answer(Client& client, ClientRequest request) {
  const ClientResponse response = TRY(client.stream(std::move(request)));
  const std::string text = TRY(read_to_end(*response.stream, kAnswerLimit));
  if (trim(text).empty()) return Json();
  return parse_json(text, {kAnswerLimit, 64});
}

}  // namespace

Result<Json> Client::get(const std::string& target) {
  ClientRequest request;
  request.target = target;
  return json_answer(*this, std::move(request));
}

Result<Json> Client::post(const std::string& target, const Json& body) {
  ClientRequest request;
  request.method = "POST";
  request.target = target;
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = dump_json(body);
  }
  return json_answer(*this, std::move(request));
}

Result<Json> Client::remove(const std::string& target) {
  ClientRequest request;
  request.method = "DELETE";
  request.target = target;
  return json_answer(*this, std::move(request));
}

Result<void> Client::json_lines(ClientRequest request, const std::function<bool(const Json&)>& each) {
  const ClientResponse response = TRY(stream(std::move(request)));
  std::string pending;
  const auto visit = [&](std::string_view line) -> Result<bool> {
    if (trim(line).empty()) return true;
    const Json value = TRY(parse_json(line, {kLineLimit, 64}));
    return each(value);
  };
  for (;;) {
    const std::string bytes = TRY(response.stream->read());
    if (bytes.empty()) break;
    pending += bytes;
    size_t start = 0;
    for (size_t end; (end = pending.find('\n', start)) != std::string::npos; start = end + 1)
      if (!TRY(visit(std::string_view(pending).substr(start, end - start)))) return {};
    pending.erase(0, start);
    if (pending.size() > kLineLimit) return make_error(ErrorKind::Internal, "client.too-large", "read from", "the engine", "a line without end");
  }
  TRY(visit(pending));
  return {};
}

}  // namespace strates::api
