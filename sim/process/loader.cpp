#include "sim/process/loader.hpp"

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/programs/program_table.hpp"
#include "sim/programs/start.hpp"

namespace strates::sim {

namespace {

constexpr int kMostInterpreters = 4;  // Linux, fs/exec.c: a script's interpreter may itself be a script, not for ever
constexpr size_t kLineLimit = 255;    // BINPRM_BUF_SIZE

class Refusal : public Program {
 public:
  Refusal(std::string sentence, int code) : sentence_(std::move(sentence)), code_(code) {}
  Step step(Process& self) override {
    self.write(2, sentence_ + "\n");
    return Step::exited(code_);
  }

 private:
  std::string sentence_;
  int code_;
};

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool is_busybox(Process& self, const std::string& path, const std::string& bytes) {
  const auto stat = self.vfs().stat(path);
  const std::string key = path + ":" + std::to_string(stat.ok() ? stat.value().inode : 0) + ":" + std::to_string(bytes.size());
  auto& known = self.kernel.busybox_files;
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known[key] = bytes.find("BusyBox v") != std::string::npos;
}

Result<Loaded> load(Process& self, const std::string& written, std::vector<std::string> args, int depth) {
  const std::string path = self.absolute(written);
  const auto stat = TRY(self.vfs().stat(path));
  if (stat.meta.type != image::EntryType::File) return vfs_error(Errno::AccessDenied, "execve", path);
  const std::string bytes = TRY(self.vfs().read_for_exec(path));
  if (args.empty()) args.push_back(written);

  if (starts_with(bytes, kProgramMarker)) {
    const std::string_view rest = std::string_view(bytes).substr(kProgramMarker.size());
    const std::string family(trim(rest.substr(0, rest.find('\n'))));
    if (auto program = start_program(family, args)) return Loaded{std::move(program), std::move(args)};
    return Loaded{make_refusal("strates-sim: the simulator cannot run this program: " + path + "; use the Linux world", 126), std::move(args)};
  }
  if (starts_with(bytes, "\x7f"
                         "ELF")) {
    if (is_busybox(self, path, bytes)) {
      auto program = start_program("busybox", args);
      return Loaded{std::move(program), std::move(args)};
    }
    return Loaded{make_refusal("strates-sim: the simulator cannot run this program: " + path + "; use the Linux world", 126), std::move(args)};
  }
  if (starts_with(bytes, "#!")) {
    if (depth >= kMostInterpreters) return vfs_error(Errno::LinkLoop, "execve", path);
    const std::string_view first = std::string_view(bytes).substr(2, kLineLimit);
    const std::string line(trim(first.substr(0, first.find('\n'))));
    const size_t space = line.find_first_of(" \t");
    const std::string interpreter = line.substr(0, space);
    if (interpreter.empty()) return vfs_error(Errno::ExecFormat, "execve", path);
    std::vector<std::string> all{interpreter};
    if (space != std::string::npos)
      if (const std::string option(trim(std::string_view(line).substr(space))); !option.empty()) all.push_back(option);
    all.push_back(written);
    all.insert(all.end(), args.begin() + 1, args.end());
    return load(self, interpreter, std::move(all), depth + 1);
  }
  if (bytes.find('\0') != std::string::npos)
    return Loaded{make_refusal("strates-sim: the simulator cannot run this program: " + path + "; use the Linux world", 126), std::move(args)};
  return vfs_error(Errno::ExecFormat, "execve", path);
}

}  // namespace

std::unique_ptr<Program> make_refusal(std::string sentence, int code) { return std::make_unique<Refusal>(std::move(sentence), code); }

Result<Loaded> load_program(Process& self, std::string_view path, std::vector<std::string> args) {
  return load(self, std::string(path), std::move(args), 0);
}

bool is_executable(Process& self, std::string_view path) {
  const auto stat = self.vfs().stat(self.absolute(path));
  return stat.ok() && stat.value().meta.type == image::EntryType::File && (stat.value().meta.mode & 0111) != 0;
}

std::optional<std::string> find_in_path(Process& self, std::string_view name, std::string_view path_variable) {
  for (const std::string& directory : split(path_variable, ':')) {
    const std::string candidate = directory.empty() ? "./" + std::string(name) : join_path(directory, name);
    if (is_executable(self, candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace strates::sim
