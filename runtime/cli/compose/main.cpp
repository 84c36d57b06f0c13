// strates-compose: `docker compose`. The front executes it, so that the front itself needs neither YAML nor a hash.
#include <time.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdlib>

#include "adapters/openssl_hasher.hpp"
#include "adapters/system_clock.hpp"
#include "base/text.hpp"
#include "cli/compose/compose_front.hpp"
#include "cli/compose/disk_files.hpp"
#include "cli/which_engine.hpp"

using namespace strates;

namespace {

cli::ComposeSurroundings surroundings() {
  cli::ComposeSurroundings out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (const size_t equals = text.find('='); equals != std::string::npos) out.variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  char path[PATH_MAX];
  out.directory = getcwd(path, sizeof path) != nullptr ? path : "/";
  out.home = cli::process_surroundings().home;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  set_language(choose_language(""));
  const auto console = cli::process_console();
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (words.size() >= 2 && words[0] == "--lang") {
    set_language(choose_language(words[1]));
    words.erase(words.begin(), words.begin() + 2);
  }
  const auto choice = cli::choose_engine("", cli::process_surroundings());
  if (!choice.ok()) {
    console->err(choice.error().message() + "\n");
    return 1;
  }
  const std::string socket = choice.value().socket;
  api::Client client(api::unix_transport(socket));
  adapters::SystemClock clock;
  adapters::OpensslHasher hasher;
  cli::DiskFiles files(*console);
  cli::Session session{client, *console, clock};
  const cli::ComposePorts ports{[socket] { return std::make_unique<api::Client>(api::unix_transport(socket)); }, [&](std::string_view bytes) { return hasher.sha256_hex(bytes); }, files};
  const int code = cli::run_compose(session, ports, surroundings(), words);
  if (console->out_is_gone()) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  return code;
}
