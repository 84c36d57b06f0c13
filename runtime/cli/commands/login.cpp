// docker login, docker logout: cli/command/registry/login.go and logout.go of docker/cli 20.10.
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_config.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kLoginFlags[] = {
    text_flag("password", 'p', "Password"),
    bool_flag("password-stdin", 0, "Take the password from stdin"),
    text_flag("username", 'u', "Username"),
};

// The terminal does not show what is typed.
class NoEcho {
 public:
  NoEcho() : known_(tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (known_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool known_;
};

// One line, without its end; none: there is no more.
Result<std::optional<std::string>> read_line(Console& console) {
  std::string out;
  char c = 0;
  for (;;) {
    const size_t got = TRY(console.read_input({&c, 1}));
    if (got == 0 && out.empty()) return std::optional<std::string>();
    if (got == 0 || c == '\n') break;
    if (out.size() == 64 << 10) return docker_error(ErrorKind::Invalid, "cli.login", "bufio.Reader: line too long");
    out += c;
  }
  return std::optional(std::move(out));
}

struct Asked {
  std::string username, password;
  int signal = 0;      // that ended the asking
  bool ended = false;  // so did the end of the input
};

Result<Asked> options_of(Invocation& in) {
  Console& console = in.session.console;
  Asked out{in.flags.text("username"), in.flags.text("password"), 0};
  const bool from_input = in.flags.boolean("password-stdin");
  if (!out.password.empty()) {
    console.err("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    if (from_input) return docker_error(ErrorKind::Invalid, "cli.login", "--password and --password-stdin are mutually exclusive");
  }
  if (!from_input) return out;
  if (out.username.empty()) return docker_error(ErrorKind::Invalid, "cli.login", "Must provide --username with --password-stdin");
  InputSource input(console);
  out.password = TRY(read_all(input, 64 << 10));
  if (out.password.ends_with('\n')) out.password.pop_back();
  if (out.password.ends_with('\r')) out.password.pop_back();
  return out;
}

Result<Asked> ask_person(Invocation& in, Asked given, const std::string& before, bool hub) {
  Console& console = in.session.console;
  if (given.password.empty() && !console.in_is_terminal())
    return docker_error(ErrorKind::Invalid, "cli.login", "Error: Cannot perform an interactive login from a non TTY device");
  given.username = std::string(trim(given.username));
  if (given.username.empty()) {
    if (hub)
      console.out("Login with your Docker ID to push and pull images from Docker Hub. If you don't have a Docker ID, head over to https://hub.docker.com to create one.\n");
    console.out(before.empty() ? "Username: " : "Username (" + before + "): ");
    const auto line = TRY(read_line(console));
    given.ended = !line;
    if (given.ended) return given;
    given.username = std::string(trim(*line));
    if (given.username.empty()) given.username = before;
  }
  if (given.username.empty()) return docker_error(ErrorKind::Invalid, "cli.login", "Error: Non-null Username Required");
  if (given.password.empty()) {
    console.out("Password: ");
    {
      // Whoever gives up here must find a terminal that shows what is typed.
      std::atomic<int> signal{0};
      const auto watch = console.watch_signals([&](int number) {
        if (number != SIGINT && number != SIGTERM && number != SIGHUP && number != SIGQUIT) return;
        signal = number;
        console.stop_input();
      });
      const NoEcho quiet;
      const auto line = TRY(read_line(console));
      given.signal = signal;
      given.ended = !line;
      given.password = line.value_or("");
    }
    console.out("\n");
    if (given.signal != 0 || given.ended) return given;
    if (given.password.empty()) return docker_error(ErrorKind::Invalid, "cli.login", "Error: Password Required");
  }
  return given;
}

Result<Json> ask_daemon(Invocation& in, const StoredAuth& auth) {
  return in.session.client.post("/auth", {{"username", auth.username}, {"password", auth.password}, {"serveraddress", auth.server}});
}

}  // namespace

std::span<const FlagSpec> login_flags() { return kLoginFlags; }
std::span<const FlagSpec> logout_flags() { return {}; }

Result<int> login_handler(Invocation& in) {
  Console& console = in.session.console;
  const Asked given = TRY(options_of(in));
  const std::string named = in.args().empty() ? "" : in.args()[0];
  const bool hub = named.empty() || named == "docker.io" || named == kHubServer;
  StoredAuth auth;
  auth.server = hub ? std::string(kHubServer) : server_host(named);
  DockerConfig config = TRY(DockerConfig::load());
  Json reply;
  std::string before;
  bool done = false;
  if (given.username.empty() && given.password.empty()) {
    const auto kept = config.get(auth.server);
    if (kept.ok()) before = kept.value().username;
    if (kept.ok() && !kept.value().username.empty() && !kept.value().password.empty()) {
      console.out("Authenticating with existing credentials...\n");
      auth = kept.value();
      auto answered = ask_daemon(in, auth);
      done = answered.ok();
      if (done) reply = std::move(answered).value();
      else if (answered.error().kind == ErrorKind::Unauthorized) console.err("Stored credentials invalid or expired\n");
      else console.err("Login did not succeed, error: " + daemon_sentence(answered.error()) + "\n");
    }
  }
  if (!done) {
    const Asked asked = TRY(ask_person(in, given, before, hub));
    if (asked.signal != 0) return 128 + asked.signal;
    if (asked.ended) {
      console.out("EOF\n");
      return 1;
    }
    auth.username = asked.username;
    auth.password = asked.password;
    auth.identity_token.clear();
    reply = TRY(daemon(ask_daemon(in, auth)));
  }
  if (const std::string token = json_string(reply, "IdentityToken"); !token.empty()) {
    auth.password.clear();
    auth.identity_token = token;
  }
  if (config.stores_plainly(auth.server) && !auth.password.empty())
    console.err("WARNING! Your password will be stored unencrypted in " + config.path() +
                ".\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n");
  if (const auto stored = config.store(auth); !stored.ok()) return docker_error(ErrorKind::Internal, "cli.login", "Error saving credentials: " + stored.error().message());
  if (const std::string status = json_string(reply, "Status"); !status.empty()) console.out(status + "\n");
  return 0;
}

Result<int> logout_handler(Invocation& in) {
  Console& console = in.session.console;
  const std::string named = in.args().empty() ? std::string(kHubServer) : in.args()[0];
  const bool hub = in.args().empty();
  const std::string host = hub ? named : server_host(named);
  console.out("Removing login credentials for " + host + "\n");
  DockerConfig config = TRY(DockerConfig::load());
  // An older client may have kept it under any of these.
  std::vector<std::string> keys = {named};
  if (!hub) keys.insert(keys.end(), {host, "http://" + host, "https://" + host});
  std::vector<std::string> errors;
  for (const auto& key : keys)
    if (const auto erased = config.erase(key); !erased.ok()) errors.push_back(key + ": " + erased.error().message());
  if (errors.size() == keys.size()) {
    console.err("WARNING: could not erase credentials:\n");
    for (const auto& error : errors) console.err(error + "\n");
  }
  return 0;
}

}  // namespace strates::cli
