#include <doctest/doctest.h>

#include "base/json_full.hpp"
#include "cli/go_template.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

const char* kDocument = R"({"Id":"sha256:ab","Name":"/web","Size":12,"Ratio":1.5,"Running":true,"State":{"Status":"running","Pid":7},
  "Config":{"Env":["A=1","B=2"],"Cmd":null,"Labels":{"z":"26","a":"1","com.x/y":"s"},"Entrypoint":null},"Tags":[],"Nothing":null})";

std::string shown(std::string_view text) {
  const auto parsed = GoTemplate::parse(text);
  if (!parsed.ok()) return "! " + parsed.error().message();
  const Json json = parse_json(kDocument).value();
  const auto out = parsed.value().execute({json, nullptr, {}});
  return out.ok() ? out.value() : "! " + out.error().message();
}

}  // namespace

TEST_CASE("fields, literals and what Go prints for each kind of value") {
  CHECK(shown("plain") == "plain");
  CHECK(shown("{{.Name}} {{.State.Status}} {{.State.Pid}} {{.Ratio}} {{.Running}}") == "/web running 7 1.5 true");
  CHECK(shown("{{.Config.Env}} {{.Config.Labels}}") == "[A=1 B=2] map[a:1 com.x/y:s z:26]");
  CHECK(shown("{{.Config.Cmd}} {{.Nothing}}") == "[] <no value>");
  CHECK(shown("{{\"a\\tb\"}}{{`r\\n`}}{{1}}{{true}}") == "a\tbr\\n1true");
  CHECK(shown("{{.ID}} {{.State.STATUS}}") == "sha256:ab running");  // the names of Docker's structures
  CHECK(shown("{{.State.Health}}|{{if .State.Health}}x{{else}}none{{end}}") == "<nil>|none");
  CHECK(shown("{{.State.Init}}|{{.State.Links}}|{{.State.Sysctls}}|{{.State.Variant}}|{{.State.ArgsEscaped}}") == "<nil>|[]|map[]||false");
}

TEST_CASE("json, index, len and the other functions") {
  CHECK(shown("{{json .State}}") == "{\"Status\":\"running\",\"Pid\":7}");
  CHECK(shown("{{.State | json}}") == "{\"Status\":\"running\",\"Pid\":7}");
  CHECK(shown("{{index .Config.Labels \"com.x/y\"}} {{index .Config.Env 1}} {{len .Config.Env}} {{len .Name}} {{len .Config.Cmd}}") == "s B=2 2 4 0");
  CHECK(shown("{{(index .Config.Env 0) | len}}") == "3");
  CHECK(shown("{{join .Config.Env \",\"}} {{upper .Name}} {{lower \"AB\"}} {{title \"ab cd\"}} {{split \"a,b\" \",\"}}") == "A=1,B=2 /WEB ab Ab Cd [a b]");
  CHECK(shown("{{pad \"x\" 1 2}}| {{truncate \"abcdef\" 3}} {{slice .Id 0 3}}") == " x  | abc sha");
  CHECK(shown("{{printf \"%-4s|%3d|%q|%v|%%\" .Name 5 .Name .Tags}}") == "/web|  5|\"/web\"|[]|%");
  CHECK(shown("{{eq .Name \"/web\"}} {{eq 1 2 1}} {{ne 1 2}} {{lt 1 2}} {{ge 1 2}} {{and 1 \"\"}}| {{or \"\" 2}} {{not 0}}") == "true true true true false | 2 true");
  CHECK(shown("{{print 1 2 \"a\"}} {{println 1 \"b\"}}") == "1 2a 1 b\n");
}

TEST_CASE("if, with, range and variables") {
  CHECK(shown("{{if .Running}}yes{{else}}no{{end}}{{if .Tags}}x{{else if .Name}}y{{else}}z{{end}}") == "yesy");
  CHECK(shown("{{range .Config.Env}}<{{.}}>{{end}}{{range .Tags}}x{{else}}none{{end}}") == "<A=1><B=2>none");
  CHECK(shown("{{range $i, $e := .Config.Env}}{{$i}}:{{$e}} {{end}}") == "0:A=1 1:B=2 ");
  CHECK(shown("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}") == "a=1;com.x/y=s;z=26;");
  CHECK(shown("{{with .State}}{{.Pid}}{{$.Name}}{{end}}{{with .Tags}}x{{else}}none{{end}}") == "7/webnone");
  CHECK(shown("{{$x := 1}}{{range .Config.Env}}{{$x = len .}}{{end}}{{$x}}") == "3");
  CHECK(shown("a {{- 1 -}} b {{/* nothing */}}c {{- /* x */ -}} d") == "a1b cd");
}

TEST_CASE("errors are Go's, with where and what") {
  CHECK(shown("{{.Foo}}") == "! template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\"");
  CHECK(shown("{{.State.Foo.Bar}}") == "! template: :1:8: executing \"\" at <.State.Foo.Bar>: map has no entry for key \"Foo\"");
  CHECK(shown("{{.State.Health.Status}}") == "! template: :1:8: executing \"\" at <.State.Health.Status>: map has no entry for key \"Health\"");
  CHECK(shown("\n{{index .Config.Env 5}}") == "! template: :2:2: executing \"\" at <index .Config.Env 5>: error calling index: index out of range: 5");
  CHECK(shown("{{eq 1 \"a\"}}") == "! template: :1:2: executing \"\" at <eq 1 \"a\">: error calling eq: incompatible types for comparison");
  CHECK(shown("{{len}}") == "! template: :1:2: executing \"\" at <len>: wrong number of args for len: want 1 got 0");
  CHECK(shown("{{.Id") == "! template: :1: unclosed action");
  CHECK(shown("{{nofunc .Id}}") == "! template: :1: function \"nofunc\" not defined");
  CHECK(shown("{{if .Id}}") == "! template: :1: unexpected EOF");
  CHECK(shown("{{end}}") == "! template: :1: unexpected {{end}}");
  CHECK(shown("{{\"a}}") == "! template: :1: unterminated quoted string");
  CHECK(shown("{{$y}}") == "! template: :1: undefined variable \"$y\"");
  CHECK(shown("{{template \"x\"}}").starts_with("! template: :1: "));
  CHECK(shown("{{range .Name}}x{{end}}").starts_with("! template: :1:8: executing \"\" at <.Name>: range can't iterate over /web"));
}

TEST_CASE("whole structures are printed as Go prints Docker's: fields in their order, maps by key, durations and moments in words") {
  // What Docker 20.10.24 printed of the same container, networks and image.
  const Json container = parse_json(R"({"State":{"Status":"running","Running":true,"Paused":false,"Restarting":false,"OOMKilled":false,"Dead":false,"Pid":15821,"ExitCode":0,"Error":"",
      "StartedAt":"2026-11-26T17:06:40.17887682Z","FinishedAt":"0001-01-01T00:00:00Z"},
    "HostConfig":{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"LogConfig":{"Type":"json-file","Config":{}},"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},
      "Memory":0},
    "GraphDriver":{"Data":{"WorkDir":"/w","LowerDir":"/l"},"Name":"overlay2"},
    "Mounts":[{"Type":"volume","Name":"gv","Source":"/s/_data","Destination":"/v","Driver":"local","Mode":"z","RW":true,"Propagation":""},
      {"Type":"bind","Source":"/tmp","Destination":"/host","Mode":"ro","RW":false,"Propagation":"rprivate"}],
    "Config":{"Hostname":"25d5e86540c3","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"ExposedPorts":{"80/tcp":{},"81/udp":{}},"Tty":false,
      "OpenStdin":false,"StdinOnce":false,"Env":["A=1"],"Cmd":["sleep","1000"],"Image":"busybox","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{"a":"b"}},
    "Health":{"Test":["CMD-SHELL","true"],"Interval":90000000000},
    "NetworkSettings":{"EndpointID":"7f3c","IPPrefixLen":16,"Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"NetworkID":"1e6c","EndpointID":"7f3c","Gateway":"172.17.0.1",
      "IPAddress":"172.17.0.2","IPPrefixLen":16,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"MacAddress":"02:42:ac:11:00:02","DriverOpts":null}},"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],"99/tcp":null}}})").value();
  const auto of = [&](std::string_view text, const Json& json) { return GoTemplate::parse(text).value().execute({json, nullptr, {}}).value(); };
  CHECK(of("{{.State}}", container) == "{running true false false false false 15821 0  2026-11-26T17:06:40.17887682Z 0001-01-01T00:00:00Z <nil>}");
  CHECK(of("{{.HostConfig.RestartPolicy}} {{.HostConfig.LogConfig}} {{.HostConfig.PortBindings}}", container) == "{on-failure 3} {json-file map[]} map[80/tcp:[{ 8080}]]");
  CHECK(of("{{.GraphDriver}}", container) == "{map[LowerDir:/l WorkDir:/w] overlay2}");
  CHECK(of("{{.Mounts}}", container) == "[{volume gv /s/_data /v local z true } {bind  /tmp /host  ro false rprivate}]");
  CHECK(of("{{.Config}}", container) ==
        "{25d5e86540c3   false false false map[80/tcp:{} 81/udp:{}] false false false [A=1] [sleep 1000] <nil> false busybox map[]  [] false  [] map[a:b]  <nil> []}");
  CHECK(of("{{.Health}} {{.Health.Interval}} {{json .Health.Interval}}", container) == "{[CMD-SHELL true] 1m30s 0s 0s 0} 1m30s 90000000000");
  CHECK(of("{{.NetworkSettings.Ports}}", container) == "map[80/tcp:[{0.0.0.0 8080} {:: 8080}] 99/tcp:[]]");
  CHECK(of("{{.NetworkSettings.Networks.bridge}}", container) == "{<nil> [] [] 1e6c 7f3c 172.17.0.1 172.17.0.2 16   0 02:42:ac:11:00:02 map[]}");
  CHECK(of("{{.NetworkSettings}}", container).find("Ports:map[80/tcp:[{0.0.0.0 8080}") != std::string::npos);  // no endpoint, though it has an endpoint's members

  const Json network = parse_json(R"({"Name":"bridge","Id":"1e6c","Created":"2026-11-26T17:06:35.284759198Z","Scope":"local","Driver":"bridge","EnableIPv6":false,
    "IPAM":{"Driver":"default","Options":null,"Config":[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"}]},"Internal":false,"Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},
    "ConfigOnly":false,"Containers":{"25d5":{"Name":"gs","EndpointID":"7f3c","MacAddress":"02:42:ac:11:00:02","IPv4Address":"172.17.0.2/16","IPv6Address":""}},"Options":{},"Labels":{}})").value();
  CHECK(of("{{.IPAM}} {{.Containers}} {{.ConfigFrom}}", network) == "{default map[] [{172.17.0.0/16  172.17.0.1 map[]}]} map[25d5:{gs 7f3c 02:42:ac:11:00:02 172.17.0.2/16 }] {}");
  CHECK(of("{{.}}", parse_json(R"({"IPv4Address":"10.66.0.9"})").value()) == "{10.66.0.9  []}");
  CHECK(of("{{.Created}} {{json .Created}}", network) == "2026-11-26 17:06:35.284759198 +0000 UTC \"2026-11-26T17:06:35.284759198Z\"");
  CHECK(of("{{.}}", network).starts_with("{bridge 1e6c 2026-11-26 17:06:35.284759198 +0000 UTC local bridge false {default map[] "));

  const Json image = parse_json(R"({"RootFS":{"Type":"layers","Layers":["sha256:93"]},"Metadata":{"LastTagTime":"2026-11-26T18:00:00.5+01:00"}})").value();
  CHECK(of("{{.RootFS}} {{.Metadata}} {{.Metadata.LastTagTime}}", image) == "{layers [sha256:93] } {2026-11-26 18:00:00.5 +0100 +0100} 2026-11-26 18:00:00.5 +0100 +0100");
}

TEST_CASE("hostile templates end: nesting and output are bounded") {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{{if .Id}}";
  CHECK(shown(deep).find("too deeply nested") != std::string::npos);
  CHECK(shown("{{" + std::string(5000, '(') + "1" + std::string(5000, ')') + "}}").find("too deeply nested") != std::string::npos);
  CHECK(shown("{{printf \"%999999999d\" 1}}").find("width too long") != std::string::npos);
  CHECK(shown("{{pad \"x\" 999999999 0}}").size() <= 1100);
}
