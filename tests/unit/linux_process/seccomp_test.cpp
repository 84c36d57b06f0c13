// The filter as a value: what the kernel would answer, without asking it.
#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cerrno>
#include <initializer_list>

#include "linux/seccomp/seccomp_profile.hpp"

using namespace strates;
using namespace strates::linux_world;

namespace {

constexpr std::uint32_t kX64 = AUDIT_ARCH_X86_64, kX86 = AUDIT_ARCH_I386;
constexpr CapabilityMask kUsual = 0xa80425fb;
constexpr CapabilityMask kAdmin = CapabilityMask{1} << 21, kTracer = CapabilityMask{1} << 19;

std::uint32_t ask(const SeccompProgram& program, std::uint32_t call, std::uint64_t first = 0, std::uint32_t architecture = kX64) {
  const std::uint64_t arguments[6] = {first};
  return run_seccomp(program, architecture, call, arguments);
}
std::uint32_t refused(int number) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number); }

SeccompProgram usual() { return compile_seccomp(default_seccomp_profile(), kUsual).value(); }

}  // namespace

TEST_CASE("the default filter lets programs work and keeps the kernel's doors shut") {
  const auto program = usual();
  for (const std::uint32_t call : {SYS_read, SYS_openat, SYS_execve, SYS_fork, SYS_mmap, SYS_socket, SYS_chroot, SYS_capset, SYS_setgroups, SYS_prctl, SYS_ptrace, SYS_seccomp})
    CHECK_MESSAGE(ask(program, call) == SECCOMP_RET_ALLOW, call);
  for (const std::uint32_t call : {SYS_mount, SYS_umount2, SYS_unshare, SYS_setns, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_bpf, SYS_perf_event_open, SYS_reboot, SYS_init_module,
                                   SYS_finit_module, SYS_kexec_load, SYS_open_by_handle_at, SYS_process_vm_readv, SYS_iopl, SYS_swapon, SYS_userfaultfd, SYS_move_mount, SYS_settimeofday})
    CHECK_MESSAGE(ask(program, call) == refused(EPERM), call);
}

TEST_CASE("arguments decide where the number alone cannot") {
  const auto program = usual();
  CHECK(ask(program, SYS_clone, CLONE_VM | CLONE_THREAD) == SECCOMP_RET_ALLOW);
  for (const std::uint64_t flag : {CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP})
    CHECK_MESSAGE(ask(program, SYS_clone, flag) == refused(EPERM), flag);
  CHECK(ask(program, SYS_clone3) == refused(ENOSYS));  // so that a C library uses clone, whose flags can be seen
  for (const std::uint64_t persona : {0x0ULL, 0x8ULL, 0x20000ULL, 0x20008ULL, 0xffffffffULL}) CHECK(ask(program, SYS_personality, persona) == SECCOMP_RET_ALLOW);
  CHECK(ask(program, SYS_personality, 0x0040000) == refused(EPERM));  // ADDR_NO_RANDOMIZE
}

TEST_CASE("a capability opens its calls") {
  const auto admin = compile_seccomp(default_seccomp_profile(), kUsual | kAdmin).value();
  for (const std::uint32_t call : {SYS_mount, SYS_unshare, SYS_bpf, SYS_perf_event_open, SYS_clone3}) CHECK(ask(admin, call) == SECCOMP_RET_ALLOW);
  CHECK(ask(admin, SYS_clone, CLONE_NEWUSER) == SECCOMP_RET_ALLOW);
  CHECK(ask(admin, SYS_process_vm_readv) == refused(EPERM));
  CHECK(ask(compile_seccomp(default_seccomp_profile(), kUsual | kTracer).value(), SYS_process_vm_readv) == SECCOMP_RET_ALLOW);
  CHECK(ask(compile_seccomp(default_seccomp_profile(), 0).value(), SYS_chroot) == refused(EPERM));
}

TEST_CASE("calls newer than the profile are not there, and other architectures are judged by their own numbers") {
  const auto program = usual();
  CHECK(ask(program, 449) == SECCOMP_RET_ALLOW);         // futex_waitv, the newest it names
  CHECK(ask(program, 450) == refused(ENOSYS));
  CHECK(ask(program, 100'000) == refused(ENOSYS));
  CHECK(ask(program, 450, 0, kX86) == refused(ENOSYS));
  CHECK(ask(program, 11, 0, kX86) == SECCOMP_RET_ALLOW);  // execve of 32-bit programs
  CHECK(ask(program, 21, 0, kX86) == refused(EPERM));     // their mount
  CHECK(ask(program, 0x40000000U | 0) == SECCOMP_RET_ALLOW);       // x32's read
  CHECK(ask(program, 0x40000000U | 165) == refused(EPERM));        // x32's mount
  CHECK(ask(program, 0x40000000U | 548) == refused(ENOSYS));
  CHECK((ask(program, 0, 0, AUDIT_ARCH_AARCH64) & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_KILL_THREAD);  // an architecture that is not this machine's
}

TEST_CASE("a profile of Docker's JSON form is read and obeyed") {
  const auto compiled = [](std::string_view json, CapabilityMask capabilities = kUsual) {
    return compile_seccomp(parse_seccomp_profile(json).value(), capabilities).value();
  };
  const auto deny = compiled(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","rmdir"],"action":"SCMP_ACT_ERRNO","errnoRet":13},{"name":"uname","action":"SCMP_ACT_KILL"},
    {"names":["nosuchcall"],"action":"SCMP_ACT_ERRNO"}]})");
  CHECK(ask(deny, SYS_mkdir) == refused(EACCES));
  CHECK(ask(deny, SYS_rmdir) == refused(EACCES));
  CHECK(ask(deny, SYS_uname) == SECCOMP_RET_KILL_THREAD);
  CHECK(ask(deny, SYS_read) == SECCOMP_RET_ALLOW);
  CHECK(ask(deny, 100'000) == SECCOMP_RET_ALLOW);  // a permissive profile does not hide what it does not know
  const auto either = compiled(R"({"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
    "syscalls":[{"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":0,"value":4,"op":"SCMP_CMP_EQ"}]},
                {"names":["acct"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_PACCT"]}},
                {"names":["syslog"],"action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_CHOWN"]}},
                {"names":["reboot"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["s390x"]}},
                {"names":["getpid"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"3.0"}}]})");
  CHECK(ask(either, SYS_personality, 1) == SECCOMP_RET_ALLOW);
  CHECK(ask(either, SYS_personality, 4) == SECCOMP_RET_ALLOW);
  CHECK(ask(either, SYS_personality, 2) == refused(EPERM));
  CHECK(ask(either, SYS_acct) == refused(EPERM));
  CHECK(ask(either, SYS_syslog) == refused(EPERM));
  CHECK(ask(either, SYS_reboot) == refused(EPERM));
  CHECK(ask(either, SYS_getpid) == SECCOMP_RET_ALLOW);
}

TEST_CASE("a profile that cannot be is refused in Docker's words") {
  const auto why = [](std::string_view json) {
    auto parsed = parse_seccomp_profile(json);
    if (!parsed.ok()) return parsed.error().code + ": " + parsed.error().cause;
    auto compiled = compile_seccomp(parsed.value(), 0);
    return compiled.ok() ? std::string("fine") : compiled.error().code + ": " + compiled.error().cause;
  };
  CHECK(why(R"({"defaultAction":"SCMP_ACT_FOO"})") == "process.seccomp: string SCMP_ACT_FOO is not a valid action for seccomp");
  CHECK(why(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ERRNO"}]})") ==
        "process.profile: 'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
  CHECK(why(R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"archMap":[{}]})") ==
        "process.profile: 'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'");
  CHECK(why("{bad").find("process.profile: Decoding seccomp profile failed") == 0);
  CHECK(why("[]").find("process.profile: Decoding seccomp profile failed") == 0);
  CHECK(why(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":7,"op":"SCMP_CMP_EQ"}]}]})").find("argument index 7") != std::string::npos);
}
