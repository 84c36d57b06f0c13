#include "linux/process/plan_codec.hpp"

#include "linux/process/packing.hpp"

namespace strates::linux_world {

namespace {

// One description of each structure serves both directions: `Io` is a Writer or a Reader.
class Writer {
 public:
  template <typename T>
  void number(const T& value) {
    packer.number(value);
  }
  template <typename T>
  void choice(const T& value) {
    packer.number(static_cast<std::uint8_t>(value));
  }
  void flag(const bool& value) { packer.number(static_cast<std::uint8_t>(value)); }
  void text(const std::string& value) { packer.text(value); }
  void texts(const std::vector<std::string>& value) { packer.texts(value); }
  template <typename T>
  void numbers(const std::vector<T>& value) {
    packer.numbers(value);
  }
  template <typename T, typename Each>
  void list(const std::vector<T>& values, Each each) {
    packer.number(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) each(value);
  }
  Packer packer;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : unpacker(bytes) {}
  template <typename T>
  void number(T& value) {
    value = unpacker.number<T>();
  }
  template <typename T>
  void choice(T& value) {
    value = static_cast<T>(unpacker.number<std::uint8_t>());
  }
  void flag(bool& value) { value = unpacker.number<std::uint8_t>() != 0; }
  void text(std::string& value) { value = unpacker.text(); }
  void texts(std::vector<std::string>& value) { value = unpacker.texts(); }
  template <typename T>
  void numbers(std::vector<T>& value) {
    value = unpacker.numbers<T>();
  }
  template <typename T, typename Each>
  void list(std::vector<T>& values, Each each) {
    for (size_t left = unpacker.count(); left > 0 && unpacker.ok(); --left) each(values.emplace_back());
  }
  Unpacker unpacker;
};

void process(auto& io, auto& spec) {
  io.texts(spec.args);
  io.texts(spec.env);
  io.text(spec.cwd);
  io.number(spec.uid);
  io.number(spec.gid);
  io.numbers(spec.groups);
  io.flag(spec.tty);
  io.flag(spec.open_stdin);
  io.number(spec.rows);
  io.number(spec.columns);
  io.flag(spec.privileged);
  io.flag(spec.confinement.no_new_privileges);
  io.number(spec.confinement.oom_score_adj);
  io.list(spec.confinement.ulimits, [&](auto& limit) {
    io.text(limit.name);
    io.number(limit.soft);
    io.number(limit.hard);
  });
  // The filter travels as a program; its profile stays here.
}

void launch(auto& io, auto& plan) {
  io.text(plan.container);
  io.text(plan.exec);
  process(io, plan.process);
  io.number(plan.capabilities);
  io.texts(plan.cgroup_joins);
  io.choice(plan.cgroup_version);
  io.text(plan.oom_file);
  io.text(plan.run_directory);
  io.text(plan.log_path);
  io.number(plan.log.max_bytes);
  io.number(plan.log.files);
  io.flag(plan.held);
  io.numbers(plan.seccomp);
}

void mounts(auto& io, auto& steps) {
  io.list(steps, [&](auto& step) {
    io.choice(step.kind);
    io.text(step.source);
    io.text(step.target);
    io.text(step.type);
    io.number(step.flags);
    io.text(step.data);
    io.choice(step.presence);
    io.number(step.propagation);
  });
}

void container(auto& io, auto& plan) {
  launch(io, plan.launch);
  io.text(plan.root);
  io.number(plan.clone_flags);
  mounts(io, plan.mounts);
  io.list(plan.devices, [&](auto& device) {
    io.text(device.path);
    io.number(device.mode);
    io.number(device.major);
    io.number(device.minor);
  });
  io.list(plan.links, [&](auto& link) {
    io.text(link.path);
    io.text(link.target);
  });
  mounts(io, plan.closing_mounts);
  io.text(plan.hostname);
  io.text(plan.domainname);
  io.flag(plan.loopback);
  io.list(plan.joins, [&](auto& join) {
    io.text(join.path);
    io.number(join.flag);
  });
  io.list(plan.sysctls, [&](auto& step) {
    io.text(step.path);
    io.text(step.value);
  });
}

void exec(auto& io, auto& plan) {
  launch(io, plan.launch);
  io.number(plan.namespaces);
}

Error bad_plan() { return make_error(ErrorKind::Internal, "process.message", "read plan", "", "not a plan"); }

}  // namespace

std::string encode_plan(const Plan& plan) {
  Writer writer;
  writer.packer.number(static_cast<std::uint8_t>(plan.index()));
  if (const auto* first = std::get_if<ContainerPlan>(&plan)) container(writer, *first);
  else exec(writer, std::get<ExecPlan>(plan));
  return writer.packer.take();
}

Result<Plan> decode_plan(std::string_view bytes) {
  Reader reader(bytes);
  const auto index = reader.unpacker.number<std::uint8_t>();
  Plan plan;
  if (index == 0) {
    container(reader, std::get<ContainerPlan>(plan));
  } else if (index == 1) {
    exec(reader, plan.emplace<ExecPlan>());
  } else {
    return bad_plan();
  }
  if (!reader.unpacker.finished()) return bad_plan();
  return plan;
}

}  // namespace strates::linux_world
