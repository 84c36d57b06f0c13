// TCP ports, TLS, bodies read from files and requests read as they come; the peers are OpenSSL's and cpp-httplib's clients.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "http/server/listener.hpp"
#include "http_support.hpp"

using namespace strates;
using namespace strates::http;
using namespace strates::http::test;

namespace {

// A server on a free port of loopback.
class TcpServer {
 public:
  explicit TcpServer(HttpHandler handler, ServerOptions options = {}, std::shared_ptr<TlsServer> tls = nullptr) {
    options.tcp.push_back({"127.0.0.1:0", std::move(tls)});
    auto server = Server::listen(std::move(options), spooler_, std::move(handler));
    REQUIRE(server.ok());
    server_ = std::move(server).value();
    port_ = std::stoi(server_->addresses().at(0).substr(10));
    thread_ = std::thread([this] { server_->run(); });
  }
  ~TcpServer() {
    server_->stop();
    thread_.join();
  }
  int port() const { return port_; }

 private:
  MemorySpooler spooler_;
  std::unique_ptr<Server> server_;
  int port_ = 0;
  std::thread thread_;
};

// An authority, a server's and a client's certificate, made by openssl(1).
struct Certificates {
  Certificates() {
    const std::string script =
        "cd " + directory.path() +
        " && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=authority -days 2"
        " && openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost"
        " && printf 'subjectAltName=IP:127.0.0.1,DNS:localhost' > san"
        " && openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile san"
        " && openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=client"
        " && openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.crt -days 2";
    REQUIRE(std::system(("( " + script + " ) >/dev/null 2>&1").c_str()) == 0);
  }
  std::string at(const std::string& name) const { return directory.path() + "/" + name; }
  TemporaryDirectory directory;
};
const Certificates& certificates() {
  static const Certificates made;
  return made;
}

HttpResponse echo(const HttpRequest& request) {
  auto source = request.body->open();
  if (!source.ok()) return {500, {}, source.error().explanation()};
  auto bytes = strates::read_all(*source.value(), 64 << 20);
  return bytes.ok() ? HttpResponse{200, {}, std::move(bytes).value()} : HttpResponse{400, {}, bytes.error().explanation()};
}

ServerOptions streamed() {
  ServerOptions options;
  options.request_body = RequestBody::Streamed;
  return options;
}

// The whole of a file, or of a part of it.
HttpHandler file_handler(const std::string& path, std::uint64_t offset, std::uint64_t length) {
  return [=](const HttpRequest&) -> HttpResponse {
    auto file = std::make_shared<UniqueFd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return {200, {}, HttpSourceBody{std::make_shared<StringSource>(""), length, file, offset}};
  };
}

std::string large_bytes() {
  std::string bytes(5'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 4);
  return bytes;
}

}  // namespace

TEST_CASE("addresses to listen on are read strictly, and a taken port is said") {
  for (const char* wrong : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:5000", "no such host.invalid:1"}) {
    CAPTURE(wrong);
    const auto listener = Listener::bind_tcp(wrong);
    CHECK_FALSE(listener.ok());
    if (!listener.ok()) CHECK(listener.error().code == "http.address");
  }
  const auto first = Listener::bind_tcp("127.0.0.1:0");
  REQUIRE(first.ok());
  CHECK(first.value().address() != "127.0.0.1:0");
  CHECK(Listener::bind_tcp(first.value().address()).error().code == "http.port-in-use");
}

TEST_CASE("a port of TCP serves, and requests follow one another on a connection") {
  TcpServer server(echo);
  httplib::Client client("127.0.0.1", server.port());
  client.set_keep_alive(true);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Post("/x", "hello " + std::to_string(i), "text/plain");
    REQUIRE(answer);
    CHECK(answer->body == "hello " + std::to_string(i));
  }
}

TEST_CASE("a body that is streamed is read as it comes, and what nobody reads does not stay in the way") {
  const std::string bytes = large_bytes();
  SUBCASE("read") {
    TcpServer server(echo, streamed());
    httplib::Client client("127.0.0.1", server.port());
    client.set_keep_alive(true);
    for (int i = 0; i < 2; ++i) {
      const auto answer = client.Post("/x", bytes, "application/octet-stream");
      REQUIRE(answer);
      CHECK(answer->body == bytes);
    }
  }
  SUBCASE("not read: small bodies are passed over, large ones end the connection after the answer") {
    TcpServer server([](const HttpRequest&) { return HttpResponse{401, {}, std::string("who?")}; }, streamed());
    httplib::Client client("127.0.0.1", server.port());
    client.set_keep_alive(true);
    CHECK(client.Post("/x", "small", "text/plain")->status == 401);
    CHECK(client.Post("/x", "small", "text/plain")->status == 401);
    const auto answer = client.Post("/x", bytes, "application/octet-stream");
    REQUIRE(answer);
    CHECK(answer->body == "who?");
  }
  SUBCASE("twice: the second time is refused") {
    TcpServer server(
        [](const HttpRequest& request) {
          CHECK(request.body->open().ok());
          return HttpResponse{200, {}, request.body->open().error().code};
        },
        streamed());
    httplib::Client client("127.0.0.1", server.port());
    CHECK(client.Post("/x", "a", "text/plain")->body == "http.body-read");
  }
}

TEST_CASE("a client that waits to be told to go on is told at the first read, or refused without") {
  RunningServer reads(echo, streamed());
  RawClient first(reads.socket());
  first.say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  CHECK(first.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  first.say("ok");
  CHECK(first.read_all().ends_with("\r\n\r\nok"));
  RunningServer refuses([](const HttpRequest&) { return HttpResponse{401, {}, std::string("no")}; }, streamed());
  RawClient second(refuses.socket());
  second.say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(second.read_all().starts_with("HTTP/1.1 401 Unauthorized\r\n"));
}

TEST_CASE("a client that leaves in the middle of a streamed body is noticed by the handler") {
  std::atomic<bool> noticed = false;
  RunningServer server(
      [&](const HttpRequest& request) {
        const auto answer = echo(request);
        noticed = answer.status == 400;
        return answer;
      },
      streamed());
  RawClient client(server.socket());
  client.say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
  client.close();
  CHECK(eventually([&] { return noticed.load(); }));
}

TEST_CASE("a file is sent whole or in part, in the clear and through TLS") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/file", bytes = large_bytes();
  std::ofstream(path, std::ios::binary) << bytes;
  SUBCASE("in the clear") {
    TcpServer server(file_handler(path, 0, bytes.size()));
    httplib::Client client("127.0.0.1", server.port());
    CHECK(client.Get("/")->body == bytes);
    const auto head = client.Head("/");
    CHECK(head->get_header_value("Content-Length") == std::to_string(bytes.size()));
  }
  SUBCASE("a part") {
    TcpServer server(file_handler(path, 1000, 2'000'000));
    httplib::Client client("127.0.0.1", server.port());
    CHECK(client.Get("/")->body == bytes.substr(1000, 2'000'000));
  }
  SUBCASE("through TLS") {
    auto tls = TlsServer::open({certificates().at("server.crt"), certificates().at("server.key"), ""});
    REQUIRE(tls.ok());
    TcpServer server(file_handler(path, 0, bytes.size()), {}, tls.value());
    httplib::SSLClient client("127.0.0.1", server.port());
    client.set_ca_cert_path(certificates().at("ca.crt").c_str());
    client.enable_server_certificate_verification(true);
    const auto answer = client.Get("/");
    REQUIRE(answer);
    CHECK(answer->body == bytes);
  }
  SUBCASE("one that is shorter than announced breaks the answer off") {
    TcpServer server(file_handler(path, 0, bytes.size() + 1));
    httplib::Client client("127.0.0.1", server.port());
    CHECK_FALSE(client.Get("/"));
  }
}

TEST_CASE("a source without length is sent in chunks, and one that fails ends in nothing that looks complete") {
  struct Failing : ByteSource {
    Result<size_t> read(std::span<char> buffer) override {
      if (++calls > 2) return make_error(ErrorKind::Internal, "test", "read", "", "it failed");
      buffer[0] = 'x';
      return size_t{1};
    }
    int calls = 0;
  };
  TcpServer server([](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/good") return {200, {}, HttpSourceBody{std::make_shared<StringSource>(std::string(600'000, 'y')), std::nullopt, nullptr, 0}};
    return {200, {}, HttpSourceBody{std::make_shared<Failing>(), std::nullopt, nullptr, 0}};
  });
  httplib::Client client("127.0.0.1", server.port());
  CHECK(client.Get("/good")->body == std::string(600'000, 'y'));
  CHECK_FALSE(client.Get("/bad"));
}

TEST_CASE("where an authority is named, a client without its certificate is not served") {
  const Certificates& made = certificates();
  auto tls = TlsServer::open({made.at("server.crt"), made.at("server.key"), made.at("ca.crt")});
  REQUIRE(tls.ok());
  std::atomic<int> calls = 0;
  TcpServer server([&](const HttpRequest& request) { return ++calls, echo(request); }, {}, tls.value());
  httplib::SSLClient stranger("127.0.0.1", server.port());
  stranger.enable_server_certificate_verification(false);
  CHECK_FALSE(stranger.Get("/"));
  httplib::Client plain("127.0.0.1", server.port());
  CHECK_FALSE(plain.Get("/"));
  CHECK(calls == 0);
  httplib::SSLClient known("127.0.0.1", server.port(), made.at("client.crt"), made.at("client.key"));
  known.set_ca_cert_path(made.at("ca.crt").c_str());
  known.enable_server_certificate_verification(true);
  const auto answer = known.Post("/", "hello", "text/plain");
  REQUIRE(answer);
  CHECK(answer->body == "hello");
  CHECK(calls == 1);
}

TEST_CASE("a client that never finishes the handshake is cut, and others are served meanwhile") {
  auto tls = TlsServer::open({certificates().at("server.crt"), certificates().at("server.key"), ""});
  REQUIRE(tls.ok());
  ServerOptions options;
  options.head_deadline = std::chrono::milliseconds(300);
  TcpServer server(echo, options, tls.value());
  const UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(silent.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  httplib::SSLClient client("127.0.0.1", server.port());
  client.enable_server_certificate_verification(false);
  CHECK(client.Post("/", "x", "text/plain")->body == "x");
  char byte = 0;
  CHECK(::recv(silent.get(), &byte, 1, 0) == 0);
}

TEST_CASE("certificates that cannot be read are named") {
  const Certificates& made = certificates();
  CHECK(TlsServer::open({made.at("none"), made.at("server.key"), ""}).error().code == "tls.certificate");
  CHECK(TlsServer::open({made.at("server.crt"), made.at("none"), ""}).error().code == "tls.key");
  CHECK(TlsServer::open({made.at("server.crt"), made.at("client.key"), ""}).error().code == "tls.key");
  CHECK(TlsServer::open({made.at("server.crt"), made.at("server.key"), made.at("none")}).error().code == "tls.authority");
}

TEST_CASE("a client that speaks TLS to a port in the clear is answered at once") {
  RunningServer server(echo);
  RawClient client(server.socket());
  const auto begin = std::chrono::steady_clock::now();
  client.say(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  CHECK(client.read_all().starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
}
