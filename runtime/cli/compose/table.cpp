// The table of Compose's commands, in the order of its help.
#include "cli/compose/handlers.hpp"

namespace strates::cli {

namespace {

constexpr Positionals kMixed = Positionals::Interspersed, kEnd = Positionals::EndFlags;
constexpr size_t kAny = kNoLimit;

std::vector<ComposeCommand> rows() {
  return {
      {{"compose build", "[OPTIONS] [SERVICE...]", "Build or rebuild services", compose_build_flags(), 0, kAny, kMixed}, compose_build},
      {{"compose config", "[OPTIONS] [SERVICE...]", "Parse, resolve and render compose file in canonical format", compose_config_flags(), 0, kAny, kMixed}, compose_config},
      {{"compose cp", "[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n\tdocker compose cp [OPTIONS] SRC_PATH|- SERVICE:DEST_PATH", "Copy files/folders between a service container and the local filesystem", compose_cp_flags(), 2, 2, kMixed}, compose_cp},
      {{"compose create", "[OPTIONS] [SERVICE...]", "Creates containers for a service.", compose_create_flags(), 0, kAny, kMixed}, compose_create},
      {{"compose down", "[OPTIONS]", "Stop and remove containers, networks", compose_down_flags(), 0, 0, kMixed}, compose_down},
      {{"compose events", "[OPTIONS] [SERVICE...]", "Receive real time events from containers.", compose_events_flags(), 0, kAny, kMixed}, compose_events},
      {{"compose exec", "[OPTIONS] SERVICE COMMAND [ARGS...]", "Execute a command in a running container.", compose_exec_flags(), 2, kAny, kEnd}, compose_exec},
      {{"compose images", "[OPTIONS] [SERVICE...]", "List images used by the created containers", compose_images_flags(), 0, kAny, kMixed}, compose_images},
      {{"compose kill", "[OPTIONS] [SERVICE...]", "Force stop service containers.", compose_kill_flags(), 0, kAny, kMixed}, compose_kill},
      {{"compose logs", "[OPTIONS] [SERVICE...]", "View output from containers", compose_logs_flags(), 0, kAny, kMixed}, compose_logs},
      {{"compose ls", "[OPTIONS]", "List running compose projects", compose_ls_flags(), 0, 0, kMixed}, compose_ls},
      {{"compose pause", "[SERVICE...]", "Pause services", compose_pause_flags(), 0, kAny, kMixed}, compose_pause},
      {{"compose port", "[OPTIONS] SERVICE PRIVATE_PORT", "Print the public port for a port binding.", compose_port_flags(), 2, 2, kMixed}, compose_port},
      {{"compose ps", "[OPTIONS] [SERVICE...]", "List containers", compose_ps_flags(), 0, kAny, kMixed}, compose_ps},
      {{"compose pull", "[OPTIONS] [SERVICE...]", "Pull service images", compose_pull_flags(), 0, kAny, kMixed}, compose_pull},
      {{"compose push", "[OPTIONS] [SERVICE...]", "Push service images", compose_push_flags(), 0, kAny, kMixed}, compose_push},
      {{"compose restart", "[OPTIONS] [SERVICE...]", "Restart service containers", compose_restart_flags(), 0, kAny, kMixed}, compose_restart},
      {{"compose rm", "[OPTIONS] [SERVICE...]", "Removes stopped service containers", compose_rm_flags(), 0, kAny, kMixed}, compose_rm},
      {{"compose run", "[OPTIONS] SERVICE [COMMAND] [ARGS...]", "Run a one-off command on a service.", compose_run_flags(), 1, kAny, kEnd}, compose_run},
      {{"compose start", "[SERVICE...]", "Start services", compose_start_flags(), 0, kAny, kMixed}, compose_start},
      {{"compose stop", "[OPTIONS] [SERVICE...]", "Stop services", compose_stop_flags(), 0, kAny, kMixed}, compose_stop},
      {{"compose top", "[SERVICE...]", "Display the running processes", compose_top_flags(), 0, kAny, kMixed}, compose_top},
      {{"compose unpause", "[SERVICE...]", "Unpause services", compose_unpause_flags(), 0, kAny, kMixed}, compose_unpause},
      {{"compose up", "[OPTIONS] [SERVICE...]", "Create and start containers", compose_up_flags(), 0, kAny, kMixed}, compose_up},
      {{"compose version", "[OPTIONS]", "Show the Docker Compose version information", compose_version_flags(), 0, 0, kMixed}, compose_version},
  };
}

}  // namespace

std::span<const ComposeCommand> compose_commands() {
  static const std::vector<ComposeCommand> kTable = rows();
  return kTable;
}

}  // namespace strates::cli
