// engine::Spooler in memory. More than `limit` is code stream.too-large.
#pragma once

#include "engine/ports.hpp"

namespace strates::sim {

class SimSpooler : public engine::Spooler {
 public:
  Result<std::shared_ptr<Spool>> keep(ByteSource& from, std::uint64_t limit) override {
    return std::shared_ptr<Spool>(std::make_shared<StringSpool>(TRY(read_all(from, limit))));
  }
};

}  // namespace strates::sim
