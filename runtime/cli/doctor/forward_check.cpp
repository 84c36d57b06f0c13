// Does another table of packet rules on this machine drop what is forwarded? Containers' packets are forwarded; a table of ours cannot overrule another's drop.
// Asked of the kernel itself (nfnetlink, linux/netfilter/nf_tables.h): the rules of iptables-nft are there too, those of iptables-legacy are not: of them
// only the kernel's list of tables is read, and said (their rules have an interface of their own, linux/netfilter_ipv4/ip_tables.h).
#include <netinet/in.h>  // before the kernel's, which then leave out what it has

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/doctor/checks.hpp"

namespace strates::cli {

namespace {

struct Chain {
  std::string table, name;
  bool forwards = false, drops = false;
};

// The attributes of a message, by their types. What does not fit ends the walk.
std::map<int, std::string_view> attributes(std::string_view bytes) {
  std::map<int, std::string_view> out;
  while (bytes.size() >= sizeof(nlattr)) {
    nlattr head{};
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > bytes.size()) break;
    out[head.nla_type & NLA_TYPE_MASK] = bytes.substr(sizeof head, head.nla_len - sizeof head);
    bytes.remove_prefix(std::min<size_t>(bytes.size(), NLA_ALIGN(head.nla_len)));
  }
  return out;
}

std::string text_of(std::string_view value) { return std::string(value.substr(0, value.find('\0'))); }

std::uint32_t number_of(std::string_view value) {
  std::uint32_t out = 0;
  if (value.size() == sizeof out) std::memcpy(&out, value.data(), sizeof out);
  return ntohl(out);
}

Chain read_chain(std::string_view bytes, int family) {
  const auto parts = attributes(bytes);
  const auto part = [&](int type) {
    const auto found = parts.find(type);
    return found == parts.end() ? std::string_view() : found->second;
  };
  Chain out;
  out.table = std::string(family == NFPROTO_INET ? "inet " : "ip ") + text_of(part(NFTA_CHAIN_TABLE));
  out.name = text_of(part(NFTA_CHAIN_NAME));
  const auto hook = attributes(part(NFTA_CHAIN_HOOK));
  const auto number = hook.find(NFTA_HOOK_HOOKNUM);
  out.forwards = number != hook.end() && number_of(number->second) == NF_INET_FORWARD;
  out.drops = parts.contains(NFTA_CHAIN_POLICY) && number_of(part(NFTA_CHAIN_POLICY)) == NF_DROP;
  return out;
}

// Every chain of the families that containers' packets of version 4 pass. 0, or errno.
int read_chains(std::vector<Chain>& out) {
  const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd) return errno;
  struct {
    nlmsghdr head;
    nfgenmsg what;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETCHAIN;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.what.nfgen_family = NFPROTO_UNSPEC;
  if (::send(fd.get(), &request, sizeof request, 0) < 0) return errno;
  std::string buffer(1 << 16, '\0');
  for (;;) {
    const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 ? EIO : errno;
    std::string_view left(buffer.data(), static_cast<size_t>(count));
    while (left.size() >= sizeof(nlmsghdr)) {
      nlmsghdr head{};
      std::memcpy(&head, left.data(), sizeof head);
      if (head.nlmsg_len < sizeof head || head.nlmsg_len > left.size()) return EIO;
      const std::string_view body = left.substr(sizeof head, head.nlmsg_len - sizeof head);
      if (head.nlmsg_type == NLMSG_DONE) return 0;
      if (head.nlmsg_type == NLMSG_ERROR) {
        int code = 0;
        if (body.size() >= sizeof code) std::memcpy(&code, body.data(), sizeof code);
        return -code;
      }
      if (body.size() < sizeof(nfgenmsg)) return EIO;
      const int family = static_cast<unsigned char>(body[0]);
      if (family == NFPROTO_IPV4 || family == NFPROTO_INET) out.push_back(read_chain(body.substr(sizeof(nfgenmsg)), family));
      left.remove_prefix(std::min<size_t>(left.size(), NLMSG_ALIGN(head.nlmsg_len)));
    }
  }
}

// The tables of this thread's network namespace; nothing where the kernel has no iptables of old.
std::string legacy_tables() {
  const UniqueFd fd(::open("/proc/thread-self/net/ip_tables_names", O_RDONLY | O_CLOEXEC));
  char buffer[512];
  const ssize_t count = fd ? ::read(fd.get(), buffer, sizeof buffer) : 0;
  return count > 0 ? std::string(buffer, static_cast<size_t>(count)) : std::string();
}

}  // namespace

bool has_legacy_filter(std::string_view names) {
  for (const std::string& name : split(names, '\n'))
    if (name == "filter") return true;
  return false;
}

Finding check_forwarding() {
  Finding out{"forwarding", Need::Useful, Verdict::No, tr(Text::DoctorForwarding), "", ""};
  if (geteuid() != 0) {
    out.detail = tr(Text::DoctorNotTried);
    out.advice = tr(Text::DoctorRootAdvice);
    return out;
  }
  std::vector<Chain> chains;
  if (const int error = read_chains(chains); error != 0) {
    out.detail = tr(Text::DoctorNoPacketRules, errno_name(error));
    out.advice = tr(Text::DoctorNoPacketRulesAdvice);
    return out;
  }
  // Docker's own table has a place for others, and the engine takes it (runtime/linux/network/docker_rules.hpp).
  const bool docker = std::any_of(chains.begin(), chains.end(), [](const Chain& one) { return one.table == "ip filter" && one.name == "DOCKER-USER"; });
  std::vector<std::string> dropping;
  bool passed = false;
  for (const Chain& one : chains) {
    if (!one.forwards || !one.drops) continue;
    if (docker && one.table == "ip filter") passed = true;
    else dropping.push_back(one.table + " " + one.name);
  }
  if (!dropping.empty()) {
    out.detail = tr(Text::DoctorForwardDropped, join(dropping, ", "));
    out.advice = tr(Text::DoctorForwardAdvice, dropping.front());
    return out;
  }
  if (has_legacy_filter(legacy_tables())) {
    out.detail = tr(Text::DoctorForwardLegacy);
    out.advice = tr(Text::DoctorForwardLegacyAdvice);
    return out;
  }
  out.verdict = Verdict::Yes;
  out.detail = tr(passed ? Text::DoctorForwardDocker : Text::DoctorForwardFree);
  return out;
}

}  // namespace strates::cli
