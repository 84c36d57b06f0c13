// A seccomp profile in Docker's form (docs.docker.com/engine/security/seccomp; OCI runtime-spec, config-linux.md, "Seccomp"), and the BPF program
// it becomes. What a rule demands of the container (capabilities, processor, kernel) is decided when the program is made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "linux/process/capability_set.hpp"

namespace strates::linux_world {

// libseccomp's names without SCMP_: "ACT_ALLOW", "CMP_EQ", "ARCH_X86_64".
struct SeccompArgument {
  unsigned index = 0;
  std::uint64_t value = 0, value_two = 0;
  std::string op;
};

struct SeccompCondition {
  std::vector<std::string> capabilities, architectures;  // "CAP_SYS_ADMIN"; "amd64", as Go calls them
  std::string least_kernel;                              // "4.8"
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;
  std::optional<std::uint32_t> error_number;
  std::vector<SeccompArgument> arguments;
  SeccompCondition includes, excludes;
};

struct SeccompProfile {
  std::string default_action;
  std::optional<std::uint32_t> default_error_number;
  std::vector<std::string> architectures;  // empty: this machine's only
  std::vector<SeccompRule> rules;
};

// Docker 20.10's default: an allow list. The same for everybody; capabilities decide when it is compiled.
const SeccompProfile& default_seccomp_profile();
// Docker's JSON. code process.profile with Docker's sentence as its cause.
Result<SeccompProfile> parse_seccomp_profile(std::string_view json);

// One sock_filter each: code, jt, jf in the upper half, k in the lower (linux/filter.h).
using SeccompProgram = std::vector<std::uint64_t>;

// `capabilities`: what the container may have. A call that is newer than any the profile names answers ENOSYS rather than the default,
// so that a C library tries the older one (runc does the same). Takes milliseconds: keep the result. code process.seccomp
Result<SeccompProgram> compile_seccomp(const SeccompProfile& profile, CapabilityMask capabilities);

// What the kernel would answer: SECCOMP_RET_*. For tests and for people who ask why.
std::uint32_t run_seccomp(const SeccompProgram& program, std::uint32_t architecture, std::uint32_t call, const std::uint64_t (&arguments)[6]);

// Puts the calling thread under it, for ever. Needs no_new_privs or CAP_SYS_ADMIN (seccomp(2)).
Result<void> load_seccomp(const SeccompProgram& program);

}  // namespace strates::linux_world
