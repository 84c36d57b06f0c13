#include "compose/schema.hpp"

namespace strates::compose {

namespace {

using enum Shape;

constexpr Field kDependency[] = {{"condition", Text, nullptr, Short::None, Merging::Deep, "service_started|service_healthy|service_completed_successfully"}, {"restart", Flag}, {"required", Flag}};
constexpr Record kDependencyRecord{kDependency, "condition"};

constexpr Field kUlimit[] = {{"single", Integer}, {"soft", Integer}, {"hard", Integer}};
constexpr Record kUlimitRecord{kUlimit};

constexpr Field kGrant[] = {{"source"}, {"target"}, {"uid"}, {"gid"}, {"mode", TextOrNumber}};
constexpr Record kGrantRecord{kGrant};

constexpr Field kBuild[] = {
    {"context"}, {"dockerfile"}, {"dockerfile_inline"}, {"entitlements", Words}, {"args", Dictionary}, {"provenance", TextOrNumber}, {"sbom", TextOrNumber}, {"ssh", Dictionary},
    {"labels", Dictionary}, {"cache_from", Words}, {"cache_to", Words}, {"no_cache", Flag}, {"no_cache_filter", WordOrWords}, {"additional_contexts", Dictionary}, {"pull", Flag},
    {"extra_hosts", Hosts}, {"isolation"}, {"network"}, {"target"}, {"secrets", BlockList, &kGrantRecord, Short::Grants, Merging::ByTarget}, {"shm_size", Size}, {"tags", Words},
    {"ulimits", Blocks, &kUlimitRecord, Short::Limits, Merging::Replace}, {"platforms", Words}, {"privileged", Flag},
};
constexpr Record kBuildRecord{kBuild};

constexpr Field kThrottle[] = {{"path"}, {"rate", Size}};
constexpr Record kThrottleRecord{kThrottle, "", false};
constexpr Field kWeight[] = {{"path"}, {"weight", Integer}};
constexpr Record kWeightRecord{kWeight, "", false};
constexpr Field kBlkio[] = {
    {"weight", Integer},
    {"weight_device", BlockList, &kWeightRecord, Short::None, Merging::ByPath},
    {"device_read_bps", BlockList, &kThrottleRecord, Short::None, Merging::ByPath},
    {"device_read_iops", BlockList, &kThrottleRecord, Short::None, Merging::ByPath},
    {"device_write_bps", BlockList, &kThrottleRecord, Short::None, Merging::ByPath},
    {"device_write_iops", BlockList, &kThrottleRecord, Short::None, Merging::ByPath},
};
constexpr Record kBlkioRecord{kBlkio, "", false};

constexpr Field kHook[] = {{"command", Command, nullptr, Short::None, Merging::Replace}, {"image"}, {"user"}, {"privileged", Flag}, {"working_dir"}, {"environment", Dictionary}, {"per_replica", Flag}};
constexpr Record kHookRecord{kHook};

constexpr Field kWatch[] = {
    {"path"}, {"action", Text, nullptr, Short::None, Merging::Deep, "rebuild|sync|restart|sync+restart|sync+exec"}, {"target"}, {"exec", Shape::Block, &kHookRecord},
    {"include", WordOrWords}, {"ignore", WordOrWords}, {"initial_sync", Flag},
};
constexpr Record kWatchRecord{kWatch, "path action"};
constexpr Field kDevelop[] = {{"watch", BlockList, &kWatchRecord, Short::None, Merging::ByPath}};
constexpr Record kDevelopRecord{kDevelop};

constexpr Field kDevice[] = {{"capabilities", Words}, {"driver"}, {"count", TextOrNumber}, {"device_ids", Words}, {"options", Dictionary}};
constexpr Record kDeviceRecord{kDevice, "capabilities"};
constexpr Record kGpuRecord{kDevice};
constexpr Field kDiscrete[] = {{"kind"}, {"value", Number}};
constexpr Record kDiscreteRecord{kDiscrete};
constexpr Field kGeneric[] = {{"discrete_resource_spec", Shape::Block, &kDiscreteRecord}};
constexpr Record kGenericRecord{kGeneric};
constexpr Field kLimitsFields[] = {{"cpus", TextOrNumber}, {"memory", Size}, {"pids", Integer}};
constexpr Record kLimitsRecord{kLimitsFields};
constexpr Field kReservations[] = {{"cpus", TextOrNumber}, {"memory", Size}, {"devices", BlockList, &kDeviceRecord, Short::None, Merging::Append}, {"generic_resources", BlockList, &kGenericRecord, Short::None, Merging::Append}};
constexpr Record kReservationsRecord{kReservations};
constexpr Field kResources[] = {{"limits", Shape::Block, &kLimitsRecord}, {"reservations", Shape::Block, &kReservationsRecord}};
constexpr Record kResourcesRecord{kResources};
constexpr Field kUpdate[] = {{"parallelism", Integer}, {"delay", Duration}, {"failure_action"}, {"monitor", Duration}, {"max_failure_ratio", Number},
                             {"order", Text, nullptr, Short::None, Merging::Deep, "start-first|stop-first"}};
constexpr Record kUpdateRecord{kUpdate};
constexpr Field kRestart[] = {{"condition"}, {"delay", Duration}, {"max_attempts", Integer}, {"window", Duration}};
constexpr Record kRestartRecord{kRestart};
constexpr Field kPreference[] = {{"spread"}};
constexpr Record kPreferenceRecord{kPreference};
constexpr Field kPlacement[] = {{"constraints", Words}, {"preferences", BlockList, &kPreferenceRecord, Short::None, Merging::Append}, {"max_replicas_per_node", Integer}};
constexpr Record kPlacementRecord{kPlacement};
constexpr Field kDeploy[] = {
    {"mode"}, {"replicas", Natural}, {"labels", Dictionary}, {"update_config", Shape::Block, &kUpdateRecord}, {"rollback_config", Shape::Block, &kUpdateRecord},
    {"resources", Shape::Block, &kResourcesRecord}, {"restart_policy", Shape::Block, &kRestartRecord}, {"placement", Shape::Block, &kPlacementRecord}, {"endpoint_mode"},
};
constexpr Record kDeployRecord{kDeploy};

constexpr Field kMapping[] = {{"source"}, {"target"}, {"permissions"}};
constexpr Record kMappingRecord{kMapping, "source"};

constexpr Field kEnvFile[] = {{"path"}, {"required", Flag}, {"format"}};
constexpr Record kEnvFileRecord{kEnvFile, "path", false};

constexpr Field kExtends[] = {{"file"}, {"service"}};
constexpr Record kExtendsRecord{kExtends, "", false};  // a service is asked for where it is followed

constexpr Field kProvider[] = {{"type"}, {"options", Any}};
constexpr Record kProviderRecord{kProvider, "type"};

constexpr Field kCredential[] = {{"config"}, {"file"}, {"registry"}};
constexpr Record kCredentialRecord{kCredential};

constexpr Field kHealth[] = {
    {"test", Command, nullptr, Short::Test, Merging::Replace}, {"timeout", Duration}, {"interval", Duration}, {"retries", Natural}, {"start_period", Duration}, {"start_interval", Duration}, {"disable", Flag},
};
constexpr Record kHealthRecord{kHealth};

constexpr Field kLogging[] = {{"driver"}, {"options", Dictionary}};
constexpr Record kLoggingRecord{kLogging};

constexpr Field kServiceModel[] = {{"endpoint_var"}, {"model_var"}};
constexpr Record kServiceModelRecord{kServiceModel};

constexpr Field kAttachment[] = {
    {"aliases", Words}, {"driver_opts", Dictionary}, {"gw_priority", Integer}, {"interface_name"}, {"ipv4_address"}, {"ipv6_address"}, {"link_local_ips", Words}, {"mac_address"}, {"priority", Integer},
};
constexpr Record kAttachmentRecord{kAttachment};

constexpr Field kPort[] = {{"name"}, {"mode"}, {"host_ip"}, {"target", Integer}, {"published", TextOrNumber}, {"protocol"}, {"app_protocol"}};
constexpr Record kPortRecord{kPort};

constexpr Field kBind[] = {{"selinux", Text, nullptr, Short::None, Merging::Deep, "z|Z"}, {"propagation"}, {"create_host_path", Flag}, {"recursive", Text, nullptr, Short::None, Merging::Deep, "enabled|disabled|writable|readonly"}};
constexpr Record kBindRecord{kBind};
constexpr Field kVolumeOptions[] = {{"labels", Dictionary}, {"nocopy", Flag}, {"subpath"}};
constexpr Record kVolumeOptionsRecord{kVolumeOptions};
constexpr Field kTmpfsOptions[] = {{"size", Size}, {"mode", TextOrNumber}};
constexpr Record kTmpfsOptionsRecord{kTmpfsOptions};
constexpr Field kImageOptions[] = {{"subpath"}};
constexpr Record kImageOptionsRecord{kImageOptions};
constexpr Field kMount[] = {
    {"type", Text, nullptr, Short::None, Merging::Deep, "bind|volume|tmpfs|cluster|npipe|image"}, {"source"}, {"target"}, {"read_only", Flag}, {"consistency"}, {"bind", Shape::Block, &kBindRecord},
    {"volume", Shape::Block, &kVolumeOptionsRecord}, {"tmpfs", Shape::Block, &kTmpfsOptionsRecord}, {"image", Shape::Block, &kImageOptionsRecord},
};
constexpr Record kMountRecord{kMount, "type"};

// In the order in which `config` prints them.
constexpr Field kService[] = {
    {"profiles", Words},
    {"annotations", Dictionary},
    {"attach", Flag},
    {"build", Shape::Block, &kBuildRecord, Short::Build},
    {"develop", BlockOrNull, &kDevelopRecord},
    {"blkio_config", Shape::Block, &kBlkioRecord},
    {"cap_add", Words},
    {"cap_drop", Words},
    {"cgroup_parent"},
    {"cgroup", Text, nullptr, Short::None, Merging::Deep, "host|private"},
    {"cpu_count", Natural},
    {"cpu_percent", Number},
    {"cpu_period", Integer},
    {"cpu_quota", Integer},
    {"cpu_rt_period", Integer},
    {"cpu_rt_runtime", Integer},
    {"cpus", Number},
    {"cpuset"},
    {"cpu_shares", Integer},
    {"command", Command, nullptr, Short::None, Merging::Replace},
    {"configs", BlockList, &kGrantRecord, Short::Grants, Merging::ByTarget},
    {"container_name"},
    {"credential_spec", Shape::Block, &kCredentialRecord},
    {"depends_on", Blocks, &kDependencyRecord, Short::DependsOn},
    {"deploy", BlockOrNull, &kDeployRecord},
    {"device_cgroup_rules", Words},
    {"devices", BlockList, &kMappingRecord, Short::Devices, Merging::ByTarget},
    {"dns", WordOrWords},
    {"dns_opt", Words},
    {"dns_search", WordOrWords},
    {"domainname"},
    {"entrypoint", Command, nullptr, Short::None, Merging::Replace},
    {"provider", Shape::Block, &kProviderRecord},
    {"environment", Dictionary},
    {"env_file", BlockList, &kEnvFileRecord, Short::EnvFiles, Merging::ByPath},
    {"expose", Words},
    {"extends", Shape::Block, &kExtendsRecord, Short::Extends, Merging::Replace},
    {"external_links", Words},
    {"extra_hosts", Hosts},
    {"group_add", Words},
    {"gpus", BlockList, &kGpuRecord, Short::Gpus, Merging::Append},
    {"hostname"},
    {"healthcheck", Shape::Block, &kHealthRecord},
    {"image"},
    {"init", Flag},
    {"ipc"},
    {"isolation"},
    {"labels", Dictionary},
    {"label_file", WordOrWords},
    {"links", Words},
    {"logging", Shape::Block, &kLoggingRecord, Short::None, Merging::Logging},
    {"mem_limit", Size},
    {"mem_reservation", Size},
    {"memswap_limit", Size},
    {"mem_swappiness", Integer},
    {"mac_address"},
    {"models", Blocks, &kServiceModelRecord, Short::Names},
    {"network_mode"},
    {"networks", Blocks, &kAttachmentRecord, Short::Names},
    {"oom_kill_disable", Flag},
    {"oom_score_adj", Integer},
    {"pid", TextOrNull},
    {"pids_limit", Integer},
    {"platform"},
    {"ports", BlockList, &kPortRecord, Short::Ports, Merging::Append},
    {"privileged", Flag},
    {"pull_policy"},
    {"pull_refresh_after"},
    {"read_only", Flag},
    {"restart"},
    {"runtime"},
    {"scale", Natural},
    {"secrets", BlockList, &kGrantRecord, Short::Grants, Merging::ByTarget},
    {"security_opt", Words},
    {"shm_size", Size},
    {"stdin_open", Flag},
    {"stop_grace_period", Duration},
    {"stop_signal"},
    {"storage_opt", Dictionary},
    {"sysctls", Dictionary},
    {"tmpfs", WordOrWords},
    {"tty", Flag},
    {"ulimits", Blocks, &kUlimitRecord, Short::Limits, Merging::Replace},
    {"use_api_socket", Flag},
    {"user"},
    {"userns_mode"},
    {"uts"},
    {"volumes", BlockList, &kMountRecord, Short::Mounts, Merging::ByTarget},
    {"volumes_from", Words},
    {"working_dir"},
    {"pre_start", BlockList, &kHookRecord, Short::None, Merging::Append},
    {"post_start", BlockList, &kHookRecord, Short::None, Merging::Append},
    {"pre_stop", BlockList, &kHookRecord, Short::None, Merging::Append},
};
constexpr Record kServiceRecord{kService};

constexpr Field kExternal[] = {{"name"}};
constexpr Record kExternalRecord{kExternal};
constexpr Field kPool[] = {{"subnet"}, {"ip_range"}, {"gateway"}, {"aux_addresses", Dictionary}};
constexpr Record kPoolRecord{kPool};
constexpr Field kIpam[] = {{"driver"}, {"config", BlockList, &kPoolRecord, Short::None, Merging::BySubnet}, {"options", Dictionary}};
constexpr Record kIpamRecord{kIpam};
constexpr Field kNetwork[] = {
    {"name"}, {"driver"}, {"driver_opts", Dictionary}, {"ipam", Shape::Block, &kIpamRecord}, {"external", Shape::Block, &kExternalRecord, Short::External}, {"internal", Flag}, {"attachable", Flag},
    {"labels", Dictionary}, {"enable_ipv4", Flag}, {"enable_ipv6", Flag},
};
constexpr Record kNetworkRecord{kNetwork};
constexpr Field kVolume[] = {{"name"}, {"driver"}, {"driver_opts", Dictionary}, {"external", Shape::Block, &kExternalRecord, Short::External}, {"labels", Dictionary}};
constexpr Record kVolumeRecord{kVolume};
constexpr Field kSecret[] = {
    {"name"}, {"file"}, {"environment"}, {"content"}, {"external", Shape::Block, &kExternalRecord, Short::External}, {"labels", Dictionary}, {"driver"}, {"driver_opts", Dictionary}, {"template_driver"},
};
constexpr Record kSecretRecord{kSecret};
constexpr Field kModel[] = {{"name"}, {"model"}, {"context_size", Integer}, {"runtime_flags", Words}};
constexpr Record kModelRecord{kModel, "model"};
constexpr Field kInclude[] = {{"path", WordOrWords}, {"project_directory"}, {"env_file", WordOrWords}};
constexpr Record kIncludeRecord{kInclude, "", false};

constexpr Field kFile[] = {
    {"version", TextOrNumber},
    {"name"},
    {"include", BlockList, &kIncludeRecord, Short::Include, Merging::Append},
    {"services", Blocks, &kServiceRecord},
    {"networks", Blocks, &kNetworkRecord},
    {"volumes", Blocks, &kVolumeRecord},
    {"secrets", Blocks, &kSecretRecord},
    {"configs", Blocks, &kSecretRecord},
    {"models", Blocks, &kModelRecord},
};
constexpr Record kFileRecord{kFile};

}  // namespace

const Field* Record::find(std::string_view name) const {
  for (const Field& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

const Record& file_record() { return kFileRecord; }
const Record& service_record() { return kServiceRecord; }

}  // namespace strates::compose
