// engine::RemoteFiles over the transport (http and https): what the daemon gets for ADD and for a context that is a URL, spooled and bounded.
#pragma once

#include "engine/ports.hpp"

namespace strates::http {

class UrlFiles final : public engine::RemoteFiles {
 public:
  // Both outlive it.
  UrlFiles(Fetcher& fetcher, engine::Spooler& spooler) : fetcher_(fetcher), spooler_(spooler) {}
  // Any thread.
  Result<engine::RemoteFile> get(const std::string& url, std::uint64_t limit, const std::function<bool()>& cancelled) override;

 private:
  Fetcher& fetcher_;
  engine::Spooler& spooler_;
};

}  // namespace strates::http
