// docker pull, push, login, logout and search as commands: what they print, what they ask, what they keep.
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "cli/config_complaint.hpp"
#include "cli/docker_config.hpp"
#include "cli/message_painter.hpp"
#include "own_config.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace fs = std::filesystem;

TEST_CASE("credentials are kept as Docker keeps them, and what others wrote stays") {
  OwnConfig own;
  own.write("config.json", R"({"HttpHeaders":{"a":"b"},"detachKeys":"ctrl-x"})");
  auto config = DockerConfig::load();
  REQUIRE(config.ok());
  REQUIRE(config.value().store({"127.0.0.1:5000", "ana", "secret", ""}).ok());
  const Json json = parse_json(own.text()).value();
  CHECK(json["auths"]["127.0.0.1:5000"]["auth"] == "YW5hOnNlY3JldA==");
  CHECK(json["HttpHeaders"]["a"] == "b");
  CHECK(json["detachKeys"] == "ctrl-x");
  struct stat status {};
  REQUIRE(::stat((own.folder + "/config.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(base64_decode(replace_all(replace_all(registry_auth_header("127.0.0.1:5000"), "-", "+"), "_", "/")).value() ==
        R"({"username":"ana","password":"secret","serveraddress":"127.0.0.1:5000"})");
  CHECK(registry_auth_header("elsewhere:5000") == "e30=");
  CHECK(config.value().erase("127.0.0.1:5000").ok());
  CHECK(parse_json(own.text()).value()["auths"].empty());
  own.write("config.json", "nothing readable");
  CHECK(!DockerConfig::load().ok());
}

TEST_CASE("a credential helper keeps the password, and the file does not") {
  OwnConfig own;
  own.write("docker-credential-box", "#!/bin/sh\nd=" + own.folder + R"(
case $1 in
store) cat > $d/kept ;;
get) read s; [ -f $d/kept ] && cat $d/kept || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) rm -f $d/kept ;;
list) echo '{"h:5000":"ana"}' ;;
esac
)", 0700);
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (own.folder + ":" + before).c_str(), 1);
  own.write("config.json", R"({"credsStore":"box"})");
  auto config = DockerConfig::load();
  REQUIRE(config.ok());
  CHECK(!config.value().stores_plainly("h:5000"));
  CHECK(config.value().get("h:5000").value().empty());
  REQUIRE(config.value().store({"h:5000", "ana", "secret", ""}).ok());
  CHECK(own.text().find("secret") == std::string::npos);
  CHECK(own.text().find("YW5h") == std::string::npos);
  const auto kept = config.value().get("h:5000");
  REQUIRE(kept.ok());
  CHECK(kept.value().username == "ana");
  CHECK(kept.value().password == "secret");
  CHECK(config.value().erase("h:5000").ok());
  own.write("config.json", R"({"credHelpers":{"h:5000":"nosuch"}})");
  const auto missing = DockerConfig::load().value().get("h:5000");
  REQUIRE(!missing.ok());
  CHECK(missing.error().message().find("docker-credential-nosuch") != std::string::npos);
  CHECK(DockerConfig::load().value().get("other:5000").ok());
  own.write("config.json", R"({"credsStore":"../../bin/sh"})");
  CHECK(DockerConfig::load().value().stores_plainly("x"));  // no path becomes a program
  ::setenv("PATH", before.c_str(), 1);
}

TEST_CASE("messages are painted on a terminal as Docker paints them, and are lines elsewhere") {
  const auto message = [](const char* text) { return parse_json(text).value(); };
  const Json pulling = message(R"({"status":"Pulling from x","id":"latest"})");
  const Json first = message(R"({"status":"Pulling fs layer","progressDetail":{},"id":"aaa"})"), second = message(R"({"status":"Pulling fs layer","progressDetail":{},"id":"bbb"})");
  const Json moving = message(R"({"status":"Downloading","progressDetail":{"current":3678,"total":200700},"progress":"[>  ]","id":"aaa"})");
  const Json aux = message(R"({"progressDetail":{},"aux":{"Tag":"1"}})"), stream = message(R"({"stream":"Step 1\n"})");
  MessagePainter terminal(100);
  CHECK(terminal.paint(pulling) == "latest: Pulling from x\n");
  CHECK(terminal.paint(first) == "\n\x1b[1A\x1b[2K\raaa: Pulling fs layer \r\x1b[1B");
  CHECK(terminal.paint(second) == "\n\x1b[1A\x1b[2K\rbbb: Pulling fs layer \r\x1b[1B");
  CHECK(terminal.paint(moving) == "\x1b[2A\x1b[2K\raaa: Downloading  3.678kB/200.7kB\r\x1b[2B");
  CHECK(terminal.paint(aux).empty());
  CHECK(terminal.paint(stream) == "Step 1\n");
  MessagePainter wide(120);
  CHECK(wide.paint(moving).find("aaa: Downloading [>                                                  ]  3.678kB/200.7kB\r") != std::string::npos);
  MessagePainter plain(0);
  CHECK(plain.paint(pulling) == "latest: Pulling from x\n");
  CHECK(plain.paint(first) == "aaa: Pulling fs layer\n");
  CHECK(plain.paint(moving).empty());
}

TEST_CASE("a search shows the credentials of the index that it asks, and no others") {
  OwnConfig own;
  own.write("config.json", R"({"auths":{"https://index.docker.io/v1/":{"auth":"aHViOmg="},"h.example.com":{"auth":"YW5hOnM="}}})");
  test::Stage stage;
  stage.answers["GET /images/search"] = {200, "[]"};
  const auto shown = [&](const std::string& term) {
    const auto ran = stage.docker({"search", term});
    CHECK(ran.code == 0);
    REQUIRE(ran.asked.size() == 1);
    const std::string header = http_header(ran.asked[0].headers, "X-Registry-Auth").value_or("");
    return json_string(parse_json(base64_decode(replace_all(replace_all(header, "-", "+"), "_", "/")).value()).value(), "username");
  };
  CHECK(shown("busybox") == "hub");
  CHECK(shown("team/app") == "hub");
  CHECK(shown("h.example.com/app") == "ana");
  CHECK(shown("h.example.com/Not A Name") == "ana");  // by the grammar of names this was Docker Hub
  CHECK(shown("other.example.com/Not A Name") == "");
  CHECK(shown("h.example.com") == "hub");  // words for Docker Hub
}

TEST_CASE("a config.json that cannot be read is an error, and is never written over") {
  OwnConfig own;
  const std::string path = own.folder + "/config.json";
  CHECK(DockerConfig::load().ok());  // absent: an empty one
  fs::create_directory(path);
  const auto folder = DockerConfig::load();
  REQUIRE(!folder.ok());
  CHECK(folder.error().message() == "read " + path + ": is a directory");
  fs::remove(path);
  // A link in a circle is there and cannot be opened, whoever asks.
  fs::create_symlink("config.json", path);
  CHECK(!DockerConfig::load().ok());
  CHECK(fs::is_symlink(path));
  fs::remove(path);
  own.write("config.json", "{\"auths\":");
  test::Stage stage;
  stage.answers["POST /auth"] = {200, R"({"Status":"Login Succeeded","IdentityToken":""})"};
  const auto ran = stage.docker({"login", "-u", "ana", "-p", "secret", "127.0.0.1:5000"});
  CHECK(ran.code != 0);
  CHECK(own.text() == "{\"auths\":");
}

TEST_CASE("what is wrong with a config.json is told before a command, in Docker's words, and the command is done") {
  OwnConfig own;
  test::Stage stage;
  stage.answers["GET /images/json"] = {200, "[]"};
  const std::string path = own.folder + "/config.json";
  const std::pair<const char*, const char*> kSaid[] = {
      {"{bad", "invalid character 'b' looking for beginning of object key string"},
      {"{\"auths\":", "unexpected EOF"},
      {"[]", "json: cannot unmarshal array into Go value of type configfile.ConfigFile"},
      {R"({"auths":[]})", "json: cannot unmarshal array into Go struct field ConfigFile.auths of type map[string]types.AuthConfig"},
      {R"({"auths":{"h":"x"}})", "json: cannot unmarshal string into Go struct field ConfigFile.auths of type types.AuthConfig"},
      {R"({"auths":{"h":{"auth":5}}})", "json: cannot unmarshal number into Go struct field AuthConfig.auths.auth of type string"},
      {R"({"auths":{"h":{"auth":"!!!"}}})", "illegal base64 data at input byte 0"},
      {R"({"auths":{"h":{"auth":"YW5hOnM"}}})", "illegal base64 data at input byte 4"},
      {R"({"auths":{"h":{"auth":"YWJj"}}})", "Invalid auth configuration file"},
  };
  for (const auto& [text, said] : kSaid) {
    own.write("config.json", text);
    const auto ran = stage.docker({"images", "-q"});
    CHECK(ran.code == 0);
    CHECK(ran.err == "WARNING: Error loading config file: " + path + ": " + said + "\n");
    CHECK(stage.docker({"images", "--help"}).err.empty());
  }
  for (const char* text : {"", " \n", "null", "{}", R"({"auths":null})", R"({"auths":{"h":null,"i":{},"j":{"auth":""},"k":{"username":"a","password":"b"},"l":{"auth":"YW5h\nOnM="}}})"}) {
    own.write("config.json", text);
    CHECK_MESSAGE(stage.docker({"images", "-q"}).err.empty(), text);
  }
}

TEST_CASE("credentials that a person wrote into config.json are used, and one that cannot be read keeps no other from it") {
  OwnConfig own;
  own.write("config.json", R"({"auths":{"h":{"username":"ana","password":"s"},"both":{"auth":"Ym9iOnQ=","username":"ana","password":"s"},"bad":{"auth":"!!!","username":"ana","password":"s"},"folded":{"auth":"Ym9i\nOnQ="}}})");
  const auto config = DockerConfig::load();
  REQUIRE(config.ok());
  CHECK(config.value().get("h").value().username == "ana");
  CHECK(config.value().get("h").value().password == "s");
  CHECK(config.value().get("both").value().username == "bob");
  CHECK(config.value().get("folded").value().password == "t");
  CHECK(config.value().get("bad").value().empty());
}

TEST_CASE("an empty config.json is filled by a login") {
  OwnConfig own;
  own.write("config.json", "");
  test::Stage stage;
  stage.answers["POST /auth"] = {200, R"({"Status":"Login Succeeded","IdentityToken":""})"};
  CHECK(stage.docker({"login", "-u", "ana", "-p", "secret", "127.0.0.1:5000"}).code == 0);
  CHECK(own.text().find("YW5hOnNlY3JldA==") != std::string::npos);
}

TEST_CASE("base64 that is none is told as Go tells it") {
  for (const auto& [text, where] : {std::pair("!!!", 0), {"YW5hOnM", 4}, {"Y", 0}, {"YW5h!", 4}, {"YW=a", 2}, {"YW=\nx", 3}, {"YW=\n", 4}, {"YW5h\nO", 5}, {"YW5h=", 4}, {"YW==Y", 4}, {"=", 0}, {"Y===", 1}, {"YW5hYW=", 7}, {"YW5h\xc3", 4}})
    CHECK_MESSAGE(go_base64_error(text) == "illegal base64 data at input byte " + std::to_string(where), text);
  for (const char* text : {"", "YW==", "YW5=", "YW5h", "YW5h\r\nYW==\n"}) CHECK_MESSAGE(go_base64_error(text).empty(), text);
}

TEST_CASE("a login whose input ends says so") {
  OwnConfig own;
  test::Stage stage;
  const auto ran = stage.docker({"login", "-p", "secret", "127.0.0.1:5000"});
  CHECK(ran.code == 1);
  CHECK(ran.out == "Username: EOF\n");
  CHECK(ran.err == "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
}

TEST_CASE("what a search found is encoded as Docker encodes it") {
  OwnConfig own;
  test::Stage stage;
  stage.answers["GET /images/search"] = {200, R"([{"name":"zeta","description":"a <b>","star_count":3,"is_official":true,"is_automated":false}])"};
  CHECK(stage.docker({"search", "--format", "{{json .}}", "x"}).out ==
        "{\"Description\":\"a \\u003cb\\u003e\",\"IsAutomated\":\"false\",\"IsOfficial\":\"true\",\"Name\":\"zeta\",\"StarCount\":\"3\"}\n");
  CHECK(stage.docker({"search", "--format", "{{.IsOfficial}}{{.IsAutomated}}|{{json .IsOfficial}}", "x"}).out == "[OK]|\"[OK]\"\n");
}

TEST_CASE("a config.json that is written anew keeps its owner and its mode") {
  OwnConfig own;
  own.write("config.json", "{}", 0640);
  const std::string path = own.folder + "/config.json";
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::chown(path.c_str(), 1234, 2345) == 0);
  auto config = DockerConfig::load();
  REQUIRE(config.ok());
  REQUIRE(config.value().store({"127.0.0.1:5000", "ana", "secret", ""}).ok());
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  if (root) {
    CHECK(status.st_uid == 1234);
    CHECK(status.st_gid == 2345);
  }
}

TEST_CASE("whoever gives up at the password finds a terminal that shows what is typed") {
  OwnConfig own;
  for (const int signal : {SIGINT, SIGTERM}) {
    int master = -1, slave = -1;
    REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
    const UniqueFd here(master), there(slave);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::dup2(slave, STDIN_FILENO);
      ::dup2(slave, STDOUT_FILENO);
      const auto console = process_console();
      api::Client client(std::make_unique<test::CannedEngine>());
      test::StillClock clock;
      Session session{client, *console, clock};
      ::_exit(run_docker(session, {"login", "-u", "ana", "127.0.0.1:5000"}));
    }
    std::string said;
    char buffer[256];
    while (said.find("Password: ") == std::string::npos) {
      const ssize_t got = ::read(master, buffer, sizeof buffer);
      REQUIRE(got > 0);
      said.append(buffer, static_cast<size_t>(got));
    }
    termios mode{};
    mode.c_lflag = ECHO;
    for (int tries = 0; tries < 1000 && (mode.c_lflag & ECHO) != 0; ++tries) {
      ::usleep(10'000);
      REQUIRE(::tcgetattr(slave, &mode) == 0);
    }
    CHECK((mode.c_lflag & ECHO) == 0);
    ::kill(child, signal);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + signal);
    REQUIRE(::tcgetattr(slave, &mode) == 0);
    CHECK((mode.c_lflag & ECHO) != 0);
  }
}
