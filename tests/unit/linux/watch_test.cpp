// What a process in a mount namespace of its own, with the snapshot as its root, does to files, as the watch tells it.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "linux/watch/fanotify_watch.hpp"
#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;
using linux_world::FanotifyWatch;
using linux_world::WatchSource;

namespace {

const ContainerId kContainer("c1");

struct Heard {
  std::mutex mutex;
  std::vector<Payload> all;
  Emit emit() {
    return [this](Payload what) {
      const std::lock_guard lock(mutex);
      all.push_back(std::move(what));
    };
  }
  static std::string shown(const Payload& what) {
    if (std::holds_alternative<event::Stream>(what)) return "gap";
    const auto* file = std::get_if<event::File>(&what);
    if (file == nullptr) return "?";
    const auto mark = [](bool reconstructed) { return reconstructed ? std::string(" reconstructed") : std::string(); };
    if (const auto* e = std::get_if<event::FileRead>(file)) return "read " + e->path + " in " + e->layer;
    if (const auto* e = std::get_if<event::FileCreated>(file)) return "created " + e->path + (e->directory ? "/" : "") + mark(e->reconstructed);
    if (const auto* e = std::get_if<event::FileWritten>(file)) return "written " + e->path;
    if (const auto* e = std::get_if<event::FileCopiedUp>(file))
      return "copied up " + e->path + (e->directory ? "/" : "") + " from " + e->from_layer + " " + std::to_string(e->bytes) + mark(e->reconstructed);
    if (const auto* e = std::get_if<event::WhiteoutCreated>(file)) return "whiteout " + e->path + " hides " + e->hides_layer + mark(e->reconstructed);
    if (const auto* e = std::get_if<event::OpaqueDirectory>(file)) return "opaque " + e->path + mark(e->reconstructed);
    return "removed " + std::get<event::FileRemoved>(*file).path;
  }
  // Layers by name, so that the expectation can be read.
  std::vector<std::string> lines(const std::map<std::string, std::string>& names) {
    const std::lock_guard lock(mutex);
    std::vector<std::string> out;
    for (const auto& what : all) {
      std::string line = shown(what);
      for (const auto& [id, name] : names)
        if (const size_t at = line.find(id); at != std::string::npos) line.replace(at, id.size(), name);
      out.push_back(std::move(line));
    }
    return out;
  }
};

int settle_fds[2] = {-1, -1};  // in the child: tell the parent, wait for it

struct Watched : LinuxStore {
  SnapshotKey key{"watched"};
  std::vector<ChainId> layers;
  std::map<std::string, std::string> names;
  std::unique_ptr<FanotifyWatch> watch;
  Heard heard;

  explicit Watched(WatchSource source = WatchSource::Fanotify) {
    const auto base = import_items(world(), {}, {directory_item("data"), file_item("data/lower", "lower content"), file_item("data/other", "12345"),
                                                 directory_item("etc"), file_item("etc/motd", "salut"), directory_item("tree"), directory_item("tree/sub"),
                                                 file_item("tree/sub/deep", "deep"), file_item("tree/x", "x")});
    const auto top = import_items(world(), base.chain_id, {directory_item("data"), file_item("data/top", "from the top layer")});
    layers = {base.chain_id, top.chain_id};
    names = {{base.chain_id.str(), "base"}, {top.chain_id.str(), "top"}};
    must(snapshots->prepare(key, layers, {{"etc/hosts", file_item("", "", 0644).entry.meta}}));
    watch = must(FanotifyWatch::open(*snapshots, source));
  }
  void arm() { must(watch->arm(kContainer, key, layers, heard.emit())); }

  // Runs `body` in a child whose root is the snapshot, as a container's first process has it. It must only make system calls, and `settle`, which waits
  // until the watch has told all: as between two commands. Changes of one name that follow each other within microseconds are seen as the last of them.
  void run(const std::function<void()>& body, bool entered = true) {
    const auto where = must(snapshots->mount(key));
    int ready[2], go[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(go) == 0);
    child_pid = ::fork();
    if (child_pid == 0) {
      ::close(go[1]);  // so that the parent's death ends it
      if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(90);
      if (::chdir(where.merged.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0) ::_exit(91);
      char byte = 1;
      if (::write(ready[1], &byte, 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(92);
      settle_fds[0] = ready[1];
      settle_fds[1] = go[0];
      body();
      ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    if (entered) must(watch->enter(kContainer, child_pid));
    ::close(ready[1]);
    REQUIRE(::write(go[1], &byte, 1) == 1);
    while (::read(ready[0], &byte, 1) == 1) {
      watch->settle();
      REQUIRE(::write(go[1], &byte, 1) == 1);
    }
    int status = 0;
    ::waitpid(child_pid, &status, 0);
    for (const int fd : {ready[0], go[0], go[1]}) ::close(fd);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    must(snapshots->unmount(key));
  }
  pid_t child_pid = 0;
  std::vector<std::string> lines() { return heard.lines(names); }
};

// For the child: a failure ends it with a code of its own.
void expect(bool done, int code) {
  if (!done) ::_exit(code);
}
void slurp(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  char buffer[64];
  expect(fd >= 0 && ::read(fd, buffer, sizeof buffer) >= 0, 11);
  ::close(fd);
}
void write_to(const char* path, const char* bytes, int flags) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
  expect(fd >= 0, 12);
  const size_t size = std::strlen(bytes);
  if (size > 0) expect(::write(fd, bytes, size) == static_cast<ssize_t>(size), 13);
  ::close(fd);
}
void append(const char* path, const char* bytes) { write_to(path, bytes, O_APPEND); }
void create(const char* path, const char* bytes) { write_to(path, bytes, O_CREAT | O_EXCL); }
void settle() {
  char byte = 1;
  expect(::write(settle_fds[0], &byte, 1) == 1 && ::read(settle_fds[1], &byte, 1) == 1, 16);
}
void unlink_file(const char* path) { expect(::unlink(path) == 0, 14); }
void make(const char* path) { expect(::mkdir(path, 0755) == 0, 15); }

constexpr WatchSource kSources[] = {WatchSource::Fanotify, WatchSource::Inotify};

bool holds(const std::vector<std::string>& lines, const std::string& line) { return std::find(lines.begin(), lines.end(), line) != lines.end(); }

size_t count(const std::vector<std::string>& lines, const std::string& start) {
  return static_cast<size_t>(std::count_if(lines.begin(), lines.end(), [&](const auto& line) { return line.rfind(start, 0) == 0; }));
}

std::string text(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  return all;
}

}  // namespace

TEST_CASE("the watch tells reads, copy-ups and writes in the order they happened") {
  if (!is_root("watch order")) return;
  for (const WatchSource source : kSources) {
    CAPTURE(static_cast<int>(source));
    Watched store(source);
    store.arm();
    CHECK(store.watch->armed(kContainer));
    store.run([] {
      slurp("/data/lower");
      slurp("/data/top");
      settle();
      append("/data/lower", " and more");
      settle();
      slurp("/data/lower");
      create("/data/new", "new");
      settle();
      slurp("/data/new");
    });
    store.watch->disarm(kContainer);
    CHECK(!store.watch->armed(kContainer));
    CHECK(text(store.lines()) ==
          "read /data/lower in base\nread /data/top in top\ncopied up /data/ from top 0\ncopied up /data/lower from base 13\n"
          "written /data/lower\nread /data/lower in container\ncreated /data/new\nwritten /data/new\nread /data/new in container\n");
    for (const auto& what : store.heard.all)
      if (const auto* read = std::get_if<event::FileRead>(&std::get<event::File>(what))) CHECK(read->pid == store.child_pid);
  }
}

TEST_CASE("the watch tells whiteouts, opaque directories and removals") {
  if (!is_root("watch deletions")) return;
  for (const WatchSource source : kSources) {
    CAPTURE(static_cast<int>(source));
    Watched store(source);
    store.arm();
    store.run([] {
      unlink_file("/data/lower");
      settle();
      create("/data/mine", "1");
      unlink_file("/data/mine");
      append("/etc/motd", "!");
      settle();
      unlink_file("/etc/motd");
      unlink_file("/tree/x");
      unlink_file("/tree/sub/deep");
      expect(::rmdir("/tree/sub") == 0 && ::rmdir("/tree") == 0, 20);
      settle();
      make("/tree");
      settle();
      create("/tree/x", "again");
      unlink_file("/tree/x");
    });
    store.watch->disarm(kContainer);
    const auto lines = store.lines();
    CAPTURE(text(lines));
    CHECK(holds(lines, "whiteout /data/lower hides base"));
    CHECK(holds(lines, "created /data/mine"));
    CHECK(holds(lines, "removed /data/mine"));
    CHECK(holds(lines, "whiteout /etc/motd hides base"));
    CHECK(holds(lines, "whiteout /tree hides base"));
    CHECK(holds(lines, "opaque /tree"));
    CHECK(holds(lines, "created /tree/x"));
    CHECK(holds(lines, "removed /tree/x"));
    CHECK(count(lines, "removed ") == 2);
    CHECK(count(lines, "opaque /tree") == 1);
    CHECK(holds(lines, "copied up /etc/motd from base 5"));
    CHECK(!holds(lines, "gap"));
  }
}

TEST_CASE("a rename is told as a new name and, where something lower is hidden, a whiteout") {
  if (!is_root("watch renames")) return;
  for (const WatchSource source : kSources) {
    CAPTURE(static_cast<int>(source));
    Watched store(source);
    store.arm();
    store.run([] {
      expect(::rename("/data/lower", "/data/renamed") == 0, 20);
      expect(::rename("/data/renamed", "/data/other") == 0, 21);  // over a lower file: its own bytes come from elsewhere
      make("/one");
      create("/one/file", "1");
      expect(::rename("/one", "/two") == 0, 22);
      create("/two/second", "2");
      settle();
      make("/one");
      create("/one/again", "1");
      create("/two/third", "3");
    });
    store.watch->disarm(kContainer);
    const auto lines = store.lines();
    CAPTURE(text(lines));
    CHECK(holds(lines, "whiteout /data/lower hides base"));
    CHECK(holds(lines, "created /data/other"));
    CHECK(count(lines, "copied up /data/other") == 0);
    CHECK(holds(lines, "created /two/"));
    CHECK(holds(lines, "created /two/second"));
    CHECK(!holds(lines, "created /one/second"));
    CHECK(holds(lines, "created /one/again"));
    CHECK(holds(lines, "created /two/third"));
  }
}

TEST_CASE("what came and went before its directory was watched is inferred from who wrote it") {
  if (!is_root("watch inference")) return;
  Watched store;
  store.arm();
  store.run([] {
    append("/tree/sub/deep", "!");  // three directories are copied up on the way
    unlink_file("/tree/sub/deep");
    create("/tree/sub/mine", "1");
    unlink_file("/tree/sub/mine");
  });
  store.watch->disarm(kContainer);
  const auto lines = store.lines();
  CAPTURE(text(lines));
  const auto place = [&](const std::string& start) {
    return std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.rfind(start, 0) == 0; }) - lines.begin();
  };
  CHECK(count(lines, "copied up /tree/sub/deep from base 4") == 1);
  CHECK(count(lines, "written /tree/sub/deep") == 1);
  CHECK(count(lines, "whiteout /tree/sub/deep hides base") == 1);
  CHECK(place("copied up /tree/sub/deep") < place("written /tree/sub/deep"));
  CHECK(place("written /tree/sub/deep") < place("whiteout /tree/sub/deep"));
  CHECK(count(lines, "created /tree/sub/mine") == 1);
  CHECK(place("created /tree/sub/mine") < place("written /tree/sub/mine"));
}

TEST_CASE("a file emptied when it was opened counts as written, an untouched one does not") {
  if (!is_root("watch truncation")) return;
  Watched store;
  store.arm();
  store.run([] {
    write_to("/data/lower", "", O_TRUNC);
    write_to("/data/other", "", 0);
    write_to("/data/touched", "", O_CREAT);
    for (int i = 0; i < 50; ++i) slurp("/data/top");
  });
  store.watch->disarm(kContainer);
  const auto lines = store.lines();
  CAPTURE(text(lines));
  CHECK(holds(lines, "written /data/lower"));
  CHECK(!holds(lines, "written /data/other"));
  CHECK(!holds(lines, "written /data/touched"));
  CHECK(count(lines, "read /data/top") == 1);
}

TEST_CASE("a burst of new directories loses nothing") {
  if (!is_root("watch burst")) return;
  for (const WatchSource source : kSources) {
    CAPTURE(static_cast<int>(source));
    Watched store(source);
    store.arm();
    store.run([] {
      char path[64];
      for (int d = 0; d < 40; ++d) {
        std::snprintf(path, sizeof path, "/data/d%d", d);
        make(path);
        for (int f = 0; f < 50; ++f) {
          std::snprintf(path, sizeof path, "/data/d%d/f%d", d, f);
          create(path, "x");
        }
      }
    });
    store.watch->disarm(kContainer);
    const auto lines = store.lines();
    CHECK(count(lines, "created /data/d") == 40 + 40 * 50);
    std::set<std::string> different(lines.begin(), lines.end());
    CHECK(count({different.begin(), different.end()}, "created /data/d") == 40 + 40 * 50);
  }
}

TEST_CASE("after an overflow what is there is told as reconstructed, and a gap says so") {
  if (!is_root("watch overflow")) return;
  Watched store;
  std::atomic<bool> held{true};
  std::atomic<bool> waiting{false};
  const Emit tell = store.heard.emit();
  // The reader is kept in its first event until the kernel's queue (fs.fanotify.max_queued_events) is full.
  must(store.watch->arm(kContainer, store.key, store.layers, [&](Payload what) {
    waiting = true;
    while (held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    tell(std::move(what));
  }));
  int most = 16384;
  std::ifstream("/proc/sys/fs/fanotify/max_queued_events") >> most;
  if (most > 50'000) {
    std::printf("skipped: watch overflow: fs.fanotify.max_queued_events is %d\n", most);
    held = false;
    store.watch->disarm(kContainer);
    return;
  }
  store.run([] { create("/data/started", ""); }, false);
  while (!waiting) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto flood = [most] {
    char path[64];
    for (int f = 0; f < most + 2000; ++f) {
      std::snprintf(path, sizeof path, "/data/f%d", f);
      create(path, "");
    }
  };
  store.run(flood, false);
  held = false;
  store.watch->disarm(kContainer);
  const auto lines = store.lines();
  CHECK(holds(lines, "gap"));
  CHECK(count(lines, "created /data/f") == static_cast<size_t>(most) + 2000);
  CHECK(holds(lines, "created /data/f" + std::to_string(most + 1999) + " reconstructed"));
}

TEST_CASE("what a layer holds when the watch is armed is told as reconstructed") {
  if (!is_root("watch attach")) return;
  Watched store;
  edit(store.world(), store.key, [](auto& tree) {
    put_file(tree, "/etc/motd", "bonjour");
    must(tree.remove("/data/lower"));
    must(tree.remove("/tree"));
    must(tree.make_directory("/tree", directory_item("").entry.meta));
    put_file(tree, "/new/file", "1");
  });
  store.arm();
  const auto lines = store.lines();
  CAPTURE(text(lines));
  CHECK(holds(lines, "whiteout /data/lower hides base reconstructed"));
  CHECK(holds(lines, "opaque /tree reconstructed"));
  CHECK(holds(lines, "created /new/ reconstructed"));
  CHECK(holds(lines, "created /new/file reconstructed"));
  CHECK(holds(lines, "created /etc/motd reconstructed"));  // replaced, not copied up
  CHECK(holds(lines, "copied up /etc/ from base 0 reconstructed"));
  const auto again = store.watch->arm(kContainer, store.key, store.layers, [](Payload) {});
  CHECK(code_of(again) == "watch.armed");
  store.watch->disarm(kContainer);
  store.watch->disarm(kContainer);
  CHECK(store.lines() == lines);
}

TEST_CASE("containers are told apart, and one that is not armed is refused") {
  if (!is_root("watch two")) return;
  Watched store;
  store.arm();
  const ContainerId other("c2");
  const SnapshotKey other_key("other");
  must(store.snapshots->prepare(other_key, store.layers, {}));
  Heard second;
  must(store.watch->arm(other, other_key, store.layers, second.emit()));
  store.run([] { append("/etc/motd", "!"); });
  edit(store.world(), other_key, [](auto& tree) { put_file(tree, "/mine", "m"); });
  store.watch->disarm(other);
  store.watch->disarm(kContainer);
  CHECK(holds(second.lines({}), "created /mine"));
  CHECK(count(second.lines({}), "written /etc/motd") == 0);
  CHECK(holds(store.lines(), "written /etc/motd"));
  CHECK(!holds(store.lines(), "created /mine"));
  CHECK(code_of(store.watch->enter(other, ::getpid())) == "watch.not-armed");
  CHECK(code_of(store.watch->arm(other, SnapshotKey("absent"), {}, [](Payload) {})) == "snapshot.not-found");
}
