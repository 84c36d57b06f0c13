// What the simulated debian image says about its packages: /var/lib/dpkg/status, in dpkg's format (deb822(5), dpkg-query(1)).
#pragma once

#include <string>

namespace strates::sim {

// The packages of Debian 12.0 that hold what the catalogue's image has.
std::string debian_package_status();

}  // namespace strates::sim
