// The table of Docker's commands. A row without handler is a command of Docker's that Strates does not have yet: it is refused by name.
#include "cli/commands/all.hpp"

namespace strates::cli {

namespace {

constexpr size_t kAny = kNoLimit;
constexpr Positionals kEnd = Positionals::EndFlags;
constexpr Positionals kMixed = Positionals::Interspersed;

std::vector<Command> rows() {
  std::vector<Command> table = {
      {"attach", "[OPTIONS] CONTAINER", "Attach local standard input, output, and error streams to a running container", attach_flags(), 1, 1, kMixed, attach_handler},
      {"build", "[OPTIONS] PATH | URL | -", "Build an image from a Dockerfile", build_flags(), 1, 1, kMixed, build_handler},
      {"commit", "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]", "Create a new image from a container's changes", commit_flags(), 1, 2, kMixed, commit_handler},
      {"cp", "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH", "Copy files/folders between a container and the local filesystem", cp_flags(), 2, 2, kMixed, cp_handler, false,
       "Copy files/folders between a container and the local filesystem\n\nUse '-' as the source to read a tar archive from stdin\nand extract it to a directory destination in a container.\nUse '-' as the destination to stream a tar archive of a\ncontainer source to stdout."},
      {"create", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container", create_flags(), 1, kAny, kEnd, create_handler},
      {"diff", "CONTAINER", "Inspect changes to files or directories on a container's filesystem", diff_flags(), 1, 1, kMixed, diff_handler},
      {"events", "[OPTIONS]", "Get real time events from the server", events_flags(), 0, 0, kMixed, events_handler},
      {"exec", "[OPTIONS] CONTAINER COMMAND [ARG...]", "Run a command in a running container", exec_flags(), 2, kAny, kEnd, exec_handler},
      {"export", "[OPTIONS] CONTAINER", "Export a container's filesystem as a tar archive", export_flags(), 1, 1, kMixed, export_handler},
      {"history", "[OPTIONS] IMAGE", "Show the history of an image", history_flags(), 1, 1, kMixed, history_handler},
      {"images", "[OPTIONS] [REPOSITORY[:TAG]]", "List images", images_flags(), 0, 1, kMixed, images_handler},
      {"import", "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]", "Import the contents from a tarball to create a filesystem image", import_flags(), 1, kAny, kMixed, import_handler},
      {"info", "[OPTIONS]", "Display system-wide information", info_flags(), 0, 0, kMixed, info_handler},
      {"inspect", "[OPTIONS] NAME|ID [NAME|ID...]", "Return low-level information on Docker objects", inspect_flags(), 1, kAny, kMixed, inspect_handler},
      {"kill", "[OPTIONS] CONTAINER [CONTAINER...]", "Kill one or more running containers", kill_flags(), 1, kAny, kMixed, kill_handler},
      {"load", "[OPTIONS]", "Load an image from a tar archive or STDIN", load_flags(), 0, 0, kMixed, load_handler},
      {"login", "[OPTIONS] [SERVER]", "Log in to a Docker registry", login_flags(), 0, 1, kMixed, login_handler, false,
       "Log in to a Docker registry.\nIf no server is specified, the default is defined by the daemon."},
      {"logout", "[SERVER]", "Log out from a Docker registry", logout_flags(), 0, 1, kMixed, logout_handler, false,
       "Log out from a Docker registry.\nIf no server is specified, the default is defined by the daemon."},
      {"logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container", logs_flags(), 1, 1, kMixed, logs_handler},
      {"pause", "CONTAINER [CONTAINER...]", "Pause all processes within one or more containers", pause_flags(), 1, kAny, kMixed, pause_handler},
      {"port", "CONTAINER [PRIVATE_PORT[/PROTO]]", "List port mappings or a specific mapping for the container", port_flags(), 1, 2, kMixed, port_handler},
      {"ps", "[OPTIONS]", "List containers", ps_flags(), 0, 0, kMixed, ps_handler},
      {"pull", "[OPTIONS] NAME[:TAG|@DIGEST]", "Pull an image or a repository from a registry", pull_flags(), 1, 1, kMixed, pull_handler},
      {"push", "[OPTIONS] NAME[:TAG]", "Push an image or a repository to a registry", push_flags(), 1, 1, kMixed, push_handler},
      {"rename", "CONTAINER NEW_NAME", "Rename a container", rename_flags(), 2, 2, kMixed, rename_handler},
      {"restart", "[OPTIONS] CONTAINER [CONTAINER...]", "Restart one or more containers", restart_flags(), 1, kAny, kMixed, restart_handler},
      {"rm", "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers", rm_flags(), 1, kAny, kMixed, rm_handler},
      {"rmi", "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images", rmi_flags(), 1, kAny, kMixed, rmi_handler},
      {"run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container", run_flags(), 1, kAny, kEnd, run_handler},
      {"save", "[OPTIONS] IMAGE [IMAGE...]", "Save one or more images to a tar archive (streamed to STDOUT by default)", save_flags(), 1, kAny, kMixed, save_handler},
      {"search", "[OPTIONS] TERM", "Search the Docker Hub for images", search_flags(), 1, 1, kMixed, search_handler},
      {"start", "[OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers", start_flags(), 1, kAny, kMixed, start_handler},
      {"stats", "[OPTIONS] [CONTAINER...]", "Display a live stream of container(s) resource usage statistics", stats_flags(), 0, kAny, kMixed, stats_handler},
      {"stop", "[OPTIONS] CONTAINER [CONTAINER...]", "Stop one or more running containers", stop_flags(), 1, kAny, kMixed, stop_handler},
      {"tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", tag_flags(), 2, 2, kMixed, tag_handler},
      {"top", "CONTAINER [ps OPTIONS]", "Display the running processes of a container", top_flags(), 1, kAny, kEnd, top_handler},
      {"unpause", "CONTAINER [CONTAINER...]", "Unpause all processes within one or more containers", unpause_flags(), 1, kAny, kMixed, unpause_handler},
      {"update", "[OPTIONS] CONTAINER [CONTAINER...]", "Update configuration of one or more containers", update_flags(), 1, kAny, kMixed, update_handler},
      {"version", "[OPTIONS]", "Show the Docker version information", version_flags(), 0, 0, kMixed, version_handler},
      {"wait", "CONTAINER [CONTAINER...]", "Block until one or more containers stop, then print their exit codes", wait_flags(), 1, kAny, kMixed, wait_handler},
      {"builder prune", "", "Remove build cache", builder_prune_flags(), 0, 0, kMixed, builder_prune_handler},
      {"container inspect", "[OPTIONS] CONTAINER [CONTAINER...]", "Display detailed information on one or more containers", container_inspect_flags(), 1, kAny, kMixed, container_inspect_handler},
      {"container prune", "[OPTIONS]", "Remove all stopped containers", container_prune_flags(), 0, 0, kMixed, container_prune_handler},
      {"context inspect", "[OPTIONS] [CONTEXT] [CONTEXT...]", "Display detailed information on one or more contexts", context_inspect_flags(), 0, kAny, kMixed, context_inspect_handler},
      {"context ls", "[OPTIONS]", "List contexts", context_ls_flags(), 0, 0, kMixed, context_ls_handler},
      {"context use", "CONTEXT", "Set the current docker context", context_use_flags(), 0, kAny, kMixed, context_use_handler},
      {"image inspect", "[OPTIONS] IMAGE [IMAGE...]", "Display detailed information on one or more images", image_inspect_flags(), 1, kAny, kMixed, image_inspect_handler},
      {"image prune", "[OPTIONS]", "Remove unused images", image_prune_flags(), 0, 0, kMixed, image_prune_handler},
      {"network connect", "[OPTIONS] NETWORK CONTAINER", "Connect a container to a network", network_connect_flags(), 2, 2, kMixed, network_connect_handler},
      {"network create", "[OPTIONS] NETWORK", "Create a network", network_create_flags(), 1, 1, kMixed, network_create_handler},
      {"network disconnect", "[OPTIONS] NETWORK CONTAINER", "Disconnect a container from a network", network_disconnect_flags(), 2, 2, kMixed, network_disconnect_handler},
      {"network inspect", "[OPTIONS] NETWORK [NETWORK...]", "Display detailed information on one or more networks", network_inspect_flags(), 1, kAny, kMixed, network_inspect_handler},
      {"network ls", "[OPTIONS]", "List networks", network_ls_flags(), 0, 0, kMixed, network_ls_handler},
      {"network prune", "[OPTIONS]", "Remove all unused networks", network_prune_flags(), 0, 0, kMixed, network_prune_handler},
      {"network rm", "NETWORK [NETWORK...]", "Remove one or more networks", network_rm_flags(), 1, kAny, kMixed, network_rm_handler},
      {"system df", "[OPTIONS]", "Show docker disk usage", system_df_flags(), 0, 0, kMixed, system_df_handler},
      {"system prune", "[OPTIONS]", "Remove unused data", system_prune_flags(), 0, 0, kMixed, system_prune_handler},
      {"volume create", "[OPTIONS] [VOLUME]", "Create a volume", volume_create_flags(), 0, 1, kMixed, volume_create_handler},
      {"volume inspect", "[OPTIONS] VOLUME [VOLUME...]", "Display detailed information on one or more volumes", volume_inspect_flags(), 1, kAny, kMixed, volume_inspect_handler},
      {"volume ls", "[OPTIONS]", "List volumes", volume_ls_flags(), 0, 0, kMixed, volume_ls_handler},
      {"volume prune", "[OPTIONS]", "Remove all unused local volumes", volume_prune_flags(), 0, 0, kMixed, volume_prune_handler},
      {"volume rm", "[OPTIONS] VOLUME [VOLUME...]", "Remove one or more volumes", volume_rm_flags(), 1, kAny, kMixed, volume_rm_handler},
  };
  // "docker container run" is "docker run" under its other name.
  struct Alias {
    std::string_view name, of;
    bool hidden = false;
  };
  static constexpr Alias kAliases[] = {
      {"container attach", "attach"}, {"container commit", "commit"}, {"container cp", "cp"}, {"container create", "create"}, {"container diff", "diff"},
      {"container exec", "exec"},     {"container export", "export"}, {"container kill", "kill"},     {"container logs", "logs"},
      {"container ls", "ps"},         {"container ps", "ps", true}, {"container list", "ps", true},         {"container rename", "rename"},
      {"container port", "port"},     {"container update", "update"}, {"system events", "events"},
      {"container restart", "restart"}, {"container rm", "rm"},       {"container run", "run"},       {"container start", "start"},
      {"container pause", "pause"},   {"container stats", "stats"},   {"container unpause", "unpause"},
      {"container stop", "stop"},     {"container top", "top"},       {"container wait", "wait"},     {"image build", "build"},
      {"image history", "history"},   {"image import", "import"},     {"image ls", "images"},         {"image list", "images", true},
      {"context list", "context ls", true},
      {"image load", "load"},         {"image save", "save"},         {"image pull", "pull"},         {"image push", "push"},
      {"image rm", "rmi"},            {"image rmi", "rmi", true},      {"image remove", "rmi", true},        {"image tag", "tag"},           {"system info", "info"},
      {"builder build", "build"},     {"network list", "network ls", true}, {"network remove", "network rm", true}, {"volume list", "volume ls", true}, {"volume remove", "volume rm", true},
  };
  const size_t originals = table.size();
  for (const Alias& alias : kAliases)
    for (size_t i = 0; i < originals; ++i)
      if (table[i].name == alias.of) {
        Command copy = table[i];
        copy.name = alias.name;
        copy.hidden = alias.hidden;
        table.push_back(copy);
        break;
      }
  static constexpr std::string_view kNotYet[] = {
      "checkpoint", "config", "context create", "context export", "context import", "context rm", "context update", "manifest",
      "node", "plugin", "secret", "service", "stack", "swarm", "trust", "buildx",
  };
  for (const std::string_view name : kNotYet) table.push_back({name, "", "", {}, 0, kAny, kEnd, nullptr});
  return table;
}

constexpr CommandGroup kGroups[] = {
    {"builder", "Manage builds"},
    {"container", "Manage containers"},
    {"context", "Manage contexts"},
    {"image", "Manage images"},
    {"network", "Manage networks"},
    {"system", "Manage Docker"},
    {"volume", "Manage volumes"},
};

}  // namespace

std::span<const Command> docker_commands() {
  static const std::vector<Command> kTable = rows();
  return kTable;
}

std::span<const CommandGroup> docker_groups() { return kGroups; }

}  // namespace strates::cli
