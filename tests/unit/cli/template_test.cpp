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

TEST_CASE("hostile templates end: nesting and output are bounded") {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{{if .Id}}";
  CHECK(shown(deep).find("too deeply nested") != std::string::npos);
  CHECK(shown("{{" + std::string(5000, '(') + "1" + std::string(5000, ')') + "}}").find("too deeply nested") != std::string::npos);
  CHECK(shown("{{printf \"%999999999d\" 1}}").find("width too long") != std::string::npos);
  CHECK(shown("{{pad \"x\" 999999999 0}}").size() <= 1100);
}
