// Another Docker on the machine keeps everything from being forwarded that is not its own (policy drop in table ip filter, as iptables-nft writes it) and
// offers the chain DOCKER-USER for exceptions. Our bridges get one there: it lets their packets pass that table; what networks may do is decided by our own.
// Each rule carries our mark, so that it is found and taken away whatever else is in the chain. Text of nft(8), made without a system call.
#pragma once

#include <string>
#include <string_view>

#include "engine/network_port.hpp"

namespace strates::linux_world {

constexpr std::string_view kDockerChain = "chain ip filter DOCKER-USER";

// `table`: ours (LinuxNetworks::table_of), part of the mark.
std::string plan_passage(const std::string& table, const std::string& interface);
// `chain`: as nft lists it with handles; empty: there is no such chain. Takes away what is marked: of one interface, or all of this table's (empty).
std::string plan_no_passage(const std::string& table, const std::string& interface, const std::string& chain);

}  // namespace strates::linux_world
