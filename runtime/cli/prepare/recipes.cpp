// The two small images: busybox from the machine's static busybox, hello-world from our own program.
#include <unistd.h>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/neighbours.hpp"
#include "cli/prepare/base_image.hpp"
#include "cli/prepare/child_program.hpp"
#include "cli/prepare/elf.hpp"
#include "cli/prepare/small_tree.hpp"

namespace strates::cli {

namespace {

constexpr const char* kBusybox = "/bin/busybox";

// "BusyBox v1.35.0 (Debian ...) multi-call binary." to "1.35.0"
std::string busybox_version() {
  const auto said = run_program({kBusybox});
  if (!said.ok()) return "";
  const size_t at = said.value().output.find(" v");
  return at == std::string::npos ? "" : said.value().output.substr(at + 2, said.value().output.find(' ', at + 2) - at - 2);
}

bool is_plain_path(const std::string& path) {
  return !path.empty() && path.front() != '/' && clean_path(path) == path && !path.starts_with("..") && path.find_first_of("\t\r") == std::string::npos;
}

}  // namespace

std::string busybox_message() { return "busybox " + busybox_version() + " (busybox-static), prepared by strates"; }
std::string hello_message() { return "hello-world, prepared by strates"; }

Result<void> make_busybox(const std::string& path, const std::string&, const Progress& progress) {
  if (access(kBusybox, X_OK) != 0)
    return make_error(ErrorKind::NotFound, "prepare.busybox", tr(Text::PrepareImage, "busybox"), kBusybox, tr(Text::PrepareAbsent), tr(Text::DoctorBusyboxAdvice));
  if (!is_static_program(kBusybox))
    return make_error(ErrorKind::Invalid, "prepare.busybox", tr(Text::PrepareImage, "busybox"), kBusybox, tr(Text::PrepareNotStatic), tr(Text::DoctorBusyboxAdvice));
  const auto listed = TRY(run_program({kBusybox, "--list-full"}));
  SmallTree tree(modified(kBusybox));
  for (const char* name : {"dev", "home", "proc", "run", "sys", "usr/bin", "usr/sbin", "usr/lib", "var/log", "var/spool", "var/www"}) tree.directory(name);
  tree.directory("root", 0700);
  tree.directory("tmp", 01777);
  tree.directory("var/tmp", 01777);
  tree.text("etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nbin:x:2:2:bin:/bin:/bin/false\nsys:x:3:3:sys:/dev:/bin/false\n"
            "mail:x:8:8:mail:/var/spool/mail:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n");
  tree.text("etc/group", "root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\ntty:x:5:\ndisk:x:6:\nmail:x:8:\nwww-data:x:33:\nusers:x:100:\nnogroup:x:65534:\n");
  tree.text("etc/shadow", "root:*:::::::\ndaemon:*:::::::\nbin:*:::::::\nsys:*:::::::\nmail:*:::::::\nwww-data:*:::::::\nnobody:*:::::::\n", 0600);
  tree.text("etc/motd", "busybox\n");
  TRY(tree.file("bin/busybox", kBusybox, 0755));
  size_t applets = 0;
  for (const std::string& applet : split_lines(listed.output)) {
    if (!is_plain_path(applet) || applet == "bin/busybox") continue;
    tree.link(applet, applet.starts_with("bin/") && applet.find('/', 4) == std::string::npos ? "busybox" : kBusybox);
    ++applets;
  }
  if (applets == 0)
    return make_error(ErrorKind::Invalid, "prepare.busybox", tr(Text::PrepareImage, "busybox"), "busybox --list-full", tr(Text::PrepareNoApplets), tr(Text::DoctorBusyboxAdvice));
  progress(tr(Text::PrepareApplets, applets));
  return tree.write(path);
}

Result<void> make_hello(const std::string& path, const std::string&, const Progress&) {
  const std::string program = TRY(neighbour("strates-hello"));
  SmallTree tree(modified(program));
  TRY(tree.file("hello", program, 0755));
  return tree.write(path);
}

// As the simulator's catalogue, and as Docker's own base images.
constexpr const char* kPath = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const std::vector<BaseImage>& base_images() {
  static const std::vector<BaseImage> kImages = {
      {"busybox", {"CMD [\"sh\"]", kPath}, {}, busybox_message, make_busybox},
      {"hello-world", {"CMD [\"/hello\"]", kPath}, {}, hello_message, make_hello},
      {"debian", {"CMD [\"bash\"]", kPath}, {debian_codename()}, debian_message, make_debian},
  };
  return kImages;
}

}  // namespace strates::cli
