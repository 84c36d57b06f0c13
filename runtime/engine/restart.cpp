#include "engine/restart.hpp"

#include <algorithm>

namespace strates::engine {

namespace {

constexpr Nanos kFirstPause = kSecond / 10;
constexpr Nanos kLongestPause = 60 * kSecond;
constexpr Nanos kLongRun = 10 * kSecond;

struct Name {
  RestartWhen when;
  std::string_view name;
};
constexpr Name kNames[] = {{RestartWhen::Unset, ""}, {RestartWhen::No, "no"}, {RestartWhen::Always, "always"}, {RestartWhen::OnFailure, "on-failure"},
                           {RestartWhen::UnlessStopped, "unless-stopped"}};

}  // namespace

std::string_view to_string(RestartWhen when) {
  for (const auto& row : kNames)
    if (row.when == when) return row.name;
  return "";
}

std::optional<RestartWhen> restart_when(std::string_view name) {
  for (const auto& row : kNames)
    if (row.name == name) return row.when;
  return std::nullopt;
}

Nanos RestartBackoff::next(Nanos ran) {
  if (ran >= kLongRun) pause = 0;
  pause = pause == 0 ? kFirstPause : std::min(pause * 2, kLongestPause);
  return pause;
}

bool should_restart(const RestartPolicy& policy, const EndedRun& run) {
  switch (policy.when) {
    case RestartWhen::Unset:
    case RestartWhen::No: return false;
    case RestartWhen::Always: return true;
    case RestartWhen::UnlessStopped: return !run.stopped_by_hand;
    case RestartWhen::OnFailure: return run.exit_code != 0 && (policy.most == 0 || run.restarts < policy.most);
  }
  return false;
}

Result<void> validate_restart(const RestartPolicy& policy, bool auto_remove) {
  const auto refuse = [](std::string sentence) { return docker_error(ErrorKind::Invalid, "container.restart-policy", std::move(sentence)); };
  if (policy.when == RestartWhen::OnFailure) {
    if (policy.most < 0) return refuse("maximum retry count cannot be negative");
  } else if (policy.most != 0 && policy.when != RestartWhen::Unset) {
    return refuse("maximum retry count cannot be used with restart policy '" + std::string(to_string(policy.when)) + "'");
  }
  if (auto_remove && !policy.none()) return refuse("can't create 'AutoRemove' container with restart policy");
  return {};
}

}  // namespace strates::engine
