// The kernel's packet rules through libnftables. One object for one namespace: that of the thread that opened it. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"

struct nft_ctx;

namespace strates::linux_world {

class PacketRules {
 public:
  static Result<PacketRules> open();
  // All commands or none. code network.nft: the cause is nft's own first line, EPERM and "not supported" among them
  Result<void> apply(const std::string& commands);
  // What is there, as text; empty when there is nothing. With handles, rules can be deleted one by one.
  enum class Handles { No, Yes };
  Result<std::string> list(const std::string& what, Handles handles = Handles::No);

 private:
  explicit PacketRules(nft_ctx* context) : context_(context) {}
  struct Closer {
    void operator()(nft_ctx* context) const;
  };
  std::unique_ptr<nft_ctx, Closer> context_;
};

}  // namespace strates::linux_world
