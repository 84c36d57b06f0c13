// stop, restart, kill, rm, rename, wait: one request per container, the names of those that went well, then the errors.
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kStopFlags[] = {integer_flag("time", 't', "Seconds to wait for stop before killing it", "10")};
constexpr FlagSpec kRestartFlags[] = {integer_flag("time", 't', "Seconds to wait for stop before killing the container", "10")};
constexpr FlagSpec kKillFlags[] = {text_flag("signal", 's', "Signal to send to the container", "KILL")};
constexpr FlagSpec kRmFlags[] = {
    bool_flag("force", 'f', "Force the removal of a running container (uses SIGKILL)"),
    bool_flag("link", 'l', "Remove the specified link"),
    bool_flag("volumes", 'v', "Remove anonymous volumes associated with the container"),
};

template <typename Request>
Result<int> for_each_container(Invocation& in, const Request& request) {
  std::vector<std::string> errors;
  for (const std::string& name : in.args()) {
    if (const Result<void> done = request(name); done.ok()) in.session.console.out(name + "\n");
    else errors.push_back(done.error().message());
  }
  return joined(errors);
}

Result<void> post(Invocation& in, const std::string& target) {
  TRY(daemon(in.session.client.post(target, Json())));
  return success();
}

std::string of(const std::string& name, std::string_view action) { return "/containers/" + path_name(name) + std::string(action); }

}  // namespace

std::span<const FlagSpec> stop_flags() { return kStopFlags; }
std::span<const FlagSpec> restart_flags() { return kRestartFlags; }
std::span<const FlagSpec> kill_flags() { return kKillFlags; }
std::span<const FlagSpec> rm_flags() { return kRmFlags; }
std::span<const FlagSpec> rename_flags() { return {}; }
std::span<const FlagSpec> wait_flags() { return {}; }

Result<int> stop_handler(Invocation& in) {
  Query query;
  query.add_if(in.flags.changed("time"), "t", std::to_string(in.flags.integer("time")));
  return for_each_container(in, [&](const std::string& name) { return post(in, query.on(of(name, "/stop"))); });
}

Result<int> restart_handler(Invocation& in) {
  Query query;
  query.add_if(in.flags.changed("time"), "t", std::to_string(in.flags.integer("time")));
  return for_each_container(in, [&](const std::string& name) { return post(in, query.on(of(name, "/restart"))); });
}

Result<int> kill_handler(Invocation& in) {
  Query query;
  query.add("signal", in.flags.text("signal"));
  return for_each_container(in, [&](const std::string& name) { return post(in, query.on(of(name, "/kill"))); });
}

Result<int> rm_handler(Invocation& in) {
  const bool force = in.flags.boolean("force");
  Query query;
  query.add_if(force, "force").add_if(in.flags.boolean("volumes"), "v").add_if(in.flags.boolean("link"), "link");
  std::vector<std::string> errors;
  for (const std::string& argument : in.args()) {
    const std::string name(argument.substr(std::min(argument.find_first_not_of('/'), argument.size())));
    if (name.empty()) {
      errors.emplace_back("Container name cannot be empty");
      continue;
    }
    const auto done = daemon_object(in.session.client.remove(query.on("/containers/" + path_name(name))), "container", name);
    if (done.ok()) in.session.console.out(argument + "\n");
    else if (force && done.error().kind == ErrorKind::NotFound) in.session.console.err(done.error().message() + "\n");
    else errors.push_back(done.error().message());
  }
  return joined(errors);
}

Result<int> rename_handler(Invocation& in) {
  const std::string old_name(trim(in.args()[0])), new_name(trim(in.args()[1]));
  if (old_name.empty() || new_name.empty())
    return docker_error(ErrorKind::Invalid, "cli.rename", "Error: Neither old nor new names may be empty");
  const auto done = post(in, Query().add("name", new_name).on(of(old_name, "/rename")));
  if (done.ok()) return 0;
  in.session.console.err(done.error().message() + "\n");
  return docker_error(ErrorKind::Invalid, "cli.rename", "Error: failed to rename container named " + old_name);
}

Result<int> wait_handler(Invocation& in) {
  std::vector<std::string> errors;
  for (const std::string& name : in.args()) {
    const auto done = daemon(in.session.client.post(of(name, "/wait"), Json()));
    if (done.ok()) in.session.console.out(std::to_string(json_int(done.value(), "StatusCode")) + "\n");
    else errors.push_back(done.error().message());
  }
  return joined(errors);
}

}  // namespace strates::cli
