// From a profile to a program: libseccomp writes the body, the preface for calls that the profile does not know is ours.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "base/unique_fd.hpp"
#include "linux/seccomp/seccomp_profile.hpp"

namespace strates::linux_world {

namespace {

constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr std::uint32_t kNotThere = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::string_view kGoArchitecture = "amd64";

Error bad(std::string cause) { return make_error(ErrorKind::Internal, "process.seccomp", "make the system call filter", "seccomp", cause); }

Error refused(std::string_view call, int code) { return bad(std::string(call) + ": " + errno_name(-code)); }

using Context = Handle<scmp_filter_ctx, static_cast<scmp_filter_ctx>(nullptr), ::seccomp_release>;

Result<std::uint32_t> action_of(const std::string& name, std::optional<std::uint32_t> error_number) {
  const std::uint32_t data = error_number.value_or(EPERM) & 0xffff;
  if (name == "ACT_KILL" || name == "ACT_KILL_THREAD") return SCMP_ACT_KILL_THREAD;
  if (name == "ACT_KILL_PROCESS") return SCMP_ACT_KILL_PROCESS;
  if (name == "ACT_TRAP") return SCMP_ACT_TRAP;
  if (name == "ACT_ERRNO") return SCMP_ACT_ERRNO(data);
  if (name == "ACT_TRACE") return SCMP_ACT_TRACE(data);
  if (name == "ACT_ALLOW") return SCMP_ACT_ALLOW;
  if (name == "ACT_LOG") return SCMP_ACT_LOG;
  return bad("string SCMP_" + name + " is not a valid action for seccomp");
}

Result<scmp_compare> comparison_of(const std::string& name) {
  constexpr std::pair<std::string_view, scmp_compare> kNames[] = {{"CMP_NE", SCMP_CMP_NE}, {"CMP_LT", SCMP_CMP_LT}, {"CMP_LE", SCMP_CMP_LE},
                                                                  {"CMP_EQ", SCMP_CMP_EQ}, {"CMP_GE", SCMP_CMP_GE}, {"CMP_GT", SCMP_CMP_GT},
                                                                  {"CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
  for (const auto& [text, value] : kNames)
    if (text == name) return value;
  return bad("string SCMP_" + name + " is not a valid operator for seccomp");
}

Result<std::uint32_t> architecture_of(const std::string& name) {
  constexpr std::pair<std::string_view, std::uint32_t> kNames[] = {{"ARCH_X86_64", SCMP_ARCH_X86_64}, {"ARCH_X86", SCMP_ARCH_X86}, {"ARCH_X32", SCMP_ARCH_X32},
                                                                   {"ARCH_AARCH64", SCMP_ARCH_AARCH64}, {"ARCH_ARM", SCMP_ARCH_ARM}};
  for (const auto& [text, value] : kNames)
    if (text == name) return value;
  return bad("string SCMP_" + name + " is not a valid arch for seccomp");
}

bool kernel_at_least(const std::string& wanted) {
  unsigned have_major = 0, have_minor = 0, major = 0, minor = 0;
  utsname names{};
  if (::uname(&names) != 0 || std::sscanf(names.release, "%u.%u", &have_major, &have_minor) != 2 || std::sscanf(wanted.c_str(), "%u.%u", &major, &minor) != 2)
    return false;
  return have_major > major || (have_major == major && have_minor >= minor);
}

Result<bool> applies(const SeccompRule& rule, CapabilityMask capabilities) {
  const auto names_us = [](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), kGoArchitecture) != list.end(); };
  const auto& [wanted_caps, wanted_architectures, kernel] = rule.includes;
  if (names_us(rule.excludes.architectures)) return false;
  for (const auto& name : rule.excludes.capabilities)
    if ((capabilities & TRY(capability_mask({name}))) != 0) return false;
  if (!rule.excludes.least_kernel.empty() && kernel_at_least(rule.excludes.least_kernel)) return false;
  if (!wanted_architectures.empty() && !names_us(wanted_architectures)) return false;
  for (const auto& name : wanted_caps)
    if ((capabilities & TRY(capability_mask({name}))) == 0) return false;
  return kernel.empty() || kernel_at_least(kernel);
}

Result<void> add_call(const Context& context, const SeccompRule& rule, std::uint32_t action, int call, const std::vector<scmp_arg_cmp>& arguments) {
  const auto add = [&](const scmp_arg_cmp* first, size_t count) -> Result<void> {
    const int code = ::seccomp_rule_add_array(context.get(), action, call, static_cast<unsigned>(count), first);
    if (code != 0 && code != -EEXIST) return refused("seccomp_rule_add " + rule.names.front(), code);
    return success();
  };
  // Two conditions on one argument are alternatives: a single rule could not hold them (runc reads profiles so).
  for (size_t i = 0; i < arguments.size(); ++i)
    for (size_t j = i + 1; j < arguments.size(); ++j)
      if (arguments[i].arg == arguments[j].arg) {
        for (const auto& one : arguments) TRY(add(&one, 1));
        return success();
      }
  return add(arguments.data(), arguments.size());
}

Result<void> add_rule(const Context& context, const SeccompRule& rule, std::uint32_t usual) {
  const std::uint32_t action = TRY(action_of(rule.action, rule.error_number));
  if (action == usual) return success();
  std::vector<scmp_arg_cmp> arguments;
  for (const auto& one : rule.arguments) {
    if (one.index > 5) return bad("argument index " + std::to_string(one.index) + " is beyond the sixth");
    const scmp_compare op = TRY(comparison_of(one.op));
    // The mask comes first in libseccomp, as `value` does in profiles.
    arguments.push_back({one.index, op, one.value, op == SCMP_CMP_MASKED_EQ ? one.value_two : 0});
  }
  for (const auto& name : rule.names) {
    const int call = ::seccomp_syscall_resolve_name(name.c_str());
    if (call != __NR_SCMP_ERROR) TRY(add_call(context, rule, action, call, arguments));  // a newer kernel's: nobody can call it by this library
  }
  return success();
}

Result<SeccompProgram> read_program(const Context& context) {
  const UniqueFd file(::memfd_create("strates-seccomp", MFD_CLOEXEC));
  if (!file) return system_error("memfd_create", "seccomp", errno);
  if (const int code = ::seccomp_export_bpf(context.get(), file.get()); code != 0) return refused("seccomp_export_bpf", code);
  const off_t bytes = ::lseek(file.get(), 0, SEEK_END);
  std::vector<sock_filter> filters(static_cast<size_t>(bytes) / sizeof(sock_filter));
  if (::pread(file.get(), filters.data(), static_cast<size_t>(bytes), 0) != bytes) return system_error("read", "seccomp", errno);
  SeccompProgram program;
  for (const auto& one : filters)
    program.push_back(std::uint64_t{one.code} << 48 | std::uint64_t{one.jt} << 40 | std::uint64_t{one.jf} << 32 | one.k);
  return program;
}

sock_filter unpack(std::uint64_t one) {
  return {static_cast<std::uint16_t>(one >> 48), static_cast<std::uint8_t>(one >> 40), static_cast<std::uint8_t>(one >> 32), static_cast<std::uint32_t>(one)};
}

std::uint64_t instruction(int code, unsigned yes, unsigned no, std::uint32_t value) {
  return std::uint64_t(static_cast<unsigned>(code)) << 48 | std::uint64_t{yes} << 40 | std::uint64_t{no} << 32 | value;
}

// The largest number that the profile names on this architecture; -1: none.
int newest_call(const SeccompProfile& profile, std::uint32_t architecture) {
  int newest = -1;
  for (const auto& rule : profile.rules)
    for (const auto& name : rule.names) newest = std::max(newest, ::seccomp_syscall_resolve_name_arch(architecture, name.c_str()));
  return newest;
}

struct Known {
  std::uint32_t audit = 0;
  std::int64_t newest = -1, newest_x32 = -1;
};

// Before the body: calls above what the profile knows are answered "not there".
SeccompProgram preface(const SeccompProfile& profile, const std::vector<std::uint32_t>& architectures) {
  std::vector<Known> known;
  for (const std::uint32_t architecture : architectures) {
    const std::uint32_t audit = architecture == SCMP_ARCH_X32 ? std::uint32_t{AUDIT_ARCH_X86_64} : architecture;
    auto at = std::find_if(known.begin(), known.end(), [&](const Known& one) { return one.audit == audit; });
    if (at == known.end()) at = known.insert(known.end(), Known{audit});
    (architecture == SCMP_ARCH_X32 ? at->newest_x32 : at->newest) = newest_call(profile, architecture);
  }
  SeccompProgram out;
  constexpr int kLoad = BPF_LD | BPF_W | BPF_ABS, kAbove = BPF_JMP | BPF_JGT | BPF_K, kEqual = BPF_JMP | BPF_JEQ | BPF_K, kSet = BPF_JMP | BPF_JSET | BPF_K;
  constexpr int kReturn = BPF_RET | BPF_K;
  for (const auto& one : known) {
    SeccompProgram block{instruction(kLoad, 0, 0, offsetof(seccomp_data, nr))};
    // Two returns within reach: jumps of a filter are short.
    if (one.audit == AUDIT_ARCH_X86_64) {
      block.push_back(instruction(kSet, 2, 0, kX32Bit));
      block.push_back(instruction(kAbove, 2, 3, one.newest < 0 ? ~0U : static_cast<std::uint32_t>(one.newest)));
      block.push_back(instruction(BPF_JMP | BPF_JA, 0, 0, 2));
      block.push_back(instruction(kAbove, 0, 1, one.newest_x32 < 0 ? ~0U : static_cast<std::uint32_t>(one.newest_x32)));
    } else {
      block.push_back(instruction(kAbove, 0, 1, one.newest < 0 ? ~0U : static_cast<std::uint32_t>(one.newest)));
    }
    block.push_back(instruction(kReturn, 0, 0, kNotThere));
    out.push_back(instruction(kLoad, 0, 0, offsetof(seccomp_data, arch)));
    out.push_back(instruction(kEqual, 0, static_cast<unsigned>(block.size()), one.audit));
    out.insert(out.end(), block.begin(), block.end());
  }
  return out;
}

bool permissive(const std::string& action) { return action == "ACT_ALLOW" || action == "ACT_LOG" || action == "ACT_TRACE"; }

}  // namespace

Result<SeccompProgram> compile_seccomp(const SeccompProfile& profile, CapabilityMask capabilities) {
  const std::uint32_t usual = TRY(action_of(profile.default_action, profile.default_error_number));
  const Context context(::seccomp_init(usual));
  if (!context) return bad("seccomp_init refused the default action");
  if (const int code = ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_NNP, 0); code != 0) return refused("seccomp_attr_set", code);
  if (const int code = ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); code != 0) return refused("seccomp_attr_set", code);
  std::vector<std::uint32_t> architectures;
  for (const auto& name : profile.architectures) {
    const std::uint32_t architecture = TRY(architecture_of(name));
    architectures.push_back(architecture);
    if (const int code = ::seccomp_arch_add(context.get(), architecture); code != 0 && code != -EEXIST) return refused("seccomp_arch_add", code);
  }
  if (architectures.empty()) architectures.push_back(::seccomp_arch_native());
  for (const auto& rule : profile.rules)
    if (!rule.names.empty() && TRY(applies(rule, capabilities))) TRY(add_rule(context, rule, usual));
  SeccompProgram body = TRY(read_program(context));
  if (permissive(profile.default_action)) return body;
  SeccompProgram program = preface(profile, architectures);
  program.insert(program.end(), body.begin(), body.end());
  return program;
}

std::uint32_t run_seccomp(const SeccompProgram& program, std::uint32_t architecture, std::uint32_t call, const std::uint64_t (&arguments)[6]) {
  seccomp_data data{};
  data.nr = static_cast<int>(call);
  data.arch = architecture;
  std::copy(std::begin(arguments), std::end(arguments), std::begin(data.args));
  const auto* words = reinterpret_cast<const std::uint32_t*>(&data);
  std::uint32_t value = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter one = unpack(program[at]);
    const auto jump = [&](bool taken) { at += taken ? one.jt : one.jf; };
    switch (one.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (one.k + 4 > sizeof data) return SECCOMP_RET_KILL_PROCESS;
        value = words[one.k / 4];
        break;
      case BPF_ALU | BPF_AND | BPF_K: value &= one.k; break;
      case BPF_JMP | BPF_JA: at += one.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(value == one.k); break;
      case BPF_JMP | BPF_JGT | BPF_K: jump(value > one.k); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(value >= one.k); break;
      case BPF_JMP | BPF_JSET | BPF_K: jump((value & one.k) != 0); break;
      case BPF_RET | BPF_K: return one.k;
      default: return SECCOMP_RET_KILL_PROCESS;
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}

Result<void> load_seccomp(const SeccompProgram& program) {
  std::vector<sock_filter> filters;
  for (const std::uint64_t one : program) filters.push_back(unpack(one));
  sock_fprog all{static_cast<unsigned short>(filters.size()), filters.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0) != 0) return system_error("prctl PR_SET_SECCOMP", std::to_string(filters.size()) + " instructions", errno);
  return success();
}

}  // namespace strates::linux_world
