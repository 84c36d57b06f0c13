#include <doctest/doctest.h>

#include "cli/flags.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("interactive", 'i', ""), bool_flag("tty", 't', ""),  bool_flag("rm", 0, ""),     bool_flag("sig-proxy", 0, "", "true"),
    list_flag("env", 'e', "", check_variable), text_flag("name", 'n', ""), integer_flag("time", 0, "", "10"), bytes_flag("memory", 'm', ""),
    {"cpus", 0, FlagKind::Decimal, "decimal", ""}, not_yet_value("publish", 'p'), not_yet_bool("init"),
};

Result<ParsedFlags> parse(const std::vector<std::string>& words, Positionals positionals = Positionals::EndFlags) {
  return parse_flags(kFlags, words, positionals);
}
std::string error_of(const std::vector<std::string>& words) {
  const auto parsed = parse(words);
  return parsed.ok() ? "no error" : parsed.error().message();
}

}  // namespace

TEST_CASE("clusters, attached values and negated booleans are read as pflag reads them") {
  const auto flags = parse({"-it", "--rm=false", "-e", "A=1", "--env=B=2", "-eC=3", "-e=D=4", "-nweb", "busybox", "-c", "x"}).value();
  CHECK(flags.boolean("interactive"));
  CHECK(flags.boolean("tty"));
  CHECK_FALSE(flags.boolean("rm"));
  CHECK(flags.changed("rm"));
  CHECK(flags.boolean("sig-proxy"));
  CHECK(flags.list("env") == std::vector<std::string>{"A=1", "B=2", "C=3", "D=4"});
  CHECK(flags.text("name") == "web");
  CHECK(flags.arguments == std::vector<std::string>{"busybox", "-c", "x"});
}

TEST_CASE("flags may follow arguments where the command says so, and -- ends them") {
  const auto flags = parse({"a", "-i", "--", "-t", "b"}, Positionals::Interspersed).value();
  CHECK(flags.boolean("interactive"));
  CHECK_FALSE(flags.boolean("tty"));
  CHECK(flags.arguments == std::vector<std::string>{"a", "-t", "b"});
  CHECK(parse({"-"}).value().arguments == std::vector<std::string>{"-"});
  CHECK(parse({"-i=false", "x"}).value().text("interactive") == "false");
  CHECK(parse({"--time", "-1", "x"}).value().integer("time") == -1);
  CHECK(parse({"x"}).value().integer("time") == 10);
}

TEST_CASE("errors are pflag's, to the letter") {
  CHECK(error_of({"--frob"}) == "unknown flag: --frob");
  CHECK(error_of({"-z"}) == "unknown shorthand flag: 'z' in -z");
  CHECK(error_of({"-izt"}) == "unknown shorthand flag: 'z' in -zt");
  CHECK(error_of({"--name"}) == "flag needs an argument: --name");
  CHECK(error_of({"-in"}) == "flag needs an argument: 'n' in -n");
  CHECK(error_of({"--=x"}) == "bad flag syntax: --=x");
  CHECK(error_of({"---x"}) == "bad flag syntax: ---x");
  CHECK(error_of({"--rm=maybe"}) == "invalid argument \"maybe\" for \"--rm\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax");
  CHECK(error_of({"--time", "x"}) == "invalid argument \"x\" for \"--time\" flag: strconv.ParseInt: parsing \"x\": invalid syntax");
  CHECK(error_of({"--time", "99999999999999999999"}) ==
        "invalid argument \"99999999999999999999\" for \"--time\" flag: strconv.ParseInt: parsing \"99999999999999999999\": value out of range");
  CHECK(error_of({"-m", "abc"}) == "invalid argument \"abc\" for \"-m, --memory\" flag: invalid size: 'abc'");
  CHECK(error_of({"--cpus=x"}) == "invalid argument \"x\" for \"--cpus\" flag: failed to parse x as a rational number");
  CHECK(error_of({"-e", "=1"}) == "invalid argument \"=1\" for \"-e, --env\" flag: invalid environment variable: =1");
}

TEST_CASE("a flag of Docker that Strates does not have is refused by its name, in each way it can be written") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"-p", "80:80"}, {"-p80:80"}, {"--publish=80:80"}, {"--publish", "80:80"}, {"-itp", "80"}}) {
    const auto parsed = parse(words);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == "cli.flag-not-yet");
    CHECK(parsed.error().message().find("-p, --publish") != std::string::npos);
  }
  CHECK(parse({"--init"}).error().code == "cli.flag-not-yet");
}

TEST_CASE("--help wins over what follows it; -h is the deprecated one unless the command has its own") {
  CHECK(parse({"--help", "--frob"}).value().help);
  CHECK(parse({"-h"}).value().deprecated_help);
  static constexpr FlagSpec kOwn[] = {text_flag("hostname", 'h', "")};
  const std::vector<std::string> words = {"-h", "web"};
  CHECK(parse_flags(kOwn, words, Positionals::EndFlags).value().text("hostname") == "web");
}

TEST_CASE("values are read as Go and go-units read them") {
  CHECK(parse_ram_bytes("64m").value() == 64 << 20);
  CHECK(parse_ram_bytes("1.5GB").value() == 1'610'612'736);
  CHECK(parse_ram_bytes("10KiB").value() == 10240);
  CHECK(parse_ram_bytes("7b").value() == 7);
  CHECK(parse_ram_bytes("7").value() == 7);
  for (const char* bad : {"", "m", "-1", "1x", "1.2.3k", "1 q", "99999999999999999999"}) CHECK_FALSE(parse_ram_bytes(bad).ok());
  CHECK(parse_billionths("1.5").value() == 1'500'000'000);
  CHECK(parse_billionths(".25").value() == 250'000'000);
  CHECK(parse_billionths("-1").value() == -1'000'000'000);  // refused by the engine, in its words
  CHECK(parse_billionths("0.0000000001").error().message() == "value is too precise");
  for (const char* bad : {"", ".", "-", "--1", "1.x", "x"}) CHECK_FALSE(parse_billionths(bad).ok());
  CHECK(parse_go_int("0x10").value() == 16);
  CHECK(parse_go_int("-7").value() == -7);
  for (const char* bad : {"", "-", " 1", "1 ", "0x", "--1"}) CHECK_FALSE(parse_go_int(bad).ok());
}
