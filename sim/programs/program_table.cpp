#include "sim/programs/program_table.hpp"

#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "sim/process/loader.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/start.hpp"
#include "sim/shell/shell.hpp"

namespace strates::sim {

namespace {

// Debian: coreutils, findutils, grep, sed, procps, hostname.
enum class In { Both, Busybox, Debian };

struct Row {
  std::string_view name;
  AtomicFunction function;  // one of the two
  Factory factory;
  In in;
  std::string_view what;
};

constexpr std::array kPrograms = {
    Row{"[", programs::test, nullptr, In::Both, "evaluates an expression"},
    Row{"basename", programs::basename, nullptr, In::Both, "the last name of a path"},
    Row{"cat", nullptr, streams::cat, In::Both, "copies files to its output"},
    Row{"chmod", programs::chmod, nullptr, In::Both, "changes permissions (-R)"},
    Row{"chown", programs::chown, nullptr, In::Both, "changes owner and group (-R)"},
    Row{"cp", programs::cp, nullptr, In::Both, "copies files (-r -R -p -a -d -f -P -L)"},
    Row{"cut", nullptr, streams::cut, In::Both, "columns of lines (-b -c -f -d -s)"},
    Row{"date", programs::date, nullptr, In::Both, "the virtual clock (-u, -d @SECONDS, +FORMAT)"},
    Row{"dd", nullptr, streams::dd, In::Busybox, "copies blocks (if= of= bs= count= skip=)"},
    Row{"dirname", programs::dirname, nullptr, In::Both, "a path without its last name"},
    Row{"echo", programs::echo, nullptr, In::Both, "writes its arguments"},
    Row{"egrep", nullptr, streams::grep, In::Busybox, "grep -E"},
    Row{"env", nullptr, streams::env, In::Both, "runs a program in a changed environment (-i -u)"},
    Row{"expr", programs::expr, nullptr, In::Both, "evaluates an expression"},
    Row{"false", programs::false_, nullptr, In::Both, "fails"},
    Row{"fgrep", nullptr, streams::grep, In::Busybox, "grep -F"},
    Row{"find", programs::find, nullptr, In::Both, "walks a tree (-name -type -maxdepth -mindepth -path -print)"},
    Row{"grep", nullptr, streams::grep, In::Both, "lines that match (-q -i -v -n -c -r -l -E -F -o -w -x -s -h -H)"},
    Row{"head", nullptr, streams::head, In::Both, "the beginning (-n -c -q -v)"},
    Row{"hostname", programs::hostname, nullptr, In::Both, "the host's name"},
    Row{"id", programs::id, nullptr, In::Both, "user and groups (-u -g -n -G)"},
    Row{"ifconfig", programs::ifconfig, nullptr, In::Busybox, "the interfaces of the container"},
    Row{"ip", programs::ip, nullptr, In::Busybox, "addresses, links, routes (to be looked at)"},
    Row{"kill", programs::kill, nullptr, In::Both, "sends a signal (-l)"},
    Row{"ln", programs::ln, nullptr, In::Both, "links (-s -f -n)"},
    Row{"ls", programs::ls, nullptr, In::Both, "lists (-1 -a -A -l -d -n -R -r -h -p -F)"},
    Row{"mkdir", programs::mkdir, nullptr, In::Both, "makes directories (-p -m)"},
    Row{"mktemp", programs::mktemp, nullptr, In::Both, "makes a file with a new name (-d -u -p -t)"},
    Row{"mv", programs::mv, nullptr, In::Both, "renames (-f)"},
    Row{"nproc", programs::nproc, nullptr, In::Both, "how many processors"},
    Row{"nslookup", programs::nslookup, nullptr, In::Busybox, "asks the engine's resolver"},
    Row{"ping", nullptr, streams::ping, In::Busybox, "whether an address answers (-c -W -q)"},
    Row{"printenv", programs::env_print, nullptr, In::Debian, "shows the environment"},
    Row{"printf", programs::printf, nullptr, In::Both, "writes by a format"},
    Row{"ps", programs::ps, nullptr, In::Busybox, "the processes of the container"},
    Row{"pwd", programs::pwd, nullptr, In::Both, "the working directory"},
    Row{"readlink", programs::readlink, nullptr, In::Both, "where a symbolic link points (-f -n)"},
    Row{"realpath", programs::realpath, nullptr, In::Both, "a path without symbolic links"},
    Row{"rm", programs::rm, nullptr, In::Both, "removes (-r -R -f)"},
    Row{"rmdir", programs::rmdir, nullptr, In::Both, "removes empty directories (-p)"},
    Row{"sed", nullptr, streams::sed, In::Both, "edits lines (s p d q, addresses; -n -e -E -i)"},
    Row{"seq", programs::seq, nullptr, In::Both, "counts (whole numbers; -s -w)"},
    Row{"sha256sum", programs::sha256sum, nullptr, In::Both, "SHA-256 of files (-c)"},
    Row{"sleep", nullptr, streams::sleep, In::Both, "waits on the virtual clock"},
    Row{"sort", programs::sort, nullptr, In::Both, "sorts lines (-r -n -u)"},
    Row{"stat", programs::stat, nullptr, In::Both, "what is known of a file (-c -L)"},
    Row{"sync", programs::sync, nullptr, In::Both, "nothing to do in memory"},
    Row{"tail", nullptr, streams::tail, In::Both, "the end (-n -c -f -q -v)"},
    Row{"tee", nullptr, streams::tee, In::Both, "copies to its output and to files (-a)"},
    Row{"test", programs::test, nullptr, In::Both, "evaluates an expression"},
    Row{"touch", programs::touch, nullptr, In::Both, "makes files, dates them (-c -d @SECONDS)"},
    Row{"tr", nullptr, streams::tr, In::Both, "replaces characters (-d -s -c)"},
    Row{"true", programs::true_, nullptr, In::Both, "succeeds"},
    Row{"uname", programs::uname, nullptr, In::Both, "the system's name (-a -s -n -r -v -m -o)"},
    Row{"uniq", nullptr, streams::uniq, In::Both, "drops repeated lines (-c -d -u)"},
    Row{"wc", nullptr, streams::wc, In::Both, "counts lines, words, bytes (-l -w -c)"},
    Row{"which", programs::which, nullptr, In::Both, "where a program is"},
    Row{"whoami", programs::whoami, nullptr, In::Both, "the user's name"},
    Row{"xargs", nullptr, streams::xargs, In::Both, "runs a program with arguments from its input (-n -I -r -0)"},
    Row{"yes", nullptr, streams::yes, In::Both, "repeats for ever"},
};

// The other applets of Debian's busybox-static 1.35: known, and refused.
constexpr std::string_view kRefused[] = {
    "[[", "acpid", "adjtimex", "ar", "arch", "arp", "arping", "ascii", "awk", "base64", "bc", "blkdiscard", "blockdev", "brctl", "bunzip2", "bzcat", "bzip2", "cal", "chgrp", "chroot",
    "chvt", "clear", "cmp", "cpio", "crc32", "crond", "crontab", "cttyhack", "dc", "deallocvt", "depmod", "devmem", "df", "diff", "dmesg", "dnsdomainname", "dos2unix", "dpkg", "dpkg-deb",
    "du", "dumpkmap", "dumpleases", "ed", "expand", "factor", "fallocate", "fatattr", "fdisk", "findfs", "fold", "free", "freeramdisk", "fsfreeze", "fstrim", "ftpget", "ftpput", "getopt",
    "getty", "groups", "gunzip", "gzip", "halt", "hexdump", "hostid", "httpd", "hwclock", "i2cdetect", "i2cdump", "i2cget", "i2cset", "i2ctransfer", "ifdown", "ifup", "init",
    "insmod", "ionice", "ipcalc", "ipneigh", "killall", "klogd", "last", "less", "link", "linux32", "linux64", "linuxrc", "loadfont", "loadkmap", "logger", "login", "logname", "logread",
    "losetup", "lsmod", "lsscsi", "lzcat", "lzma", "lzop", "md5sum", "mdev", "microcom", "mim", "mkdosfs", "mke2fs", "mkfifo", "mknod", "mkpasswd", "mkswap", "modinfo", "modprobe", "more",
    "mount", "mt", "nameif", "nc", "netstat", "nl", "nologin", "nsenter", "nuke", "od", "openvt", "partprobe", "passwd", "paste", "patch", "pidof", "ping6", "pivot_root",
    "poweroff", "rdate", "reboot", "renice", "reset", "resume", "rev", "rmmod", "route", "rpm", "rpm2cpio", "run-init", "run-parts", "setkeycodes", "setpriv", "setsid", "sha1sum", "sha3sum",
    "sha512sum", "shred", "shuf", "ssl_client", "start-stop-daemon", "strings", "stty", "su", "sulogin", "svc", "svok", "swapoff", "swapon", "switch_root", "sysctl", "syslogd", "tac", "tar",
    "taskset", "tc", "telnet", "telnetd", "tftp", "time", "timeout", "top", "traceroute", "traceroute6", "truncate", "ts", "tty", "tunctl", "ubirename", "udhcpc", "udhcpd", "uevent", "umount",
    "uncompress", "unexpand", "unix2dos", "unlink", "unlzma", "unshare", "unxz", "unzip", "uptime", "usleep", "uudecode", "uuencode", "vconfig", "vi", "w", "watch", "watchdog", "wget", "who",
    "xxd", "xz", "xzcat", "zcat",
};

const Row* find_row(std::string_view name, In family) {
  for (const Row& row : kPrograms)
    if (row.name == name && (row.in == In::Both || row.in == family)) return &row;
  return nullptr;
}

std::unique_ptr<Program> run_row(const Row& row, const std::vector<std::string>& args, Family family) {
  if (row.factory != nullptr) return row.factory(args, family);
  return make_atomic(row.function, args, family);
}

std::string without_directory(const std::vector<std::string>& args) {
  std::string name = args.empty() ? "" : base_name(args.front());
  if (!name.empty() && name.front() == '-') name.erase(0, 1);  // a login shell
  return name;
}

std::unique_ptr<Program> start_busybox(std::vector<std::string> args) {
  std::string name = without_directory(args);
  if (name.rfind("busybox", 0) == 0) {
    if (args.size() < 2 || args[1] == "--help" || args[1].rfind("--list", 0) == 0 || args[1] == "--install")
      return make_refusal("strates-sim: busybox: not supported: without the name of an applet", 2);
    args.erase(args.begin());
    name = base_name(args.front());
  }
  if (name == "sh" || name == "ash") return std::make_unique<shell::Shell>(Dialect::Ash, args);
  if (const Row* row = find_row(name, In::Busybox)) return run_row(*row, args, Family::Busybox);
  for (const std::string_view refused : kRefused)
    if (refused == name) return make_refusal("strates-sim: " + name + ": not supported by the simulator; use the Linux world", 126);
  return make_refusal(name + ": applet not found", 127);
}

std::unique_ptr<Program> start_coreutils(const std::vector<std::string>& args) {
  const std::string name = without_directory(args);
  if (const Row* row = find_row(name, In::Debian)) return run_row(*row, args, Family::Coreutils);
  return make_refusal("strates-sim: " + name + ": not supported by the simulator; use the Linux world", 126);
}

}  // namespace

std::vector<std::string> busybox_applets() {
  std::vector<std::string> names{"ash", "sh"};
  for (const Row& row : kPrograms)
    if (row.in != In::Debian) names.emplace_back(row.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> coreutils_programs() {
  std::vector<std::string> names;
  for (const Row& row : kPrograms)
    if (row.in != In::Busybox) names.emplace_back(row.name);
  return names;
}

std::string_view program_summary(std::string_view name) {
  for (const Row& row : kPrograms)
    if (row.name == name) return row.what;
  return {};
}

std::vector<std::string> program_families() { return {"busybox", "coreutils", "dash", "hello"}; }

bool is_busybox_applet(std::string_view name) {
  if (name == "sh" || name == "ash" || name == "busybox" || find_row(name, In::Busybox) != nullptr) return true;
  for (const std::string_view refused : kRefused)
    if (refused == name) return true;
  return false;
}

std::unique_ptr<Program> start_program(std::string_view family, const std::vector<std::string>& args) {
  if (family == "busybox") return start_busybox(args);
  if (family == "coreutils") return start_coreutils(args);
  if (family == "dash") return std::make_unique<shell::Shell>(Dialect::Dash, args);
  if (family == "hello") return make_atomic(programs::hello, args, Family::Coreutils);
  return nullptr;
}

}  // namespace strates::sim
