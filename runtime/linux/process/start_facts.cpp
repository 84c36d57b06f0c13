#include "linux/process/start_facts.hpp"

#include <algorithm>

namespace strates::linux_world {

namespace {

void tell(const Emit& emit, event::Container fact) {
  if (emit) emit(Payload(std::move(fact)));
}

}  // namespace

void emit_cgroup_write(const ContainerId& id, const CgroupWrite& write, const Emit& emit) {
  tell(emit, event::CgroupWritten{id, write.directory, write.file, write.value});
}

void emit_container_made(const ContainerPlan& plan, const std::vector<std::uint32_t>& skipped, const Emit& emit) {
  const ContainerId id(plan.launch.container);
  tell(emit, event::NamespaceEntered{id, namespace_kinds(plan.clone_flags), clone_flag_names(plan.clone_flags)});
  tell(emit, event::RootPivoted{id, plan.root});
  std::uint32_t index = 0;
  for (const auto* steps : {&plan.mounts, &plan.closing_mounts}) {
    for (const auto& step : *steps) {
      if (std::find(skipped.begin(), skipped.end(), index++) != skipped.end()) continue;
      const bool mask = step.kind == StepKind::Mask;
      tell(emit, event::MountMade{id,
                                  mask                            ? "masked"
                                  : step.kind == StepKind::Rebind ? step.target
                                                                  : step.source,
                                  step.target, step.type, mount_options(step)});
    }
  }
  tell(emit, event::CapabilitiesDropped{id, capability_names(plan.launch.capabilities)});
}

void emit_exec_entered(const ExecPlan& plan, const Emit& emit) {
  tell(emit, event::NamespaceEntered{ContainerId(plan.launch.container), namespace_kinds(plan.namespaces), clone_flag_names(plan.namespaces)});
}

void emit_executed(const LaunchPlan& plan, std::int64_t host_pid, std::int64_t container_pid, const Emit& emit) {
  tell(emit, event::ProcessExecuted{ContainerId(plan.container), plan.exec, host_pid, container_pid, plan.process.args});
}

}  // namespace strates::linux_world
