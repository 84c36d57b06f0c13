// Certificates: whom the client believes. The other side is the openssl program.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "registry_support.hpp"

using namespace strates;
using namespace strates::tests;

namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/strates-tls-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  fs::path path;
};

// A certificate that signs itself: NAME.pem, NAME.key.
void certificate(const fs::path& folder, const std::string& name, const std::string& for_whom, const std::string& more = "-days 2") {
  const std::string line = "cd '" + folder.string() + "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + name + ".key -out " + name + ".pem " + more +
                           " -subj /CN=strates-test -addext 'subjectAltName=" + for_whom + "' 2>/dev/null";
  REQUIRE(std::system(line.c_str()) == 0);
}

class TlsServer {
 public:
  TlsServer(const fs::path& folder, const std::string& name, std::vector<std::string> more = {}) {
    int out[2];
    REQUIRE(::pipe(out) == 0);
    const std::string cert = (folder / (name + ".pem")).string(), key = (folder / (name + ".key")).string();
    std::vector<std::string> words = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-www", "-naccept", "20"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> raw;
    for (auto& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], 1);
      ::execvp("openssl", raw.data());
      ::_exit(127);
    }
    ::close(out[1]);
    std::string text;
    char c = 0;
    while (text.find("ACCEPT 127.0.0.1:") == std::string::npos || !text.ends_with('\n')) {
      REQUIRE(::read(out[0], &c, 1) == 1);
      text += c;
    }
    ::close(out[0]);
    port = text.substr(text.find("ACCEPT 127.0.0.1:") + 17);
    port.pop_back();
  }
  ~TlsServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::string port;

 private:
  pid_t pid_ = -1;
};

std::string get(http::Transport& transport, const std::string& url, TlsCheck check = TlsCheck::Verified) {
  FetchRequest request;
  request.url = url;
  request.tls = check;
  request.silence = 5 * kSecond;
  const auto answered = transport.fetch(request);
  if (!answered.ok()) return answered.error().message();
  return std::to_string(answered.value().status);
}

}  // namespace

TEST_CASE("a certificate is believed when its authority is known, and for the names it is for") {
  ::signal(SIGPIPE, SIG_IGN);
  const Folder folder;
  certificate(folder.path, "good", "IP:127.0.0.1,DNS:some.example");
  const TlsServer server(folder.path, "good");
  const std::string url = "https://127.0.0.1:" + server.port + "/";
  {
    http::Transport transport({.tls = http::tls_dialer((folder.path / "certs.d").string())});
    CHECK(get(transport, url) == "x509: certificate signed by unknown authority");
    CHECK(get(transport, url, TlsCheck::Unverified) == "200");
  }
  const fs::path own = folder.path / "certs.d" / ("127.0.0.1:" + server.port);
  fs::create_directories(own);
  fs::copy(folder.path / "good.pem", own / "ca.crt");
  http::Transport transport({.tls = http::tls_dialer((folder.path / "certs.d").string())});
  CHECK(get(transport, url) == "200");
  const fs::path other = folder.path / "certs.d" / ("localhost:" + server.port);
  fs::create_directories(other);
  fs::copy(folder.path / "good.pem", other / "ca.crt");
  CHECK(get(transport, "https://localhost:" + server.port + "/") == "x509: certificate is valid for some.example, not localhost");
}

TEST_CASE("a registry that wants to know its clients is shown the certificate kept for it, and only it") {
  ::signal(SIGPIPE, SIG_IGN);
  const Folder folder;
  certificate(folder.path, "server", "IP:127.0.0.1");
  certificate(folder.path, "client", "DNS:client");
  const TlsServer server(folder.path, "server", {"-Verify", "1", "-verify_return_error", "-CAfile", (folder.path / "client.pem").string(), "-tls1_2"});
  const fs::path own = folder.path / "certs.d" / ("127.0.0.1:" + server.port);
  fs::create_directories(own);
  fs::copy(folder.path / "server.pem", own / "ca.crt");
  const std::string url = "https://127.0.0.1:" + server.port + "/";
  http::Transport transport({.tls = http::tls_dialer((folder.path / "certs.d").string())});
  CHECK(get(transport, url) != "200");
  fs::copy(folder.path / "client.pem", own / "client.cert");
  CHECK(get(transport, url) == "missing key client.key for client certificate client.cert. Note that CA certificates should use the extension .crt");
  fs::copy(folder.path / "client.key", own / "client.key");
  CHECK(get(transport, url) == "200");
}
