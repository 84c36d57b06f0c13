#include "api/answers.hpp"
#include "api/container_json.hpp"
#include "api/create_json.hpp"
#include "api/handlers.hpp"
#include "api/process_input.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

struct Size {
  std::uint16_t rows = 0, columns = 0;
};

Result<Size> console_size(const Json& body) {
  const Json& size = json_member(body, "ConsoleSize");
  if (size.is_null()) return Size{};
  if (!size.is_array() || size.size() != 2 || !size[0].is_number_unsigned() || !size[1].is_number_unsigned() || size[0].get<std::uint64_t>() > 65535 || size[1].get<std::uint64_t>() > 65535)
    return bad_parameter("ConsoleSize must be [rows, columns]");
  return Size{size[0].get<std::uint16_t>(), size[1].get<std::uint16_t>()};
}

}  // namespace

Result<HttpResponse> create_exec(const Call& call) {
  const auto request = TRY(exec_request_from_json(TRY(body_json(call.request))));
  if (!parse_detach_keys(request.detach_keys).ok())
    return docker_error(ErrorKind::Invalid, "api.detach-keys", "Invalid escape keys (" + request.detach_keys + ") provided");
  const ExecId id = TRY(call.engine.exec_create(call.name, request));
  return json_answer(201, {{"Id", id.str()}});
}

Result<HttpResponse> start_exec(const Call& call) {
  const Json body = TRY(body_json(call.request));
  const Size size = TRY(console_size(body));
  const auto exec = TRY(call.engine.exec(ExecId(call.name)));
  if (json_bool(body, "Detach")) {
    TRY(call.engine.exec_start(exec.id, nullptr, size.rows, size.columns));
    return empty_answer(200);
  }
  if (exec.started) return docker_error(ErrorKind::Conflict, "exec.started", "Error: Exec command " + exec.id.str() + " has already run");
  const bool tty = json_bool(body, "Tty", exec.tty);
  const auto sink = std::make_shared<OutputStream>(tty ? Framing::Raw : Framing::Multiplexed);
  const auto attachment = std::make_shared<std::shared_ptr<engine::Attachment>>();
  HttpResponse response;
  const bool multiplexed = call.version >= ApiVersion{1, 42} && !tty;
  response.headers.emplace_back("Content-Type", multiplexed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream");
  // Started once the connection is raw: what then goes wrong is told in the stream, as Docker does.
  response.body = HttpUpgradeBody{[&engine = call.engine, id = exec.id, size, sink, attachment, tty, in = exec.attach_stdin, wanted = exec.detach_keys](std::shared_ptr<HttpDuplex> duplex) {
    sink->connect(duplex);
    auto started = engine.exec_start(id, sink, size.rows, size.columns);
    if (!started.ok()) return sink->fail(started.error());
    *attachment = std::move(started).value();
    const auto keys = parse_detach_keys(wanted);
    if (in) pass_input(*duplex, *attachment, sink, tty && keys.ok() ? std::optional<DetachKeys>(DetachKeys(keys.value())) : std::nullopt);
  }};
  return response;
}

Result<HttpResponse> inspect_exec(const Call& call) { return json_answer(200, exec_details(TRY(call.engine.exec(ExecId(call.name))))); }

Result<HttpResponse> resize_exec(const Call& call) {
  const int rows = TRY(query_int(call.request, "h")).value_or(0), columns = TRY(query_int(call.request, "w")).value_or(0);
  if (rows < 0 || rows > 65535 || columns < 0 || columns > 65535) return bad_parameter("invalid size of a terminal");
  TRY(call.engine.exec_resize(ExecId(call.name), static_cast<std::uint16_t>(rows), static_cast<std::uint16_t>(columns)));
  return empty_answer(200);
}

}  // namespace strates::api
