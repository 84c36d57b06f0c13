// Programs that show and try a container's network, as busybox 1.35 prints them: ip, ifconfig, hostname -i, ping, nslookup.
#include <algorithm>
#include <cstdio>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/options.hpp"
#include "sim/programs/start.hpp"
#include "sim/sim_networks.hpp"

namespace strates::sim {

namespace {

constexpr std::string_view kLinks = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n";
constexpr std::string_view kLoopback = "    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n";

const engine::SandboxSpec& sandbox_of(Process& self) {
  static const engine::SandboxSpec kNone;
  const auto& options = self.kernel.options();
  const auto* found = options.networks == nullptr ? nullptr : options.networks->sandbox(options.sandbox);
  return found == nullptr ? kNone : *found;
}

// /etc/hosts, then the engine's resolver where the container has one.
std::optional<IpAddress> resolve(Process& self, const std::string& name) {
  if (const auto address = IpAddress::parse(name)) return address;
  if (const auto text = self.vfs().read("/etc/hosts"); text.ok())
    for (const auto& line : split_lines(text.value())) {
      std::vector<std::string> words;
      for (auto& word : split(replace_all(line, "\t", " "), ' '))
        if (!word.empty()) words.push_back(std::move(word));
      const auto address = words.empty() ? std::nullopt : IpAddress::parse(words.front());
      if (address && !address->v6 && std::find(words.begin() + 1, words.end(), name) != words.end()) return address;
    }
  const auto& options = self.kernel.options();
  if (!sandbox_of(self).resolver) return std::nullopt;
  const auto found = options.networks->names().find(options.sandbox, name, false);
  if (!found || found->empty()) return std::nullopt;
  return found->front();
}

// Interfaces of a container have numbers of the whole machine; here they begin at 2, as in a machine with one container.
std::string interface_head(const engine::InterfaceSpec& interface, size_t place, bool with_link) {
  const std::string number = std::to_string(2 * place + 2);
  std::string out = number + ": " + interface.name + "@if" + std::to_string(2 * place + 3) + ": <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu " + std::to_string(interface.network.mtu) + " qdisc noqueue \n";
  if (with_link) out += "    link/ether " + interface.mac + " brd ff:ff:ff:ff:ff:ff\n";
  return out;
}

std::string interface_addresses(const engine::InterfaceSpec& interface) {
  std::string out = "    inet " + interface.address.text() + " brd " + interface.address.last().text() + " scope global " + interface.name + "\n       valid_lft forever preferred_lft forever\n";
  if (interface.address6) out += "    inet6 " + interface.address6->text() + " scope global flags 02 \n       valid_lft forever preferred_lft forever\n";
  return out;
}

std::string routes_text(const engine::SandboxSpec& spec) {
  std::string out;
  for (const auto& interface : spec.interfaces)
    if (spec.gateway && interface.network.gateway == *spec.gateway) out += "default via " + spec.gateway->text() + " dev " + interface.name + " \n";
  std::vector<std::pair<IpPrefix, std::string>> direct;
  for (const auto& interface : spec.interfaces)
    direct.emplace_back(interface.address.network(), interface.address.network().text() + " dev " + interface.name + " scope link  src " + interface.address.address.text() + " \n");
  std::sort(direct.begin(), direct.end());
  for (const auto& [prefix, line] : direct) out += line;
  return out;
}

std::string upper_mac(const std::string& mac) { return to_upper(mac); }

std::string mask_of(int length) {
  IpAddress out;
  for (int bit = 0; bit < length; ++bit) out.bytes[static_cast<size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> (bit % 8));
  return out.text();
}

// One echo a second on the virtual clock. A packet takes a tenth of a millisecond: no time is made up for it.
class Ping : public Program {
 public:
  Ping(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}

  Step step(Process& self) override {
    Call call(self, args_, "ping", family_);
    const Step out = begun_ ? go_on(call) : begin(call);
    call.flush();
    return out;
  }

 private:
  Step begin(Call& call) {
    begun_ = true;
    const Options options = parse_options(args_, "c:W:w:i:q4");
    if (!options.bad.empty()) return Step::exited(call.unknown_option(options.bad));
    if (options.has('w') || options.has('i')) return Step::exited(call.refuse("options -w and -i"));
    if (options.operands.size() != 1) return Step::exited(call.refuse("the usage text (one host is wanted)", 1));
    std::uint64_t number = 0;
    if (options.has('c') && !parse_number(options.value('c'), 1'000'000, count_)) return Step::exited(call.fail("invalid number '" + options.value('c') + "'"));
    if (options.has('W') && parse_number(options.value('W'), 3600, number)) patience_ = static_cast<Nanos>(number) * kSecond;
    quiet_ = options.has('q');
    host_ = options.operands.front();
    const auto address = resolve(call.process, host_);
    if (!address) return Step::exited(call.fail("bad address '" + host_ + "'"));
    address_ = *address;
    call.out("PING " + host_ + " (" + address_.text() + "): 56 data bytes\n");
    return send(call);
  }

  Step send(Call& call) {
    const auto& options = call.process.kernel.options();
    if (options.networks == nullptr || !options.networks->routes(options.sandbox, address_)) {
      if (!address_.loopback()) {
        call.flush();
        return Step::exited(call.fail("sendto: Network is unreachable"));
      }
    }
    if (options.networks == nullptr || options.networks->reaches(options.sandbox, address_)) {
      ++received_;
      if (!quiet_) call.out("64 bytes from " + address_.text() + ": seq=" + std::to_string(sent_) + " ttl=64 time=0.100 ms\n");
    }
    ++sent_;
    const bool last = count_ != 0 && sent_ == count_;
    if (last && received_ == sent_) return finish(call);
    call.process.wake_at = call.process.clock().now() + (last ? patience_ : kSecond);
    return Step::again();
  }

  Step go_on(Call& call) {
    Process& self = call.process;
    if (!self.wake_at || self.clock().now() < *self.wake_at) return Step::blocked();
    self.wake_at.reset();
    return count_ != 0 && sent_ == count_ ? finish(call) : send(call);
  }

  Step finish(Call& call) {
    call.out("\n--- " + host_ + " ping statistics ---\n" + std::to_string(sent_) + " packets transmitted, " + std::to_string(received_) + " packets received, " +
             std::to_string((sent_ - received_) * 100 / sent_) + "% packet loss\n");
    if (received_ > 0) call.out("round-trip min/avg/max = 0.100/0.100/0.100 ms\n");
    return Step::exited(received_ == 0 ? 1 : 0);
  }

  std::vector<std::string> args_;
  Family family_;
  std::string host_;
  IpAddress address_;
  std::uint64_t count_ = 0, sent_ = 0, received_ = 0;
  Nanos patience_ = 10 * kSecond;
  bool begun_ = false, quiet_ = false;
};

}  // namespace

namespace streams {

std::unique_ptr<Program> ping(const std::vector<std::string>& args, Family family) { return std::make_unique<Ping>(args, family); }

}  // namespace streams

namespace programs {

int host_address(Call& call) {
  const std::string& name = call.process.kernel.options().hostname;
  const auto address = resolve(call.process, name);
  if (!address) return call.fail(name + ": Host name lookup failure");
  call.out(address->text() + "\n");
  return 0;
}

int ip(Call& call) {
  std::vector<std::string> words(call.args.begin() + 1, call.args.end());
  std::erase_if(words, [](const std::string& word) { return word == "-4" || word == "show" || word == "list" || word == "dev"; });
  const bool four = std::find(call.args.begin(), call.args.end(), "-4") != call.args.end();
  if (words.empty() || words.size() > 2) return call.refuse("the usage text", 1);
  if (call.process.kernel.options().host_network) return call.refuse("the machine's own network");
  const auto object = [&](std::string_view whole, size_t least) { return words[0].size() >= least && whole.substr(0, words[0].size()) == words[0]; };
  const auto& spec = sandbox_of(call.process);
  if (object("route", 1)) {
    if (words.size() > 1) return call.refuse("to change routes");
    call.out(routes_text(spec));
    return 0;
  }
  const bool addresses = object("address", 1), links = object("link", 1);
  if (!addresses && !links) return call.refuse("ip " + words[0]);
  const auto wanted = [&](std::string_view name) { return words.size() == 1 || words[1] == name; };
  bool some = false;
  if (wanted("lo")) {
    some = true;
    const std::string head(kLinks.substr(0, four ? kLinks.find('\n') + 1 : kLinks.size()));
    call.out(head + std::string(addresses ? kLoopback : std::string_view()));
  }
  for (size_t i = 0; i < spec.interfaces.size(); ++i) {
    if (!wanted(spec.interfaces[i].name)) continue;
    some = true;
    call.out(interface_head(spec.interfaces[i], i, !four) + (addresses ? interface_addresses(spec.interfaces[i]) : ""));
  }
  if (some) return 0;
  return call.fail("can't find device '" + words[1] + "'");
}

int ifconfig(Call& call) {
  if (call.args.size() > 2 || (call.args.size() == 2 && call.args[1].starts_with('-'))) return call.refuse("options, or to change an interface");
  if (call.process.kernel.options().host_network) return call.refuse("the machine's own network");
  const auto& spec = sandbox_of(call.process);
  const auto counters = [](int queue) {
    return "          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n          collisions:0 txqueuelen:" + std::to_string(queue) +
           " \n          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n";
  };
  const auto wanted = [&](std::string_view name) { return call.args.size() == 1 || call.args[1] == name; };
  bool some = false;
  for (const auto& interface : spec.interfaces) {
    if (!wanted(interface.name)) continue;
    some = true;
    call.out(interface.name + std::string(10 - std::min<size_t>(9, interface.name.size()), ' ') + "Link encap:Ethernet  HWaddr " + upper_mac(interface.mac) + "  \n          inet addr:" +
             interface.address.address.text() + "  Bcast:" + interface.address.last().text() + "  Mask:" + mask_of(interface.address.length) +
             "\n          UP BROADCAST RUNNING MULTICAST  MTU:" + std::to_string(interface.network.mtu) + "  Metric:1\n" + counters(0));
  }
  if (wanted("lo")) {
    some = true;
    call.out("lo        Link encap:Local Loopback  \n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n" + counters(1000));
  }
  if (some) return 0;
  return call.fail(call.args[1] + ": error fetching interface information: Device not found");
}

int nslookup(Call& call) {
  if (call.args.size() < 2 || call.args.size() > 3 || call.args[1].starts_with('-')) return call.refuse("options, or without a name", 1);
  const auto& options = call.process.kernel.options();
  if (!sandbox_of(call.process).resolver || (call.args.size() == 3 && call.args[2] != "127.0.0.11")) {
    call.out(";; connection timed out; no servers could be reached\n\n");
    return 1;
  }
  const std::string& name = call.args[1];
  call.out("Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\n");
  if (const auto address = IpAddress::parse(name)) {
    const auto found = options.networks->names().name_of(options.sandbox, *address);
    std::string reverse;
    for (size_t i = 4; i > 0; --i) reverse += std::to_string(address->bytes[i - 1]) + ".";
    if (address->v6) return call.refuse("addresses of version 6");
    if (!found) {
      call.out("** server can't find " + reverse + "in-addr.arpa: NXDOMAIN\n\n");
      return 1;
    }
    call.out("Non-authoritative answer:\n" + reverse + "in-addr.arpa\tname = " + *found + "\n\n");
    return 0;
  }
  const auto four = options.networks->names().find(options.sandbox, name, false);
  if (!four) {
    call.out("** server can't find " + name + ": NXDOMAIN\n\n** server can't find " + name + ": NXDOMAIN\n\n");
    return 1;
  }
  for (const bool v6 : {false, true}) {
    call.out("Non-authoritative answer:\n");
    for (const auto& address : v6 ? options.networks->names().find(options.sandbox, name, true).value_or(std::vector<IpAddress>{}) : *four)
      call.out("Name:\t" + name + "\nAddress: " + address.text() + "\n");
    call.out("\n");
  }
  return 0;
}

}  // namespace programs

}  // namespace strates::sim
