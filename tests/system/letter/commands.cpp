#include "tests/system/letter/commands.hpp"

#include <algorithm>
#include <iterator>

#include "tests/system/harness/temporary_root.hpp"

namespace strates::system_test {

namespace {

std::vector<LetterCommand> table() {
  return {
      // What the client says alone.
      {"version flag", "docker --version"},
      {"unknown command", "docker frobnicate"},
      {"unknown flag", "docker run --frobnicate busybox"},
      {"unknown short flag", "docker images -Z"},
      {"unknown global flag", "docker --frobnicate ps"},
      {"another folder of configuration", "docker --config nowhere ps"},
      {"the default context", "docker -c default ps"},
      {"a context that is not there", "docker -c nope ps"},
      {"a context and a host", "docker -H unix:///nowhere -c default ps"},
      {"a bad level of logging", "docker --log-level=loud ps"},
      {"debugging", "docker -D -l debug ps"},
      {"no TLS", "docker --tls=false --tlscacert nowhere ps"},
      {"TLS without certificates", "docker --tls ps; docker --tlscacert nowhere --tlsverify=false ps"},
      {"contexts", "docker context ls; docker context ls -q; docker context ls --format '{{.Name}} {{.Current}} {{json .}}'; docker context list --format '{{.Nope}}'"},
      {"a context, inspected", "docker context inspect; docker context inspect nope default; docker context inspect -f '{{.Name}} {{.Endpoints.docker.Host}}'; docker context inspect -f '{{.Nope}}'"},
      {"a context, used", "docker context use default; docker context use nope; docker context use"},
      {"help of context", "docker context ls --help; docker context use --help; docker context inspect --help"},
      {"a build cache to prune", "docker builder prune -f; docker builder prune </dev/null; echo n | docker builder prune -a; docker builder prune --help; docker builder --help"},
      {"a build cache to prune, filtered", "for f in until=3h until=soon nope=1 label=a; do docker builder prune -f --filter $f; done; docker builder prune -f --filter id=a --filter id=b; docker builder prune --keep-storage x"},
      {"help of create and update", "docker create --help; docker update --help; docker import --help"},
      {"isolations", "for one in default foo process; do docker create --isolation $one --name isolated busybox; docker rm isolated 2>/dev/null; done"},
      {"graphics processors", "docker run --rm --gpus foo=bar busybox; docker run --rm --gpus count=x busybox; docker create --gpus all,device=0 busybox; docker create --gpus 1,2 busybox; docker run --rm --gpus all busybox"},
      {"storage options", "for one in foo foo=bar size=1G; do docker create --storage-opt $one busybox; done"},
      {"an unknown runtime", "docker create --runtime foo busybox"},
      {"bad limits of devices", "for one in foo /dev/null null:1m /dev/null:x /dev/null:-1; do for flag in --device-read-bps --device-write-bps --device-read-iops --device-write-iops --blkio-weight-device; do "
                                "docker create $flag $one busybox; done; done; docker create --blkio-weight-device /dev/null:5 busybox; docker create --cpu-rt-runtime x busybox"},
      {"numbers of processors", "for one in 1/2 1e-1 .5 1/3 0.00000000001 foo 1/0 100 -1; do docker create --name shares --cpus $one busybox 2>&1 | sed 's/^[0-9a-f]\\{64\\}$/id/'; docker inspect -f '{{.HostConfig.NanoCpus}}' shares 2>/dev/null; docker rm shares 2>/dev/null; done", In::LinuxOnly},
      {"ports to expose", "for one in 80/foo 80/tcp/x 80-82/sctp foo 80-70 99999 '' /tcp 8-x; do docker create --name open --expose \"$one\" busybox 2>&1 | sed 's/^[0-9a-f]\\{64\\}$/id/'; docker inspect -f '{{.Config.ExposedPorts}}' open 2>/dev/null; docker rm open 2>/dev/null; done"},
      {"an image before a name", "docker create --pull never --name '&' nothing:1; docker create --name '&' busybox"},
      {"files of variables that are no text", "printf '\\377=1\\n' >bytes; docker run --rm --env-file bytes busybox true; printf 'A=1\\nB=\\377\\n' >bytes; docker run --rm --label-file bytes busybox true; "
                                              "printf '\\357\\273\\277MARK=1\\n' >bytes; docker run --rm --env-file bytes busybox env | grep MARK"},
      {"changes that say nothing", "docker create --name blank busybox >/dev/null; docker commit -c '' blank; docker commit -c '#x' blank; docker commit -c '' -c 'ENV a=b' blank blank:1 | cut -c1-7; docker rmi blank:1 >/dev/null; docker rm blank"},
      {"import for a platform", "echo x >in-tar; tar -cf in.tar in-tar; for one in linux/arm64 foo foo/bar/x/y windows/amd64 'a b'; do docker import --platform \"$one\" in.tar foreign:1 | cut -c1-7; done; docker rmi foreign:1 | head -1"},
      {"import into a bad name", "docker import in.tar A:b; docker import in.tar x:y:z; docker import; docker import absent.tar A:b"},
      {"following a link that leads nowhere", "ln -sf /absent/target dang; ln -sf nowhere dang2; ln -sf dang2 dang3; ln -sf round round; for one in dang dang2 dang3 round absent absent/x; do docker cp -L $one x:/y; done"},
      {"raw formats", "docker create --name rough --label a=b busybox true >/dev/null; docker ps -a -f name=rough --format raw | sed 's/^\\(container_id\\|created_at\\): .*/\\1/'; docker ps -a -s -f name=rough --format raw | grep size; "
                      "docker ps -aq -f name=rough --format raw | cut -c1-14; docker images --format raw hello-world | sed 's/^\\(image_id\\|created_at\\|virtual_size\\): .*/\\1/'; docker images --digests --format raw hello-world | grep digest; "
                      "docker images -q --format raw hello-world | cut -c1-9; docker network ls --format raw | grep -v network_id; docker volume ls --format raw; docker system df --format raw | grep -v size; docker rm rough", In::LinuxOnly},
      {"the word json as a format", "for what in 'ps -a' images 'network ls' 'volume ls' 'system df' info version; do docker $what --format json; done"},
      {"links have names", "docker run -d --name linked busybox sleep 1000 >/dev/null; docker create --name linker --link linked:xx --link linked busybox true >/dev/null; docker ps -a --no-trunc --format '{{.Names}}' -f name=link; "
                           "docker ps -a --format '{{.Names}}' -f name=link; docker inspect -f '{{.Name}}' linker/xx; docker inspect -f '{{.HostConfig.Links}}' linker; docker rm -l linker/xx; docker rm -l linker/nope; docker rm -l linker; "
                           "docker ps -a --no-trunc --format '{{.Names}}' -f name=link; docker rename linker other; docker inspect -f '{{.HostConfig.Links}}' other; docker stop -t 0 other/linked; docker rm other linked"},
      {"a bad port of a container", "docker create --name shut busybox >/dev/null; for one in foo 99999 / 80-81 0x50 ''; do docker port shut \"$one\"; done; docker rm shut"},
      {"an export into a directory", "docker create --name shut busybox >/dev/null; mkdir -p dir; docker export -o dir shut 2>&1 | sed 's/temp_[0-9]*/temp/'; docker save -o dir hello-world 2>&1 | sed 's/temp_[0-9]*/temp/'; ls dir; docker rm shut"},
      {"bad detach keys of exec", "docker run -d --name keyed busybox sleep 1000 >/dev/null; docker exec --detach-keys foo keyed true; docker exec -d --detach-keys ctrl- keyed true; docker rm -f keyed"},
      {"exposed ports as a filter", "docker create --name shut --expose 77 busybox >/dev/null; docker ps -a -f expose=77 --format '{{.Names}}'; docker rm shut"},
      {"events by what they do not know", "docker events -f nope=x --since 1s --until 0s >/dev/null; docker events -f nope --until 0s"},
      {"an id file of a quiet build", "mkdir -p quiet && echo 'FROM busybox' >quiet/Dockerfile; docker build -q --iidfile id quiet >/dev/null; wc -c <id; docker build --iidfile id quiet >/dev/null; wc -c <id"},
      {"too few arguments", "docker run"},
      {"too few arguments for exec", "docker exec x"},
      {"too many arguments", "docker ps extra"},
      {"no argument for rm", "docker rm"},
      {"no argument for tag", "docker tag busybox"},
      {"a flag without its value", "docker run --name"},
      {"a bad value for a flag", "docker stop -t soon x"},
      {"help of run", "docker run --help"},
      {"help of build", "docker build --help"},
      {"help of ps", "docker ps --help"},
      {"help of images", "docker images --help"},
      {"help of rm", "docker rm --help"},
      {"help of commit", "docker commit --help"},
      {"help of exec", "docker exec --help"},
      {"help of events", "docker events --help"},
      {"help of logs", "docker logs --help"},
      {"help of container prune", "docker container prune --help"},
      {"help of container", "docker container --help"},
      {"help of image", "docker image --help"},
      {"help of image ls", "docker image ls --help"},
      {"help of another name of image ls", "docker image list --help"},
      {"help of image rm", "docker image rmi --help"},
      {"help of save", "docker save --help"},
      {"help of load", "docker load --help"},
      {"help of image prune", "docker image prune --help"},
      {"help of system df", "docker system df --help"},
      {"help of system prune", "docker system prune --help"},
      // The engine.
      {"version", "docker version"},
      {"version of the server", "docker version --format '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Os}}/{{.Server.Arch}}'"},
      {"info", "docker info"},
      {"info by format", "docker info --format '{{.Containers}} {{.Images}} {{.Driver}} {{.OSType}}'"},
      // Images that are there.
      {"images", "docker images"},
      {"images quiet", "docker images -q"},
      {"images not truncated", "docker images --no-trunc"},
      {"images with digests", "docker images --digests"},
      {"images of a name", "docker images busybox"},
      {"images of no name", "docker images nothing"},
      {"images by format", "docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}'"},
      {"images as a table", "docker images --format 'table {{.Repository}}\\t{{.Tag}}'"},
      {"images with a bad filter", "docker images --filter nope=1"},
      {"images with a bad template", "docker images --format '{{.Nope}}'"},
      {"history of a base image", "docker history busybox"},
      {"history by format", "docker history --format '{{.CreatedBy}}|{{.Size}}' busybox"},
      {"history of nothing", "docker history nothing"},
      {"inspect the base image", "docker inspect busybox"},
      {"inspect an image by format", "docker image inspect -f '{{json .Config.Cmd}} {{.Os}} {{len .RootFS.Layers}}' busybox"},
      {"images by a pattern", "docker images --filter reference='*busy*' --format '{{.Repository}}'"},
      {"images by a bad pattern", "docker images --filter 'reference=[a'"},
      {"images by a bad truth", "docker images --filter dangling=1"},
      {"save as a list", "docker save busybox | tar -tf - | sed 's/^[0-9a-f]*//' | sort"},
      {"save as a manifest", "docker save busybox hello-world | tar -xOf - manifest.json repositories"},
      {"save nothing there", "docker save nothing >/dev/null"},
      {"save a tag that is not there", "docker save busybox:absent >/dev/null"},
      {"save a bad reference", "docker save Bad/Reference >/dev/null"},
      {"save into no folder", "docker save -o absent/x.tar busybox"},
      {"save into a device", "docker save -o /dev/null busybox"},
      {"save and load", "docker save -o saved.tar busybox hello-world && docker load -i saved.tar"},
      {"load from input", "docker load -q <saved.tar"},
      {"load without a name", "docker save $(docker images -q --no-trunc hello-world) | docker load"},
      {"load an absent file", "docker load -i absent.tar"},
      {"load what is no image", "tar -cf - variables | docker load"},
      {"load with an argument", "docker load x"},
      {"system df", "docker system df"},
      {"system df in detail", "docker system df -v"},
      {"system df by format", "docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'"},
      {"image prune declined", "echo n | docker image prune"},
      {"image prune of nothing", "docker image prune -f"},
      {"image prune with a bad filter", "docker image prune -f --filter nope=1"},
      {"image prune with a bad time", "docker image prune -f --filter until=soon"},
      {"system prune declined", "echo n | docker system prune -a --filter label=x"},
      {"system prune of volumes by age", "docker system prune -f --volumes --filter until=1h"},
      // Running.
      {"capabilities dropped and added", "docker run --rm --cap-drop all --cap-add chown busybox grep Cap /proc/self/status", In::LinuxOnly},
      {"an unknown capability", "docker create --name letter-x --cap-add foo busybox"},
      {"the default filter", "docker run --rm busybox grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status", In::LinuxOnly},
      {"no filter and no new privileges", "docker run --rm --security-opt seccomp=unconfined --security-opt no-new-privileges busybox grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status", In::LinuxOnly},
      {"an unknown security option", "docker create --name letter-x --security-opt foo=bar busybox"},
      {"a malformed security option", "docker create --name letter-x --security-opt foo busybox"},
      {"limits of resources", "docker run --rm --ulimit nofile=1024:2048 busybox sh -c 'ulimit -n; ulimit -Hn'"},
      {"a malformed ulimit", "docker create --name letter-x --ulimit nofile=20:10 busybox"},
      {"a tmpfs", "docker run --rm --tmpfs /x:size=1m,mode=700,exec busybox sh -c 'mount | grep /x; ls -ld /x | cut -c1-10'", In::LinuxOnly},
      {"a tmpfs over a file", "docker run --rm --tmpfs /etc/passwd busybox true"},
      {"a relative tmpfs", "docker create --name letter-x --tmpfs x busybox"},
      {"an unknown tmpfs option", "docker run --rm --tmpfs /x:foo busybox true"},
      {"an unknown group", "docker run --rm --group-add nosuch busybox id"},
      {"an absent device", "docker run --rm --device /dev/nosuch busybox true", In::LinuxOnly},
      {"a malformed device rule", "docker create --name letter-x --device-cgroup-rule foo busybox"},
      {"a sysctl of the whole machine", "docker create --name letter-x --sysctl vm.foo=1 busybox"},
      {"a score out of range", "docker create --name letter-x --oom-score-adj 5000 busybox"},
      {"too little memory", "docker create --name letter-x -m 1m busybox"},
      {"swap without memory", "docker create --name letter-x --memory-swap 10m busybox"},
      {"swap below memory", "docker create --name letter-x -m 20m --memory-swap 10m busybox"},
      {"too much swappiness", "docker create --name letter-x --memory-swappiness 101 busybox"},
      {"two ways to say how much processor", "docker create --name letter-x --cpus 1 --cpu-quota 20000 busybox"},
      {"an absent container's processes", "docker run --rm --pid container:nosuch busybox true"},
      {"an unknown mode", "docker create --name letter-x --pid foo busybox"},
      {"pause", "docker run -d --name letter-p busybox sleep 300 >/dev/null; docker pause letter-p"},
      {"pause twice", "docker pause letter-p 2>&1 | sed 's/[0-9a-f]\\{64\\}/ID/'"},
      {"a paused container in the list", "docker ps --filter name=letter-p --format '{{.Status}} {{.State}}' | sed 's/Up .* (/Up (/'"},
      {"exec in a paused container", "docker exec letter-p true"},
      {"unpause", "docker unpause letter-p"},
      {"unpause twice", "docker unpause letter-p 2>&1 | sed 's/[0-9a-f]\\{64\\}/ID/'"},
      {"update without a flag", "docker update letter-p"},
      {"update", "docker update -m 64m --memory-swap 128m --pids-limit 30 letter-p"},
      {"inspect what was updated", "docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}}' letter-p"},
      {"update beyond the swap", "docker update -m 200m letter-p 2>&1 | sed 's/[0-9a-f]\\{64\\}/ID/'"},
      {"stats by format", "docker stats --no-stream --format '{{.Name}} {{.PIDs}}' letter-p"},
      {"stats of nothing", "docker stats --no-stream nosuch"},
      {"top with columns", "docker top letter-p -o pid,comm | sed 's/[0-9][0-9]* */N /'", In::LinuxOnly},
      {"the paused one goes", "docker pause letter-p; docker rm -f letter-p"},
      {"help of stats", "docker stats --help"},
      {"help of update", "docker pause --help; docker unpause --help"},
      {"run echo", "docker run --rm busybox echo hello"},
      {"run the image's command", "docker run --rm hello-world"},
      {"run with both streams and a code", "docker run --rm busybox sh -c 'echo out; echo err >&2; exit 3'"},
      {"run a program that is absent", "docker run --rm busybox nosuchprogram"},
      {"run an absolute program that is absent", "docker run --rm busybox /no/such/program"},
      {"run a directory", "docker run --rm busybox /etc"},
      {"run with variables", "FROM_HERE=here docker run --rm -e A=1 -e FROM_HERE -e ABSENT busybox sh -c 'echo $A $FROM_HERE ${ABSENT-none}'"},
      {"run with a file of variables", "docker run --rm --env-file variables busybox sh -c 'echo $ONE $TWO'"},
      {"run in a folder", "docker run --rm -w /tmp/new busybox pwd"},
      {"run in a relative folder", "docker run --rm -w relative busybox pwd"},
      {"run with an entrypoint", "docker run --rm --entrypoint echo busybox hi there"},
      {"run with a cleared entrypoint", "docker run --rm --entrypoint '' busybox echo cleared"},
      {"run as a user", "docker run --rm -u 1000:1000 busybox id -u"},
      {"run as an unknown user", "docker run --rm -u nobody-here busybox true"},
      {"run with a hostname", "docker run --rm -h lab busybox hostname"},
      {"run without network", "docker run --rm --network none busybox echo alone"},
      {"run on the host's network", "docker run --rm --network host busybox echo host"},
      {"run on an unknown network", "docker run --rm --network nowhere busybox true"},
      {"run with input", "printf 'typed\\n' | docker run --rm -i busybox cat"},
      {"run without input", "printf 'typed\\n' | docker run --rm busybox cat"},
      {"run on a terminal", "docker run --rm -t busybox echo terminal"},
      {"run interactive without a terminal", "docker run --rm -it busybox true </dev/null"},
      {"run an absent image", "docker run --rm absent-image true"},
      {"run a bad reference", "docker run --rm Bad::Reference true"},
      {"run with a bad name", "docker run --name 'bad name!' busybox true"},
      {"run detached and removed", "docker run -d --rm --name gone busybox true >/dev/null; sleep 1; docker ps -a --filter name=gone -q"},
      {"run detached", "docker run -d --name loop --label course=one busybox sleep 1000"},
      {"run with a name in use", "docker run --name loop busybox true"},
      {"run with both detach and remove of a bad option", "docker run -d --attach stdout busybox true"},
      // Lists.
      {"ps", "docker ps"},
      {"ps quiet", "docker ps -q"},
      {"ps not truncated", "docker ps --no-trunc"},
      {"ps by label", "docker ps --filter label=course=one --format '{{.Names}} {{.Labels}}'"},
      {"ps by a bad filter", "docker ps --filter nope=1"},
      {"ps by format", "docker ps --format '{{.Names}}: {{.Image}} {{.Command}} {{.State}}'"},
      // Inside a running one.
      {"exec", "docker exec loop echo inside"},
      {"exec with variables and folder", "docker exec -e Q=1 -w /tmp loop sh -c 'echo $Q; pwd'"},
      {"exec with a code", "docker exec loop sh -c 'exit 7'"},
      {"exec as a user", "docker exec -u 1000 loop id -u"},
      {"exec a program that is absent", "docker exec loop nosuchprogram"},
      {"exec with input", "printf 'in\\n' | docker exec -i loop cat"},
      {"exec on a terminal", "docker exec -t loop echo terminal"},
      {"exec detached", "docker exec -d loop true"},
      {"exec in an unknown container", "docker exec nobody true"},
      {"exec in a relative folder", "docker exec -w relative loop true"},
      {"exec takes a variable away", "docker exec -e LATE=1 -e PATH loop sh -c 'echo $LATE $PATH'"},
      {"exec as a group", "docker exec -u 4242:4343 loop id"},
      {"inspect of nothing", "docker inspect ''"},
      {"inspect of members that are not there", "docker inspect -f '{{.HostConfig.Init}} {{.HostConfig.PidsLimit}} {{.State.Health}} {{.HostConfig.Binds}} {{.Config.Volumes}}' loop"},
      {"inspect of a member in small letters", "docker inspect -f '{{.state}}' loop"},
      // A container made, then started.
      {"create", "docker create --name made busybox sh -c 'echo made; echo warned >&2; exit 4'"},
      {"exec in a container that never ran", "docker exec made true"},
      {"logs of a container that never ran", "docker logs made"},
      {"start attached", "docker start -a made"},
      {"start again", "docker start made"},
      {"wait", "docker wait made"},
      {"logs", "docker logs made"},
      {"logs, the end", "docker logs --tail 1 made"},
      {"logs with times", "docker logs -t made"},
      {"logs of nobody", "docker logs nobody"},
      {"logs followed to the end", "docker logs -f made"},
      {"start nobody", "docker start nobody"},
      {"start several", "docker start nobody made; docker wait made"},
      {"ps of all", "docker ps -a"},
      {"ps of the last", "docker ps -l --format '{{.Names}}'"},
      {"ps of the last two", "docker ps -n 2 --format '{{.Names}}'"},
      {"ps of those that exited", "docker ps -a --filter status=exited --format '{{.Names}} {{.Status}}'"},
      {"ps with sizes", "docker ps -a -s --format '{{.Names}} {{.Size}}'"},
      {"inspect a container", "docker inspect made"},
      {"inspect a container by format", "docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.Config.Image}} {{json .Config.Cmd}}' made loop"},
      {"inspect both kinds", "docker inspect -f '{{.Id}}' made busybox"},
      {"inspect nothing", "docker inspect nothing"},
      {"inspect by a bad template", "docker inspect -f '{{.Nope}}' made"},
      {"inspect by a broken template", "docker inspect -f '{{' made"},
      {"inspect with the wrong type", "docker inspect --type image made"},
      // Stopping.
      {"stop with a time", "docker stop -t 0 loop"},
      {"stop what is stopped", "docker stop loop"},
      {"code of what was stopped", "docker inspect -f '{{.State.ExitCode}} {{.State.Running}}' loop"},
      {"exec in a stopped container", "docker exec loop true"},
      {"start a stopped one", "docker start loop"},
      {"restart", "docker restart -t 0 loop"},
      {"kill with a signal that is no name", "docker kill -s NOPE loop"},
      {"rm of a running container", "docker rm loop"},
      {"kill", "docker kill loop && docker wait loop"},
      {"kill what is stopped", "docker kill loop"},
      {"stop nobody", "docker stop nobody"},
      {"kill nobody", "docker kill nobody"},
      {"restart nobody", "docker restart nobody"},
      {"rename", "docker rename loop looped && docker ps -a --format '{{.Names}}'"},
      {"rename to a name in use", "docker rename looped made"},
      {"rm", "docker rm looped"},
      {"rm several, one unknown", "docker rm nobody made"},
      {"rm forced", "docker run -d --name forced busybox sleep 1000 >/dev/null; docker rm -f forced"},
      {"rm forced of nobody", "docker rm -f nobody"},
      // Lives: restart policies, health checks, names.
      {"run with a bad restart policy", "docker run --restart bogus busybox true"},
      {"run with a restart policy of three parts", "docker run --restart a:b:c busybox true"},
      {"run with a restart count that is no number", "docker run --restart on-failure:x busybox true"},
      {"run with a restart count for always", "docker run --restart always:3 busybox true"},
      {"run with a negative restart count", "docker run --restart on-failure:-1 busybox true"},
      {"run removed and restarted", "docker run --rm --restart always busybox true"},
      {"run that restarts", "docker run -d --name again --network none --restart on-failure:2 busybox sh -c 'echo run; exit 3' >/dev/null; sleep 2; docker inspect -f "
                            "'{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}} {{json .HostConfig.RestartPolicy}}' again; docker logs again"},
      {"update of a policy", "docker update --restart no again"},
      {"update of nothing", "docker update again"},
      {"update with a bad policy", "docker update --restart always:2 again"},
      {"update of nobody", "docker update --restart no nobody"},
      {"what restarts, seen in its pause", "docker run -d --name forever --network none --restart always busybox false >/dev/null; sleep 5.5; docker ps --filter name=forever --format '{{.State}} {{.Status}}'; "
                                           "docker exec forever true; docker top forever; docker rm forever; docker stop forever && docker inspect -f '{{.State.Status}} {{.State.Restarting}}' forever"},
      {"rm of both", "docker rm again forever"},
      {"run with a health check", "docker run -d --name fit --network none --health-cmd 'echo fine' --health-interval 300ms busybox sleep 1000 >/dev/null; sleep 2; docker ps --filter "
                                  "name=fit --format '{{.Names}} {{.Status}}'; docker inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}} {{(index .State.Health.Log 0).Output}}' fit"},
      {"run with a failing health check", "docker run -d --name ill --network none --health-cmd 'exit 1' --health-interval 300ms --health-retries 2 busybox sleep 1000 >/dev/null; sleep 2; docker "
                                          "ps --filter health=unhealthy --format '{{.Names}} {{.Status}}'"},
      {"ps by health", "docker ps --filter health=healthy -q --filter name=fit | wc -l; docker ps --filter health=bogus"},
      {"rm of the checked", "docker rm -f fit ill"},
      {"run with contradicting health flags", "docker run --no-healthcheck --health-cmd true busybox true"},
      {"run with a negative health time", "docker run --health-timeout -1s --health-cmd true busybox true"},
      {"run with too short a health interval", "docker run --health-interval 1us --health-cmd true busybox true"},
      {"run with a health interval that is none", "docker run --health-interval x busybox true"},
      {"run with names", "docker run --rm --network none -h lab --domainname course.example --add-host one:1.2.3.4 --add-host two:::1 busybox cat /etc/hosts"},
      {"run with name servers", "docker run --rm --network none --dns 9.9.9.9 --dns-search a.example --dns-option ndots:2 busybox cat /etc/resolv.conf"},
      {"run with a bad host", "docker run --rm --add-host bad busybox true"},
      {"run with a bad address of a host", "docker run --rm --add-host bad:xx busybox true"},
      {"run with a bad name server", "docker run --rm --dns bad busybox true"},
      {"run with a bad search domain", "docker run --rm --dns-search 'bad_x!' busybox true"},
      {"run with a bad stop signal", "docker run --stop-signal BOGUS busybox true"},
      {"create with a file of labels", "printf 'l1=a\n#x\nl2\n\n l3=b\n' > labels; docker create --name tagged --label-file labels busybox >/dev/null; docker inspect -f '{{json .Config.Labels}}' tagged"},
      {"create with a bad file of labels", "printf 'a b=1\n' > labels; docker create --label-file labels busybox"},
      {"create with a cidfile in use", "echo x > cid; docker create --cidfile cid busybox"},
      {"run with a cidfile in no folder", "docker run --cidfile nodir/cid busybox true"},
      {"ps by filters that are none", "docker ps -f status=bogus; docker ps -f exited=x; docker ps -f is-task=maybe; docker ps -f before=nobody; docker ps -f publish=x"},
      {"ps by filters that match nothing", "docker ps -aq -f is-task=true; docker ps -aq -f publish=80; docker ps -aq -f volume=/x; docker ps -aq -f expose=8000-8080/tcp"},
      {"ps by a name's pattern", "docker ps -a -f 'name=^tag+ed$' --format '{{.Names}}'"},
      {"port of nobody", "docker port nobody"},
      {"port", "docker port tagged; docker port tagged 80; docker port tagged 80/udp"},
      {"rm of a link", "docker rm -l nobody"},
      {"kill with a number that is no signal", "docker kill -s 99 tagged; docker kill -s 0 tagged"},
      {"wait for one that is stopped by another", "docker run -d --name waited --network none busybox sh -c 'trap \"exit 5\" TERM; while :; do sleep 0.1; done' >/dev/null; (sleep 0.5; docker stop waited >/dev/null) & docker wait nobody waited; wait"},
      {"codes of ends", "docker run --name s1 --network none busybox sh -c 'kill -9 $$'; echo $?; docker run --rm --network none busybox sh -c 'exit 42'; echo $?; docker start -a s1; echo $?; docker rm s1"},
      {"events of a past life", "sleep 1.1; docker events --since 1 --until 0s --filter container=waited --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'"},
      {"events as they are", "docker events --since 1 --until 0s --filter event=die --filter container=waited | sed 's/^[^ ]* //'"},
      {"events by a bad time", "docker events --since xx"},
      {"events by a bad field", "docker events --format '{{.Nope}}' --since 1 --until 0s"},
      {"logs with details", "docker run --name detailed --network none busybox sh -c 'echo one; echo two >&2' >/dev/null 2>&1; docker logs --details detailed; docker logs --details -t detailed 2>/dev/null | sed 's/^[^ ]* //'; docker rm detailed"},
      {"logs since a time that is none", "docker logs --since x waited"},
      {"container prune without a yes", "echo n | docker container prune"},
      {"container prune by a bad filter", "docker container prune -f --filter name=x"},
      {"container prune by a label", "docker container prune -f --filter label=nobody"},
      {"container prune", "docker container prune -f | grep -vE '^[0-9a-f]{64}$'; docker ps -aq"},
      // Changes.
      {"change files", "docker run --name changed busybox sh -c 'echo new > /new; mkdir /dir; echo in > /dir/in; rm /etc/group; echo more >> /etc/passwd'"},
      {"diff", "docker diff changed"},
      {"diff of nobody", "docker diff nobody"},
      {"export", "docker export changed | tar t | grep -E '^(new|dir/|dir/in|etc/passwd|etc/group)$'"},
      {"commit", "docker commit -m message -a author -c 'CMD [\"cat\", \"/new\"]' -c 'ENV KIND=committed' changed com:1"},
      {"commit without a name", "docker commit changed"},
      {"commit of nobody", "docker commit nobody x"},
      {"commit with a bad change", "docker commit -c 'FROM x' changed"},
      {"commit to a bad name", "docker commit changed Bad:Name"},
      {"run what was committed", "docker run --rm com:1"},
      {"images after the commit", "docker images -a"},
      {"images that hang loose", "docker images --filter dangling=true"},
      {"history of the commit", "docker history com:1"},
      {"history of the commit, quiet", "docker history -q --no-trunc com:1"},
      {"inspect the commit", "docker inspect com:1"},
      {"tag", "docker tag com:1 other:2"},
      {"tag nothing", "docker tag nothing x"},
      {"tag to a bad name", "docker tag com:1 'Bad Name'"},
      {"rmi of one of two tags", "docker rmi other:2"},
      {"rmi of nothing", "docker rmi nothing:1"},
      {"rmi of what a container uses", "docker run --name user com:1 && docker rmi com:1"},
      {"rmi forced", "docker rm user >/dev/null; docker rmi -f com:1"},
      {"rmi of the loose ones", "docker rmi $(docker images -q --filter dangling=true)"},
      {"export to import", "docker export changed | docker import -c 'CMD [\"echo\", \"imported\"]' -m imported - imp:1 >/dev/null && docker run --rm imp:1"},
      // Data: volumes and copies.
      {"help of cp", "docker cp --help"},
      {"help of volume", "docker volume --help"},
      {"help of volume create", "docker volume create --help"},
      {"help of volume ls", "docker volume ls --help"},
      {"volume create", "docker volume create --label kind=data vol-a"},
      {"volume create again", "docker volume create vol-a"},
      {"volume create with a short name", "docker volume create x"},
      {"volume create with a bad name", "docker volume create a/b"},
      {"volume create of an unknown driver", "docker volume create -d nothing vol-b"},
      {"volume create with an unknown option", "docker volume create -o bogus=1 vol-b"},
      {"volume create with half the options", "docker volume create -o type=tmpfs vol-b"},
      {"volume create with two names", "docker volume create --name vol-b vol-c"},
      {"volume create with too many names", "docker volume create vol-b vol-c"},
      {"run writing to a volume", "docker run --name writer -v vol-a:/data -v /anon busybox sh -c 'echo kept > /data/x; ls -d /anon'"},
      {"run reading a volume", "docker run --rm -v vol-a:/data:ro busybox sh -c 'cat /data/x; echo no > /data/y'"},
      {"run with another's volumes", "docker run --rm --volumes-from writer:ro busybox cat /data/x"},
      {"diff of what has volumes", "docker diff writer"},
      {"mounts by format", "docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.Driver}} {{.Mode}} {{.RW}} {{.Propagation}};{{end}}' writer | tr ';' '\\n' | sort"},
      {"ps of volumes", "docker ps -a --filter name=writer --format '{{.LocalVolumes}}'"},
      {"volume ls by name", "docker volume ls -f name=vol-"},
      {"volume ls of what is used", "docker volume ls -q -f dangling=false -f name=vol-"},
      {"volume ls by a bad filter", "docker volume ls -f nope=1"},
      {"volume ls by a bad value", "docker volume ls -f dangling=perhaps"},
      {"volume ls by format", "docker volume ls -f name=vol- --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Labels}} {{.Label \"kind\"}} {{.Links}} {{.Size}}'"},
      {"volume inspect by format", "docker volume inspect -f '{{.Name}} {{.Driver}} {{json .Labels}} {{json .Options}} {{.Scope}}' vol-a"},
      {"volume inspect of nothing", "docker volume inspect nothing"},
      {"volume rm of nothing", "docker volume rm nothing"},
      {"volume rm forced of nothing", "docker volume rm -f nothing"},
      {"run with a bad mode", "docker run --rm -v vol-a:/b:zz busybox true"},
      {"run with a relative destination", "docker run --rm -v vol-a:b busybox true"},
      {"run with a volume on the root", "docker run --rm -v vol-a:/ busybox true"},
      {"run with two mounts on one place", "docker run --rm -v vol-a:/x --mount type=tmpfs,dst=/x busybox true"},
      {"run with a relative host path", "docker run --rm -v ./a:/b busybox true"},
      {"run with an unknown mount type", "docker run --rm --mount type=foo,dst=/x busybox true"},
      {"run with an unknown mount key", "docker run --rm --mount dst=/x,bogus=1 busybox true"},
      {"run with a mount without target", "docker run --rm --mount type=volume busybox true"},
      {"run with a mixed mount", "docker run --rm --mount type=bind,src=/tmp,dst=/x,volume-nocopy=true busybox true"},
      {"run with memory mounted", "docker run --rm --mount type=tmpfs,dst=/t busybox sh -c 'echo x > /t/y; ls /t'"},
      {"run with volumes of nobody", "docker run --rm --volumes-from nobody busybox true"},
      {"cp in", "echo copied > copied.txt; docker cp copied.txt writer:/tmp/ && docker cp copied.txt writer:/tmp/renamed"},
      {"cp out", "docker cp writer:/tmp/renamed out.txt && cat out.txt; docker cp writer:/tmp outdir && ls outdir"},
      {"cp to the output", "docker cp writer:/tmp/renamed - | tar t; docker cp writer:/tmp - | tar t | sort"},
      {"cp into a volume", "docker cp copied.txt writer:/data/ && docker cp writer:/data/copied.txt - | tar xO"},
      {"cp of a folder's content", "mkdir -p tree/sub; echo deep > tree/sub/f; docker cp tree/. writer:/tree2 && docker cp tree writer:/tree3 && docker cp writer:/tree2 - | tar t | sort"},
      {"cp from the input", "tar c tree | docker cp - writer:/tmp && docker cp writer:/tmp/tree/sub/f - | tar xO"},
      {"cp of a link", "docker cp writer:/bin/sh - | tar tv | cut -c1-10; docker cp -L writer:/bin/sh - | tar t"},
      {"cp of what is absent", "docker cp writer:/nope ."},
      {"cp of nobody", "docker cp nobody:/x ."},
      {"cp of an absent file", "docker cp no-such-file writer:/ 2>&1 | sed 's#lstat .*/#lstat #'"},
      {"cp into an absent folder", "docker cp copied.txt writer:/nodir/x"},
      {"cp to an absent folder with its slash", "docker cp copied.txt writer:/nodir/"},
      {"cp of a folder onto a file", "docker cp tree writer:/tmp/renamed"},
      {"cp of a container's folder onto a file", "docker cp writer:/etc copied.txt"},
      {"cp between containers", "docker cp writer:/x writer:/y"},
      {"cp without a container", "docker cp a b"},
      {"cp from the input onto a file", "docker cp - writer:/tmp/renamed </dev/null"},
      {"cp with one path", "docker cp a"},
      {"volume prune unconfirmed", "docker volume prune </dev/null"},
      {"volume prune", "docker volume create vol-z >/dev/null; docker rm -v writer; docker volume prune -f --filter label!=kind"},
      {"volume rm", "docker volume rm vol-a"},
      {"rm of the changed one", "docker rm changed && docker rmi -f imp:1 >/dev/null"},
      // Building.
      {"build", "docker build -t app:1 app"},
      {"build again, from the cache", "docker build -t app:1 app"},
      {"build after an edit", "echo changed >> app/src/a.txt; docker build -t app:2 app; echo a > app/src/a.txt"},
      {"build without the cache", "docker build --no-cache -t app:3 app"},
      {"build with an argument", "docker build --build-arg GREETING=bye --build-arg UNUSED=1 -t app:4 app"},
      {"build quietly", "docker build -q -t app:1 app"},
      {"build another file", "docker build -f app/Other -t other:1 app"},
      {"build with labels", "docker build --label made=here -f app/Other -t other:2 app && docker inspect -f '{{json .Config.Labels}}' other:2"},
      {"build from the input", "docker build -t other:3 - < app/Other"},
      {"build keeping the containers", "docker build --rm=false --no-cache -f app/Other app; docker rm $(docker ps -aq) >/dev/null"},
      {"run what was built", "docker run --rm app:1"},
      {"run what was built with arguments", "docker run --rm app:1 three"},
      {"history of the build", "docker history app:1"},
      {"history of the build, whole", "docker history --no-trunc --format '{{.CreatedBy}}|{{.Size}}|{{.Comment}}' app:1"},
      {"inspect the build", "docker inspect app:1"},
      {"images after the builds", "docker images"},
      {"build with an unknown instruction", "docker build bad-instruction"},
      {"build with a syntax error", "docker build bad-syntax"},
      {"build without FROM", "docker build bad-from"},
      {"build with COPY of a missing file", "docker build bad-copy"},
      {"build with a RUN that fails", "docker build bad-run; docker rm $(docker ps -aq) >/dev/null"},
      {"build with an absent base", "docker build bad-base"},
      // Each of these is a Dockerfile of one line behind FROM.
      {"build with stages", "printf 'FROM busybox AS one\\nRUN mkdir /s && echo 1 > /s/a && ln -s a /s/l\\nFROM scratch AS two\\nCOPY --from=one /s /t\\nFROM busybox\\nCOPY --from=two /t /t\\nCOPY --from=0 --chown=5:6 /s/l /u\\nCOPY --from=busybox /etc/passwd /p\\nRUN stat -c \"%%A %%u %%g %%n\" /t /t/a /t/l /u; cat /t/l\\n' | docker build -t stages:1 -"},
      {"build with stages, from the cache", "printf 'FROM busybox AS one\\nRUN mkdir /s && echo 1 > /s/a && ln -s a /s/l\\nFROM scratch AS two\\nCOPY --from=one /s /t\\n' | docker build -"},
      {"build up to a stage", "printf 'FROM busybox AS one\\nENV a=b\\nFROM busybox\\nENV c=d\\n' | docker build --target one -"},
      {"build up to no stage", "printf 'FROM busybox\\nENV a=b\\n' | docker build --target nope -"},
      {"build from a stage that is not yet", "printf 'FROM busybox\\nCOPY --from=0 /a /b\\n' | docker build -"},
      {"build from a stage that never is", "printf 'FROM busybox\\nCOPY --from=7 /a /b\\n' | docker build -"},
      {"build from nothing", "printf 'FROM busybox\\nCOPY --from=scratch / /b\\n' | docker build -"},
      {"build what only BuildKit can", "for line in 'RUN --mount=type=cache,target=/c true' 'COPY --chmod=700 a /b' 'COPY --link a /b' 'ADD --checksum=sha256:aa a /b' 'RUN --network=none true' 'COPY <<EOF /x'; do printf \"FROM busybox\\n$line\\n\" | docker build -; done"},
      {"build with the forms of ${}", "for form in '${x#b}' '${x%b}' '${x/b/c}' '${x-b}' '${x:=b}' '${x:?m}' '${x:-ok}'; do printf 'FROM busybox\\nLABEL a=%s\\n' \"$form\" | docker build -q -; done"},
      {"build with an archive", "mkdir -p arc/in && echo z > arc/in/z && tar --mtime=@1600000000 --owner=3 --group=4 -C arc -czf arc/a.tgz in && printf 'FROM busybox\\nADD a.tgz /t/\\nCOPY a.tgz /c/\\nRUN stat -c \"%%A %%u %%g %%n\" /t/in /t/in/z /c/a.tgz\\n' > arc/Dockerfile && docker build arc"},
      {"build from a tar that is compressed", "tar -C app -cJf - . | docker build -q -f Other - >/dev/null && echo built"},
      {"build from an empty input", "printf '' | docker build -"},
      {"build with the file on the input", "docker build -q -f - app < app/Other >/dev/null && echo built"},
      {"build with both on the input", "docker build -f - - < app/Other"},
      {"build and pass a cache", "docker build -q --cache-from other:3 --cache-from nowhere:1 -f app/Other app >/dev/null && echo built"},
      {"build with limits", "docker build -q --memory 64m --cpu-shares 512 --shm-size 1m -f app/Other app >/dev/null && echo built"},
      {"build and write the id", "docker build -q --iidfile id -f app/Other app >/dev/null && grep -c sha256: id"},
      {"build of a repository that is not there", "docker build git@:nowhere#-x"},
      {"build with an empty file", "docker build bad-empty"},
      {"build of no folder", "docker build nosuchfolder"},
      {"build without a Dockerfile", "docker build app/src"},
      {"build with a file that is absent", "docker build -f nofile app"},
      {"build to a bad name", "docker build -t Bad::Name app"},
      {"build what ignores files", "docker build -q -t ignoring:1 ignoring >/dev/null && docker run --rm ignoring:1"},
      {"rmi of a build", "docker rmi app:1 | grep -c ."},
      {"rmi of what has children", "docker rmi busybox"},
      {"rmi of all", "docker rmi -f app:2 app:3 app:4 other:1 other:2 other:3 ignoring:1 >/dev/null; docker images --format '{{.Repository}}'"},
      {"ps at the end", "docker ps -a"},
  };
}

}  // namespace

const std::vector<LetterCommand>& letter_commands() {
  static const std::vector<LetterCommand> commands = [] {
    auto all = table();
    const auto place = std::find_if(all.begin(), all.end(), [](const LetterCommand& one) { return one.label == "run on an unknown network"; });
    auto networks = network_commands();
    all.insert(place, std::make_move_iterator(networks.begin()), std::make_move_iterator(networks.end()));
    for (auto* commands_of : {format_commands, build_option_commands, signal_commands, log_commands}) {
      const std::vector<LetterCommand> part = commands_of();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return commands;
}

const std::vector<std::string>& short_list() {
  static const std::vector<std::string> labels = {
      "images",         "run echo",    "run with both streams and a code", "run a program that is absent", "run with variables", "run with input",
      "run with a name in use", "run detached", "ps", "exec", "exec with a code", "exec in an unknown container", "create", "start attached", "start again", "wait", "logs",
      "ps of all",      "stop with a time", "start a stopped one", "kill", "rename", "rm", "rm several, one unknown", "change files", "diff", "commit", "commit without a name",
      "run what was committed", "tag", "history of the commit", "inspect the commit", "rmi of one of two tags", "rmi of what a container uses", "rmi forced", "build", "build again, from the cache",
      "build with a RUN that fails", "build with an unknown instruction", "run what was built", "history of the build", "inspect nothing", "version of the server", "ps at the end",
  };
  return labels;
}

void write_letter_files(const TemporaryRoot& root) {
  root.write("variables", "ONE=1\n# a comment\nTWO=two words\n");
  root.write("app/Dockerfile",
             "# a comment\n"
             "FROM busybox:latest AS base\n"
             "LABEL maintainer=\"someone@example.invalid\" version=\"1.0\"\n"
             "ARG GREETING=hello\n"
             "ENV APP_HOME=/app \\\n    MODE=prod\n"
             "WORKDIR $APP_HOME\n"
             "COPY src/ ./src/\n"
             "COPY run.sh .\n"
             "RUN echo \"building $GREETING in $PWD\" && echo built > built\n"
             "RUN [\"/bin/busybox\", \"touch\", \"exec-form\"]\n"
             "USER 1000:1000\n"
             "EXPOSE 8080/tcp 53/udp\n"
             "ENTRYPOINT [\"/bin/sh\", \"run.sh\"]\n"
             "CMD [\"one\", \"two\"]\n");
  root.write("app/Other", "FROM busybox\nRUN echo other > /other\nCMD cat /other\n");
  root.write("app/run.sh", "echo run \"$@\" in $MODE\n");
  root.write("app/src/a.txt", "a\n");
  root.write("app/src/b.txt", "b\n");
  root.write("ignoring/Dockerfile", "FROM busybox\nCOPY . /all/\nCMD [\"ls\", \"/all\"]\n");
  root.write("ignoring/.dockerignore", "*.log\n!kept.log\nDockerfile\n");
  root.write("ignoring/kept.log", "kept\n");
  root.write("ignoring/lost.log", "lost\n");
  root.write("ignoring/file", "file\n");
  root.write("bad-instruction/Dockerfile", "FROM busybox\nFROBNICATE yes\n");
  root.write("bad-syntax/Dockerfile", "FROM busybox\nENV lonely\n");
  root.write("bad-from/Dockerfile", "RUN true\n");
  root.write("bad-copy/Dockerfile", "FROM busybox\nCOPY nothere /x\n");
  root.write("bad-run/Dockerfile", "FROM busybox\nRUN echo before; exit 3\nRUN echo never\n");
  root.write("bad-base/Dockerfile", "FROM absent-base:1\nRUN true\n");
  root.write("bad-empty/Dockerfile", "# nothing\n");
}

const std::vector<AcceptedDifference>& accepted_between_clients() {
  constexpr const char* kShorter = "help shows the options and commands that Strates has; the others are refused by name";
  constexpr const char* kVersion = "a version says which program it is";
  static const std::vector<AcceptedDifference> rows = {
      {"version flag", "Docker version 20\\.10\\.24.*", kVersion},
      {"unknown global flag", "\n *\nUsage:[^]*", kShorter},
      {"version", "\n *(Version|Go version|Git commit|Built|Experimental): .*", kVersion},
      {"info", "\n ID: .*", "an identity made for each engine"},
      {"info", "\nWARNING: .*", "Docker's client deduces warnings from what the engine says; ours leaves them to `strates doctor`"},
      {"run a program that is absent", "time=.*context canceled\"\n", "Docker's client prints it or not, as the end of the wait and of the start fall; ours always does, as with Docker's engine"},
      {"run an absolute program that is absent", "time=.*context canceled\"\n", "the same"},
      {"run a directory", "time=.*context canceled\"\n", "the same"},
      {"run as an unknown user", "time=.*context canceled\"\n", "the same"},
      {"a tmpfs over a file", "time=.*context canceled\"\n", "the same"},
      {"an unknown tmpfs option", "time=.*context canceled\"\n", "the same"},
      {"an unknown group", "time=.*context canceled\"\n", "the same"},
      {"an absent device", "time=.*context canceled\"\n", "the same"},
  };
  return rows;
}

const std::vector<AcceptedDifference>& accepted_between_worlds() {
  static const std::vector<AcceptedDifference> rows = [] {
    std::vector<AcceptedDifference> out = {
        {"version", "World: .*", "each world says which it is"},
        {"info", "\n (ID|Cgroup Version|Kernel Version|Operating System|Total Memory|Name|CPUs|Docker Root Dir): .*", "the simulator's machine is not this one"},
        {"info", "\n  (Backing Filesystem|Supports d_type|Native Overlay Diff|userxattr): .*", "the simulator keeps files on no file system"},
        {"info", "\n Security Options:\n  seccomp\n   Profile: default", "the simulator filters no system call"},
        {"inspect a container", "\"(ResolvConfPath|HostnamePath|HostsPath|LogPath|LowerDir|MergedDir|UpperDir|WorkDir|CgroupnsMode|NetworkID|SandboxID|SandboxKey)\": .*", "each world keeps its files at its own place, so that ids have other numbers; the simulator's machine has cgroup v2"},
    };
    constexpr const char* kSmaller = "the simulator's programs are a few bytes each, its /etc/passwd is shorter or longer";
    for (const char* label : {"images", "images not truncated", "images with digests", "images of a name", "images by format", "history of a base image", "history by format",
                              "system df in detail", "ps with sizes", "images after the commit", "images that hang loose", "history of the commit", "history of the build",
                              "history of the build, whole", "images after the builds"})
      out.push_back({label, "[0-9.]+(k|M)?B", kSmaller});
    out.push_back({"system df", "[0-9.]+(k|M)?B *", kSmaller});  // and so are the columns
    for (const char* label : {"inspect the base image", "inspect the commit", "inspect the build"}) {
      out.push_back({label, "\"(Virtual)?Size\": .*", kSmaller});
      out.push_back({label, "\"(LowerDir|UpperDir)\": .*", "each world keeps its files at its own place"});
    }
    constexpr const char* kOrigin = "a base image says where it comes from";
    for (const char* label : {"history of a base image", "inspect the base image", "history of the commit", "history of the build", "history of the build, whole"})
      out.push_back({label, "busybox 1\\.[0-9.]+ \\(busybox-static\\), prepared by strates|the simulator's catalogue", kOrigin});
    return out;
  }();
  return rows;
}

}  // namespace strates::system_test
