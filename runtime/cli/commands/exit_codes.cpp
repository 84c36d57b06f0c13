#include "cli/commands/exit_codes.hpp"

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

int exit_code_of_failed_start(const std::string& message) {
  const auto says = [&](std::string_view words) { return message.find(words) != std::string::npos; };
  if (says("executable file not found") || says("no such file or directory")) return 127;
  if (says("permission denied") || says("is a directory")) return 126;
  return 125;
}

void log_error(Invocation& in, const std::string& message) {
  Console& console = in.session.console;
  if (console.out_is_terminal() && console.in_is_terminal()) console.err("\x1b[31mERRO\x1b[0m[0000] " + message + " \n");
  else console.err("time=\"" + rfc3339(in.session.clock.now() / kSecond * kSecond) + "\" level=error msg=\"" + message + "\"\n");
}

Result<int> exit_code_of_broken_attach(Invocation& in, const Error& error) {
  if (in.session.client.get("/version").ok()) return error;
  log_error(in, "error waiting for container: unexpected EOF");
  return 125;
}

Result<int> exit_code_of_wait(Invocation& in, api::ClientStream& stream) {
  const auto whole = read_stream(stream);
  if (!whole.ok()) {
    log_error(in, "error waiting for container: unexpected EOF");
    return 125;
  }
  const std::string& text = whole.value();
  const auto reply = parse_json(trim(text));
  if (!reply.ok()) {
    in.session.console.err("error waiting for container: " + (text.empty() ? std::string("EOF") : reply.error().message()) + "\n");
    return 125;
  }
  if (const Json& error = json_member(reply.value(), "Error"); error.is_object() && !json_string(error, "Message").empty()) {
    in.session.console.err("Error waiting for container: " + json_string(error, "Message") + "\n");
    return 125;
  }
  return static_cast<int>(json_int(reply.value(), "StatusCode"));
}

}  // namespace strates::cli
