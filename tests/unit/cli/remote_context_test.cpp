// Contexts that are a repository or a URL, against a server of this program.
#include "cli/remote_context.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/git_address.hpp"
#include "tests/support/file_server.hpp"

#include "support.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

struct Folder {
  Folder() {
    std::string name = "/tmp/strates-remote-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name) << text;
  }
  int sh(const std::string& script) const { return std::system(("cd " + path + " && { " + script + "; } >/dev/null 2>&1").c_str()); }
  std::string path;
};

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

template <typename T>
std::string message(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().message();
}

}  // namespace

TEST_CASE("what names a repository, a URL and neither") {
  for (const char* address : {"git://h/r", "git@h:r", "github.com/a/b", "https://h/r.git", "http://h/r.git#v1:sub"}) CHECK(is_git_address(address));
  for (const char* address : {"https://h/r", "ssh://h/r.git", "file:///r.git", "r.git", "./git@"}) CHECK_FALSE(is_git_address(address));
  CHECK(is_url_address("https://h/r"));
  CHECK_FALSE(is_url_address("ftp://h/r"));
  const GitAddress whole = parse_git_address("http://h/r.git#v1:sub/dir").value();
  CHECK(whole.remote == "http://h/r.git");
  CHECK(whole.ref == "v1");
  CHECK(whole.folder == "sub/dir");
  CHECK(parse_git_address("github.com/a/b").value().remote == "https://github.com/a/b");
  CHECK(parse_git_address("git@h:r#:x").value().ref == "master");
  CHECK(message(parse_git_address("git@h:r#--upload-pack=touch")) == "unable to 'git clone' to temporary context directory: invalid refspec: --upload-pack=touch");
}

// What Docker's clients 20.10.24 and 28.2.2 gave a git program of the test's own, or did not.
TEST_CASE("an address of a repository is a URL: its end is what Docker looks at, its fragment is decoded, its path spelt as URLs are") {
  for (const char* address : {"https://h/ungit", "https://git", "https://h/a#b.git", "https://h/git#x"}) CHECK(is_git_address(address));
  for (const char* address : {"https://h/r.git#", "https://h/r.git/", "https://h/r.git:#x", "https://h/r.git?ref=x#y", "http://h/r.git#a\nb", "HTTPS://h/r.git"}) CHECK_FALSE(is_git_address(address));
  const auto ref = [](const char* address) { return parse_git_address(address).value().ref; };
  CHECK(ref("https://h/r.git#a%20b:c%2fd") == "a b");
  CHECK(ref("https://h/a#b.git") == "b.git");
  CHECK(ref("https://h/r.git#\xc3\xa9") == "\xc3\xa9");
  CHECK(ref("git@h:r#a%20b") == "a%20b");  // no URL
  CHECK(ref("git@h:r#a#b") == "a#b");
  CHECK(parse_git_address("github.com/a/b#:d:e").value().folder == "d:e");
  const auto remote = [](const char* address) { return parse_git_address(address).value().remote; };
  CHECK(remote("https://u:p@h/\xc3\xa9.git") == "https://u:p@h/%C3%A9.git");
  CHECK(remote("git://h/a b?x=y z") == "git://h/a%20b?x=y z");
  CHECK(remote("git://h/r%20x") == "git://h/r%20x");
  const std::string unable = "unable to 'git clone' to temporary context directory: parse ";
  CHECK(message(parse_git_address("https://h/r.git#%zz")) == unable + "\"https://https://h/r.git#%zz\": invalid URL escape \"%zz\"");
  CHECK(message(parse_git_address("github.com/a/b#x%1")) == unable + "\"https://github.com/a/b#x%1\": invalid URL escape \"%1\"");
  CHECK(message(parse_git_address("git://h/a%zz")) == unable + "\"https://git://h/a%zz\": invalid URL escape \"%zz\"");
}

TEST_CASE("a repository is cloned for the build, its branch and folder chosen, and gone afterwards") {
  if (std::system("git --version >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: no git");
    return;
  }
  const Folder made, temporary;
  setenv("TMPDIR", temporary.path.c_str(), 1);
  made.write("repo/Dockerfile", "FROM busybox\n");
  made.write("repo/sub/a", "on master\n");
  made.write("template/hooks/post-checkout", "#!/bin/sh\ntouch " + made.path + "/hook-ran\n");
  REQUIRE(made.sh("chmod +x template/hooks/post-checkout; cd repo && git init -q -b master . && ln -s / out && git add -A && git -c user.name=a -c user.email=a@b commit -qm one && "
                  "git checkout -qb other && echo other > sub/a && git -c user.name=a -c user.email=a@b commit -qam two && git checkout -q master && git update-server-info") == 0);
  testing::FileServer server;
  server.folder = made.path + "/repo";
  server.start();
  setenv("GIT_TEMPLATE_DIR", (made.path + "/template").c_str(), 1);
  const std::string url = server.url("/.git");
  std::string root;
  {
    const auto checkout = GitCheckout::fetch(parse_git_address(url).value());
    REQUIRE_MESSAGE(checkout.ok(), checkout.error().message());
    root = checkout.value().folder();
    CHECK(text_of(root + "/Dockerfile") == "FROM busybox\n");
    CHECK(text_of(root + "/sub/a") == "on master\n");
  }
  CHECK_FALSE(std::filesystem::exists(root));
  {
    const auto checkout = GitCheckout::fetch(parse_git_address(url + "#other:sub").value());
    REQUIRE_MESSAGE(checkout.ok(), checkout.error().message());
    CHECK(checkout.value().folder().ends_with("/sub"));
    CHECK(text_of(checkout.value().folder() + "/a") == "other\n");
  }
  unsetenv("GIT_TEMPLATE_DIR");
  CHECK_FALSE(std::filesystem::exists(made.path + "/hook-ran"));
  const std::string clone = "unable to 'git clone' to temporary context directory: ";
  CHECK(message(GitCheckout::fetch(parse_git_address(url + "#nope").value())) == clone + "error fetching: fatal: couldn't find remote ref nope\n: exit status 128");
  CHECK(message(GitCheckout::fetch(parse_git_address(url + "#master:nodir").value())).ends_with("/nodir: no such file or directory"));
  CHECK(message(GitCheckout::fetch(parse_git_address(url + "#master:Dockerfile").value())).find("error setting git context, not a directory: ") != std::string::npos);
  CHECK(message(GitCheckout::fetch(parse_git_address(url + "#master:out").value())) == clone + "error setting git context, \"out\" not within git root");
  CHECK(message(GitCheckout::fetch(parse_git_address(server.url("/none.git")).value())).starts_with(clone + "error fetching: fatal: repository '"));
  CHECK(message(GitCheckout::fetch({"ext::sh -c touch% " + made.path + "/ran", "master", ""})).starts_with(clone));
  CHECK(message(GitCheckout::fetch({"--upload-pack=touch", "master", ""})).starts_with(clone));
  CHECK_FALSE(std::filesystem::exists(made.path + "/ran"));
  unsetenv("TMPDIR");
  CHECK(std::filesystem::is_empty(temporary.path));
}

TEST_CASE("a context is downloaded with Docker's words") {
  testing::FileServer server;
  server.pages["/Dockerfile"] = {"FROM busybox\nRUN echo from-url\n", {}, "200 OK", false};
  server.pages["/moved"] = {"", {"Location: /Dockerfile"}, "302 Found", false};
  server.pages["/loop"] = {"", {"Location: /loop"}, "302 Found", false};
  server.pages["/none"] = {"no such page\n", {}, "404 File not found", false};
  server.pages["/cut"] = {"half", {}, "200 OK", true};
  server.pages["/pieces"] = {"5\r\nFROM \r\n7\r\nbusybox\r\n0\r\n\r\n", {"Transfer-Encoding: chunked"}, "200 OK", false};
  server.pages["/safe"] = {"", {"Location: https://127.0.0.1:1/x"}, "302 Found", false};
  server.start();
  std::string said;
  const auto show = [&](std::string_view text) { said += text; };
  const std::string url = server.url("/Dockerfile");
  {
    const auto body = download_context(url, show);
    REQUIRE_MESSAGE(body.ok(), body.error().message());
    CHECK(read_all(*body.value(), 100).value() == "FROM busybox\nRUN echo from-url\n");
    const std::string line = "Downloading build context from remote url: " + url + " [" + std::string(50, '=') + ">]      31B/31B\r";
    CHECK(said == line + line + "\r\n");
  }
  CHECK(read_all(*download_context(server.url("/moved"), show).value(), 100).ok());
  const auto refused = [&](const std::string& address) { return message(download_context(address, show)); };
  const std::string begin = "unable to download remote context ";
  CHECK(refused(server.url("/none")) == begin + server.url("/none") + ": failed to GET " + server.url("/none") + " with status 404 File not found: no such page");
  CHECK(refused(server.url("/loop")).ends_with("stopped after 10 redirects"));
  CHECK(refused(server.url("/cut")).ends_with("unexpected EOF"));
  CHECK(read_all(*download_context(server.url("/pieces"), show).value(), 100).value_or("") == "FROM busybox");
  CHECK(download_context(server.url("/safe"), show).error().code == "fetch.no-tls");
  CHECK(refused("http://127.0.0.1:1/x") == begin + "http://127.0.0.1:1/x: Get \"http://127.0.0.1:1/x\": dial tcp 127.0.0.1:1: connect: connection refused");
  CHECK(refused("https://127.0.0.1/x").find("TLS") != std::string::npos);
  CHECK(refused("http:///x").ends_with("http: no Host in request URL"));
  CHECK(refused("http://127.0.0.1/a\tb").find("invalid control character in URL") != std::string::npos);
}

TEST_CASE("a context behind https is left to the engine, which has TLS") {
  test::Stage stage;
  stage.answers["POST /build"] = {200, "{\"stream\":\"Successfully built 0123456789ab\\n\"}\r\n"};
  const auto ran = stage.docker({"build", "-t", "x", "https://a.example/ctx.tar.gz"});
  CHECK(ran.code == 0);
  REQUIRE(ran.asked.size() == 1);
  CHECK(ran.asked[0].line.find("remote=https%3A%2F%2Fa.example%2Fctx.tar.gz") != std::string::npos);
  CHECK(ran.asked[0].line.find("dockerfile=Dockerfile") != std::string::npos);
  CHECK(stage.docker({"build", "-f", "sub/other", "https://a.example/ctx.tar.gz"}).asked[0].line.find("dockerfile=sub%2Fother") != std::string::npos);
}
