// overlayfs, one rule at a time (kernel documentation, filesystems/overlayfs.rst).
#include "sim_support.hpp"

namespace strates::sim {

using Write = Vfs::Write;

TEST_CASE("a file read stays in its layer") {
  Container c;
  CHECK(must(c.vfs->read("/etc/motd")) == "salut");
  CHECK(c.told() == "read /etc/motd image\n");
  CHECK(c.upper().root().entries.empty());
  must(c.vfs->stat("/etc/motd"));
  must(c.vfs->list("/etc"));
  CHECK(c.told() == "");
}

TEST_CASE("the first write copies the file up whole, its parents first") {
  Container c;
  must(c.vfs->write("/srv/sub/deep", "er", Write::Append, 0644));
  CHECK(c.told() == "copied-dir /srv 0 image\ncopied-dir /srv/sub 0 image\ncopied /srv/sub/deep 4 image\nwritten /srv/sub/deep\n");
  must(c.vfs->write("/srv/sub/deep", "!", Write::Append, 0644));
  CHECK(c.told() == "written /srv/sub/deep\n");
  CHECK(must(c.vfs->read("/srv/sub/deep")) == "deeper!");
  CHECK(c.told() == "read /srv/sub/deep container\n");
  const Node* parent = c.upper().find("srv");
  REQUIRE(parent != nullptr);
  CHECK(parent->mode == 01777);
  CHECK(parent->mtime == kThen);  // copying up changes nothing of the parent
}

TEST_CASE("truncating tells the bytes of the lower file too") {
  Container c;
  must(c.vfs->write("/etc/motd", "x", Write::Truncate, 0644));
  CHECK(c.told() == "copied-dir /etc 0 image\ncopied /etc/motd 5 image\nwritten /etc/motd\n");
}

TEST_CASE("copying up keeps attributes and the inode number, and the lower layer as it was") {
  Container c;
  const auto before = must(c.vfs->stat("/bin/tool"));
  must(c.vfs->change_mode("/bin/tool", 04700));
  CHECK(c.told() == "copied-dir /bin 0 image\ncopied /bin/tool 6 image\n");
  const auto after = must(c.vfs->stat("/bin/tool"));
  CHECK(after.inode == before.inode);
  CHECK(after.meta.mtime == before.meta.mtime);
  CHECK(after.meta.mode == 04700);
  CHECK(c.world.store.state().layers.at(c.base).tree.find("bin/tool")->mode == 04755);
}

TEST_CASE("a new file exists in the writable layer only, and leaves nothing when it goes") {
  Container c;
  must(c.vfs->write("/etc/new", "1", Write::Truncate, 0640));
  CHECK(c.told() == "copied-dir /etc 0 image\ncreated /etc/new\nwritten /etc/new\n");
  CHECK(must(c.vfs->stat("/etc/new")).meta.mode == 0640);
  must(c.vfs->unlink("/etc/new"));
  CHECK(c.told() == "removed /etc/new\n");
  CHECK(c.upper().find("etc/new") == nullptr);
  CHECK(testing::code_of(c.vfs->stat("/etc/new")) == "errno.ENOENT");
}

TEST_CASE("removing a lower file lays a whiteout, also when it had been copied up") {
  Container c;
  must(c.vfs->unlink("/etc/motd"));
  CHECK(c.told() == "copied-dir /etc 0 image\nwhiteout /etc/motd image\n");
  CHECK(c.upper().find("etc/motd")->kind == Kind::Whiteout);
  CHECK(must(c.vfs->list("/etc")) == std::vector<std::string>{"group", "passwd"});
  must(c.vfs->write("/etc/group", "x", Write::Append, 0));
  c.told();
  must(c.vfs->unlink("/etc/group"));
  CHECK(c.told() == "whiteout /etc/group image\n");
  CHECK(c.upper().find("etc/group")->kind == Kind::Whiteout);
}

TEST_CASE("a file made over a whiteout is new, and a whiteout comes back when it goes") {
  Container c;
  must(c.vfs->unlink("/etc/motd"));
  c.told();
  must(c.vfs->write("/etc/motd", "n", Write::Truncate, 0600));
  CHECK(c.told() == "created /etc/motd\nwritten /etc/motd\n");
  CHECK(must(c.vfs->stat("/etc/motd")).meta.mode == 0600);
  must(c.vfs->unlink("/etc/motd"));
  CHECK(c.told() == "whiteout /etc/motd image\n");
}

TEST_CASE("a directory made over a whiteout is opaque and shows nothing of below") {
  Container c;
  CHECK(code(c.vfs->remove_directory("/srv")) == "errno.ENOTEMPTY");
  must(c.vfs->unlink("/srv/a"));
  must(c.vfs->unlink("/srv/sub/deep"));
  must(c.vfs->remove_directory("/srv/sub"));
  must(c.vfs->remove_directory("/srv"));
  CHECK(c.told() ==
        "copied-dir /srv 0 image\nwhiteout /srv/a image\ncopied-dir /srv/sub 0 image\nwhiteout /srv/sub/deep image\nwhiteout /srv/sub image\n"
        "whiteout /srv image\n");
  must(c.vfs->make_directory("/srv", 0700));
  CHECK(c.told() == "mkdir /srv\nopaque /srv\n");
  CHECK(must(c.vfs->list("/srv")).empty());
  CHECK(c.upper().find("srv")->opaque);
  must(c.vfs->make_directory("/srv/sub", 0755));
  CHECK(c.told() == "mkdir /srv/sub\n");  // nothing below shows: nothing to hide
  must(c.vfs->remove_directory("/srv/sub"));
  CHECK(c.told() == "removed /srv/sub\n");
}

TEST_CASE("a directory of a lower layer cannot be renamed, one of the container can") {
  Container c;
  CHECK(code(c.vfs->rename("/srv", "/moved")) == "errno.EXDEV");
  CHECK(c.told() == "");
  must(c.vfs->write("/srv/new", "", Write::Truncate, 0644));  // srv is merged now
  CHECK(code(c.vfs->rename("/srv", "/moved")) == "errno.EXDEV");
  must(c.vfs->make_directory("/own", 0755));
  must(c.vfs->write("/own/x", "x", Write::Truncate, 0644));
  c.told();
  must(c.vfs->rename("/own", "/bin/own"));
  CHECK(c.told() == "copied-dir /bin 0 image\nmkdir /bin/own\nremoved /own\n");
  CHECK(must(c.vfs->read("/bin/own/x")) == "x");
}

TEST_CASE("renaming a lower file copies it up and hides the old name") {
  Container c;
  must(c.vfs->rename("/etc/motd", "/srv/motd"));
  CHECK(c.told() == "copied-dir /etc 0 image\ncopied /etc/motd 5 image\ncopied-dir /srv 0 image\ncreated /srv/motd\nwhiteout /etc/motd image\n");
  CHECK(must(c.vfs->read("/srv/motd")) == "salut");
  CHECK(c.diff() == "C /etc\nD /etc/motd\nC /srv\nA /srv/motd\n");
  c.told();
  must(c.vfs->rename("/srv/motd", "/etc/group"));  // over a lower file
  CHECK(must(c.vfs->read("/etc/group")) == "salut");
  CHECK(c.upper().find("srv/motd") == nullptr);
}

TEST_CASE("an own directory moved over a removed lower one is opaque") {
  Container c;
  must(c.vfs->unlink("/srv/sub/deep"));
  must(c.vfs->remove_directory("/srv/sub"));
  must(c.vfs->make_directory("/own", 0755));
  c.told();
  must(c.vfs->rename("/own", "/srv/sub"));
  CHECK(c.told() == "mkdir /srv/sub\nopaque /srv/sub\nremoved /own\n");
  CHECK(must(c.vfs->list("/srv/sub")).empty());
}

TEST_CASE("rename says what rename says") {
  Container c;
  must(c.vfs->make_directory("/d", 0755));
  must(c.vfs->make_directory("/e", 0755));
  must(c.vfs->write("/e/x", "", Write::Truncate, 0644));
  CHECK(code(c.vfs->rename("/etc/motd", "/d")) == "errno.EISDIR");
  CHECK(code(c.vfs->rename("/d", "/etc/motd")) == "errno.ENOTDIR");
  CHECK(code(c.vfs->rename("/d", "/e")) == "errno.ENOTEMPTY");
  CHECK(code(c.vfs->rename("/e", "/e/f")) == "errno.EINVAL");
  CHECK(code(c.vfs->rename("/absent", "/f")) == "errno.ENOENT");
  CHECK(code(c.vfs->rename("/d", "/dev/d")) == "errno.EXDEV");
  CHECK(code(c.vfs->rename("/dev", "/d")) == "errno.EXDEV");
  must(c.vfs->rename("/e", "/d"));
  CHECK(must(c.vfs->list("/d")) == std::vector<std::string>{"x"});
}

TEST_CASE("copying up breaks hard links (index=off), links of the writable layer hold") {
  Container c({file_item("first", "12"), link_item("second", "first", image::EntryType::HardLink)});
  CHECK(must(c.vfs->stat("/first")).inode == must(c.vfs->stat("/second")).inode);
  CHECK(must(c.vfs->stat("/first")).links == 2);
  must(c.vfs->write("/second", "3", Write::Append, 0));
  CHECK(must(c.vfs->read("/first")) == "12");
  CHECK(must(c.vfs->read("/second")) == "123");
  CHECK(must(c.vfs->stat("/first")).inode != must(c.vfs->stat("/second")).inode);
  CHECK(must(c.vfs->stat("/second")).links == 1);
  must(c.vfs->link("/second", "/third"));
  must(c.vfs->write("/third", "4", Write::Append, 0));
  CHECK(must(c.vfs->read("/second")) == "1234");
  CHECK(must(c.vfs->stat("/third")).links == 2);
  must(c.vfs->rename("/second", "/third"));  // two names of one file: nothing happens
  CHECK(must(c.vfs->lstat("/second")).links == 2);
  CHECK(code(c.vfs->link("/third", "/first")) == "errno.EEXIST");
  must(c.vfs->make_directory("/d", 0755));
  CHECK(code(c.vfs->link("/d", "/e")) == "errno.EPERM");
}

TEST_CASE("the layer that a file is read from is the first that has it") {
  Store world;
  const auto base = world.import({}, {directory_item("etc"), file_item("etc/a", "1"), file_item("etc/b", "1")});
  const auto top = world.import(base, {file_item("etc/b", "2")});
  must(world.snapshots.prepare(SnapshotKey("k"), {base, top}, {{"etc/init", file_item("", "").entry.meta}}));
  std::vector<std::string> layers;
  must(world.watch.arm(ContainerId("c"), SnapshotKey("k"), {}, [&](Payload what) {
    const auto& fact = std::get<event::FileRead>(std::get<event::File>(what));
    layers.push_back(fact.layer);
    CHECK(fact.container == ContainerId("c"));
    CHECK(fact.pid == 9);
  }));
  must(world.watch.enter(ContainerId("c"), 9));
  auto vfs = must(world.snapshots.open_vfs("k"));
  for (const char* path : {"/etc/a", "/etc/b", "/etc/init"}) must(vfs->read(path));
  CHECK(layers == std::vector<std::string>{base.str(), top.str(), "init"});
  world.watch.disarm(ContainerId("c"));
  CHECK(!world.watch.armed(ContainerId("c")));
  must(vfs->read("/etc/a"));
  CHECK(layers.size() == 3);
}

TEST_CASE("the modification time of a directory moves when its names do") {
  Container c;
  const Nanos before = must(c.vfs->stat("/etc")).meta.mtime;
  must(c.vfs->write("/etc/motd", "x", Write::Append, 0));
  CHECK(must(c.vfs->stat("/etc")).meta.mtime == before);
  must(c.vfs->write("/etc/new", "x", Write::Append, 0644));
  CHECK(must(c.vfs->stat("/etc")).meta.mtime > before);
  must(c.vfs->set_times("/etc", kThen));
  must(c.vfs->unlink("/etc/new"));
  CHECK(must(c.vfs->stat("/etc")).meta.mtime > kThen);
}

TEST_CASE("opening for writing copies up even when nothing is written") {
  Container c;
  must(c.vfs->write("/etc/motd", "", Write::Append, 0));
  CHECK(c.told() == "copied-dir /etc 0 image\ncopied /etc/motd 5 image\n");
  CHECK(c.diff() == "");
}

TEST_CASE("two views of a container see one file system, two containers two") {
  Container c;
  auto other_view = must(c.world.snapshots.open_vfs("c"));
  must(other_view->write("/tmp-file", "1", Write::Truncate, 0644));
  CHECK(must(c.vfs->read("/tmp-file")) == "1");
  must(c.world.snapshots.prepare(SnapshotKey("d"), {c.base}, {}));
  auto stranger = must(c.world.snapshots.open_vfs("d"));
  CHECK(testing::code_of(stranger->read("/tmp-file")) == "errno.ENOENT");
  CHECK(testing::code_of(c.world.snapshots.open_vfs("absent")) == "snapshot.not-found");
}

TEST_CASE("moves cannot build a tree deeper than a path") {
  Store world;
  Tree upper;
  const auto directory = [] { return make_node(directory_item("").entry.meta, {}, 1); };
  std::string d, e;
  for (int i = 0; i < 1100; ++i) upper.put(d = join_relative(d, "d"), directory());
  for (int i = 0; i < 900; ++i) upper.put(e = join_relative(e, "e"), directory());
  std::string f;
  for (int i = 0; i < 100; ++i) upper.put(f = join_relative(f, "f"), directory());
  UnionTree tree(upper, {}, world.store.state().inodes, world.clock, nullptr);
  must(tree.rename("e", d + "/e"));
  CHECK(tree.find(d + "/" + e).has_value());
  CHECK(code(tree.rename("f", d + "/" + e + "/f")) == "errno.ENAMETOOLONG");
  CHECK(code(tree.rename("f", d + "/f")) == "(it worked)");
}

}  // namespace strates::sim
