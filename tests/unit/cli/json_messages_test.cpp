// What a terminal gets of a stream of messages, byte by byte as Docker 20.10.24's client wrote it for the same answer of its engine.
#include "cli/json_messages.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

// `docker load -i` of an image with one new layer: the answer on the wire.
constexpr const char* kLoad =
    "{\"status\":\"Loading layer\",\"progressDetail\":{\"current\":32768,\"total\":3147264},\"progress\":\"[\\u003e       ]  32.77kB/3.147MB\",\"id\":\"ecdae779e7f4\"}\r\n"
    "{\"status\":\"Loading layer\",\"progressDetail\":{\"current\":3147264,\"total\":3147264},\"progress\":\"[====\\u003e]  3.147MB/3.147MB\",\"id\":\"ecdae779e7f4\"}\r\n"
    "{\"stream\":\"Loaded image: iss4p:1\\n\"}\r\n";

class WideConsole : public StringConsole {
 public:
  std::optional<TerminalSize> size() const override { return TerminalSize{24, 120}; }
};

std::string shown(StringConsole& console, const std::string& messages) {
  CannedStream stream(messages, std::make_shared<Wire>());
  const auto done = show_json_messages(stream, console, MessageTarget::Out);
  CHECK(done.ok());
  return console.out_text;
}

}  // namespace

TEST_CASE("each layer that is loaded has a line that moves, on a terminal") {
  StringConsole narrow;
  narrow.terminal = true;
  CHECK(shown(narrow, kLoad) ==
        "\n\x1b[1A\x1b[2K\recdae779e7f4: Loading layer  32.77kB/3.147MB\r\x1b[1B"
        "\x1b[1A\x1b[2K\recdae779e7f4: Loading layer  3.147MB/3.147MB\r\x1b[1B"
        "Loaded image: iss4p:1\n");
  WideConsole wide;
  wide.terminal = true;
  CHECK(shown(wide, kLoad).starts_with("\n\x1b[1A\x1b[2K\recdae779e7f4: Loading layer [>                                                  ]  32.77kB/3.147MB\r\x1b[1B"));
}

TEST_CASE("several lines move each at its place, and a message without an id ends them") {
  StringConsole console;
  console.terminal = true;
  const auto bar = [](const std::string& id) { return "{\"status\":\"s\",\"progressDetail\":{\"current\":1,\"total\":2},\"id\":\"" + id + "\"}\r\n"; };
  CHECK(shown(console, bar("a") + bar("b") + bar("a") + "{\"stream\":\"x\\n\"}\r\n" + bar("a")) ==
        "\n\x1b[1A\x1b[2K\ra: s       1B/2B\r\x1b[1B"
        "\n\x1b[1A\x1b[2K\rb: s       1B/2B\r\x1b[1B"
        "\x1b[2A\x1b[2K\ra: s       1B/2B\r\x1b[2B"
        "x\n"
        "\n\x1b[1A\x1b[2K\ra: s       1B/2B\r\x1b[1B");
}

TEST_CASE("what moves is not told where nothing repaints") {
  StringConsole console;
  CHECK(shown(console, std::string(kLoad) + "{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"aa\"}\r\n{\"status\":\"Digest: x\"}\r\n") ==
        "Loaded image: iss4p:1\naa: Pull complete\nDigest: x\n");
}
