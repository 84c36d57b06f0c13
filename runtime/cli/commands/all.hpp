// The handlers and flag tables of the Docker commands; the table itself is docker_table.cpp.
#pragma once

#include "cli/command.hpp"

namespace strates::cli {

#define STRATES_COMMAND(name)                        \
  Result<int> name##_handler(Invocation& invocation); \
  std::span<const FlagSpec> name##_flags();

STRATES_COMMAND(attach)
STRATES_COMMAND(build)
STRATES_COMMAND(builder_prune)
STRATES_COMMAND(commit)
STRATES_COMMAND(context_inspect)
STRATES_COMMAND(context_ls)
STRATES_COMMAND(context_use)
STRATES_COMMAND(cp)
STRATES_COMMAND(create)
STRATES_COMMAND(diff)
STRATES_COMMAND(events)
STRATES_COMMAND(exec)
STRATES_COMMAND(export)
STRATES_COMMAND(history)
STRATES_COMMAND(images)
STRATES_COMMAND(import)
STRATES_COMMAND(info)
STRATES_COMMAND(inspect)
STRATES_COMMAND(container_inspect)
STRATES_COMMAND(container_prune)
STRATES_COMMAND(image_inspect)
STRATES_COMMAND(image_prune)
STRATES_COMMAND(kill)
STRATES_COMMAND(load)
STRATES_COMMAND(login)
STRATES_COMMAND(logout)
STRATES_COMMAND(logs)
STRATES_COMMAND(pause)
STRATES_COMMAND(port)
STRATES_COMMAND(ps)
STRATES_COMMAND(pull)
STRATES_COMMAND(push)
STRATES_COMMAND(rename)
STRATES_COMMAND(restart)
STRATES_COMMAND(rm)
STRATES_COMMAND(rmi)
STRATES_COMMAND(run)
STRATES_COMMAND(save)
STRATES_COMMAND(search)
STRATES_COMMAND(start)
STRATES_COMMAND(stats)
STRATES_COMMAND(stop)
STRATES_COMMAND(system_df)
STRATES_COMMAND(system_prune)
STRATES_COMMAND(tag)
STRATES_COMMAND(top)
STRATES_COMMAND(unpause)
STRATES_COMMAND(update)
STRATES_COMMAND(version)
// docker network
STRATES_COMMAND(network_connect)
STRATES_COMMAND(network_create)
STRATES_COMMAND(network_disconnect)
STRATES_COMMAND(network_inspect)
STRATES_COMMAND(network_ls)
STRATES_COMMAND(network_prune)
STRATES_COMMAND(network_rm)
// docker volume
STRATES_COMMAND(volume_create)
STRATES_COMMAND(volume_inspect)
STRATES_COMMAND(volume_ls)
STRATES_COMMAND(volume_prune)
STRATES_COMMAND(volume_rm)
STRATES_COMMAND(wait)

#undef STRATES_COMMAND

}  // namespace strates::cli
