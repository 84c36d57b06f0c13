// "proxies" of ~/.docker/config.json: variables of every container and every build.
#include "cli/proxy_variables.hpp"
#include "own_config.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kConfig = R"({"proxies": {
  "default": {"httpProxy": "http://proxy:3128", "noProxy": "localhost"},
  "unix:///own.sock": {"httpsProxy": "http://own:1"}}})";

}  // namespace

TEST_CASE("an engine's own proxies replace the default ones") {
  OwnConfig own;
  CHECK(proxy_variables("unix:///x").empty());  // no file
  own.write("config.json", "{}");
  CHECK(proxy_variables("unix:///x").empty());
  own.write("config.json", kConfig);
  CHECK(proxy_variables("unix:///x") == Pairs{{"HTTP_PROXY", "http://proxy:3128"}, {"http_proxy", "http://proxy:3128"}, {"NO_PROXY", "localhost"}, {"no_proxy", "localhost"}});
  CHECK(proxy_variables("unix:///own.sock") == Pairs{{"HTTPS_PROXY", "http://own:1"}, {"https_proxy", "http://own:1"}});
  own.write("config.json", R"({"proxies": {"default": {"httpProxy": 7}}})");
  CHECK(proxy_variables("unix:///x").empty());
  own.write("config.json", "no JSON");
  CHECK(proxy_variables("unix:///x").empty());
}

TEST_CASE("a new container gets the proxies, but for those that its flags speak of") {
  OwnConfig own;
  own.write("config.json", kConfig);
  Stage stage;
  stage.answers["POST /containers/create"] = {201, "{\"Id\":\"0123\",\"Warnings\":[]}"};
  const auto environment = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "create");
    words.emplace_back("busybox");
    const Ran ran = stage.docker(words);
    REQUIRE(ran.code == 0);
    return dump_json(parse_json(ran.asked.at(0).body).value()["Env"]);
  };
  CHECK(environment({}) == R"(["HTTP_PROXY=http://proxy:3128","http_proxy=http://proxy:3128","NO_PROXY=localhost","no_proxy=localhost"])");
  CHECK(environment({"-e", "A=1", "-e", "http_proxy=", "-e", "NO_PROXY=x"}) == R"(["A=1","http_proxy=","NO_PROXY=x","HTTP_PROXY=http://proxy:3128","no_proxy=localhost"])");
  own.write("config.json", "{}");
  CHECK(environment({}) == "null");
}

TEST_CASE("a build gets the proxies as arguments, but for those that are given") {
  OwnConfig own;
  own.write("config.json", kConfig);
  own.write("Dockerfile", "FROM scratch\n");
  Stage stage;
  stage.answers["POST /build"] = {200, "{\"stream\":\"Successfully built 0123\\n\"}\n"};
  const Ran ran = stage.docker({"build", "--build-arg", "http_proxy=mine", own.folder});
  REQUIRE(ran.code == 0);
  const std::string& line = ran.asked.at(0).line;
  for (const char* part : {"%22HTTP_PROXY%22%3A%22http%3A%2F%2Fproxy%3A3128%22", "%22http_proxy%22%3A%22mine%22", "%22no_proxy%22%3A%22localhost%22"}) CHECK_MESSAGE(line.find(part) != std::string::npos, line);
}
