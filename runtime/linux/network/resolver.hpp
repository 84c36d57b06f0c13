// The resolver of containers on networks of their users: 127.0.0.11, port 53, inside each container's namespace, as Docker's. It knows the names of
// containers and asks the machine's name servers for the rest, from the machine's network.
//
// Docker redirects the port to a random one by rules in the container's namespace; here the socket has the port itself: no rule, and a container that is
// a name server itself binds its own addresses (all of them at once, 0.0.0.0, is taken for this port).
//
// Threads: any; the work is done by the reactor's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "engine/name_table.hpp"
#include "linux/network/reactor.hpp"

namespace strates::linux_world {

class Resolver {
 public:
  explicit Resolver(Reactor& reactor) : reactor_(reactor) {}
  ~Resolver();

  struct Sockets {
    UniqueFd udp, tcp;
  };
  // In the calling thread's namespace. code network.resolver
  static Result<Sockets> listen();
  // `servers`: addresses to ask, in order.
  void serve(const ContainerId& container, Sockets sockets, std::vector<std::string> servers, Emit emit);
  void stop(const ContainerId& container);
  void set_names(std::vector<engine::NetworkNames> networks, std::vector<engine::ContainerNames> containers);

 private:
  struct Client;   // one container
  struct Forward;  // one question under way to a name server
  struct Stream;   // one connection over TCP
  using Reply = std::function<void(const std::string& message)>;

  void read_datagrams(const std::shared_ptr<Client>& client);
  void accept(const std::shared_ptr<Client>& client);
  void read_stream(const std::shared_ptr<Stream>& stream);
  void answer(const std::shared_ptr<Client>& client, const std::string& query, Reply reply);
  void ask(const std::shared_ptr<Forward>& forward);
  void end_forward(const std::shared_ptr<Forward>& forward);

  Reactor& reactor_;
  engine::NameTable names_;
  std::map<std::string, std::shared_ptr<Client>> clients_;
  size_t forwards_ = 0;
};

}  // namespace strates::linux_world
