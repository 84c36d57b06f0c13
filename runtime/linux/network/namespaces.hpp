// Network namespaces (network_namespaces(7)) from a program with threads: whatever is done inside one is done by a thread of its own, which then ends,
// so that no other thread is ever in the wrong place.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

// A new one; its loopback is up, and it has version 6 of the protocol only when asked for. It lives as long as the descriptor or a process in it.
enum class Version6 { No, Yes };
Result<UniqueFd> make_network_namespace(Version6 version6);
Result<UniqueFd> open_network_namespace(std::int64_t pid);
// `path`: /proc/PID/fd/N of this process, which another may open.
std::string namespace_path(const UniqueFd& space);
Result<void> inside_namespace(const UniqueFd& space, const std::function<Result<void>()>& work);

// "net/ipv4/ip_forward" below /proc/sys, in the namespace of the calling thread.
Result<void> write_setting(const std::string& name, const std::string& value);

// For a whole program that has one thread yet: a network of its own, with a loopback. The machine's is out of its reach from then on.
Result<void> leave_machine_network();

}  // namespace strates::linux_world
