#include "linux/network/namespaces.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace strates::linux_world {

namespace {

Result<void> bring_loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error("socket", "AF_INET", errno);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return system_error("bring up interface", "lo", errno);
  return success();
}

Result<void> in_thread(const std::function<Result<void>()>& work) {
  Result<void> result;
  std::thread([&] { result = work(); }).join();
  return result;
}

}  // namespace

Result<void> write_setting(const std::string& name, const std::string& value) {
  const std::string path = "/proc/sys/" + name;
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return system_error("open", path, errno);
  if (::write(file.get(), value.data(), value.size()) < 0) return system_error("write", path, errno);
  return success();
}

Result<UniqueFd> make_network_namespace(Version6 version6) {
  UniqueFd out;
  TRY(in_thread([&]() -> Result<void> {
    if (::unshare(CLONE_NEWNET) != 0) return system_error("unshare", "CLONE_NEWNET", errno);
    out = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!out) return system_error("open", "/proc/thread-self/ns/net", errno);
    // As Docker: a network without it shows none, not even on the loopback. A kernel without it has nothing to turn off.
    if (version6 == Version6::No)
      for (const char* which : {"all", "default"}) ignore(write_setting("net/ipv6/conf/" + std::string(which) + "/disable_ipv6", "1"));
    return bring_loopback_up();
  }));
  return out;
}

Result<UniqueFd> open_network_namespace(std::int64_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/net";
  UniqueFd out(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!out) return system_error("open", path, errno);
  return out;
}

std::string namespace_path(const UniqueFd& space) { return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(space.get()); }

Result<void> inside_namespace(const UniqueFd& space, const std::function<Result<void>()>& work) {
  return in_thread([&]() -> Result<void> {
    if (::setns(space.get(), CLONE_NEWNET) != 0) return system_error("setns", "network namespace", errno);
    return work();
  });
}

Result<void> leave_machine_network() {
  if (::unshare(CLONE_NEWNET) != 0) return system_error("unshare", "CLONE_NEWNET", errno);
  return bring_loopback_up();
}

}  // namespace strates::linux_world
