// docker run: create, attach, wait, start, in this order on the wire (engine-notes), then the container's exit code.
#include <algorithm>
#include <ctime>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/attach_session.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_spec.hpp"
#include "cli/commands/exit_codes.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

// And what the 20.10 client's logger says when it stops waiting for a container that did not start.
Result<int> start_failed(Invocation& in, const Error& error, bool auto_remove) {
  report_error(in, daemon_sentence(error), WithHelp::No);
  // A container whose start failed before its runtime was called is gone, and waited for, by the time Docker's client hears of the failure.
  if (auto_remove && error.message().find("OCI runtime create failed") != std::string::npos) log_error(in, "error waiting for container: context canceled");
  return exit_code_of_failed_start(error.message());
}

}  // namespace

std::span<const FlagSpec> run_flags() {
  static const std::vector<FlagSpec> kAll = [] {
    std::vector<FlagSpec> flags(container_flags().begin(), container_flags().end());
    flags.push_back(bool_flag("detach", 'd', "Run container in background and print container ID"));
    flags.push_back(text_flag("detach-keys", 0, "Override the key sequence for detaching a container"));
    flags.push_back(text_flag("pull", 0, "Pull image before running (\"always\"|\"missing\"|\"never\")", "missing"));
    flags.push_back(bool_flag("sig-proxy", 0, "Proxy received signals to the process", "true"));
    return flags;
  }();
  return kAll;
}

Result<int> run_handler(Invocation& in) {
  Session& session = in.session;
  const bool detach = in.flags.boolean("detach");
  const auto parsed = container_spec(in.flags, detach ? Detach::Yes : Detach::No);
  if (!parsed.ok() && parsed.error().code == "cli.conflict") return parsed.error();
  if (!parsed.ok()) {
    report_error(in, parsed.error().message(), WithHelp::Yes);
    return 125;
  }
  const ContainerSpec& spec = parsed.value();
  if (spec.tty && spec.attach_in && !session.console.in_is_terminal()) return docker_error(ErrorKind::Invalid, "cli.not-a-tty", "the input device is not a TTY");
  AttachSettings settings;
  settings.keys = TRY(detach_keys(in.flags.text("detach-keys")));

  if (in.flags.boolean("oom-kill-disable") && in.flags.bytes("memory") == 0)
    in.session.console.err("WARNING: Disabling the OOM killer on containers without setting a '-m/--memory' limit may be dangerous.\n");
  const auto created = create_container(in, spec);
  if (!created.ok()) {
    report_error(in, created.error().message(), WithHelp::Yes);
    // Docker's client reads what its flags name before it has anything to create, and looks at no word of what went wrong then.
    const bool before = !is_from_daemon(created.error()) && created.error().code != "cli.cidfile";
    return before ? 125 : exit_code_of_failed_start(created.error().message());
  }
  const std::string& id = created.value().id;
  const std::string path = "/containers/" + id;
  const auto start = [&] { return session.client.post(path + "/start", Json()); };
  if (detach) {
    session.console.out(id + "\n");
    if (const auto started = start(); !started.ok()) return start_failed(in, started.error(), false);
    return 0;
  }

  const auto resize = [&](TerminalSize size) {
    Query query;
    query.add("h", std::to_string(size.rows)).add("w", std::to_string(size.columns));
    ignore(session.client.post(query.on(path + "/resize"), Json()));
  };
  settings.tty = spec.tty;
  settings.in = spec.attach_in;
  settings.out = spec.attach_out;
  settings.err = spec.attach_err;
  if (!spec.tty) settings.keys = EscapeKeys::none();
  if (spec.tty) settings.on_resize = resize;
  if (in.flags.boolean("sig-proxy") && !spec.tty)
    settings.on_signal = [&](int signal) { ignore(session.client.post(Query().add("signal", signal_name(signal)).on(path + "/kill"), Json())); };
  const bool attached = spec.attach_in || spec.attach_out || spec.attach_err;
  AttachSession attach(session, std::move(settings));

  std::unique_ptr<api::ClientStream> stream;
  if (attached) {
    Query query;
    query.add("stream", "1").add_if(spec.attach_in, "stdin").add_if(spec.attach_out, "stdout").add_if(spec.attach_err, "stderr");
    stream = std::move(TRY(daemon(session.client.stream(hijack_request(query.on(path + "/attach"))))).stream);
  }
  const std::string condition = spec.auto_remove ? "removed" : "next-exit";
  api::ClientResponse waiting = TRY(daemon(session.client.stream(post_request(Query().add("condition", condition).on(path + "/wait")))));
  // Nothing of what it will write is shown: its id is, and nobody waits for its end.
  const bool shown = spec.attach_out || spec.attach_err;
  if (!shown) session.console.out(id + "\n");
  if (const auto started = start(); !started.ok()) return start_failed(in, started.error(), spec.auto_remove);
  if (spec.tty && session.console.out_is_terminal())
    if (const auto size = session.console.size()) resize(*size);
  if (stream) {
    const auto ended = attach.run(*stream);
    if (!ended.ok()) return exit_code_of_broken_attach(in, ended.error());
    const AttachOutcome& outcome = ended.value();
    if (outcome.end == AttachEnd::Detached) return 0;
    if (outcome.end == AttachEnd::Interrupted) return 128 + outcome.signal;
    if (session.console.out_is_gone()) return 1;
  }
  if (!shown) return 0;
  return exit_code_of_wait(in, *waiting.stream);
}

}  // namespace strates::cli
