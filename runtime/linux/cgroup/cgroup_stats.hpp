// What a container's control groups count (Docker Engine API, ContainerStats). Reading is a few small files; their texts are taken apart by
// pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ports.hpp"
#include "linux/cgroup/cgroup_layout.hpp"

namespace strates::linux_world {

// `below`: "/strates/ID". What a kernel does not count stays 0.
Result<engine::Statistics> read_statistics(const CgroupLayout& layout, const std::string& below);
// The members of its groups, and of those it made below, by pid; empty when there is no group.
std::vector<std::int64_t> member_pids(const CgroupLayout& layout, const std::string& below);
// Of the process's network namespace, without the loopback.
std::vector<engine::Statistics::Interface> read_interfaces(std::int64_t pid);

// "key value" lines: memory.stat, cpu.stat.
std::map<std::string, std::int64_t> parse_counters(std::string_view text);
// Version 1, "8:0 Read 512" with a total; version 2, "8:0 rbytes=512 wbytes=0 rios=1 wios=0".
std::vector<engine::Statistics::Block> parse_blocks_v1(std::string_view text);
std::vector<engine::Statistics::Block> parse_blocks_v2(std::string_view text, std::string_view read_key, std::string_view write_key);
std::vector<engine::Statistics::Interface> parse_interfaces(std::string_view proc_net_dev);

}  // namespace strates::linux_world
