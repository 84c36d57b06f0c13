// Paths, permissions, mounts: what a program meets besides layers.
#include "sim_support.hpp"

namespace strates::sim {

using Write = Vfs::Write;

TEST_CASE("symbolic links are followed inside the root, forty at most") {
  Container c({directory_item("d"), file_item("d/f", "x"), link_item("l", "d"), link_item("loop", "loop"), link_item("nothing", "d/made"),
               link_item("out", "../../d/f")});
  CHECK(must(c.vfs->read("/l/f")) == "x");
  CHECK(must(c.vfs->read("/out")) == "x");
  CHECK(must(c.vfs->real_path("/l/f")) == "/d/f");
  CHECK(must(c.vfs->real_path("/")) == "/");
  CHECK(must(c.vfs->read_link("/l")) == "d");
  CHECK(must(c.vfs->lstat("/l")).meta.size == 1);
  CHECK(testing::code_of(c.vfs->read_link("/d/f")) == "errno.EINVAL");
  CHECK(testing::code_of(c.vfs->stat("/loop")) == "errno.ELOOP");
  CHECK(must(c.vfs->lstat("/loop")).meta.type == image::EntryType::Symlink);
  must(c.vfs->write("/nothing", "made", Write::Truncate, 0644));  // creates what the link names
  CHECK(must(c.vfs->read("/d/made")) == "made");
  CHECK(code(c.vfs->make_directory("/loop", 0755)) == "errno.EEXIST");
  must(c.vfs->unlink("/l"));
  CHECK(must(c.vfs->read("/d/f")) == "x");
  std::string target = "/d/f";
  for (int i = 0; i < 41; ++i) {
    must(c.vfs->symlink(target, "/c" + std::to_string(i)));
    target = "/c" + std::to_string(i);
  }
  CHECK(must(c.vfs->read("/c39")) == "x");
  CHECK(testing::code_of(c.vfs->read("/c40")) == "errno.ELOOP");
}

TEST_CASE("names and paths have their lengths") {
  Container c;
  CHECK(code(c.vfs->write("/" + std::string(256, 'n'), "", Write::Truncate, 0644)) == "errno.ENAMETOOLONG");
  must(c.vfs->write("/" + std::string(255, 'n'), "", Write::Truncate, 0644));
  std::string path;
  for (int i = 0; i < 2100; ++i) path += "/d";
  CHECK(testing::code_of(c.vfs->stat(path)) == "errno.ENAMETOOLONG");
  CHECK(testing::code_of(c.vfs->stat("")) == "errno.ENOENT");
}

TEST_CASE("calls fail as the kernel's do") {
  Container c;
  CHECK(testing::code_of(c.vfs->read("/absent")) == "errno.ENOENT");
  CHECK(testing::code_of(c.vfs->read("/absent/x")) == "errno.ENOENT");
  CHECK(testing::code_of(c.vfs->read("/etc/motd/x")) == "errno.ENOTDIR");
  CHECK(testing::code_of(c.vfs->stat("/etc/motd/")) == "errno.ENOTDIR");
  CHECK(testing::code_of(c.vfs->read("/etc")) == "errno.EISDIR");
  CHECK(testing::code_of(c.vfs->list("/etc/motd")) == "errno.ENOTDIR");
  CHECK(code(c.vfs->write("/etc", "x", Write::Append, 0644)) == "errno.EISDIR");
  CHECK(code(c.vfs->write("/absent/x", "x", Write::Append, 0644)) == "errno.ENOENT");
  CHECK(code(c.vfs->make_directory("/etc", 0755)) == "errno.EEXIST");
  CHECK(code(c.vfs->unlink("/etc")) == "errno.EISDIR");
  CHECK(code(c.vfs->remove_directory("/etc/motd")) == "errno.ENOTDIR");
  CHECK(code(c.vfs->remove_directory("/etc")) == "errno.ENOTEMPTY");
  CHECK(code(c.vfs->symlink("x", "/etc/motd")) == "errno.EEXIST");
  CHECK(c.diff() == "");
  const auto error = c.vfs->read("/absent");
  CHECK(error.error().cause == "No such file or directory");
  CHECK(errno_of(error.error()) == Errno::NoEntry);
  CHECK(errno_of(make_error(ErrorKind::Internal, "other", "", "", "")) == Errno::InputOutput);
}

TEST_CASE("permissions bind everybody but root") {
  auto secret = file_item("secret", "s", 0600);
  auto shared = file_item("shared", "s", 0640);
  shared.entry.meta.gid = 50;
  auto own = file_item("own", "o", 0200);
  own.entry.meta.uid = 1000;
  Container c({directory_item("closed", 0700), file_item("closed/x", "x"), directory_item("open", 0777), own, secret, shared, directory_item("sticky", 01777),
               file_item("sticky/x", "x", 0666)});
  CHECK(must(c.vfs->read("/secret")) == "s");
  c.vfs->act_as({.uid = 1000, .gid = 1000, .groups = {50}});
  CHECK(testing::code_of(c.vfs->read("/secret")) == "errno.EACCES");
  CHECK(must(c.vfs->read("/shared")) == "s");
  CHECK(code(c.vfs->write("/shared", "x", Write::Append, 0)) == "errno.EACCES");
  CHECK(testing::code_of(c.vfs->read("/own")) == "errno.EACCES");
  must(c.vfs->write("/own", "x", Write::Append, 0));
  CHECK(testing::code_of(c.vfs->stat("/closed/x")) == "errno.EACCES");
  CHECK(testing::code_of(c.vfs->list("/closed")) == "errno.EACCES");
  CHECK(code(c.vfs->write("/new", "x", Write::Truncate, 0644)) == "errno.EACCES");
  must(c.vfs->write("/open/mine", "x", Write::Truncate, 0644));
  CHECK(must(c.vfs->stat("/open/mine")).meta.uid == 1000);
  CHECK(code(c.vfs->unlink("/sticky/x")) == "errno.EPERM");
  CHECK(code(c.vfs->rename("/sticky/x", "/sticky/y")) == "errno.EPERM");
  CHECK(code(c.vfs->change_mode("/shared", 0777)) == "errno.EPERM");
  CHECK(code(c.vfs->change_owner("/open/mine", 0, 1000)) == "errno.EPERM");
  must(c.vfs->change_owner("/open/mine", 1000, 50));
  must(c.vfs->change_mode("/open/mine", 0600));
  CHECK(code(c.vfs->set_times("/secret", 1)) == "errno.EPERM");
  CHECK(code(c.vfs->link("/secret", "/open/l")) == "errno.EPERM");
  c.vfs->act_as({});
  must(c.vfs->unlink("/sticky/x"));
}

TEST_CASE("special bits go when they must") {
  auto tool = file_item("tool", "t", 06777);
  Container c({directory_item("group", 02777), tool});
  c.vfs->act_as({.uid = 1000, .gid = 1000, .groups = {}});
  must(c.vfs->write("/tool", "x", Write::Append, 0));
  CHECK(must(c.vfs->stat("/tool")).meta.mode == 0777);
  c.vfs->act_as({});
  must(c.vfs->change_mode("/tool", 04755));
  must(c.vfs->change_owner("/tool", 5, 5));
  CHECK(must(c.vfs->stat("/tool")).meta.mode == 0755);
  must(c.vfs->change_owner("/group", 0, 77));
  c.vfs->act_as({.uid = 1000, .gid = 1000, .groups = {}});
  must(c.vfs->make_directory("/group/d", 0755));
  CHECK(must(c.vfs->stat("/group/d")).meta.gid == 77);
  CHECK(must(c.vfs->stat("/group/d")).meta.mode == 02755);
}

TEST_CASE("only executables are executed, by root too") {
  Container c({file_item("plain", "#!x"), file_item("tool", "#!y", 0711)});
  CHECK(testing::code_of(c.vfs->read_for_exec("/plain")) == "errno.EACCES");
  CHECK(testing::code_of(c.vfs->read_for_exec("/")) == "errno.EACCES");
  CHECK(testing::code_of(c.vfs->read_for_exec("/none")) == "errno.ENOENT");
  c.vfs->act_as({.uid = 1000, .gid = 1000, .groups = {}});
  CHECK(must(c.vfs->read_for_exec("/tool")) == "#!y");
  CHECK(c.told() == "read /tool image\n");
  CHECK(testing::code_of(c.vfs->read("/tool")) == "errno.EACCES");
}

TEST_CASE("/dev answers as devices do and is no part of any layer") {
  Container c;
  CHECK(must(c.vfs->read("/dev/null")) == "");
  must(c.vfs->write("/dev/null", "gone", Write::Truncate, 0644));
  CHECK(code(c.vfs->write("/dev/full", "x", Write::Append, 0)) == "errno.ENOSPC");
  CHECK(testing::code_of(c.vfs->read("/dev/zero")) == "errno.EFBIG");
  CHECK(testing::code_of(c.vfs->read("/dev/tty")) == "errno.EIO");
  CHECK(must(c.vfs->stat("/dev/null")).meta.device_minor == 3);
  must(c.vfs->write("/dev/shm/x", "shared", Write::Truncate, 0644));
  CHECK(must(must(c.world.snapshots.open_vfs("c"))->read("/dev/shm/x")) == "shared");
  CHECK(code(c.vfs->remove_directory("/dev")) == "errno.EBUSY");
  CHECK(c.diff() == "");
  CHECK(c.told() == "");
  c.world.snapshots.drop_provided("c");
  CHECK(testing::code_of(c.vfs->read("/dev/shm/x")) == "errno.ENOENT");
}

TEST_CASE("a device node of the image is a device") {
  auto null = file_item("null", "", 0666);
  null.entry.meta.type = image::EntryType::CharDevice;
  null.entry.meta.device_major = 1;
  null.entry.meta.device_minor = 3;
  Container c({null});
  must(c.vfs->write("/null", "x", Write::Truncate, 0));
  CHECK(must(c.vfs->read("/null")) == "");
  CHECK(c.told() == "");  // opening a device copies nothing up
}

TEST_CASE("/proc says what is known and nothing else") {
  Container c;
  CHECK(testing::code_of(c.vfs->read("/proc/1/cmdline")) == "errno.ENOENT");
  c.world.snapshots.set_processes("c", [] {
    return std::vector<ProcEntry>{{.pid = 1, .args = {"/bin/sh", "-c", "x"}}, {.pid = 7, .ppid = 1, .uid = 33, .gid = 33, .state = 'R', .args = {"cat"}}};
  });
  CHECK(must(c.vfs->read("/proc/1/cmdline")) == std::string("/bin/sh\0-c\0x\0", 13));
  CHECK(must(c.vfs->read("/proc/self/comm")) == "sh\n");
  c.vfs->act_as({.uid = 33, .gid = 33, .groups = {}, .pid = 7});
  CHECK(must(c.vfs->read_link("/proc/self")) == "7");
  CHECK(must(c.vfs->read("/proc/self/status")).find("PPid:\t1\n") != std::string::npos);
  c.vfs->act_as({});
  CHECK(must(c.vfs->list("/proc")) == std::vector<std::string>{"1", "7", "mounts", "self"});
  const auto hex = c.base.str().substr(7);
  CHECK(must(c.vfs->read("/proc/mounts")).find("overlay / overlay rw,relatime,lowerdir=/sim/layers/" + hex + "/files,upperdir=/sim/snapshots/c/upper,") == 0);
  CHECK(testing::code_of(c.vfs->read("/proc/cpuinfo")) == "errno.ENOENT");
  CHECK(code(c.vfs->make_directory("/proc/x", 0755)) == "errno.ENOENT");
  CHECK(code(c.vfs->write("/proc/1/comm", "x", Write::Truncate, 0)) == "errno.EACCES");
  CHECK(code(c.vfs->make_directory("/sys/x", 0755)) == "errno.EROFS");
  CHECK(c.told() == "");
}

TEST_CASE("provided files lie over the container's own and never in its layer") {
  Container c(testing::base_items(), {{"etc/hosts", file_item("", "", 0755).entry.meta}});
  must(c.world.snapshots.provide_file("c", "/etc/hosts", "127.0.0.1 localhost\n"));
  CHECK(must(c.vfs->read("/etc/hosts")) == "127.0.0.1 localhost\n");
  must(c.vfs->write("/etc/hosts", "10.0.0.1 x\n", Write::Append, 0));
  CHECK(must(must(c.world.snapshots.open_vfs("c"))->read("/etc/hosts")) == "127.0.0.1 localhost\n10.0.0.1 x\n");
  CHECK(code(c.vfs->unlink("/etc/hosts")) == "errno.EBUSY");
  CHECK(code(c.vfs->rename("/etc/hosts", "/etc/h")) == "errno.EBUSY");
  CHECK(code(c.vfs->rename("/etc/motd", "/etc/hosts")) == "errno.EBUSY");
  CHECK(c.told() == "");
  CHECK(c.diff() == "");
  CHECK(must(c.vfs->list("/etc")) == std::vector<std::string>{"group", "hosts", "motd", "passwd"});
  CHECK(testing::code_of(c.world.snapshots.provide_file("c", "/etc", "x")) == "errno.EISDIR");
  CHECK(testing::code_of(c.world.snapshots.provide_file("absent", "/etc/hosts", "x")) == "snapshot.not-found");
  c.world.snapshots.drop_provided("c");
  CHECK(must(c.vfs->read("/etc/hosts")) == "");  // the init entry below
}

TEST_CASE("a snapshot that goes takes its view's files along") {
  Container c;
  c.world.watch.disarm(ContainerId("cc"));
  must(c.world.snapshots.remove(c.key));
  CHECK(testing::code_of(c.vfs->read("/etc/motd")) == "errno.EIO");
}

}  // namespace strates::sim
