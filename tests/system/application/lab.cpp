#include "tests/system/application/lab.hpp"

#include <doctest/doctest.h>

#include <iostream>

#include "tests/support/places.hpp"

namespace strates::system_test {

namespace {

std::unique_ptr<Lab>& shared() {
  static std::unique_ptr<Lab> lab;
  return lab;
}

// The first address of the machine's archive, as the debian image knows it.
constexpr const char* kArchive =
    "docker run --rm debian sh -c 'sed -n \"s|^deb.* \\(http://[^ ]*\\) \\([^ ]*\\) main|\\1/dists/\\2/InRelease|p\" /etc/apt/sources.list | head -1'";

}  // namespace

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Lab* Lab::get() {
  static bool tried = false;
  if (!tried && !skipped(why_not(World::Linux))) {
    auto lab = std::make_unique<Lab>();
    if (!skipped(lab->why_not_)) shared() = std::move(lab);
  } else if (shared() == nullptr) {
    std::cout << "skipped: no images of servers" << std::endl;
  }
  tried = true;
  return shared().get();
}

Lab::Lab() {
  leave_machine_network();
  proxy_.open();
  watch_ = std::make_unique<LeakWatch>(root_);
  daemon_ = std::make_unique<Daemon>(root_, World::Linux, Network::Test);
  // The archive of the debian image is kept below the build folder, where the tests of the lessons keep it too.
  Options options;
  options.limit = Milliseconds(400'000);
  options.env = {{"XDG_CACHE_HOME", strates::testing::binary_dir() + "/cache"}, {"http_proxy", proxy_.address("127.0.0.1")}};
  const auto base = daemon_->strates({"images", "prepare", "debian"}, options);
  if (base.exit != 0) {
    why_not_ = "no debian image: " + base.all();
    return;
  }
  const std::string archive = run(kArchive), url = archive.substr(0, archive.find('\n'));
  if (strates::system_test::run({"curl", "-sf", "-m", "30", "-o", "/dev/null", "-x", proxy_.address("127.0.0.1"), url}).exit != 0) {
    why_not_ = "Debian's archive does not answer: " + url;
    return;
  }
  set_proxy(Proxy::Archive);
  const auto servers = daemon_->strates({"images", "prepare", "nginx", "redis", "postgres"}, options);
  set_proxy(Proxy::None);
  prepared_ = servers.all();
  REQUIRE_MESSAGE(servers.exit == 0, prepared_ << daemon_->log());
}

void Lab::set_proxy(Proxy proxy) {
  const std::string gateway = run("docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge");
  const std::string address = proxy == Proxy::Nowhere ? "http://127.0.0.1:1" : proxy_.address(gateway.substr(0, gateway.find('\n')));
  run("mkdir -p ~/.docker");
  run(proxy == Proxy::None ? "rm -f ~/.docker/config.json"
                           : "printf '{\"proxies\": {\"default\": {\"httpProxy\": \"" + address + "\"}}}' > ~/.docker/config.json");
}

Result Lab::strates(const std::vector<std::string>& words) {
  Options options;
  options.limit = Milliseconds(240'000);
  return daemon_->strates(words, options);
}

Result Lab::result(const std::string& script) { return daemon_->docker(script, Client::Ours, Milliseconds(240'000)); }

std::string Lab::run(const std::string& script, int exit) {
  const auto answer = result(script);
  CHECK_MESSAGE(answer.exit == exit, script << "\n" << answer.all() << "\ndaemon:\n" << daemon_->log());
  return answer.out;
}

std::string Lab::fetch(const std::string& url) { return strates::system_test::run({"curl", "-s", "-m", "10", "--noproxy", "*", url}).out; }

std::string Lab::close() {
  std::unique_ptr<Lab> lab = std::move(shared());
  if (lab == nullptr) return {};
  lab->run("docker rm -fv $(docker ps -aq) 2>/dev/null; docker network prune -f; docker volume prune -f");
  const int code = lab->daemon_->stop();
  if (code != 0) return "the daemon ended with " + std::to_string(code) + "\n" + lab->daemon_->log();
  return joined(lab->watch_->left());
}

}  // namespace strates::system_test
