#include "linux/network/netlink.hpp"

#include <linux/if_addr.h>
#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace strates::linux_world {

namespace {

template <auto kPut>
struct Put {
  template <typename T>
  void operator()(T* object) const {
    kPut(object);
  }
};
using Link = std::unique_ptr<rtnl_link, Put<rtnl_link_put>>;
using Address = std::unique_ptr<rtnl_addr, Put<rtnl_addr_put>>;
using Route = std::unique_ptr<rtnl_route, Put<rtnl_route_put>>;
using NlAddress = std::unique_ptr<nl_addr, Put<nl_addr_put>>;
using Cache = std::unique_ptr<nl_cache, Put<nl_cache_free>>;

Error failed(const std::string& operation, const std::string& object, int number) {
  const bool forbidden = number == -NLE_PERM || number == -NLE_NOACCESS;
  return make_error(forbidden ? ErrorKind::Forbidden : ErrorKind::Internal, "network.netlink", operation, object, std::string(nl_geterror(number)));
}

Result<void> check(int result, const std::string& operation, const std::string& object) {
  if (result < 0) return failed(operation, object, result);
  return success();
}

NlAddress nl_address(const IpAddress& address, int length) {
  NlAddress out(nl_addr_build(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), address.v6 ? 16 : 4));
  if (out) nl_addr_set_prefixlen(out.get(), length);
  return out;
}

void set_mac(rtnl_link* link, const std::string& mac) {
  nl_addr* parsed = nullptr;
  if (nl_addr_parse(mac.c_str(), AF_LLC, &parsed) < 0) return;
  const NlAddress owned(parsed);
  rtnl_link_set_addr(link, parsed);
}

std::optional<IpPrefix> prefix_of(const nl_addr* address) {
  if (address == nullptr) return std::nullopt;
  IpPrefix out;
  const int family = nl_addr_get_family(address);
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  out.address.v6 = family == AF_INET6;
  const auto* bytes = static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address));
  const auto count = std::min<size_t>(nl_addr_get_len(address), 16);
  std::copy(bytes, bytes + count, out.address.bytes.begin());
  out.length = static_cast<int>(nl_addr_get_prefixlen(address));
  return out;
}

}  // namespace

void Netlink::Closer::operator()(nl_sock* socket) const { nl_socket_free(socket); }

Netlink::Netlink(nl_sock* socket) : socket_(socket) {}

Result<Netlink> Netlink::open() {
  nl_sock* socket = nl_socket_alloc();
  if (socket == nullptr) return make_error(ErrorKind::Internal, "network.netlink", "open", "rtnetlink", "no memory");
  Netlink out(socket);
  TRY(check(nl_connect(socket, NETLINK_ROUTE), "open", "rtnetlink"));
  return out;
}

std::optional<int> Netlink::index(const std::string& name) {
  rtnl_link* found = nullptr;
  if (rtnl_link_get_kernel(socket_.get(), 0, name.c_str(), &found) < 0) return std::nullopt;
  const Link link(found);
  return rtnl_link_get_ifindex(found);
}

Result<void> Netlink::make_bridge(const std::string& name, const std::string& mac, int mtu) {
  const Link link(rtnl_link_bridge_alloc());
  rtnl_link_set_name(link.get(), name.c_str());
  rtnl_link_set_mtu(link.get(), static_cast<unsigned>(mtu));
  // Given, so that it does not follow whichever container came first.
  set_mac(link.get(), mac);
  return check(rtnl_link_add(socket_.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL), "make bridge", name);
}

Result<void> Netlink::make_veth(const VethSpec& spec) {
  const Link link(rtnl_link_veth_alloc());
  rtnl_link_set_name(link.get(), spec.name.c_str());
  rtnl_link_set_master(link.get(), spec.bridge);
  rtnl_link_set_mtu(link.get(), static_cast<unsigned>(spec.mtu));
  rtnl_link_set_flags(link.get(), IFF_UP);
  rtnl_link* peer = rtnl_link_veth_get_peer(link.get());
  rtnl_link_set_name(peer, spec.peer_name.c_str());
  rtnl_link_set_mtu(peer, static_cast<unsigned>(spec.mtu));
  set_mac(peer, spec.peer_mac);
  rtnl_link_set_txqlen(peer, 0);
  rtnl_link_set_ns_fd(peer, spec.peer_namespace);
  const int added = rtnl_link_add(socket_.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL);
  rtnl_link_put(peer);  // get_peer took a reference
  return check(added, "make pair of interfaces", spec.name);
}

Result<void> Netlink::set_up(int index) {
  const Link known(rtnl_link_alloc()), change(rtnl_link_alloc());
  rtnl_link_set_ifindex(known.get(), index);
  rtnl_link_set_flags(change.get(), IFF_UP);
  return check(rtnl_link_change(socket_.get(), known.get(), change.get(), 0), "bring up interface", std::to_string(index));
}

Result<void> Netlink::set_alias(int index, const std::string& alias) {
  const Link known(rtnl_link_alloc()), change(rtnl_link_alloc());
  rtnl_link_set_ifindex(known.get(), index);
  rtnl_link_set_ifalias(change.get(), alias.c_str());
  return check(rtnl_link_change(socket_.get(), known.get(), change.get(), 0), "name interface", std::to_string(index));
}

Result<std::string> Netlink::alias(const std::string& name) {
  rtnl_link* found = nullptr;
  TRY(check(rtnl_link_get_kernel(socket_.get(), 0, name.c_str(), &found), "read interface", name));
  const Link link(found);
  const char* text = rtnl_link_get_ifalias(found);
  return std::string(text == nullptr ? "" : text);
}

Result<void> Netlink::add_address(int index, const IpPrefix& prefix) {
  const Address address(rtnl_addr_alloc());
  const NlAddress local = nl_address(prefix.address, prefix.length);
  rtnl_addr_set_ifindex(address.get(), index);
  rtnl_addr_set_local(address.get(), local.get());
  if (!prefix.address.v6) {
    const NlAddress broadcast = nl_address(prefix.last(), 32);
    rtnl_addr_set_broadcast(address.get(), broadcast.get());
  } else {
    rtnl_addr_set_flags(address.get(), IFA_F_NODAD);  // the engine knows who has it
  }
  return check(rtnl_addr_add(socket_.get(), address.get(), 0), "give address", prefix.text());
}

Result<void> Netlink::add_default_route(int index, const IpAddress& gateway) {
  const Route route(rtnl_route_alloc());
  const NlAddress via = nl_address(gateway, gateway.bits());
  const NlAddress everything = nl_address(IpAddress{{}, gateway.v6}, 0);
  rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(gateway.v6 ? AF_INET6 : AF_INET));
  rtnl_route_set_dst(route.get(), everything.get());
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  rtnl_route_nh_set_gateway(hop, via.get());
  rtnl_route_nh_set_ifindex(hop, index);
  rtnl_route_add_nexthop(route.get(), hop);  // the route's from now on
  return check(rtnl_route_add(socket_.get(), route.get(), 0), "add default route by", gateway.text());
}

Result<void> Netlink::remove_default_routes(bool v6) {
  nl_cache* all = nullptr;
  TRY(check(rtnl_route_alloc_cache(socket_.get(), v6 ? AF_INET6 : AF_INET, 0, &all), "read", "routes"));
  const Cache cache(all);
  for (nl_object* at = nl_cache_get_first(all); at != nullptr; at = nl_cache_get_next(at)) {
    auto* route = reinterpret_cast<rtnl_route*>(at);
    const nl_addr* to = rtnl_route_get_dst(route);
    const bool way = to == nullptr || nl_addr_get_prefixlen(to) == 0;
    if (way && rtnl_route_get_table(route) == RT_TABLE_MAIN && rtnl_route_get_type(route) == RTN_UNICAST)
      TRY(check(rtnl_route_delete(socket_.get(), route, 0), "remove", "default route"));
  }
  return success();
}

Result<void> Netlink::remove_link(int index) {
  const Link link(rtnl_link_alloc());
  rtnl_link_set_ifindex(link.get(), index);
  const int removed = rtnl_link_delete(socket_.get(), link.get());
  if (removed == -NLE_NODEV || removed == -NLE_OBJ_NOTFOUND) return success();
  return check(removed, "remove interface", std::to_string(index));
}

Result<std::vector<NamedInterface>> Netlink::interfaces() {
  nl_cache* all = nullptr;
  TRY(check(rtnl_link_alloc_cache(socket_.get(), AF_UNSPEC, &all), "read", "interfaces"));
  const Cache cache(all);
  std::vector<NamedInterface> out;
  for (nl_object* at = nl_cache_get_first(all); at != nullptr; at = nl_cache_get_next(at)) {
    auto* link = reinterpret_cast<rtnl_link*>(at);
    const char* alias = rtnl_link_get_ifalias(link);
    out.push_back({rtnl_link_get_name(link), alias == nullptr ? "" : alias});
  }
  return out;
}

Result<std::vector<IpPrefix>> Netlink::routed(const std::vector<std::string>& without) {
  std::vector<int> hidden;
  for (const auto& name : without)
    if (const auto number = index(name)) hidden.push_back(*number);
  nl_cache* all = nullptr;
  TRY(check(rtnl_route_alloc_cache(socket_.get(), AF_UNSPEC, 0, &all), "read", "routes"));
  const Cache cache(all);
  std::vector<IpPrefix> out;
  for (nl_object* at = nl_cache_get_first(all); at != nullptr; at = nl_cache_get_next(at)) {
    auto* route = reinterpret_cast<rtnl_route*>(at);
    rtnl_nexthop* hop = rtnl_route_get_nnexthops(route) > 0 ? rtnl_route_nexthop_n(route, 0) : nullptr;
    if (hop != nullptr && std::find(hidden.begin(), hidden.end(), rtnl_route_nh_get_ifindex(hop)) != hidden.end()) continue;
    const auto to = prefix_of(rtnl_route_get_dst(route));
    if (rtnl_route_get_type(route) == RTN_UNICAST && to && to->length > 0) out.push_back(to->network());
  }
  return out;
}

}  // namespace strates::linux_world
