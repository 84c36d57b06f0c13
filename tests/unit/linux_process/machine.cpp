#include "machine.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "linux/process/small_file.hpp"
#include "tests/support/test_spawner.hpp"

namespace strates::linux_world {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);

void make_root_file_system(const std::string& at) {
  namespace fs = std::filesystem;
  for (const auto* name : {"bin", "etc", "tmp", "proc", "sys", "dev", "home/user", "private"}) fs::create_directories(at + "/" + name);
  ::chmod(at.c_str(), 0755);
  ::chmod((at + "/tmp").c_str(), 01777);
  ::chmod((at + "/private").c_str(), 0700);
  if (::chown((at + "/private").c_str(), 1000, 1000) != 0) std::perror("chown");
  fs::copy_file("/bin/busybox", at + "/bin/busybox");
  for (const auto* name : {"sh",    "cat",  "sleep", "echo", "id",   "hostname", "true", "ls",    "dd", "stty",     "tty",   "pwd",  "env",          "readlink",
                           "mount", "head", "yes",   "ps",   "grep", "stat",     "wc",   "touch", "ip", "ifconfig", "mknod", "tail", "dnsdomainname"})
    fs::create_symlink("busybox", at + "/bin/" + name);
  ignore(write_small_file(at + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n", 0644));
  ignore(write_small_file(at + "/etc/hosts", "image\n", 0644));
  ignore(write_small_file(at + "/bin/bad-interpreter", "#!/nosuch\n", 0755));
  ignore(write_small_file(at + "/bin/garbage", "\x01\x02\x03 not a program", 0755));
  ignore(write_small_file(at + "/bin/self", "#!/proc/self/exe\n", 0755));
  fs::create_symlink("../run/resolv.conf", at + "/etc/resolv.conf");  // dangling, as in many images
}

}  // namespace

void Recorder::output(const ContainerId& container, const ExecId& exec, engine::StdStream stream, Nanos, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  Record& record = records_[{container.str(), exec.str()}];
  (stream == engine::StdStream::Err ? record.err : record.out) += bytes;
  record.output_after_exit = record.output_after_exit || record.exit.has_value();
  changed_.notify_all();
}

void Recorder::exited(const ContainerId& container, const ExecId& exec, const engine::ExitStatus& status) {
  const std::lock_guard lock(mutex_);
  Record& record = records_[{container.str(), exec.str()}];
  record.exit = status;
  ++record.exits;
  changed_.notify_all();
}

engine::ExitStatus Recorder::wait(const ContainerId& container, const ExecId& exec) {
  std::unique_lock lock(mutex_);
  Record& record = records_[{container.str(), exec.str()}];
  REQUIRE(changed_.wait_for(lock, kPatience, [&] { return record.exit.has_value(); }));
  return *record.exit;
}

bool Recorder::wait_output(const ContainerId& container, std::string_view text, const ExecId& exec) {
  std::unique_lock lock(mutex_);
  Record& record = records_[{container.str(), exec.str()}];
  return changed_.wait_for(lock, kPatience, [&] { return record.out.find(text) != std::string::npos; });
}

Recorder::Record Recorder::record(const ContainerId& container, const ExecId& exec) {
  const std::lock_guard lock(mutex_);
  return records_[{container.str(), exec.str()}];
}

void Recorder::forget(const ContainerId& container) {
  const std::lock_guard lock(mutex_);
  records_.erase({container.str(), ""});
}

bool can_run_containers() {
  static const char* reason = ::geteuid() != 0                      ? "not root"
                              : ::access("/bin/busybox", X_OK) != 0 ? "no /bin/busybox (package busybox-static)"
                              : ::access("/dev/shm", W_OK) != 0     ? "no /dev/shm"
                                                                    : nullptr;
  if (reason != nullptr) std::printf("skipped: %s\n", reason);
  return reason == nullptr;
}

Machine::Machine(std::optional<MachineFacts> facts_given) : before_(testing::take_leak_snapshot()), machine_facts_(std::move(facts_given)) {
  char pattern[] = "/dev/shm/strates-process-XXXXXX";
  root = ::mkdtemp(pattern);
  rootfs = root + "/rootfs";
  make_root_file_system(rootfs);
  reopen();
}

Machine::~Machine() {
  if (processes != nullptr)
    for (const auto& id : ids_) processes->forget(ContainerId(id));
  processes.reset();
  for (const auto& leak : testing::validate_no_leaks(before_, {root, ids_})) FAIL_CHECK(leak);
  CHECK(remove_directory_tree(root).ok());
}

void Machine::reopen() {
  processes.reset();
  auto opened = machine_facts_ ? LinuxProcesses::open(root, testing::test_spawner(), *machine_facts_) : LinuxProcesses::open(root, testing::test_spawner());
  REQUIRE_MESSAGE(opened.ok(), opened.error().explanation());
  processes = std::move(opened).value();
  processes->set_observer(&recorder);
}

engine::ContainerSpec Machine::spec(std::vector<std::string> args) {
  static int number = 0;
  engine::ContainerSpec spec;
  spec.id = ContainerId("test" + std::to_string(::getpid()) + "n" + std::to_string(++number));
  ids_.push_back(spec.id.str());
  spec.root = rootfs;
  spec.hostname = "box";
  spec.process.args = std::move(args);
  spec.process.env = {"PATH=/bin"};
  spec.capabilities = {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",     "CAP_MKNOD", "CAP_NET_RAW",     "CAP_SETGID", "CAP_SETUID",
                       "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",  "CAP_AUDIT_WRITE", "CAP_FSETID", "CAP_SETFCAP"};
  spec.masked_paths = {"/proc/kcore", "/proc/acpi", "/sys/firmware", "/proc/nosuchfile"};
  spec.readonly_paths = {"/proc/sys", "/proc/nosuchdirectory"};
  return spec;
}

engine::RunningProcess Machine::start(const engine::ContainerSpec& spec) {
  recorder.forget(spec.id);
  auto started = processes->start(spec, [this](Payload fact) { facts.push_back(std::move(fact)); });
  REQUIRE_MESSAGE(started.ok(), started.error().explanation());
  return started.value();
}

Recorder::Record Machine::run(const engine::ContainerSpec& spec) {
  start(spec);
  recorder.wait(spec.id);
  processes->release(spec.id);
  return recorder.record(spec.id);
}

Recorder::Record Machine::exec(const ContainerId& id, engine::ProcessSpec spec) {
  static int number = 0;
  const ExecId exec("exec" + std::to_string(++number));
  auto started = processes->exec(id, exec, spec, nullptr);
  REQUIRE_MESSAGE(started.ok(), started.error().explanation());
  recorder.wait(id, exec);
  return recorder.record(id, exec);
}

}  // namespace strates::linux_world
