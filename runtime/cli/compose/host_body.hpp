// The HostConfig of a service's container: mounts, limits, rights, names.
#pragma once

#include "cli/compose/container_body.hpp"

namespace strates::cli {

// What the file may say and nothing here does: better said, before anything is made, than left out. code compose.unsupported
Result<void> refuse_unsupported(const compose::Service& service);

Result<Json> host_body(const compose::Service& service, const BodyContext& context);

}  // namespace strates::cli
