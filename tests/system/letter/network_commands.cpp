// The rows of docker network, and of the network's options of docker run.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

// Docker's client prints ports in the order of a Go map: any. Addresses of the usual subnets are the same in both daemons: each has a network namespace, and a store, to itself.
std::vector<LetterCommand> network_commands() {
  return {
      {"help of network", "docker network --help"},
      {"help of network create", "docker network create --help"},
      {"help of network ls", "docker network ls --help"},
      {"help of network connect", "docker network connect --help"},
      {"help of network disconnect", "docker network disconnect --help"},
      {"help of network prune", "docker network prune --help"},
      {"help of network rm", "docker network rm --help"},
      {"help of network inspect", "docker network inspect --help"},
      {"networks of the beginning", "docker network ls; docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.Internal}}'"},
      {"network create", "docker network create --label tier=front --subnet 10.99.0.0/24 --ip-range 10.99.0.128/25 --gateway 10.99.0.1 --aux-address a=10.99.0.9 --internal --attachable front"},
      {"network inspect", "docker network inspect front"},
      {"network inspect by format", "docker network inspect -f '{{.Name}} {{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}} {{json .Labels}}' front"},
      {"network create again", "docker network create front"},
      {"network create over another", "docker network create --subnet 10.99.0.0/25 over"},
      {"network create by a predefined name", "docker network create bridge"},
      {"network create of the host's driver", "docker network create -d host mine"},
      {"network create of an unknown driver", "docker network create -d nope mine"},
      {"network create with a bad subnet", "docker network create --subnet foo mine; docker network create --subnet 10.1.2.3/33 mine"},
      {"network create with a gateway alone", "docker network create --gateway 10.1.1.1 mine"},
      {"network create with a gateway elsewhere", "docker network create --subnet 10.98.0.0/24 --gateway 10.97.0.1 mine"},
      {"network create with a range elsewhere", "docker network create --subnet 10.98.0.0/24 --ip-range 10.97.0.0/25 mine"},
      {"network create with subnets that touch", "docker network create --subnet 10.98.0.0/24 --subnet 10.98.0.0/25 mine"},
      {"network create with a bad option", "docker network create -o com.docker.network.driver.mtu=x mine"},
      {"network filters", "docker network ls -q --no-trunc --filter name=front; docker network ls --filter type=foo; docker network ls --filter foo=1; docker network ls --filter dangling=true"},
      {"network rm of what is not there", "docker network rm nope; docker network inspect nope"},
      {"network rm of a predefined one", "docker network rm bridge"},
      {"network connect of what is not there", "docker network connect nope nope; docker network disconnect bridge nope; docker network disconnect -f bridge nope"},
      {"run with an address", "docker run --rm --network front --ip 10.99.0.77 --mac-address 02:42:de:ad:be:ef busybox ip route"},
      {"run with an address elsewhere", "docker run --rm --network front --ip 10.98.0.77 busybox true"},
      {"run with an address where there is no choice", "docker network create plain >/dev/null; docker run --rm --network plain --ip 172.18.0.9 busybox true; docker network rm plain"},
      {"run with a bad port", "docker run --rm -p foo:80 busybox true; docker run --rm -p 80:80/foo busybox true; docker run --rm -p 1.2.3:80:80 busybox true"},
      {"run with a bad exposed port", "docker run --rm --expose x busybox true"},
      {"run with a bad MAC address", "docker run --rm --mac-address zz busybox true"},
      {"run with two networks", "docker run --rm --network front --network bridge busybox true"},
      {"run in another's network, and more", "docker run --rm --network container:nobody -p 80:80 busybox true; docker run --rm --network container:nobody --hostname x busybox true"},
      {"run in the network of nobody", "docker run --rm --network container:nobody busybox true"},
      {"run with a link to nobody", "docker run --rm --link nobody:x busybox true"},
      {"ports of a container", "docker run -d --name ported -p 18091:80 -p 127.0.0.1:18092:81/udp --expose 99 busybox sleep 1000 >/dev/null; docker port ported | sort; docker port ported 80; docker ps --filter name=ported --format "
                               "'{{.Ports}} {{.Networks}}'"},
      {"a port that is taken", "docker run --rm --name late -p 18091:80 busybox true"},
      {"network connect twice", "docker network connect --alias w front ported; docker network connect front ported; docker network connect host ported; docker network connect none ported"},
      {"network rm in use", "docker network rm front"},
      {"network inspect with a container", "docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{.MacAddress}}{{end}}' front"},
      {"network disconnect twice", "docker network disconnect front ported; docker network disconnect front ported"},
      {"names on a network of one's own", "docker network create names >/dev/null; docker run -d --name named --network names --network-alias al busybox sleep 1000 >/dev/null; docker exec named cat /etc/resolv.conf; docker "
                                          "exec named ping -c 1 -q al | head -1; docker rm -f named; docker network rm names"},
      {"networks gone", "docker rm -f ported; docker network rm front; docker network create left >/dev/null; docker network prune -f"},
  };
}

}  // namespace strates::system_test
