// strates-registry: a registry over a folder of this machine.
#include <csignal>

#include "adapters/bcrypt.hpp"
#include "adapters/openssl_hasher.hpp"
#include "adapters/system_clock.hpp"
#include "adapters/system_random.hpp"
#include "base/text.hpp"
#include "http/tls_client/tls.hpp"
#include "linux/registry/registry_disk.hpp"
#include "registry/program/program.hpp"
#include "registry/upstream/registry_upstream.hpp"

using namespace strates;

namespace {

// A streamed server keeps no request: nothing comes here.
class NoSpooler : public engine::Spooler {
 public:
  Result<std::shared_ptr<Spool>> keep(ByteSource& from, std::uint64_t) override { return std::shared_ptr<Spool>(std::make_shared<StringSpool>(TRY(read_all(from, 1 << 20)))); }
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a connection that breaks is an error like another, for TLS too
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  std::string language;
  if (words.size() >= 2 && words[0] == "--lang") {
    language = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  set_language(choose_language(language));
  const auto console = cli::process_console();
  adapters::OpensslHasher hasher;
  adapters::SystemRandom random;
  adapters::SystemClock clock;
  NoSpooler spooler;
  http::Transport transport({.tls = http::tls_dialer(), .user_agent = "strates/" STRATES_VERSION});
  const registry::server::Machine machine{
      hasher, random, clock, spooler,
      [&hasher](const std::string& root) { return linux_world::open_registry_disk(root, hasher); },
      [&](const std::string& url, const registry::Credentials& credentials) { return registry::server::registry_upstream({transport, clock}, url, credentials); },
      [](const std::string& password, const std::string& hash) { return adapters::bcrypt_matches(password, hash); },
      [](const std::string& password) { return adapters::bcrypt_hash(password); },
  };
  return registry::server::run_program(machine, words, *console);
}
