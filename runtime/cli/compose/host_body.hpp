// The HostConfig of a service's container: mounts, limits, rights, names.
#pragma once

#include "cli/compose/container_body.hpp"

namespace strates::cli {

Result<Json> host_body(const compose::Service& service, const BodyContext& context);

}  // namespace strates::cli
