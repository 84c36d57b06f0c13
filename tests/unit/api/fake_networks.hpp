// Networks for the API's tests: says what was called, answers what was put in.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.hpp"

namespace strates::testing {

class FakeNetworks : public engine::EngineNetworks {
 public:
  std::vector<engine::NetworkView> all;
  std::vector<std::string> calls;
  engine::NetworkRequest created;
  engine::Endpoint connected;

  Result<engine::NetworkReply> create_network(const engine::NetworkRequest& request) override {
    created = request;
    return engine::NetworkReply{"n1", ""};
  }
  Result<engine::NetworkView> network(const std::string& name) override {
    for (const auto& view : all)
      if (view.record.name == name) return view;
    return docker_error(ErrorKind::NotFound, "network.not-found", "network " + name + " not found");
  }
  Result<std::vector<engine::NetworkView>> networks(const std::vector<std::pair<std::string, std::string>>&) override { return all; }
  Result<void> remove_network(const std::string& name) override { return note("remove " + name); }
  Result<void> connect(const std::string& network, const std::string& container, const engine::Endpoint& asked) override {
    connected = asked;
    return note("connect " + network + " " + container);
  }
  Result<void> disconnect(const std::string& network, const std::string& container, engine::Disconnect how) override {
    return note("disconnect " + network + " " + container + (how == engine::Disconnect::Forced ? " forced" : ""));
  }

  std::unique_ptr<engine::Subscription> watch_packets() override {
    calls.push_back("watch packets");
    return std::make_unique<engine::Subscription>();
  }

 private:
  Result<void> note(std::string what) {
    calls.push_back(std::move(what));
    return {};
  }
};

}  // namespace strates::testing
