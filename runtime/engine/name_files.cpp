#include "engine/name_files.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

constexpr size_t kMostEntries = 1000;

// The words after `key` of the last line that begins with it; of every such line for nameserver.
std::vector<std::string> words_of(const std::string& file, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& line : split_lines(file)) {
    std::vector<std::string> words;
    for (auto& word : split(replace_all(line, "\t", " "), ' '))
      if (!word.empty()) words.push_back(std::move(word));
    if (words.size() < 2 || words.front() != key) continue;
    if (key != "nameserver") out.clear();
    out.insert(out.end(), words.begin() + 1, words.end());
  }
  return out;
}

bool one_line(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos && text.find('\0') == std::string::npos; }

}  // namespace

std::string hosts_file(const Container& container, NetworkMode network, const std::string& machine_hosts, const HostsLines& lines) {
  std::string text =
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\n"
      "ff00::0\tip6-mcastprefix\n"
      "ff02::1\tip6-allnodes\n"
      "ff02::2\tip6-allrouters\n";
  if (network == NetworkMode::Host && !machine_hosts.empty() && container.host.extra_hosts.empty()) text = machine_hosts.ends_with('\n') ? machine_hosts : machine_hosts + "\n";
  for (const auto& entry : container.host.extra_hosts) {
    const size_t colon = entry.find(':');
    const std::string address = entry.substr(colon + 1);
    text += (address == "host-gateway" ? lines.gateway : address) + "\t" + entry.substr(0, colon) + "\n";
  }
  for (const auto& line : lines.links) text += line + "\n";
  const std::string& name = container.config.hostname;
  const std::string& domain = container.config.domainname;
  // A name with dots comes whole and short (libnetwork, sandbox.go: buildHostsFile).
  const std::string whole = domain.empty() ? name : name + "." + domain;
  const std::string shorter = whole.substr(0, whole.find('.'));
  for (const auto& address : lines.addresses) text += address + "\t" + whole + (shorter == whole || shorter.empty() ? "" : " " + shorter) + "\n";
  return text;
}

namespace {

std::vector<std::string> chosen(const std::vector<std::string>& asked, const std::string& machine_file, std::string_view key) {
  return asked.empty() ? words_of(machine_file, key) : asked;
}

std::string written(const HostConfig& host, const std::string& machine_file, const std::vector<std::string>& servers, const std::vector<std::string>& options) {
  std::string text;
  const std::string search = join(chosen(host.dns_search, machine_file, "search"), " ");
  if (!search.empty() && search != ".") text += "search " + search + "\n";
  for (const auto& server : servers) text += "nameserver " + server + "\n";
  if (!options.empty()) text += "options " + join(options, " ") + "\n";
  return text;
}

}  // namespace

std::string resolv_conf(const HostConfig& host, const std::string& machine_file) {
  if (host.dns.empty() && host.dns_search.empty() && host.dns_options.empty()) return machine_file;
  return written(host, machine_file, chosen(host.dns, machine_file, "nameserver"), chosen(host.dns_options, machine_file, "options"));
}

std::string bridged_resolv_conf(const HostConfig& host, const std::string& machine_file) {
  if (!host.dns.empty()) return resolv_conf(host, machine_file);
  std::vector<std::string> servers = words_of(machine_file, "nameserver");
  const auto local = [](const std::string& server) {
    const auto address = IpAddress::parse(server);
    return address && address->loopback();
  };
  const bool some_local = std::any_of(servers.begin(), servers.end(), local);
  if (!servers.empty() && !some_local) return resolv_conf(host, machine_file);
  std::erase_if(servers, local);
  if (servers.empty()) servers = {"8.8.8.8", "8.8.4.4"};
  return written(host, machine_file, servers, chosen(host.dns_options, machine_file, "options"));
}

std::string resolver_conf(const HostConfig& host, const std::string& machine_file) {
  std::vector<std::string> options = chosen(host.dns_options, machine_file, "options");
  const bool said = std::any_of(options.begin(), options.end(), [](const std::string& option) { return option.starts_with("ndots:"); });
  if (!said) options.emplace_back("ndots:0");
  return written(host, machine_file, {"127.0.0.11"}, options);
}

std::vector<std::string> name_servers(const HostConfig& host, const std::string& machine_file) { return chosen(host.dns, machine_file, "nameserver"); }

Result<void> validate_names(const HostConfig& host) {
  const auto refuse = [](std::string sentence) { return docker_error(ErrorKind::Invalid, "container.names", std::move(sentence)); };
  for (const auto* list : {&host.extra_hosts, &host.dns, &host.dns_search, &host.dns_options}) {
    if (list->size() > kMostEntries) return refuse("more than " + std::to_string(kMostEntries) + " entries for /etc/hosts or /etc/resolv.conf");
    // A line break would write lines of its own into the file.
    if (!std::all_of(list->begin(), list->end(), one_line)) return refuse("an entry for /etc/hosts or /etc/resolv.conf must be one line");
  }
  for (const auto& entry : host.extra_hosts) {
    const size_t colon = entry.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == entry.size()) return refuse("bad format for add-host: " + go_quote(entry));
  }
  return {};
}

}  // namespace strates::engine
