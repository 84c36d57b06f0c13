// A registry put together: its disk, what is decided over it, and the handlers for the network and for the control socket.
#pragma once

#include <memory>
#include <string>

#include "registry/program/machine.hpp"
#include "registry/server/registry.hpp"

namespace strates::registry::server {

struct ShopOptions {
  std::string root, mirror_url;
  Credentials mirror_login;  // none: its mirror asks as nobody in particular
  Options registry;
  MirrorOptions mirror;
  std::string htpasswd;  // empty: everybody may do everything
  Anonymous anonymous = Anonymous::Nothing;
  std::string scheme = "http";
};

class Shop {
 public:
  static Result<std::unique_ptr<Shop>> open(const Machine& machine, const ShopOptions& options);
  ~Shop();

  // Ends what its handlers wait for. Any thread.
  void stop() {
    if (mirror_) mirror_->stop();
  }
  HttpResponse handle(const HttpRequest& request) { return registry_->handle(request); }
  // Whoever may open the socket owns the folder: no password is asked, and what follows works besides the registry's own endpoints.
  //   POST /control/gc?untagged=1&grace=SECONDS
  //   PUT  /control/manifest?name=&tag=&type=       as a mirror keeps it
  //   GET  /control/debian                          PUT /control/debian?file=&digest=&control=LENGTH
  //     (the body: that many bytes of its control paragraph, then the package)
  //   GET  /control/mirror                          {"url": "..."}
  HttpResponse control(const HttpRequest& request);

 private:
  Shop() = default;
  HttpResponse collect(const HttpRequest& request);
  HttpResponse put_manifest(const HttpRequest& request);
  HttpResponse put_package(const HttpRequest& request);
  HttpResponse packages();

  ShopOptions options_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Contents> contents_;
  std::unique_ptr<DebianShelf> shelf_;
  std::unique_ptr<Upstream> upstream_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<Registry> registry_, trusted_;
};

std::string control_socket(const std::string& root);

}  // namespace strates::registry::server
