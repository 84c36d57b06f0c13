// What the client says alone. A part of one story: each goes on where the one before ended.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> client_commands() {
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
  };
}

}  // namespace strates::system_test
