// Programs that make, remove and change files.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/file_mode.hpp"
#include "sim/programs/options.hpp"
#include "sim/programs/users.hpp"

namespace strates::sim::programs {

namespace {

using image::EntryType;

constexpr int kMostDepth = 200;

ModeStyle style(const Call& call) { return call.busybox() ? ModeStyle::Busybox : ModeStyle::Gnu; }

int missing_operand(Call& call) {
  if (call.busybox()) return call.refuse("the usage text (an operand is missing)", 1);
  return call.fail("missing operand\nTry '" + call.name + " --help' for more information.");
}

std::string strip_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// Calls `each` for a tree, parents first. False: something failed, and was said.
bool walk(Call& call, const std::string& written, bool recurse, const std::function<bool(const std::string&, const FileStat&)>& each, int depth = 0) {
  const auto stat = call.vfs().lstat(call.path(written));
  if (!stat.ok()) {
    if (call.busybox()) call.fail(written + ": " + reason(stat.error()));
    else call.fail("cannot access '" + written + "': " + reason(stat.error()));
    return false;
  }
  bool good = each(written, stat.value());
  if (!recurse || stat.value().meta.type != EntryType::Directory) return good;
  if (depth > kMostDepth) {
    call.refuse("a tree deeper than 200");
    return false;
  }
  auto names = call.vfs().list(call.path(written));
  if (!names.ok()) {
    call.fail((call.busybox() ? "can't open '" : "cannot open directory '") + written + "': " + reason(names.error()));
    return false;
  }
  for (const std::string& name : names.value()) good = walk(call, join_written(written, name), true, each, depth + 1) && good;
  return good;
}

}  // namespace

int mkdir(Call& call) {
  const Options options = parse_options(call.args, "pm:", {{"parents", 'p'}, {"mode", 'm'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return missing_operand(call);
  std::optional<std::uint32_t> mode;
  if (options.has('m')) {
    mode = parse_mode(options.value('m'), 0777, EntryType::Directory, 0, style(call));
    if (!mode) return call.fail("invalid mode '" + options.value('m') + "'");
  }
  int code = 0;
  for (const std::string& operand : options.operands) {
    const auto cannot = [&](const std::string& path, const Error& error) {
      code = call.fail((call.busybox() ? "can't create directory '" : "cannot create directory '") + path + "': " + reason(error));
    };
    const std::string path = strip_slashes(operand);
    if (options.has('p')) {
      std::string made = path.front() == '/' ? "/" : "";
      bool good = true;
      const std::vector<std::string> parts = split(path, '/');
      for (size_t i = 0; i < parts.size() && good; ++i) {
        if (parts[i].empty()) continue;
        made = join_written(made, parts[i]);
        const bool last = i + 1 == parts.size();
        const auto there = call.vfs().stat(call.path(made));
        if (there.ok() && there.value().meta.type == EntryType::Directory) continue;
        auto done = there.ok() ? Result<void>(vfs_error(last ? Errno::Exists : Errno::NotDirectory, "mkdir", made))
                               : call.vfs().make_directory(call.path(made), (last && mode ? *mode : (0777 & ~call.process.umask) | (last ? 0u : 0300u)));
        if (!done.ok()) {
          cannot(call.busybox() ? (last ? operand : made + "/") : made, done.error());
          good = false;
        } else if (last && mode) {
          ignore(call.vfs().change_mode(call.path(made), *mode));
        }
      }
      continue;
    }
    auto done = call.vfs().make_directory(call.path(path), mode.value_or(0777 & ~call.process.umask));
    if (!done.ok()) {
      cannot(operand, done.error());
      continue;
    }
    if (mode) ignore(call.vfs().change_mode(call.path(path), *mode));
  }
  return code;
}

int rmdir(Call& call) {
  const Options options = parse_options(call.args, "p", {{"parents", 'p'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return missing_operand(call);
  int code = 0;
  for (const std::string& operand : options.operands) {
    std::string path = strip_slashes(operand);
    for (;;) {
      if (auto done = call.vfs().remove_directory(call.path(path)); !done.ok()) {
        code = call.busybox() ? call.fail("'" + path + "': " + reason(done.error())) : call.fail("failed to remove '" + path + "': " + reason(done.error()));
        break;
      }
      const size_t slash = path.rfind('/');
      if (!options.has('p') || slash == std::string::npos || slash == 0) break;
      path = strip_slashes(path.substr(0, slash));
    }
  }
  return code;
}

namespace {

bool remove_tree(Call& call, const std::string& written, bool recurse, bool force, int depth) {
  const std::string path = call.path(written);
  const auto stat = call.vfs().lstat(path);
  const auto cannot = [&](const Error& error) {
    call.fail((call.busybox() ? "can't remove '" : "cannot remove '") + written + "': " + reason(error));
    return false;
  };
  if (!stat.ok()) {
    if (force && (errno_of(stat.error()) == Errno::NoEntry || (!call.busybox() && errno_of(stat.error()) == Errno::NotDirectory))) return true;
    if (!call.busybox() || errno_of(stat.error()) == Errno::NoEntry) return cannot(stat.error());
    call.fail("can't stat '" + written + "': " + reason(stat.error()));
    return false;
  }
  if (stat.value().meta.type == EntryType::Directory) {
    if (!recurse) {
      if (call.busybox()) call.fail("'" + written + "' is a directory");
      else call.fail("cannot remove '" + written + "': Is a directory");
      return false;
    }
    if (depth > kMostDepth) {
      call.refuse("a tree deeper than 200");
      return false;
    }
    auto names = call.vfs().list(path);
    if (!names.ok()) return cannot(names.error());
    bool good = true;
    for (const std::string& name : names.value()) good = remove_tree(call, join_written(written, name), true, force, depth + 1) && good;
    if (!good) return false;
    const auto done = call.vfs().remove_directory(path);
    return done.ok() || cannot(done.error());
  }
  const auto done = call.vfs().unlink(path);
  return done.ok() || cannot(done.error());
}

}  // namespace

int rm(Call& call) {
  const Options options = parse_options(call.args, "rRf", {{"recursive", 'r'}, {"force", 'f'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return options.has('f') ? 0 : missing_operand(call);
  int code = 0;
  for (const std::string& operand : options.operands) {
    const std::string last = base_name(operand);
    const bool recurse = options.has('r') || options.has('R');
    if ((call.busybox() || recurse) && (last == "." || last == ".." || clean_path(operand) == "/")) {
      if (call.busybox() && clean_path(operand) != "/") code = call.fail("can't remove '.' or '..'");
      else if (clean_path(operand) == "/") code = call.busybox() ? call.refuse("to remove the root directory", 1) : call.fail("it is dangerous to operate recursively on '/'\n" + call.name + ": use --no-preserve-root to override this failsafe");
      else code = call.fail("refusing to remove '.' or '..' directory: skipping '" + operand + "'");
      continue;
    }
    if (!remove_tree(call, operand, recurse, options.has('f'), 0)) code = 1;
  }
  return code;
}

int ln(Call& call) {
  const Options options = parse_options(call.args, "sfn", {{"symbolic", 's'}, {"force", 'f'}, {"no-dereference", 'n'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return missing_operand(call);
  std::vector<std::string> sources = options.operands;
  std::string target = ".";
  if (sources.size() > 1) {
    target = sources.back();
    sources.pop_back();
  }
  const auto there = options.has('n') ? call.vfs().lstat(call.path(target)) : call.vfs().stat(call.path(target));
  const bool into = there.ok() && there.value().meta.type == EntryType::Directory;
  if (sources.size() > 1 && !into) return call.busybox() ? call.refuse("the usage text (the target is not a directory)", 1) : call.fail("target '" + target + "': " + (there.ok() ? "Not a directory" : reason(there.error())));
  int code = 0;
  for (const std::string& source : sources) {
    const std::string name = into ? join_written(target, base_name(strip_slashes(source))) : target;
    if (!options.has('s')) {
      const auto stat = call.vfs().lstat(call.path(source));
      if (!stat.ok()) {
        code = call.busybox() ? call.fail(source + ": " + reason(stat.error())) : call.fail("failed to access '" + source + "': " + reason(stat.error()));
        continue;
      }
    }
    if (options.has('f') && call.vfs().lstat(call.path(name)).ok()) ignore(call.vfs().unlink(call.path(name)));
    const auto done = options.has('s') ? call.vfs().symlink(source, call.path(name)) : call.vfs().link(call.path(source), call.path(name));
    if (done.ok()) continue;
    if (call.busybox()) code = call.fail(name + ": " + reason(done.error()));
    else if (options.has('s')) code = call.fail("failed to create symbolic link '" + name + "': " + reason(done.error()));
    else code = call.fail("failed to create hard link '" + name + "': " + reason(done.error()));
  }
  return code;
}

int touch(Call& call) {
  const Options options = parse_options(call.args, "cd:am", {{"no-create", 'c'}, {"date", 'd'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return call.busybox() ? missing_operand(call) : call.fail("missing file operand\nTry '" + call.name + " --help' for more information.");
  Nanos when = call.process.clock().now();
  if (options.has('d')) {
    const auto parsed = parse_date(options.value('d'));
    if (!parsed) return call.busybox() ? call.fail("invalid date '" + options.value('d') + "'") : call.fail("invalid date format '" + options.value('d') + "'");
    when = *parsed;
  }
  int code = 0;
  for (const std::string& operand : options.operands) {
    const std::string path = call.path(operand);
    const auto stat = call.vfs().stat(path);
    Result<void> done = success();
    if (!stat.ok()) {
      if (options.has('c')) continue;
      done = call.vfs().write(path, "", Vfs::Write::Append, 0666 & ~call.process.umask);
      if (done.ok() && options.has('d')) done = call.vfs().set_times(path, when);
    } else {
      done = call.vfs().set_times(path, when);
    }
    if (!done.ok()) code = call.busybox() ? call.fail(operand + ": " + reason(done.error())) : call.fail("cannot touch '" + operand + "': " + reason(done.error()));
  }
  return code;
}

int chmod(Call& call) {
  // A mode may begin with '-' (chmod -x file): not an option.
  std::vector<std::string> args{call.args.front()};
  bool recurse = false, options_over = false;
  for (size_t i = 1; i < call.args.size(); ++i) {
    const std::string& arg = call.args[i];
    if (!options_over && arg == "--") options_over = true;
    else if (!options_over && (arg == "-R" || arg == "--recursive")) recurse = true;
    else if (!options_over && arg.size() > 1 && arg[0] == '-' && std::string_view("rwxXstugo,=").find(arg[1]) == std::string_view::npos) return call.unknown_option(arg);
    else args.push_back(arg);
  }
  if (args.size() < 3) {
    if (call.busybox() || args.size() < 2) return missing_operand(call);
    return call.fail("missing operand after '" + args[1] + "'\nTry '" + call.name + " --help' for more information.");
  }
  if (!parse_mode(args[1], 0, EntryType::File, 0, style(call))) {
    if (call.busybox()) return call.fail("invalid mode '" + args[1] + "'");
    return call.fail("invalid mode: '" + args[1] + "'\nTry '" + call.name + " --help' for more information.");
  }
  int code = 0;
  for (size_t i = 2; i < args.size(); ++i) {
    const bool good = walk(call, args[i], recurse, [&](const std::string& written, const FileStat& stat) {
      if (stat.meta.type == EntryType::Symlink) {
        if (written != args[i]) return true;  // met on the way: left alone
        const auto target = call.vfs().stat(call.path(written));
        if (!target.ok()) {
          call.busybox() ? call.fail(written + ": " + reason(target.error())) : call.fail("cannot operate on dangling symlink '" + written + "'");
          return false;
        }
        const auto mode = parse_mode(args[1], target.value().meta.mode, target.value().meta.type, call.process.umask, style(call));
        return call.vfs().change_mode(call.path(written), *mode).ok();
      }
      const auto mode = parse_mode(args[1], stat.meta.mode, stat.meta.type, call.process.umask, style(call));
      const auto done = call.vfs().change_mode(call.path(written), *mode);
      if (!done.ok()) call.busybox() ? call.fail(written + ": " + reason(done.error())) : call.fail("changing permissions of '" + written + "': " + reason(done.error()));
      return done.ok();
    });
    if (!good) code = 1;
  }
  return code;
}

int chown(Call& call) {
  const Options options = parse_options(call.args, "Rhf", {{"recursive", 'R'}, {"no-dereference", 'h'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.size() < 2) return missing_operand(call);
  if (options.has('h')) return call.unknown_option("-h");
  const std::string& spec = options.operands[0];
  size_t colon = spec.find(':');
  if (colon == std::string::npos && spec.find('.') != std::string::npos && !find_user(call.process, spec)) colon = spec.find('.');
  const std::string user = spec.substr(0, colon), group = colon == std::string::npos ? "" : spec.substr(colon + 1);
  std::optional<std::uint32_t> uid, gid;
  std::uint64_t number = 0;
  if (!user.empty()) {
    if (const auto record = find_user(call.process, user)) {
      uid = record->uid;
      if (colon != std::string::npos && group.empty()) gid = record->gid;
    } else if (parse_number(user, 0xffffffffu, number)) {
      uid = static_cast<std::uint32_t>(number);
    } else {
      return call.busybox() ? call.fail(group.empty() ? "unknown user " + user : "unknown user/group " + spec) : call.fail("invalid user: '" + spec + "'");
    }
  }
  if (!group.empty()) {
    if (const auto known = find_group(call.process, group)) gid = known;
    else if (parse_number(group, 0xffffffffu, number)) gid = static_cast<std::uint32_t>(number);
    else return call.busybox() ? call.fail(user.empty() ? "unknown group " + group : "unknown user/group " + spec) : call.fail("invalid group: '" + spec + "'");
  }
  int code = 0;
  for (size_t i = 1; i < options.operands.size(); ++i) {
    const std::string& operand = options.operands[i];
    const bool good = walk(call, operand, options.has('R'), [&](const std::string& written, const FileStat& stat) {
      if (stat.meta.type == EntryType::Symlink && (options.has('R') || written != operand)) {
        call.refuse("-R over a symbolic link");
        return false;
      }
      const auto followed = call.vfs().stat(call.path(written));
      if (!followed.ok()) {
        call.busybox() ? call.fail(written + ": " + reason(followed.error())) : call.fail("cannot dereference '" + written + "': " + reason(followed.error()));
        return false;
      }
      const auto done = call.vfs().change_owner(call.path(written), uid.value_or(followed.value().meta.uid), gid.value_or(followed.value().meta.gid));
      if (!done.ok()) call.busybox() ? call.fail(written + ": " + reason(done.error())) : call.fail("changing ownership of '" + written + "': " + reason(done.error()));
      return done.ok();
    });
    if (!good) code = 1;
  }
  return code;
}

int readlink(Call& call) {
  const Options options = parse_options(call.args, "fn", {{"canonicalize", 'f'}, {"no-newline", 'n'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return missing_operand(call);
  if (options.operands.size() > 1 && call.busybox()) return call.refuse("the usage text (one operand is wanted)", 1);
  int code = 0;
  for (const std::string& operand : options.operands) {
    std::optional<std::string> text;
    if (options.has('f')) {
      const std::string path = call.path(operand);
      auto real = call.vfs().real_path(path);
      if (real.ok()) text = real.value();
      else if (auto stat = call.vfs().lstat(path); errno_of(real.error()) == Errno::NoEntry && (stat.ok() || !call.busybox())) {  // the last name need not exist
        std::string target = path;
        if (stat.ok() && stat.value().meta.type == EntryType::Symlink) target = clean_path(stat.value().meta.link_target.front() == '/' ? stat.value().meta.link_target : dir_name(path) + "/" + stat.value().meta.link_target);
        if (auto directory = call.vfs().real_path(dir_name(target)); directory.ok()) text = join_path(directory.value(), base_name(target));
      }
    } else if (auto link = call.vfs().read_link(call.path(operand)); link.ok()) {
      text = link.value();
    }
    if (!text) {
      code = 1;
      continue;
    }
    call.out(*text + (options.has('n') ? "" : "\n"));
  }
  return code;
}

int realpath(Call& call) {
  const Options options = parse_options(call.args, "");
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (options.operands.empty()) return missing_operand(call);
  int code = 0;
  for (const std::string& operand : options.operands) {
    const std::string path = call.path(operand);
    auto real = call.vfs().real_path(path);
    if (!real.ok() && !call.busybox() && errno_of(real.error()) == Errno::NoEntry && !call.vfs().lstat(path).ok())
      if (auto directory = call.vfs().real_path(dir_name(path)); directory.ok()) real = join_path(directory.value(), base_name(path));
    if (real.ok()) call.out(real.value() + "\n");
    else code = call.fail(operand + ": " + reason(real.error()));
  }
  return code;
}

}  // namespace strates::sim::programs
