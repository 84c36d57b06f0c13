#include "sim/process/process.hpp"

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/signals.hpp"
#include "sim/process/terminal.hpp"

namespace strates::sim {

namespace {

std::optional<Device> device_of(const image::EntryMeta& meta) {
  if (meta.type != image::EntryType::CharDevice || meta.device_major != 1) return std::nullopt;
  switch (meta.device_minor) {  // Linux, Documentation/admin-guide/devices.txt
    case 3: return Device::Null;
    case 5: return Device::Zero;
    case 7: return Device::Full;
    case 8:
    case 9: return Device::Random;
    default: return std::nullopt;
  }
}

// Devices that the kernel always gives a container, whatever the Vfs shows in /dev.
std::optional<Device> device_named(std::string_view path) {
  if (path == "/dev/null") return Device::Null;
  if (path == "/dev/zero") return Device::Zero;
  if (path == "/dev/full") return Device::Full;
  if (path == "/dev/random" || path == "/dev/urandom") return Device::Random;
  return std::nullopt;
}

// The descriptor that /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N and /proc/self/fd/N stand for.
std::optional<int> descriptor_named(std::string_view path) {
  if (path == "/dev/stdin") return 0;
  if (path == "/dev/stdout") return 1;
  if (path == "/dev/stderr") return 2;
  for (const std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
    if (path.substr(0, prefix.size()) != prefix) continue;
    const std::string_view digits = path.substr(prefix.size());
    if (!digits.empty() && digits.size() < 6 && digits.find_first_not_of("0123456789") == std::string_view::npos) return std::stoi(std::string(digits));
  }
  return std::nullopt;
}

}  // namespace

Vfs& Process::vfs() { return kernel.vfs(); }
Clock& Process::clock() { return kernel.clock(); }

std::string Process::absolute(std::string_view path) {
  const std::string whole = !path.empty() && path.front() == '/' ? std::string(path) : cwd + "/" + std::string(path);
  if (whole.find("..") == std::string::npos) return clean_path(whole);
  std::string at = "/";
  for (const std::string& part : split(whole, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      const auto real = vfs().real_path(at);
      const auto stat = vfs().stat(at);
      // Behind what is no directory nothing is found: a name below it gives the error that the kernel gives.
      if (!real.ok() || !stat.ok() || stat.value().meta.type != image::EntryType::Directory) return join_path(at, "...");
      at = dir_name(real.value());
    } else {
      at = join_path(at, part);
    }
  }
  return at;
}

Result<OpenFilePtr> Process::open_for_reading(std::string_view path) {
  const std::string whole = absolute(path);
  if (const auto number = descriptor_named(whole)) {
    if (auto found = file(*number)) return found;
    return vfs_error(Errno::NoEntry, "open", whole);
  }
  if (whole == "/dev/tty" && terminal) return OpenFilePtr(terminal);
  auto stat = vfs().stat(whole);
  if (!stat.ok()) {
    if (const auto device = device_named(whole)) return OpenFilePtr(std::make_shared<DeviceFile>(*device));
    return std::move(stat).error();
  }
  if (const auto device = device_of(stat.value().meta)) return OpenFilePtr(std::make_shared<DeviceFile>(*device));
  if (stat.value().meta.type == image::EntryType::Directory) return OpenFilePtr(std::make_shared<DirectoryFile>());
  return OpenFilePtr(std::make_shared<FileReader>(TRY(vfs().read(whole))));
}

Result<OpenFilePtr> Process::open_for_writing(std::string_view path, Vfs::Write how) {
  const std::string whole = absolute(path);
  if (const auto number = descriptor_named(whole)) {
    if (auto found = file(*number)) return found;
    return vfs_error(Errno::NoEntry, "open", whole);
  }
  if (whole == "/dev/tty" && terminal) return OpenFilePtr(terminal);
  const auto stat = vfs().stat(whole);
  if (!stat.ok()) {
    if (const auto device = device_named(whole)) return OpenFilePtr(std::make_shared<DeviceFile>(*device));
  } else {
    if (const auto device = device_of(stat.value().meta)) return OpenFilePtr(std::make_shared<DeviceFile>(*device));
    if (stat.value().meta.type == image::EntryType::Directory) return vfs_error(Errno::IsDirectory, "open", whole);
  }
  if (path.size() > 1 && path.back() == '/') return vfs_error(stat.ok() ? Errno::NotDirectory : Errno::IsDirectory, "open", whole);
  TRY(vfs().write(whole, "", how, 0666 & ~umask));
  const auto after = TRY(vfs().stat(whole));
  return OpenFilePtr(std::make_shared<FileWriter>(vfs(), whole, after.inode));
}

OpenFilePtr Process::file(int descriptor) const {
  const auto found = files.find(descriptor);
  return found == files.end() ? nullptr : found->second;
}

Reading Process::read(int descriptor, size_t most) {
  const auto from = file(descriptor);
  if (!from) return {Reading::Kind::Failed, {}, "Bad file descriptor"};
  return from->read(most);
}

std::string Process::write(int descriptor, std::string_view bytes) {
  const auto to = file(descriptor);
  if (!to) return "Bad file descriptor";
  if (bytes.empty()) return "";
  if (!pending_.empty()) {
    pending_.push_back({to, std::string(bytes)});
    return "";
  }
  const Writing done = to->write(bytes);
  switch (done.kind) {
    case Writing::Kind::Done: return "";
    case Writing::Kind::Blocked: pending_.push_back({to, std::string(bytes.substr(done.count))}); return "";
    case Writing::Kind::Broken: kernel.signal_process(*this, kSigPipe, ContainerKernel::From::Inside); return "Broken pipe";
    case Writing::Kind::Failed: return done.error;
  }
  return "";
}

bool Process::flush_pending() {
  while (!pending_.empty()) {
    Pending& first = pending_.front();
    const Writing done = first.to->write(first.bytes);
    if (done.kind == Writing::Kind::Blocked) {
      first.bytes.erase(0, done.count);
      return false;
    }
    pending_.pop_front();
    if (done.kind == Writing::Kind::Broken) {
      pending_.clear();
      kernel.signal_process(*this, kSigPipe, ContainerKernel::From::Inside);
      return true;
    }
  }
  return true;
}

bool Process::is_terminal(int descriptor) const {
  const auto found = file(descriptor);
  return found && found->terminal() != nullptr;
}

std::optional<std::string_view> Process::variable(std::string_view name) const {
  for (const std::string& entry : env)
    if (entry.size() > name.size() && entry[name.size()] == '=' && std::string_view(entry).substr(0, name.size()) == name)
      return std::string_view(entry).substr(name.size() + 1);
  return std::nullopt;
}

Disposition Process::disposition(int signal) const {
  const auto found = dispositions.find(signal);
  return found == dispositions.end() ? Disposition::Default : found->second;
}

}  // namespace strates::sim
