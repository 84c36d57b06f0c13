#include "api/human_time.hpp"

namespace strates::api {

std::string human_duration(Nanos duration) {
  const std::int64_t seconds = duration / kSecond;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return std::to_string(seconds) + " seconds";
  const std::int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return std::to_string(minutes) + " minutes";
  const std::int64_t hours = (seconds + 1800) / 3600;  // rounded
  if (hours == 1) return "About an hour";
  if (hours < 48) return std::to_string(hours) + " hours";
  if (hours < 24 * 7 * 2) return std::to_string(hours / 24) + " days";
  if (hours < 24 * 30 * 2) return std::to_string(hours / 24 / 7) + " weeks";
  if (hours < 24 * 365 * 2) return std::to_string(hours / 24 / 30) + " months";
  return std::to_string(seconds / 3600 / 24 / 365) + " years";
}

std::string status_text(const engine::ContainerState& state, Nanos now) {
  switch (state.status) {
    case engine::Status::Running: {
      const std::string up = "Up " + human_duration(now - state.started_at);
      if (state.paused) return up + " (Paused)";
      if (!state.health) return up;
      const std::string health(engine::to_string(state.health->status));
      return up + " (" + (state.health->status == engine::HealthStatus::Starting ? "health: " : "") + health + ")";
    }
    case engine::Status::Restarting: return "Restarting (" + std::to_string(state.exit_code) + ") " + human_duration(now - state.finished_at) + " ago";
    case engine::Status::Dead: return "Dead";
    case engine::Status::Created: return "Created";
    case engine::Status::Exited: break;
  }
  if (state.finished_at == 0) return "Created";
  return "Exited (" + std::to_string(state.exit_code) + ") " + human_duration(now - state.finished_at) + " ago";
}

}  // namespace strates::api
