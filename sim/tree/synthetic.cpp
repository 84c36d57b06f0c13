#include "sim/tree/synthetic.hpp"

namespace strates::sim {

namespace {

class Builder {
 public:
  Builder(Nanos now, std::uint64_t& inodes) : now_(now), inodes_(inodes) { tree.edit("")->mtime = now; }

  void directory(std::string_view path, std::uint32_t mode) { put(path, image::EntryType::Directory, mode, {}); }
  void file(std::string_view path, std::string content, std::uint32_t mode = 0444) {
    put(path, image::EntryType::File, mode, make_ref<Content>(std::move(content)));
  }
  void link(std::string_view path, std::string target) {
    image::EntryMeta meta = meta_for(image::EntryType::Symlink, 0777);
    meta.link_target = std::move(target);
    tree.put(path, make_node(meta, {}, ++inodes_));
  }
  void device(std::string_view path, std::uint32_t major, std::uint32_t minor) {
    image::EntryMeta meta = meta_for(image::EntryType::CharDevice, 0666);
    meta.device_major = major;
    meta.device_minor = minor;
    tree.put(path, make_node(meta, {}, ++inodes_));
  }
  void own(std::string_view path, std::uint32_t uid, std::uint32_t gid) {
    Node* node = tree.edit(path);
    node->uid = uid;
    node->gid = gid;
  }

  Tree tree;

 private:
  image::EntryMeta meta_for(image::EntryType type, std::uint32_t mode) const {
    image::EntryMeta meta;
    meta.type = type;
    meta.mode = mode;
    meta.mtime = now_;
    return meta;
  }
  void put(std::string_view path, image::EntryType type, std::uint32_t mode, Ref<Content> content) {
    tree.put(path, make_node(meta_for(type, mode), std::move(content), ++inodes_));
  }

  Nanos now_;
  std::uint64_t& inodes_;
};

// TASK_COMM_LEN is 16 with its end.
std::string command_name(const ProcEntry& process) {
  const std::string first = process.args.empty() ? "" : process.args.front();
  return first.substr(first.rfind('/') + 1).substr(0, 15);
}

std::string state_word(char state) {
  switch (state) {
    case 'R': return "R (running)";
    case 'T': return "T (stopped)";
    case 'Z': return "Z (zombie)";
    default: return "S (sleeping)";
  }
}

// As Linux writes them (proc(5)). No filter is loaded: nothing here calls a kernel.
std::string confinement_lines(const ProcEntry& process) {
  const auto line = [](std::string_view name, std::uint64_t set) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string digits(16, '0');
    for (size_t i = 16; i-- > 0; set >>= 4) digits[i] = kDigits[set & 15];
    return std::string(name) + ":\t" + digits + "\n";
  };
  const std::uint64_t held = process.uid == 0 ? process.capabilities : 0;
  return line("CapInh", 0) + line("CapPrm", held) + line("CapEff", held) + line("CapBnd", process.capabilities) + line("CapAmb", 0) + "NoNewPrivs:\t" +
         (process.no_new_privileges ? "1" : "0") + "\n";
}

void add_process(Builder& proc, const ProcEntry& process, const std::string& mounts) {
  const std::string at = std::to_string(process.pid), uid = std::to_string(process.uid), gid = std::to_string(process.gid);
  std::string command;
  for (const auto& arg : process.args) command += arg + '\0';
  proc.directory(at, 0555);
  proc.file(at + "/cmdline", command);
  proc.file(at + "/comm", command_name(process) + "\n", 0644);
  proc.file(at + "/mounts", mounts);
  proc.file(at + "/status", "Name:\t" + command_name(process) + "\nState:\t" + state_word(process.state) + "\nPid:\t" + at + "\nPPid:\t" +
                                std::to_string(process.ppid) + "\nUid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid + "\nGid:\t" + gid + "\t" + gid +
                                "\t" + gid + "\t" + gid + "\n" + confinement_lines(process));
  for (const char* file : {"", "/cmdline", "/comm", "/status"}) proc.own(at + file, process.uid, process.gid);
}

}  // namespace

Tree make_dev(Nanos now, std::uint64_t& inodes) {
  Builder dev(now, inodes);
  dev.link("core", "/proc/kcore");
  dev.link("fd", "/proc/self/fd");
  dev.device("full", 1, 7);
  dev.directory("mqueue", 01777);
  dev.device("null", 1, 3);
  dev.link("ptmx", "pts/ptmx");
  dev.directory("pts", 0755);
  dev.device("random", 1, 8);
  dev.directory("shm", 01777);
  dev.link("stderr", "/proc/self/fd/2");
  dev.link("stdin", "/proc/self/fd/0");
  dev.link("stdout", "/proc/self/fd/1");
  dev.device("tty", 5, 0);
  dev.device("urandom", 1, 9);
  dev.device("zero", 1, 5);
  return std::move(dev.tree);
}

Tree make_proc(const std::vector<ProcEntry>& processes, std::int64_t self, const std::string& mounts, Nanos now) {
  std::uint64_t inodes = std::uint64_t{1} << 40;  // of its own: nothing else counts that far
  Builder proc(now, inodes);
  proc.tree.edit("")->mode = 0555;
  bool self_is_there = false;
  for (const auto& process : processes) {
    if (proc.tree.find(std::to_string(process.pid)) != nullptr) continue;
    add_process(proc, process, mounts);
    self_is_there = self_is_there || process.pid == self;
  }
  if (self_is_there) proc.link("self", std::to_string(self));
  if (self_is_there) proc.link("mounts", "self/mounts");
  else proc.file("mounts", mounts);
  return std::move(proc.tree);
}

Tree make_sys(Nanos now) {
  std::uint64_t inodes = std::uint64_t{1} << 41;
  Builder sys(now, inodes);
  sys.tree.edit("")->mode = 0555;
  for (const char* name : {"block", "bus", "class", "dev", "devices", "firmware", "fs", "kernel", "module", "power"}) sys.directory(name, 0555);
  sys.directory("fs/cgroup", 0555);
  return std::move(sys.tree);
}

}  // namespace strates::sim
