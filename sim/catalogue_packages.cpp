#include "sim/catalogue_packages.hpp"

#include <string_view>

namespace strates::sim {

namespace {

struct Package {
  std::string_view name, essential, priority, section, installed_size, maintainer, version, description;
};

constexpr Package kPackages[] = {
    {"apt", "no", "required", "admin", "4232", "APT Development Team <deity@lists.debian.org>", "2.6.1", "commandline package manager"},
    {"base-files", "yes", "required", "admin", "346", "Santiago Vila <sanvila@debian.org>", "12.4", "Debian base system miscellaneous files"},
    {"base-passwd", "no", "required", "admin", "243", "Colin Watson <cjwatson@debian.org>", "3.6.1", "Debian base system master password and group files"},
    {"bash", "yes", "required", "shells", "7164", "Matthias Klose <doko@debian.org>", "5.2.15-2+b2", "GNU Bourne Again SHell"},
    {"coreutils", "yes", "required", "utils", "18062", "Michael Stone <mstone@debian.org>", "9.1-1", "GNU core utilities"},
    {"dash", "yes", "required", "shells", "198", "Andrej Shadura <andrewsh@debian.org>", "0.5.12-2", "POSIX-compliant shell"},
    {"debianutils", "yes", "required", "utils", "241", "Ileana Dumitrescu <ileanadumitrescu95@gmail.com>", "5.7-0.4", "Miscellaneous utilities specific to Debian"},
    {"dpkg", "yes", "required", "admin", "6440", "Dpkg Developers <debian-dpkg@lists.debian.org>", "1.21.22", "Debian package management system"},
    {"findutils", "yes", "required", "utils", "1941", "Andreas Metzler <ametzler@debian.org>", "4.9.0-4", "utilities for finding files--find, xargs"},
    {"grep", "yes", "required", "utils", "1271", "Anibal Monsalve Salazar <anibal@debian.org>", "3.8-5", "GNU grep, egrep and fgrep"},
    {"hostname", "yes", "required", "admin", "50", "Michael Meskes <meskes@debian.org>", "3.23+nmu1", "utility to set/show the host name or domain name"},
    {"libc-bin", "yes", "required", "libs", "1916", "GNU Libc Maintainers <debian-glibc@lists.debian.org>", "2.36-9", "GNU C Library: Binaries"},
    {"libc6", "no", "optional", "libs", "12986", "GNU Libc Maintainers <debian-glibc@lists.debian.org>", "2.36-9", "GNU C Library: Shared libraries"},
    {"login", "yes", "required", "admin", "2644", "Shadow package maintainers <pkg-shadow-devel@lists.alioth.debian.org>", "1:4.13+dfsg1-1+b1", "system login tools"},
    {"ncurses-base", "yes", "required", "misc", "395", "Craig Small <csmall@debian.org>", "6.4-4", "basic terminal type definitions"},
    {"sed", "yes", "required", "utils", "987", "Clint Adams <clint@debian.org>", "4.9-1", "GNU stream editor for filtering/transforming text"},
    {"tar", "yes", "required", "utils", "3121", "Janos Lenart <ocsi@debian.org>", "1.34+dfsg-1.2", "GNU version of the tar archiving utility"},
    {"util-linux", "yes", "required", "utils", "5032", "util-linux packagers <util-linux@packages.debian.org>", "2.38.1-5+b1", "miscellaneous system utilities"},
};

void field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += '\n';
}

}  // namespace

std::string debian_package_status() {
  std::string out;
  for (const Package& package : kPackages) {
    field(out, "Package", package.name);
    if (package.essential == "yes") field(out, "Essential", "yes");
    field(out, "Status", "install ok installed");
    field(out, "Priority", package.priority);
    field(out, "Section", package.section);
    field(out, "Installed-Size", package.installed_size);
    field(out, "Maintainer", package.maintainer);
    field(out, "Architecture", "amd64");
    field(out, "Version", package.version);
    field(out, "Description", package.description);
    out += '\n';
  }
  return out;
}

}  // namespace strates::sim
