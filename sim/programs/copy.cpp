// cp and mv.
#include "base/strings.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/options.hpp"

namespace strates::sim::programs {

namespace {

using image::EntryType;

constexpr int kMostDepth = 200;

struct CopyOptions {
  bool recurse = false, preserve = false, force = false, keep_links = false;
};

class Copier {
 public:
  Copier(Call& call, CopyOptions options) : call_(call), options_(options) {}

  bool copy(const std::string& from, const std::string& to, bool named, int depth = 0) {
    const bool follow = named ? !options_.keep_links : false;
    const auto stat = follow ? call_.vfs().stat(call_.path(from)) : call_.vfs().lstat(call_.path(from));
    if (!stat.ok()) return complain("can't stat '" + from + "': " + reason(stat.error()), "cannot stat '" + from + "': " + reason(stat.error()));
    const auto& meta = stat.value().meta;
    const auto there = call_.vfs().stat(call_.path(to));
    if (there.ok() && there.value().inode == stat.value().inode && meta.type != EntryType::Symlink)
      return complain("'" + from + "' and '" + to + "' are the same file", "'" + from + "' and '" + to + "' are the same file");
    bool good = false;
    switch (meta.type) {
      case EntryType::Directory: good = directory(from, to, meta, there, depth); break;
      case EntryType::Symlink: good = link(from, to); break;
      case EntryType::File:
      case EntryType::HardLink: good = file(from, to, meta); break;
      default: call_.refuse("to copy a device or a pipe"); return false;
    }
    if (good && options_.preserve && meta.type != EntryType::Symlink) {
      if (meta.uid != call_.process.who.uid || meta.gid != call_.process.who.gid || there.ok()) ignore(call_.vfs().change_owner(call_.path(to), meta.uid, meta.gid));
      ignore(call_.vfs().change_mode(call_.path(to), meta.mode));
      ignore(call_.vfs().set_times(call_.path(to), meta.mtime));
    }
    return good;
  }

 private:
  bool complain(const std::string& busybox, const std::string& coreutils) {
    call_.fail(call_.busybox() ? busybox : coreutils);
    return false;
  }

  bool directory(const std::string& from, const std::string& to, const image::EntryMeta& meta, const Result<FileStat>& there, int depth) {
    if (!options_.recurse) return complain("omitting directory '" + from + "'", "-r not specified; omitting directory '" + from + "'");
    if (depth > kMostDepth) {
      call_.refuse("a tree deeper than 200");
      return false;
    }
    const std::string real = call_.path(from), target = call_.path(to);
    if (depth == 0) {
      top_from_ = from;
      top_to_ = to;
    } else if (real == call_.path(top_to_)) {  // the copy meets itself
      return complain("recursion detected, omitting directory '" + from + "'", "cannot copy a directory, '" + top_from_ + "', into itself, '" + top_to_ + "'");
    }
    if (there.ok() && there.value().meta.type != EntryType::Directory)
      return complain("target '" + to + "' is not a directory", "cannot overwrite non-directory '" + to + "' with directory '" + from + "'");
    if (!there.ok()) {
      const auto made = call_.vfs().make_directory(target, (meta.mode & ~call_.process.umask & 0777) | 0700);
      if (!made.ok()) return complain("can't create directory '" + to + "': " + reason(made.error()), "cannot create directory '" + to + "': " + reason(made.error()));
    }
    auto names = call_.vfs().list(real);
    if (!names.ok()) return complain("can't open '" + from + "': " + reason(names.error()), "cannot access '" + from + "': " + reason(names.error()));
    bool good = true;
    for (const std::string& name : names.value()) good = copy(join_written(from, name), join_written(to, name), false, depth + 1) && good;
    if (!there.ok() && !options_.preserve) ignore(call_.vfs().change_mode(target, meta.mode & ~call_.process.umask & 0777));
    return good;
  }

  bool link(const std::string& from, const std::string& to) {
    auto target = call_.vfs().read_link(call_.path(from));
    if (!target.ok()) return complain("can't read '" + from + "': " + reason(target.error()), "cannot read symbolic link '" + from + "': " + reason(target.error()));
    if (const auto there = call_.vfs().lstat(call_.path(to)); there.ok() && there.value().meta.type != EntryType::Directory) ignore(call_.vfs().unlink(call_.path(to)));
    const auto done = call_.vfs().symlink(target.value(), call_.path(to));
    if (done.ok()) return true;
    return complain("can't create symlink '" + to + "' to '" + target.value() + "': " + reason(done.error()), "cannot create symbolic link '" + to + "': " + reason(done.error()));
  }

  bool file(const std::string& from, const std::string& to, const image::EntryMeta& meta) {
    auto source = call_.process.open_for_reading(from);
    if (!source.ok()) return complain("can't open '" + from + "': " + reason(source.error()), "cannot open '" + from + "' for reading: " + reason(source.error()));
    auto bytes = call_.vfs().read(call_.path(from));
    if (!bytes.ok()) return complain("can't open '" + from + "': " + reason(bytes.error()), "cannot open '" + from + "' for reading: " + reason(bytes.error()));
    const std::string path = call_.path(to);
    auto done = call_.vfs().write(path, bytes.value(), Vfs::Write::Truncate, meta.mode & ~call_.process.umask & 0777);
    if (!done.ok() && options_.force && call_.vfs().unlink(path).ok()) done = call_.vfs().write(path, bytes.value(), Vfs::Write::Truncate, meta.mode & ~call_.process.umask & 0777);
    if (done.ok()) return true;
    return complain("can't create '" + to + "': " + reason(done.error()), "cannot create regular file '" + to + "': " + reason(done.error()));
  }

  Call& call_;
  CopyOptions options_;
  std::string top_from_, top_to_;
};

// A target that cannot be looked at. True: it said why it cannot.
bool bad_target(Call& call, const std::string& target, const Result<FileStat>& there) {
  if (there.ok() || errno_of(there.error()) == Errno::NoEntry) return false;
  if (!call.busybox()) {
    call.fail("cannot stat '" + target + "': " + reason(there.error()));
    return true;
  }
  const bool through_file = errno_of(there.error()) == Errno::NotDirectory;
  call.fail("can't stat '" + target + "': " + (through_file ? std::string("Path has non-directory component") : reason(there.error())));
  return true;
}

int missing(Call& call, const std::vector<std::string>& operands) {
  if (call.busybox()) return call.refuse("the usage text (an operand is missing)", 1);
  if (operands.empty()) return call.fail("missing file operand\nTry '" + call.name + " --help' for more information.");
  return call.fail("missing destination file operand after '" + operands[0] + "'\nTry '" + call.name + " --help' for more information.");
}

}  // namespace

int cp(Call& call) {
  const Options options = parse_options(call.args, "rRpafdP", {{"recursive", 'r'}, {"archive", 'a'}, {"force", 'f'}, {"no-dereference", 'P'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  std::vector<std::string> sources = options.operands;
  if (sources.size() < 2) return missing(call, sources);
  const std::string target = sources.back();
  sources.pop_back();
  const bool archive = options.has('a');
  const bool recurse = archive || options.has('r') || options.has('R');
  Copier copier(call, {recurse, archive || options.has('p'), options.has('f'), archive || options.has('d') || options.has('P') || recurse});
  const auto there = call.vfs().stat(call.path(target));
  if (bad_target(call, target, there)) return 1;
  const bool into = there.ok() && there.value().meta.type == EntryType::Directory;
  if (sources.size() > 1 && !into && !call.busybox()) return call.fail("target '" + target + "': " + (there.ok() ? "Not a directory" : reason(there.error())));
  int code = 0;
  for (const std::string& source : sources) {
    std::string name = source;
    while (name.size() > 1 && name.back() == '/') name.pop_back();
    const bool contents = base_name(name) == "." || base_name(name) == "..";
    // busybox puts several sources below the target even when it is no directory, and fails there.
    std::string to = into || sources.size() > 1 ? (contents ? target : join_written(target, base_name(name))) : target;
    if (!into && !there.ok() && target.size() > 1 && target.back() == '/' && !recurse) {
      code = call.busybox() ? call.fail("can't create '" + target + "': Is a directory") : call.fail("cannot create regular file '" + target + "': Not a directory");
      continue;
    }
    if (!copier.copy(source, to, true)) code = 1;
  }
  return code;
}

int mv(Call& call) {
  const Options options = parse_options(call.args, "fT", {{"force", 'f'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  std::vector<std::string> sources = options.operands;
  if (sources.size() < 2) return missing(call, sources);
  const std::string target = sources.back();
  sources.pop_back();
  const auto there = call.vfs().stat(call.path(target));
  if (bad_target(call, target, there)) return 1;
  const bool into = !options.has('T') && there.ok() && there.value().meta.type == EntryType::Directory;
  if (sources.size() > 1 && !into) return call.busybox() ? call.refuse("the usage text (the target is not a directory)", 1) : call.fail("target '" + target + "': " + (there.ok() ? "Not a directory" : reason(there.error())));
  int code = 0;
  for (const std::string& source : sources) {
    std::string name = source;
    while (name.size() > 1 && name.back() == '/') name.pop_back();
    const std::string to = into ? join_written(target, base_name(name)) : target;
    const auto stat = call.vfs().lstat(call.path(name));
    if (!stat.ok()) {
      code = call.busybox() ? call.fail("can't rename '" + source + "': " + reason(stat.error())) : call.fail("cannot stat '" + source + "': " + reason(stat.error()));
      continue;
    }
    const auto at_target = call.vfs().lstat(call.path(to));
    if (!call.busybox() && at_target.ok() && (at_target.value().meta.type == EntryType::Directory) != (stat.value().meta.type == EntryType::Directory)) {
      const bool directory = stat.value().meta.type == EntryType::Directory;
      code = directory ? call.fail("cannot overwrite non-directory '" + to + "' with directory '" + name + "'") : call.fail("cannot overwrite directory '" + to + "' with non-directory");
      continue;
    }
    auto done = call.vfs().rename(call.path(name), call.path(to));
    if (!done.ok() && errno_of(done.error()) == Errno::CrossDevice && stat.value().meta.type == EntryType::Directory) {
      // overlayfs: a directory of a lower layer cannot be renamed; mv copies it and removes the original.
      Copier copier(call, {true, true, true, true});
      if (copier.copy(name, to, true)) {
        std::vector<std::string> args{"rm", "-rf", name};
        Call removal(call.process, args, call.name, call.family);
        if (rm(removal) != 0) code = 1;
        removal.flush();
      } else {
        code = 1;
      }
      continue;
    }
    if (done.ok()) continue;
    if (call.busybox()) code = call.fail("can't rename '" + source + "': " + reason(done.error()));
    else code = call.fail("cannot move '" + source + "' to '" + to + "': " + reason(done.error()));
  }
  return code;
}

}  // namespace strates::sim::programs
