// Small files that ask for a lot: each is refused in words, soon and without the memory it asks for.
#include "compose/dotenv.hpp"
#include "compose/short_forms.hpp"
#include "compose/yaml_writer.hpp"
#include "tests/unit/compose/support.hpp"

using namespace strates;
using namespace strates::compose;
using strates::compose::test::Try;

namespace {

std::string repeated(int times, const std::string& text) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string services(int count, const std::string& keys) {
  std::string out = "services:\n";
  for (int i = 0; i < count; ++i) out += "  s" + std::to_string(i) + ": {image: x, " + keys + "}\n";
  return out;
}

}  // namespace

TEST_CASE("ranges of ports are counted before they are written out") {
  CHECK(port_count("1-65535") == 65535);
  CHECK(port_count("127.0.0.1:9000-9002:80-82/udp") == 3);
  CHECK(port_count("8000-9000:80") == 1);
  CHECK(port_count("nonsense") == 1);
  CHECK(Try(services(1, "ports: [1-65535]")).load().ok());
  CHECK(Try(services(200, "ports: [1-65535]")).error().find("compose.yaml:5: too many ports in Compose files") != std::string::npos);
}

TEST_CASE("variables do not make a file larger than it may be") {
  CHECK(Try(services(50, "command: '" + repeated(10, "$LONG") + "'")).variable("LONG", std::string(1000, 'x')).load().ok());
  const std::string error = Try(services(200, "command: '" + repeated(100, "$LONG") + "'")).variable("LONG", std::string(1000, 'x')).error();
  CHECK_MESSAGE(error.find("interpolated values are too large") != std::string::npos, error);
}

TEST_CASE("a large service that many extend is refused") {
  std::string text = "services:\n  base:\n    image: x\n    expose: [" + repeated(4000, "'80', ") + "'80']\n";
  for (int i = 0; i < 800; ++i) text += "  s" + std::to_string(i) + ": {extends: base}\n";
  const std::string error = Try(text).error();
  CHECK_MESSAGE(error.find("services that extend one another are too large") != std::string::npos, error);
}

TEST_CASE("variables of a file that double one another are refused, and many of them are read soon") {
  std::string doubling = "A=" + std::string(100, 'x') + "\n";
  for (char name = 'B'; name < 'P'; ++name) doubling += std::string(1, name) + "=" + repeated(16, "$" + std::string(1, static_cast<char>(name - 1))) + "\n";
  const auto refused = parse_dotenv(doubling, {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message().find("too large") != std::string::npos);
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "V" + std::to_string(i) + "=1\n";
  const auto read = parse_dotenv(many + "V7=2\nW=$V7\n", {});
  REQUIRE(read.ok());
  CHECK(read.value().size() == 100'001);
  CHECK(read.value()[7].second == "2");
  CHECK(read.value().back().second == "2");
}

TEST_CASE("a text that YAML's reader never gets past is refused, and empty documents are not") {
  const auto refused = read_yaml("compose.yaml", "a: b\n---\n, x\n");
  REQUIRE_FALSE(refused.ok());
  CHECK_MESSAGE(refused.error().message().find("did not find expected node content") != std::string::npos, refused.error().message());
  const auto first = read_yaml("compose.yaml", ", x");
  REQUIRE_FALSE(first.ok());
  CHECK(first.error().message() == "compose.yaml:1: yaml: line 1: did not find expected node content");
  const auto empty = read_yaml("compose.yaml", "---\n---\na: b\n---\n");
  REQUIRE(empty.ok());
  CHECK(empty.value().size() == 1);
}

TEST_CASE("keys that are long or of several lines are written so that they are read again") {
  for (const std::string& key : {std::string(2000, 'k'), std::string("two\nlines"), std::string(129, 'x') + ": y"}) {
    CAPTURE(key);
    Node inner = Node::map(), document = Node::map();
    inner.set(key, Node::of_text("value"));
    document.set(key, inner);
    const auto again = read_yaml("w", write_yaml(document));
    REQUIRE_MESSAGE(again.ok(), again.error().message());
    REQUIRE(again.value().size() == 1);
    CHECK(same(again.value()[0], document));
  }
}
