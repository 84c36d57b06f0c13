// A registry's control interface: the server's socket when one is running on that folder, otherwise the folder itself.
#pragma once

#include <memory>
#include <string>

#include "base/json.hpp"
#include "registry/program/machine.hpp"
#include "registry/program/shop.hpp"

namespace strates::registry::server {

struct LinkRequest {
  std::string method = "GET", target;
  HttpHeaders headers;
  ByteSource* body = nullptr;
};
struct LinkAnswer {
  int status = 0;
  HttpHeaders headers;
  std::string text;  // empty when the body went into a sink
  bool ok() const { return status >= 200 && status < 300; }
};

class Link {
 public:
  virtual ~Link() = default;
  // The body of a good answer goes into `to` when there is one.
  virtual Result<LinkAnswer> call(const LinkRequest& request, ByteSink* to = nullptr) = 0;
  // As JSON; a status of 400 and above is an error with the registry's own words.
  Result<Json> json(const LinkRequest& request);
};

// `options`: how the folder is opened when no server runs. code registry.busy: somebody holds it and does not answer.
Result<std::unique_ptr<Link>> open_link(const Machine& machine, const ShopOptions& options);
// The message of a registry's error body.
Error link_error(const LinkAnswer& answer, const std::string& object);

}  // namespace strates::registry::server
