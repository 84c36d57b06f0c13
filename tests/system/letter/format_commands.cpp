// --format: the functions and the forms of Go's templates that people use, and what is wrong in them.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> format_commands() {
  return {
      {"a container for templates", "docker create --name shaped --label tier=front --label zone=a -e A=1 -e B=2 --network none busybox sh -c 'echo shaped' >/dev/null && echo made"},
      {"template: range with index", "docker inspect -f '{{range $i, $e := .Config.Env}}{{$i}}={{$e}};{{else}}none{{end}}' shaped"},
      {"template: range over nothing", "docker inspect -f '{{range .Mounts}}{{.Source}}{{else}}none{{end}}' shaped"},
      {"template: range over a map", "docker inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}:{{$v}} {{end}}' shaped"},
      {"template: with and else", "docker inspect -f '{{with .Config.Domainname}}{{.}}{{else}}no domain{{end}}, {{with .Config.Labels}}{{index . \"tier\"}}{{end}}' shaped"},
      {"template: if, else if, and, or, not", "docker inspect -f '{{if and (eq .State.Status \"created\") (not .State.Running)}}new{{else if .State.Running}}runs{{else}}over{{end}} {{or .Config.Domainname \"none\"}}' shaped"},
      {"template: comparisons", "docker inspect -f '{{eq 1 1}} {{ne \"a\" \"b\"}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 3}} {{eq .State.ExitCode 0 1}}' shaped"},
      {"template: variables and trimmed blanks", "docker inspect -f 'a  {{- $name := .Name -}}  b{{ $name }}  {{- /* a comment */ -}}  c' shaped"},
      {"template: printf", "docker inspect -f '{{printf \"%s|%8s|%-8s|%q|%v\" .Name \"x\" \"y\" \"z\" .State.Running}} {{.State.ExitCode | printf \"%03d\"}}' shaped"},
      {"template: print and println", "docker inspect -f '{{print \"a\" 1 2 \"b\"}}{{println \"x\" 1}}end' shaped"},
      {"template: len, index, slice", "docker inspect -f '{{len .Name}} {{len .Config.Env}} {{index .Config.Cmd 0}} {{slice .Name 1 4}} {{index .Config.Labels \"zone\"}}' shaped"},
      {"template: json, join, split", "docker inspect -f '{{json .Config.Labels}} {{join .Config.Cmd \",\"}} {{split \"a/b/c\" \"/\"}} {{json .Config.Env}}' shaped"},
      {"template: lower, upper, title", "docker inspect -f '{{lower \"ABC\"}} {{upper .Name}} {{title \"hello big world\"}}' shaped"},
      {"template: pad and truncate", "docker ps -a --filter name=shaped --format '[{{pad .Names 1 2}}] [{{truncate .Names 3}}] [{{truncate .Names 30}}]'"},
      {"template: what prints by itself", "docker inspect -f '{{.Config.Labels}} {{.Config.Cmd}} {{.HostConfig.Memory}} {{.State.Running}} {{.Config.Volumes}}' shaped"},
      {"template: a missing field", "docker inspect -f '{{.Nope}}' shaped"},
      {"template: a missing field inside", "docker inspect -f '{{.State.Nope}}' shaped"},
      {"template: an index too far", "docker inspect -f '{{index .Config.Cmd 9}}' shaped"},
      {"template: an unknown function", "docker inspect -f '{{nope .Name}}' shaped"},
      {"template: not closed", "docker inspect -f '{{.Name' shaped"},
      {"template: an if without end", "docker inspect -f '{{if .Name}}x' shaped"},
      {"template: an end without if", "docker inspect -f '{{end}}' shaped"},
      {"ps as a table", "docker ps -a --filter name=shaped --format 'table {{.Names}}\\t{{.Image}}\\t{{.Command}}'"},
      {"ps with a label", "docker ps -a --filter name=shaped --format '{{.Label \"tier\"}} {{.Labels}}'"},
      {"ps with functions", "docker ps -a --filter name=shaped --format '{{upper .Names}} {{json .Names}} {{if eq .State \"created\"}}new{{end}} {{range split .Names \"a\"}}[{{.}}]{{end}}'"},
      {"ps by a volume's name and place", "docker run --name holder --network none -v kept:/data busybox true; for value in kept /data /dat absent; do docker ps -aq --filter volume=$value | wc -l; done; docker rm -v holder; docker volume rm kept"},
      {"images with functions", "docker images --format '{{upper .Repository}}:{{.Tag}} {{json .Repository}}' busybox"},
      {"template: whole structures", "docker create --name whole --network none -v kept:/data -v /tmp:/host:ro --expose 99 -p 8080:80 -p 127.0.0.1:8081:81/udp --restart on-failure:3 "
                                     "--health-cmd true --health-interval 90s --ulimit nofile=100:200 busybox true >/dev/null; for field in .State .HostConfig.RestartPolicy .HostConfig.LogConfig "
                                     ".HostConfig.PortBindings .NetworkSettings.Ports .Config.ExposedPorts .Config.Healthcheck .Config.Healthcheck.Interval .HostConfig.Devices .Config.Volumes; do "
                                     "docker inspect -f \"{{$field}}\" whole; done; docker inspect -f '{{range .Mounts}}{{if eq .Type \"bind\"}}{{.}}{{end}}{{end}}' whole; docker inspect -f '{{.RootFS.Type}}' busybox; "
                                     "docker inspect -f '{{.Config}}' shaped busybox; docker rm whole >/dev/null; docker volume rm kept"},
      {"template: what is escaped", "docker inspect -f '{{html \"<a>\"}} {{js \"a\\\"b<=\"}} {{urlquery \"a b&c/~\"}} {{html \"a\" \"b\" 1 2}} {{.Name | html}} {{urlquery .State.ExitCode}} {{html nil}}|{{html}}|{{js .Config.Labels}}' shaped"},
      {"template: nothing to call", "docker inspect -f '{{call .Name}}' shaped; docker inspect -f '{{call}}' shaped; docker inspect -f '{{call nil}}' shaped"},
      {"template: whole networks", "docker network create --subnet 10.77.0.0/24 shaped >/dev/null; docker network inspect -f '{{.IPAM}} {{.IPAM.Config}} {{.ConfigFrom}} {{.Containers}} {{.Options}}' shaped; "
                                   "docker network rm shaped"},
      {"the container for templates goes", "docker rm shaped"},
  };
}

}  // namespace strates::system_test
