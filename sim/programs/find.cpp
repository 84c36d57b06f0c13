// find: tests of names and types, in the order of the tree. Actions that run programs are refused (use xargs).
#include <algorithm>

#include "base/strings.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/options.hpp"
#include "sim/shell/pattern.hpp"

namespace strates::sim::programs {

namespace {

using image::EntryType;

struct Condition {
  enum class Kind { Name, IgnoringName, Path, Type, Empty, Newer };
  Kind kind = Kind::Name;
  bool negated = false;
  std::string text;
  Nanos time = 0;
};

struct Search {
  std::vector<std::vector<Condition>> alternatives{{}};  // any of them: all of its conditions
  std::uint64_t least = 0, most = 1000;
  std::string end = "\n";
  bool remove = false, depth_first = false;
};

bool holds(Call& call, const Condition& condition, const std::string& path, const FileStat& stat) {
  bool value = false;
  std::string name = base_name(path);
  switch (condition.kind) {
    case Condition::Kind::Name: value = shell::matches(condition.text, name); break;
    case Condition::Kind::IgnoringName: value = shell::matches(to_lower(condition.text), to_lower(name)); break;
    case Condition::Kind::Path: value = shell::matches(condition.text, path); break;
    case Condition::Kind::Newer: value = stat.meta.mtime > condition.time; break;
    case Condition::Kind::Empty:
      if (stat.meta.type == EntryType::File) value = stat.meta.size == 0;
      else if (stat.meta.type == EntryType::Directory) {
        const auto names = call.vfs().list(call.path(path));
        value = names.ok() && names.value().empty();
      }
      break;
    case Condition::Kind::Type:
      switch (condition.text[0]) {
        case 'f': value = stat.meta.type == EntryType::File; break;
        case 'd': value = stat.meta.type == EntryType::Directory; break;
        case 'l': value = stat.meta.type == EntryType::Symlink; break;
        case 'p': value = stat.meta.type == EntryType::Fifo; break;
        case 'c': value = stat.meta.type == EntryType::CharDevice; break;
        case 'b': value = stat.meta.type == EntryType::BlockDevice; break;
        default: break;
      }
      break;
  }
  return value != condition.negated;
}

int visit(Call& call, const Search& search, const std::string& path, std::uint64_t depth) {
  const auto stat = call.vfs().lstat(call.path(path));
  if (!stat.ok()) {
    call.busybox() ? call.fail(path + ": " + reason(stat.error())) : call.fail("'" + path + "': " + reason(stat.error()));
    return 1;
  }
  int code = 0;
  const auto report = [&] {
    if (depth < search.least) return;
    bool any = false;
    for (const auto& all : search.alternatives) {
      bool every = true;
      for (const Condition& condition : all) every = every && holds(call, condition, path, stat.value());
      any = any || every;
    }
    if (!any) return;
    if (!search.remove) return call.out(path + search.end);
    if (path == ".") return;
    const bool directory = stat.value().meta.type == EntryType::Directory;
    const auto done = directory ? call.vfs().remove_directory(call.path(path)) : call.vfs().unlink(call.path(path));
    if (done.ok()) return;
    call.busybox() ? call.fail(path + ": " + reason(done.error())) : call.fail("cannot delete '" + path + "': " + reason(done.error()));
    code = 1;
  };
  if (!search.depth_first) report();
  if (stat.value().meta.type == EntryType::Directory && depth < search.most) {
    const auto names = call.vfs().list(call.path(path));
    if (!names.ok()) {
      call.busybox() ? call.fail(path + ": " + reason(names.error())) : call.fail("'" + path + "': " + reason(names.error()));
      code = 1;
    } else {
      for (const std::string& name : names.value()) code = std::max(code, visit(call, search, join_written(path, name), depth + 1));
    }
  }
  if (search.depth_first) report();
  return code;
}

}  // namespace

int find(Call& call) {
  std::vector<std::string> starts;
  size_t at = 1;
  for (; at < call.args.size() && call.args[at][0] != '-' && call.args[at] != "!" && call.args[at] != "("; ++at) starts.push_back(call.args[at]);
  if (starts.empty()) starts.push_back(".");
  Search search;
  search.most = 200;
  bool negated = false;
  for (; at < call.args.size(); ++at) {
    const std::string word = call.args[at];
    if (word == "!" || word == "-not") {
      negated = !negated;
      continue;
    }
    if (word == "-a" || word == "-and") continue;
    if (word == "-o" || word == "-or") {
      search.alternatives.emplace_back();
      continue;
    }
    if (word == "-print") continue;
    if (word == "-print0") {
      search.end = std::string(1, '\0');
      continue;
    }
    if (word == "-delete" && !call.busybox()) {
      search.remove = search.depth_first = true;
      continue;
    }
    if (word == "-depth") {
      search.depth_first = true;
      continue;
    }
    Condition condition;
    condition.negated = negated;
    negated = false;
    if (word == "-empty") {
      condition.kind = Condition::Kind::Empty;
      search.alternatives.back().push_back(condition);
      continue;
    }
    const bool known = word == "-name" || word == "-iname" || word == "-path" || word == "-wholename" || word == "-type" || word == "-maxdepth" || word == "-mindepth" || word == "-newer";
    if (!known) return call.refuse(word);
    if (at + 1 == call.args.size()) return call.busybox() ? call.fail(word + " requires an argument") : call.fail("missing argument to `" + word + "'");
    condition.text = call.args[++at];
    if (word == "-maxdepth" || word == "-mindepth") {
      std::uint64_t value = 0;
      if (!parse_number(condition.text, 100'000, value)) return call.refuse(word + " " + condition.text);
      (word == "-maxdepth" ? search.most : search.least) = std::min<std::uint64_t>(value, 200);
      continue;
    }
    if (word == "-name") condition.kind = Condition::Kind::Name;
    else if (word == "-iname") condition.kind = Condition::Kind::IgnoringName;
    else if (word == "-newer") {
      condition.kind = Condition::Kind::Newer;
      const auto stat = call.vfs().stat(call.path(condition.text));
      if (!stat.ok()) return call.busybox() ? call.fail(condition.text + ": " + reason(stat.error())) : call.fail("'" + condition.text + "': " + reason(stat.error()));
      condition.time = stat.value().meta.mtime;
    } else if (word == "-type") {
      condition.kind = Condition::Kind::Type;
      if (condition.text.size() != 1 || std::string_view("fdlpcb").find(condition.text[0]) == std::string_view::npos) return call.refuse("-type " + condition.text);
    } else {
      condition.kind = Condition::Kind::Path;
    }
    search.alternatives.back().push_back(condition);
  }
  int code = 0;
  for (const std::string& start : starts) code = std::max(code, visit(call, search, start, 0));
  return code;
}

}  // namespace strates::sim::programs
