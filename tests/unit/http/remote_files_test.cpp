// What the daemon gets from a URL, spooled.
#include "http/outbound/get_url.hpp"
#include "http/outbound/transport.hpp"
#include "http/remote/remote_files.hpp"

#include <doctest/doctest.h>

#include "tests/support/file_server.hpp"

using namespace strates;

namespace {

class StringSpooler : public engine::Spooler {
 public:
  Result<std::shared_ptr<Spool>> keep(ByteSource& from, std::uint64_t limit) override {
    return std::shared_ptr<Spool>(std::make_shared<StringSpool>(TRY(read_all(from, limit))));
  }
};

}  // namespace

TEST_CASE("a file at a URL is kept with its type, its name and its date") {
  testing::FileServer server;
  const std::string bytes(200'000, 'z');
  server.pages["/f?x=1"] = {bytes, {"Content-Type: application/x-tar", "Content-Disposition: attachment; filename=a.tar", "Last-Modified: Sat, 03 Feb 2001 04:05:06 GMT"}, "200 OK", false};
  server.start();
  StringSpooler spooler;
  http::Transport transport;
  http::UrlFiles files(transport, spooler);
  const auto file = files.get(server.url("/f?x=1"), 1 << 20, nullptr);
  REQUIRE_MESSAGE(file.ok(), file.error().message());
  CHECK(file.value().bytes->size() == bytes.size());
  CHECK(read_all(*file.value().bytes->open().value(), 1 << 20).value() == bytes);
  CHECK(file.value().content_type == "application/x-tar");
  CHECK(file.value().content_disposition == "attachment; filename=a.tar");
  CHECK(file.value().last_modified == 981'173'106 * kSecond);
  CHECK(files.get(server.url("/f?x=1"), 1000, nullptr).error().code == "remote.too-large");
  CHECK(files.get(server.url("/f?x=1"), 1 << 20, [] { return true; }).error().code == "build.cancelled");
  CHECK(files.get(server.url("/none"), 1 << 20, nullptr).error().message() == "failed to GET " + server.url("/none") + " with status 404 Not Found: gone");
}
