// Who may read and who may write: users of an htpasswd file (bcrypt), Basic authentication, and tokens where anonymous clients may read.
//
// With anonymous reading the challenge is a Bearer one: a client that asks for a token without a name gets one that reads, and `docker login` with a wrong
// password is refused. Without it the challenge is Basic. Any thread; passwords are compared one at a time, and a right one is remembered for a while.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/http.hpp"
#include "engine/ports.hpp"

namespace strates::registry::server {

// Compares a password with its hash ("$2y$05$..."); a hash that is no bcrypt one matches nothing. Slow on purpose.
using PasswordCheck = std::function<bool(const std::string& password, const std::string& hash)>;
using Users = std::map<std::string, std::string>;  // name to hash

// Lines "name:hash"; empty lines and # comments are passed over. codes htpasswd.syntax, htpasswd.hash (only bcrypt is taken: htpasswd -B).
Result<Users> parse_htpasswd(std::string_view text);

enum class Right { Read, Write };
enum class Anonymous { Nothing, Read };

struct AccessPorts {
  std::function<std::shared_ptr<const Users>()> users;  // asked at each request: the file may change
  PasswordCheck matches;
  engine::Hasher& hasher;
  engine::Random& random;
  Clock& clock;
};

class Access {
 public:
  // `scheme`: how clients come, "http" or "https"; the address for tokens begins with it.
  Access(AccessPorts ports, Anonymous anonymous, std::string scheme);
  // None: go on.
  std::optional<HttpResponse> refuse(const HttpRequest& request, Right right);
  // GET /token: {"token": ...} for the user of the request, or for nobody.
  HttpResponse token(const HttpRequest& request);

 private:
  enum class Who { Nobody, User, Wrong };
  Who identify(const HttpRequest& request);
  Who check_basic(std::string_view encoded);
  Who check_token(std::string_view token);
  bool check_password(const std::string& name, const std::string& password);
  std::string sign(std::string_view text);
  HttpResponse challenge(const HttpRequest& request, Right right, Who who);

  AccessPorts ports_;
  const Anonymous anonymous_;
  const std::string scheme_;
  const std::string key_;
  std::mutex mutex_;
  std::map<std::string, Nanos> right_;  // digest of name, password and hash, to when it is forgotten
};

}  // namespace strates::registry::server
