#include "sim/catalogue.hpp"

#include "sim/catalogue_packages.hpp"
#include "sim/catalogue_texts.hpp"
#include "sim/catalogue_tree.hpp"
#include "sim/programs/program_table.hpp"

namespace strates::sim {

namespace {

struct TextFile {
  std::string_view path;
  std::uint32_t mode;
  std::string_view content;
};

struct Row {
  std::string_view name;
  Result<std::string> (*tar)();
  std::string_view path;  // PATH
  std::vector<std::string> (*command)();
};

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

constexpr TextFile kBusyboxFiles[] = {
    {"etc/group", 0644, kBusyboxGroup},
    {"etc/passwd", 0644, kBusyboxPasswd},
    {"etc/shadow", 0640, kBusyboxShadow},
};

constexpr TextFile kDebianFiles[] = {
    {"etc/debian_version", 0644, "12.0\n"},
    {"etc/group", 0644, kDebianGroup},
    {"etc/host.conf", 0644, "multi on\n"},
    {"etc/issue", 0644, "Debian GNU/Linux 12 \\n \\l\n\n"},
    {"etc/issue.net", 0644, "Debian GNU/Linux 12\n"},
    {"etc/ld.so.conf", 0644, "include /etc/ld.so.conf.d/*.conf\n\n"},
    {"etc/motd", 0644, kDebianMotd},
    {"etc/nsswitch.conf", 0644, kDebianNsswitch},
    {"etc/passwd", 0644, kDebianPasswd},
    {"etc/profile", 0644, kDebianProfile},
    {"etc/shadow", 0640, kDebianShadow},
    {"etc/shells", 0644, kDebianShells},
    {"etc/apt/sources.list", 0644, kDebianSources},
    {"root/.bashrc", 0644, kDebianBashrc},
    {"root/.profile", 0644, kDebianRootProfile},
    {"usr/lib/os-release", 0644, kDebianOsRelease},
};

template <size_t kCount>
void add_files(CatalogueTree& tree, const TextFile (&files)[kCount]) {
  for (const auto& file : files) tree.file(file.path, file.content, file.mode);
}

Result<std::string> busybox_tar() {
  CatalogueTree tree;
  for (const char* path : {"bin", "dev", "etc", "home", "proc", "sys", "usr/bin", "usr/sbin", "var/spool/mail"}) tree.directory(path);
  tree.directory("root", 0700);
  tree.directory("tmp", 01777);
  tree.program("bin/busybox", "busybox");
  for (const auto& applet : busybox_applets()) tree.link("bin/" + applet, "busybox");
  add_files(tree, kBusyboxFiles);
  return tree.tar();
}

Result<std::string> debian_tar() {
  CatalogueTree tree;
  for (const char* path : {"boot", "dev", "etc", "home", "media", "mnt", "opt", "proc", "run", "srv", "sys", "usr/bin", "usr/lib", "usr/lib64", "usr/sbin",
                           "usr/share", "usr/local/bin", "usr/local/sbin", "etc/apt/sources.list.d", "var/cache", "var/lib", "var/log", "var/mail", "var/spool"})
    tree.directory(path);
  tree.directory("root", 0700);
  tree.directory("run/lock", 01777);
  tree.directory("tmp", 01777);
  tree.directory("var/tmp", 01777);
  for (const char* name : {"bin", "lib", "lib64", "sbin"}) tree.link(name, std::string("usr/") + name);
  tree.link("etc/os-release", "../usr/lib/os-release");
  tree.link("var/run", "/run");
  tree.link("var/lock", "/run/lock");
  for (const auto& program : coreutils_programs()) tree.program("usr/bin/" + program, "coreutils");
  tree.program("usr/bin/dash", "dash");
  tree.link("usr/bin/sh", "dash");
  // The simulator has one POSIX shell; what only bash knows is refused by it.
  tree.link("usr/bin/bash", "dash");
  add_files(tree, kDebianFiles);
  tree.file("var/lib/dpkg/status", debian_package_status(), 0644);
  tree.own("etc/shadow", 0, 42);
  return tree.tar();
}

Result<std::string> hello_tar() {
  CatalogueTree tree;
  tree.program("hello", "hello");
  return tree.tar();
}

const Row kRows[] = {
    {"busybox", busybox_tar, kPath, [] { return std::vector<std::string>{"sh"}; }},
    {"debian", debian_tar, kPath, [] { return std::vector<std::string>{"bash"}; }},
    {"hello-world", hello_tar, kPath, [] { return std::vector<std::string>{"/hello"}; }},
};

}  // namespace

std::vector<std::string> catalogue_names() {
  std::vector<std::string> names;
  for (const auto& row : kRows) names.emplace_back(row.name);
  return names;
}

Result<CatalogueImage> catalogue_image(std::string_view name) {
  for (const auto& row : kRows) {
    if (row.name != name) continue;
    CatalogueImage image;
    image.name = row.name;
    image.reference = image.name + ":latest";
    image.tar = TRY(row.tar());
    image.config.env = image::StringList{"PATH=" + std::string(row.path)};
    image.config.cmd = row.command();
    image.created_by = "/bin/sh -c #(nop) ADD file:" + image.name + ".tar in / ";
    return image;
  }
  std::string known;
  for (const auto& row : kRows) known += (known.empty() ? "" : ", ") + std::string(row.name);
  return make_error(ErrorKind::NotFound, "catalogue.not-found", "find base image", name, "the simulator does not have it", "it has " + known);
}

std::string catalogue_tar(std::string_view name) {
  auto image = catalogue_image(name);
  return image.ok() ? std::move(image).value().tar : std::string();
}

}  // namespace strates::sim
