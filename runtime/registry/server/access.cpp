#include "registry/server/access.hpp"

#include <charconv>

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "registry/server/errors.hpp"
#include "registry/server/route.hpp"

namespace strates::registry::server {

namespace {

constexpr Nanos kTokenLife = 300 * kSecond;
constexpr Nanos kRemembered = 300 * kSecond;
constexpr size_t kMostRemembered = 4096;
constexpr size_t kLongestSecret = 1024;
// A hash of nothing: an unknown name takes as long as a wrong password.
constexpr char kNobody[] = "$2y$10$abcdefghijklmnopqrstuuIxWyZ2WvG6PZ0z1mmf1tRzBvZ0b6M5S";

bool is_bcrypt(std::string_view hash) {
  return hash.size() == 60 && (hash.starts_with("$2y$") || hash.starts_with("$2b$") || hash.starts_with("$2a$"));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

std::string unhex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    out += static_cast<char>(value);
  }
  return out;
}

std::string xored(std::string key, char with) {
  for (char& c : key) c = static_cast<char>(c ^ with);
  return key;
}

}  // namespace

Result<Users> parse_htpasswd(std::string_view text) {
  Users users;
  size_t number = 0;
  const auto lines = split_lines(text);
  for (const std::string& raw : lines) {
    ++number;
    const std::string line(trim(raw));
    if (line.empty() || line[0] == '#') continue;
    const std::string where = "line " + std::to_string(number);
    const size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return make_error(ErrorKind::Invalid, "htpasswd.syntax", "read passwords", where, "name:hash is expected");
    const std::string hash = line.substr(colon + 1);
    if (!is_bcrypt(hash)) return make_error(ErrorKind::Invalid, "htpasswd.hash", "read passwords", where, "only bcrypt is taken", "make it with `htpasswd -B`");
    users[line.substr(0, colon)] = hash;
  }
  return users;
}

Access::Access(AccessPorts ports, Anonymous anonymous, std::string scheme)
    : ports_(std::move(ports)), anonymous_(anonymous), scheme_(std::move(scheme)), key_(ports_.random.bytes(64)) {}

// HMAC-SHA-256 (RFC 2104) with a key of one block, new at each start.
std::string Access::sign(std::string_view text) {
  return ports_.hasher.sha256_hex(xored(key_, 0x5c) + unhex(ports_.hasher.sha256_hex(xored(key_, 0x36) + std::string(text))));
}

bool Access::check_password(const std::string& name, const std::string& password) {
  const auto users = ports_.users();
  const auto found = users->find(name);
  // For a name that is nobody's as dear as for somebody's: how long the answer takes must not tell who exists.
  const std::string hash = found != users->end() ? found->second : users->empty() ? kNobody : users->begin()->second;
  const std::string mark = ports_.hasher.sha256_hex(key_ + std::to_string(name.size()) + ":" + name + hash + password);
  const std::lock_guard guard(mutex_);
  const Nanos now = ports_.clock.now();
  if (const auto known = right_.find(mark); found != users->end() && known != right_.end() && known->second > now) return true;
  const bool right = ports_.matches(password, hash) && found != users->end();
  if (right_.size() >= kMostRemembered) right_.clear();
  if (right) right_[mark] = now + kRemembered;
  return right;
}

Access::Who Access::check_basic(std::string_view encoded) {
  const auto decoded = base64_decode(trim(encoded));
  if (!decoded.ok() || decoded.value().size() > kLongestSecret) return Who::Wrong;
  const size_t colon = decoded.value().find(':');
  if (colon == std::string::npos) return Who::Wrong;
  return check_password(decoded.value().substr(0, colon), decoded.value().substr(colon + 1)) ? Who::User : Who::Wrong;
}

// "until.who.signature", who being r or w.
Access::Who Access::check_token(std::string_view token) {
  const auto parts = split(trim(token), '.');
  if (parts.size() != 3 || !equal_in_constant_time(sign(parts[0] + "." + parts[1]), parts[2])) return Who::Wrong;
  Nanos until = 0;
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), until);
  if (until < ports_.clock.now()) return Who::Wrong;
  return parts[1] == "w" ? Who::User : Who::Nobody;
}

Access::Who Access::identify(const HttpRequest& request) {
  const auto header = http_header(request.headers, "Authorization");
  if (!header) return Who::Nobody;
  const size_t blank = header->find(' ');
  const std::string scheme = to_lower(header->substr(0, blank)), rest = blank == std::string::npos ? "" : header->substr(blank + 1);
  if (scheme == "basic") return check_basic(rest);
  if (scheme == "bearer" && anonymous_ == Anonymous::Read) return check_token(rest);
  return Who::Wrong;
}

HttpResponse Access::challenge(const HttpRequest& request, Right right, Who who) {
  const auto found = find_route(request.path);
  const auto* route = std::get_if<Route>(&found);
  const std::string name = route == nullptr ? "" : route->name;
  const std::vector<std::string> actions = right == Right::Write ? std::vector<std::string>{"pull", "push"} : std::vector<std::string>{"pull"};
  HttpResponse response = refuse_unauthorized("authentication required", name, actions);
  if (anonymous_ == Anonymous::Nothing) {
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"strates\"");
    return response;
  }
  const std::string host = http_header(request.headers, "Host").value_or("localhost");
  std::string plain;
  for (const char c : host)
    if (c != '"' && c != '\\') plain += c;
  std::string challenge = "Bearer realm=\"" + scheme_ + "://" + plain + "/token\",service=\"strates\"";
  if (!name.empty()) challenge += ",scope=\"repository:" + name + ":" + join(actions, ",") + "\"";
  // A token that proves who asks, and is not enough: asking for another one helps nobody (RFC 6750, 3.1).
  if (who == Who::Nobody && http_header(request.headers, "Authorization")) challenge += ",error=\"insufficient_scope\"";
  response.headers.emplace_back("WWW-Authenticate", challenge);
  return response;
}

std::optional<HttpResponse> Access::refuse(const HttpRequest& request, Right right) {
  const Who who = identify(request);
  if (who == Who::User) return std::nullopt;
  const bool asks_who_i_am = request.path == "/v2/" || request.path == "/v2";
  const bool has_token = who == Who::Nobody && http_header(request.headers, "Authorization").has_value();
  // A first knock is told how to prove who it is: otherwise `docker login` would take any password.
  if (who == Who::Nobody && right == Right::Read && anonymous_ == Anonymous::Read && (!asks_who_i_am || has_token)) return std::nullopt;
  return challenge(request, right, who);
}

HttpResponse Access::token(const HttpRequest& request) {
  const Who who = identify(request);
  // A token proves no password: it is not traded for a newer one.
  const bool by_token = to_lower(http_header(request.headers, "Authorization").value_or("")).starts_with("bearer");
  if (who == Who::Wrong || by_token || anonymous_ == Anonymous::Nothing) {
    HttpResponse response = refuse_with_status(401, Code::Unauthorized, "incorrect username or password");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"strates\"");
    return response;
  }
  const std::string said = std::to_string(ports_.clock.now() + kTokenLife) + (who == Who::User ? ".w" : ".r");
  const std::string token = said + "." + sign(said);
  const Json json = {{"token", token}, {"access_token", token}, {"expires_in", kTokenLife / kSecond}, {"issued_at", rfc3339(ports_.clock.now())}};
  return {200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, dump_json(json) + "\n"};
}

}  // namespace strates::registry::server
