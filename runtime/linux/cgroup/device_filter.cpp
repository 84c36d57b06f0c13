#include "linux/cgroup/device_filter.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

namespace {

// Registers of the program.
constexpr std::uint8_t kAnswer = BPF_REG_0, kContext = BPF_REG_1, kType = BPF_REG_2, kAccess = BPF_REG_3, kMajor = BPF_REG_4, kMinor = BPF_REG_5,
                       kScratch = BPF_REG_6;
constexpr int kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

bpf_insn instruction(int code, std::uint8_t to, std::uint8_t from, int offset, std::int32_t value) {
  bpf_insn out{};
  out.code = static_cast<std::uint8_t>(code);
  out.dst_reg = to & 0xf;
  out.src_reg = from & 0xf;
  out.off = static_cast<std::int16_t>(offset);
  out.imm = value;
  return out;
}

bpf_insn load(std::uint8_t to, size_t offset) { return instruction(BPF_LDX | BPF_MEM | BPF_W, to, kContext, static_cast<int>(offset), 0); }
bpf_insn set(std::uint8_t to, std::int32_t value) { return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value); }
bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

int access_bits(std::string_view access) {
  int bits = 0;
  for (const char c : access) bits |= c == 'r' ? BPF_DEVCG_ACC_READ : c == 'w' ? BPF_DEVCG_ACC_WRITE : c == 'm' ? BPF_DEVCG_ACC_MKNOD : 0;
  return bits;
}

// Falls through to "allow" when all of the rule holds; else jumps over it.
std::vector<bpf_insn> rule_block(const DeviceRule& rule) {
  std::vector<bpf_insn> block;
  std::vector<size_t> jumps;
  const auto unless_equal = [&](std::uint8_t reg, std::int32_t value) {
    jumps.push_back(block.size());
    block.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, value));
  };
  if (rule.type != 'a') unless_equal(kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
  if (const int forbidden = kAllAccess & ~access_bits(rule.access); forbidden != 0) {
    block.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
    block.push_back(instruction(BPF_ALU64 | BPF_AND | BPF_K, kScratch, 0, 0, forbidden));
    unless_equal(kScratch, 0);
  }
  if (rule.major >= 0) unless_equal(kMajor, rule.major);
  if (rule.minor >= 0) unless_equal(kMinor, rule.minor);
  block.push_back(set(kAnswer, 1));
  block.push_back(leave());
  for (const size_t at : jumps) block[at].off = static_cast<std::int16_t>(block.size() - at - 1);
  return block;
}

}  // namespace

const std::vector<DeviceRule>& default_device_rules() {
  static const std::vector<DeviceRule> rules = {{'c', -1, -1, "m"}, {'b', -1, -1, "m"}, {'c', 1, 3, "rwm"},   {'c', 1, 5, "rwm"},
                                                {'c', 1, 7, "rwm"}, {'c', 1, 8, "rwm"}, {'c', 1, 9, "rwm"},   {'c', 5, 0, "rwm"},
                                                {'c', 5, 1, "rwm"}, {'c', 5, 2, "rwm"}, {'c', 136, -1, "rwm"}};
  return rules;
}

Result<DeviceRule> parse_device_rule(std::string_view text) {
  const auto bad = [&] { return make_error(ErrorKind::Invalid, "process.setup", "read device rule", text, "invalid device cgroup rule format: '" + std::string(text) + "'"); };
  const auto words = split(text, ' ');
  if (words.size() != 3 || words[0].size() != 1 || std::string_view("abc").find(words[0][0]) == std::string_view::npos) return bad();
  const auto numbers = split(words[1], ':');
  if (numbers.size() != 2 || words[2].empty() || words[2].size() > 3 || words[2].find_first_not_of("rwm") != std::string::npos) return bad();
  DeviceRule rule{words[0][0], -1, -1, words[2]};
  int* const places[] = {&rule.major, &rule.minor};
  for (size_t i = 0; i < 2; ++i) {
    if (numbers[i] == "*") continue;
    const auto read = std::from_chars(numbers[i].data(), numbers[i].data() + numbers[i].size(), *places[i]);
    if (read.ec != std::errc() || read.ptr != numbers[i].data() + numbers[i].size() || *places[i] < 0) return bad();
  }
  return rule;
}

std::string render(const DeviceRule& rule) {
  const auto number = [](int value) { return value < 0 ? std::string("*") : std::to_string(value); };
  return std::string(1, rule.type) + " " + number(rule.major) + ":" + number(rule.minor) + " " + rule.access;
}

std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules) {
  std::vector<bpf_insn> program;
  // access_type holds the access in its upper half, the type in its lower.
  program.push_back(load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)));
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, kAccess, kType, 0, 0));
  program.push_back(instruction(BPF_ALU64 | BPF_AND | BPF_K, kType, 0, 0, 0xffff));
  program.push_back(instruction(BPF_ALU64 | BPF_RSH | BPF_K, kAccess, 0, 0, 16));
  program.push_back(load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)));
  program.push_back(load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)));
  for (const auto& rule : rules) {
    const auto block = rule_block(rule);
    program.insert(program.end(), block.begin(), block.end());
  }
  program.push_back(set(kAnswer, 0));
  program.push_back(leave());
  return program;
}

Result<void> attach_device_program(const std::string& cgroup_directory, const std::vector<DeviceRule>& rules) {
  const UniqueFd directory(::open(cgroup_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return system_error("open", cgroup_directory, errno);
  const auto program = device_program(rules);
  static constexpr char kLicense[] = "MIT";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = reinterpret_cast<std::uint64_t>(program.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  attributes.license = reinterpret_cast<std::uint64_t>(kLicense);
  const UniqueFd loaded(static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes)));
  if (!loaded) return system_error("bpf BPF_PROG_LOAD", "device filter", errno);
  attributes = {};
  attributes.target_fd = static_cast<std::uint32_t>(directory.get());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(loaded.get());
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (::syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes) != 0) return system_error("bpf BPF_PROG_ATTACH", cgroup_directory, errno);
  return success();
}

}  // namespace strates::linux_world
