// Docker's HostConfig: written in full, read strictly.
#pragma once

#include "base/json.hpp"
#include "engine/container.hpp"
#include "engine/ports.hpp"

namespace strates::api {

Json host_config_to_json(const engine::HostConfig& host, const engine::MachineInfo& machine);
// What this engine does not do is refused by name (code api.unsupported), never ignored; the values that say "nothing special" are accepted.
Result<engine::HostConfig> host_config_from_json(const Json& json);
// {"Name": ..., "MaximumRetryCount": ...}
Result<engine::RestartPolicy> restart_policy_from_json(const Json& json);
// null, false, 0, "", [] and {}
bool says_nothing(const Json& value);

}  // namespace strates::api
