#include "engine/init_entries.hpp"

namespace strates::engine {

std::vector<InitEntry> init_entries() {
  using image::EntryMeta;
  using image::EntryType;
  const EntryMeta directory{.type = EntryType::Directory, .mode = 0755};
  const EntryMeta file{.type = EntryType::File, .mode = 0755};
  const EntryMeta link{.type = EntryType::Symlink, .mode = 0777, .link_target = "/proc/mounts"};
  return {
      {".dockerenv", file},        {"dev", directory},         {"dev/console", file}, {"dev/pts", directory}, {"dev/shm", directory},
      {"etc", directory},          {"etc/hostname", file},     {"etc/hosts", file},   {"etc/mtab", link},     {"etc/resolv.conf", file},
      {"proc", directory},         {"sys", directory},
  };
}

std::vector<std::string> default_capabilities() {
  return {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP",
          "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"};
}

std::vector<std::string> default_masked_paths() {
  return {"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
          "/proc/scsi", "/sys/firmware"};
}

std::vector<std::string> default_readonly_paths() { return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}; }

}  // namespace strates::engine
