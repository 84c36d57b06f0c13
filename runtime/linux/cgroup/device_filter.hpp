// Which devices a container may open. Version 1 has files for it; version 2 a small program in the kernel (admin-guide/cgroup-v2.rst, "Device
// controller"), written here instruction by instruction: it runs at each open and mknod of a device, and answers 1 to allow.
#pragma once

#include <linux/bpf.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::linux_world {

struct DeviceRule {
  char type = 'c';             // 'c', 'b' or 'a': both
  int major = -1, minor = -1;  // -1: any
  std::string access;          // of "rwm": read, write, mknod
};

// Docker's list: make any node, open only these.
const std::vector<DeviceRule>& default_device_rules();
// "c 1:3 rwm", "b *:* m", "a *:* rwm": code process.setup when it is none.
Result<DeviceRule> parse_device_rule(std::string_view text);
std::string render(const DeviceRule& rule);  // "c 1:3 rwm", as version 1 reads it

// Pure: allows what some rule allows.
std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules);
Result<void> attach_device_program(const std::string& cgroup_directory, const std::vector<DeviceRule>& rules);

}  // namespace strates::linux_world
