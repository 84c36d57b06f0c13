// What the program needs of the machine; its main.cpp names it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "registry/client/session.hpp"
#include "registry/server/access.hpp"
#include "registry/server/disk.hpp"
#include "registry/server/upstream.hpp"

namespace strates::registry::server {

struct Machine {
  engine::Hasher& hasher;
  engine::Random& random;
  Clock& clock;
  engine::Spooler& spooler;
  std::function<Result<std::unique_ptr<Disk>>(const std::string& root)> open_disk;
  std::function<Result<std::unique_ptr<Upstream>>(const std::string& url, const Credentials&)> upstream;
  PasswordCheck password_matches;
  std::function<Result<std::string>(const std::string& password)> password_hash;
};

}  // namespace strates::registry::server
