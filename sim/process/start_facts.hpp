// What the trace says about a simulated start: the steps a real one takes, with the values of this one.
#pragma once

#include "engine/ports.hpp"

namespace strates::sim {

void emit_start_facts(const engine::ContainerSpec& spec, const engine::RunningProcess& process, const Emit& emit);
void emit_limits(const ContainerId& id, const engine::Limits& limits, const Emit& emit);
void emit_exec_facts(const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec, const engine::RunningProcess& process, const Emit& emit);

}  // namespace strates::sim
