// attach, start, exec, logs: commands that show what a container's processes say.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/attach_session.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/exit_codes.hpp"
#include "cli/daemon.hpp"
#include "cli/go_time.hpp"
#include "cli/key_value_files.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kAttachFlags[] = {
    text_flag("detach-keys", 0, "Override the key sequence for detaching a container"),
    bool_flag("no-stdin", 0, "Do not attach STDIN"),
    bool_flag("sig-proxy", 0, "Proxy all received signals to the process", "true"),
};
constexpr FlagSpec kStartFlags[] = {
    bool_flag("attach", 'a', "Attach STDOUT/STDERR and forward signals"),
    text_flag("detach-keys", 0, "Override the key sequence for detaching a container"),
    bool_flag("interactive", 'i', "Attach container's STDIN"),
};
constexpr FlagSpec kExecFlags[] = {
    bool_flag("detach", 'd', "Detached mode: run command in the background"),
    text_flag("detach-keys", 0, "Override the key sequence for detaching a container"),
    list_flag("env", 'e', "Set environment variables", check_variable),
    list_flag("env-file", 0, "Read in a file of environment variables"),
    bool_flag("interactive", 'i', "Keep STDIN open even if not attached"),
    bool_flag("privileged", 0, "Give extended privileges to the command"),
    bool_flag("tty", 't', "Allocate a pseudo-TTY"),
    text_flag("user", 'u', "Username or UID (format: <name|uid>[:<group|gid>])"),
    text_flag("workdir", 'w', "Working directory inside the container"),
};
constexpr FlagSpec kLogsFlags[] = {
    bool_flag("details", 0, "Show extra details provided to logs"),
    bool_flag("follow", 'f', "Follow log output"),
    text_flag("since", 0, "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
    text_flag("tail", 'n', "Number of lines to show from the end of the logs", "all"),
    bool_flag("timestamps", 't', "Show timestamps"),
    text_flag("until", 0, "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
};

Result<Json> container_json(Invocation& in, const std::string& name) {
  return daemon_object(in.session.client.get("/containers/" + path_name(name) + "/json"), "container", name);
}

void resize(Session& session, const std::string& path, TerminalSize size) {
  Query query;
  query.add("h", std::to_string(size.rows)).add("w", std::to_string(size.columns));
  ignore(session.client.post(query.on(path + "/resize"), Json()));
}

// Attaches to `path` ("/containers/X"), with what the container's configuration allows.
AttachSettings attach_settings(Invocation& in, const std::string& path, const Json& config, bool in_wanted, bool proxy) {
  AttachSettings settings;
  settings.tty = json_bool(config, "Tty");
  settings.in = in_wanted && json_bool(config, "OpenStdin");
  if (settings.tty) settings.on_resize = [&in, path](TerminalSize size) { resize(in.session, path, size); };
  if (proxy && !settings.tty)
    settings.on_signal = [&in, path](int signal) { ignore(in.session.client.post(Query().add("signal", signal_name(signal)).on(path + "/kill"), Json())); };
  return settings;
}

Result<std::unique_ptr<api::ClientStream>> open_attach(Invocation& in, const std::string& path, const AttachSettings& settings) {
  Query query;
  query.add("stream", "1").add_if(settings.in, "stdin").add("stdout", "1").add("stderr", "1");
  return std::move(TRY(daemon(in.session.client.stream(hijack_request(query.on(path + "/attach"))))).stream);
}

constexpr const char* kReadEscape = "read escape sequence";

}  // namespace

std::span<const FlagSpec> attach_flags() { return kAttachFlags; }
std::span<const FlagSpec> start_flags() { return kStartFlags; }
std::span<const FlagSpec> exec_flags() { return kExecFlags; }
std::span<const FlagSpec> logs_flags() { return kLogsFlags; }

Result<int> attach_handler(Invocation& in) {
  const std::string& name = in.args()[0];
  const Json container = TRY(container_json(in, name));
  const Json& state = json_member(container, "State");
  const auto refuse = [](const char* why) { return docker_error(ErrorKind::Conflict, "cli.attach", why); };
  if (!json_bool(state, "Running")) return refuse("You cannot attach to a stopped container, start it first");
  if (json_bool(state, "Paused")) return refuse("You cannot attach to a paused container, unpause it first");
  if (json_bool(state, "Restarting")) return refuse("You cannot attach to a restarting container, wait until it is running");
  const std::string path = "/containers/" + json_string(container, "Id");
  AttachSettings settings = attach_settings(in, path, json_member(container, "Config"), !in.flags.boolean("no-stdin"), in.flags.boolean("sig-proxy"));
  settings.keys = TRY(detach_keys(in.flags.text("detach-keys")));
  if (settings.tty && settings.in && !in.session.console.in_is_terminal()) return docker_error(ErrorKind::Invalid, "cli.not-a-tty", "the input device is not a TTY");
  const bool tty = settings.tty;
  const auto stream = TRY(open_attach(in, path, settings));
  AttachSession attach(in.session, std::move(settings));
  api::ClientResponse waiting = TRY(daemon(in.session.client.stream(post_request(path + "/wait"))));
  if (tty && in.session.console.out_is_terminal()) {
    // The window is made one larger and then its own size: a program that was drawing draws again.
    if (const auto size = in.session.console.size()) {
      resize(in.session, path, {static_cast<std::uint16_t>(size->rows + 1), static_cast<std::uint16_t>(size->columns + 1)});
      resize(in.session, path, *size);
    }
  }
  const auto ended = attach.run(*stream);
  if (!ended.ok()) return exit_code_of_broken_attach(in, ended.error());
  const AttachOutcome& outcome = ended.value();
  if (outcome.end == AttachEnd::Detached) return docker_error(ErrorKind::Invalid, "cli.detached", kReadEscape);
  if (outcome.end == AttachEnd::Interrupted) return 128 + outcome.signal;
  return exit_code_of_wait(in, *waiting.stream);
}

Result<int> start_handler(Invocation& in) {
  const bool attached = in.flags.boolean("attach") || in.flags.boolean("interactive");
  if (!attached) {
    std::vector<std::string> failed;
    for (const std::string& name : in.args()) {
      if (const auto done = daemon(in.session.client.post("/containers/" + path_name(name) + "/start", Json())); done.ok()) {
        in.session.console.out(name + "\n");
      } else {
        in.session.console.err(done.error().message() + "\n");
        failed.push_back(name);
      }
    }
    if (failed.empty()) return 0;
    return docker_error(ErrorKind::Invalid, "cli.failed", "Error: failed to start containers: " + join(failed, ", "));
  }
  if (in.args().size() > 1) return docker_error(ErrorKind::Invalid, "cli.start", "you cannot start and attach multiple containers at once");
  const std::string& name = in.args()[0];
  const Json container = TRY(container_json(in, name));
  const std::string path = "/containers/" + json_string(container, "Id");
  AttachSettings settings = attach_settings(in, path, json_member(container, "Config"), in.flags.boolean("interactive"), true);
  settings.keys = TRY(detach_keys(in.flags.text("detach-keys")));
  const bool tty = settings.tty;
  const bool auto_remove = json_bool(json_member(container, "HostConfig"), "AutoRemove");
  const auto stream = TRY(open_attach(in, path, settings));
  AttachSession attach(in.session, std::move(settings));
  api::ClientResponse waiting =
      TRY(daemon(in.session.client.stream(post_request(Query().add("condition", auto_remove ? "removed" : "next-exit").on(path + "/wait")))));
  TRY(daemon(in.session.client.post(path + "/start", Json())));
  if (tty && in.session.console.out_is_terminal())
    if (const auto size = in.session.console.size()) resize(in.session, path, *size);
  const auto ended = attach.run(*stream);
  if (!ended.ok()) return exit_code_of_broken_attach(in, ended.error());
  const AttachOutcome& outcome = ended.value();
  if (outcome.end == AttachEnd::Detached) return 0;
  if (outcome.end == AttachEnd::Interrupted) return 128 + outcome.signal;
  return exit_code_of_wait(in, *waiting.stream);
}

Result<int> exec_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const std::string& name = in.args()[0];
  const bool detach = flags.boolean("detach"), tty = flags.boolean("tty"), in_wanted = flags.boolean("interactive") && !detach;
  const auto env = TRY(key_values(flags.list("env-file"), flags.list("env"), KeyValues::Variables));
  TRY(container_json(in, name));
  if (!detach && tty && in_wanted && !in.session.console.in_is_terminal()) return docker_error(ErrorKind::Invalid, "cli.not-a-tty", "the input device is not a TTY");
  Json body = Json::object();
  body["User"] = flags.text("user");
  body["Privileged"] = flags.boolean("privileged");
  body["Tty"] = tty;
  body["AttachStdin"] = in_wanted;
  body["AttachStderr"] = !detach;
  body["AttachStdout"] = !detach;
  body["Detach"] = detach;
  body["DetachKeys"] = flags.text("detach-keys");
  body["Env"] = nullptr;
  if (!env.empty()) body["Env"] = env;
  body["WorkingDir"] = flags.text("workdir");
  body["Cmd"] = std::vector<std::string>(in.args().begin() + 1, in.args().end());
  const Json created = TRY(daemon(in.session.client.post("/containers/" + path_name(name) + "/exec", body)));
  AttachSettings settings;
  settings.keys = TRY(detach_keys(flags.text("detach-keys")));  // after the daemon, which words what is wrong with them
  const std::string path = "/exec/" + json_string(created, "Id");
  const Json start = {{"Detach", detach}, {"Tty", tty}};
  if (detach) {
    TRY(daemon(in.session.client.post(path + "/start", start)));
    return 0;
  }
  settings.tty = tty;
  settings.in = in_wanted;
  if (!tty) settings.keys = EscapeKeys::none();
  if (tty) settings.on_resize = [&](TerminalSize size) { resize(in.session, path, size); };
  settings.watch_signals = tty;  // without a terminal a signal ends the client and leaves the process, as Docker does
  AttachSession attach(in.session, std::move(settings));
  const auto stream = std::move(TRY(daemon(in.session.client.stream(hijack_request(path + "/start", dump_json(start))))).stream);
  if (tty && in.session.console.out_is_terminal())
    if (const auto size = in.session.console.size()) resize(in.session, path, *size);
  const AttachOutcome outcome = TRY(attach.run(*stream));
  if (outcome.end == AttachEnd::Detached) return docker_error(ErrorKind::Invalid, "cli.detached", kReadEscape);
  if (outcome.end == AttachEnd::Interrupted) return 128 + outcome.signal;
  const Json ended = TRY(daemon(in.session.client.get(path + "/json")));
  return static_cast<int>(json_int(ended, "ExitCode"));
}

Result<int> logs_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const std::string& name = in.args()[0];
  const Json container = TRY(container_json(in, name));
  Query query;
  query.add("stderr", "1").add("stdout", "1").add("tail", flags.text("tail")).add_if(flags.boolean("follow"), "follow").add_if(flags.boolean("timestamps"), "timestamps").add_if(flags.boolean("details"), "details");
  for (const char* bound : {"since", "until"}) {
    if (!flags.changed(bound)) continue;
    const auto time = docker_timestamp(flags.text(bound), in.session.clock.now());
    if (!time.ok()) return docker_error(ErrorKind::Invalid, "cli.time", "invalid value for " + go_quote(bound) + ": " + time.error().message());
    query.add(bound, time.value());
  }
  api::ClientRequest request;
  request.target = query.on("/containers/" + json_string(container, "Id") + "/logs");
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  const bool tty = json_bool(json_member(container, "Config"), "Tty");
  Console& console = in.session.console;
  api::StreamDemultiplexer demultiplexer;
  for (;;) {
    const std::string bytes = TRY(response.stream->read());
    if (bytes.empty() || console.out_is_gone()) return 0;
    if (tty) console.out(bytes);
    else demultiplexer.feed(bytes, [&](int to, std::string_view text) { to == 2 ? console.err(text) : console.out(text); });
  }
}

}  // namespace strates::cli
