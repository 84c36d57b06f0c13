// ls: names, columns on a terminal, and the long form of each family.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/process/terminal.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/file_mode.hpp"
#include "sim/programs/options.hpp"
#include "sim/programs/users.hpp"

namespace strates::sim::programs {

namespace {

using image::EntryType;

constexpr Nanos kHalfYear = 15'778'476 * kSecond;  // half of a mean Gregorian year: older dates show the year

struct Entry {
  std::string name, path;
  FileStat stat;
};

// What a block of 1,024 bytes counts for: whole pages of 4,096 bytes, as on ext4 and tmpfs.
std::uint64_t blocks(const FileStat& stat) {
  if (stat.meta.type == EntryType::Directory) return 4;
  if (stat.meta.type != EntryType::File && stat.meta.type != EntryType::HardLink) return 0;
  return (stat.meta.size + 4095) / 4096 * 4;
}

// A directory has no size of its own in a tree: one block, as a fresh directory of ext4.
std::uint64_t size_of(const FileStat& stat) { return stat.meta.type == EntryType::Directory ? 4096 : stat.meta.type == EntryType::Symlink ? stat.meta.link_target.size() : stat.meta.size; }

class Lister {
 public:
  Lister(Call& call, const Options& options) : call_(call), options_(options) {
    width_ = call.process.terminal ? call.process.terminal->columns : 80;
    if (width_ == 0) width_ = 80;
    if (call.busybox()) --width_;
    const bool tty = call.process.is_terminal(1);
    for (const char letter : options.order) {
      if (letter == 'l' || letter == 'n') form_ = Form::Long;
      else if (letter == '1' && form_ != Form::Long) form_ = Form::One;
      else if (letter == 'C') form_ = Form::Columns;
    }
    if (form_ == Form::Default) form_ = tty ? Form::Columns : Form::One;
  }

  int run() {
    std::vector<std::string> operands = options_.operands;
    if (operands.empty()) operands.push_back(".");
    std::vector<Entry> files, directories;
    for (const std::string& operand : operands) {
      // A link to a directory that was named is entered, unless the long form shows the link.
      const bool follow = form_ != Form::Long && !options_.has('F') && !options_.has('d');
      auto stat = call_.vfs().lstat(call_.path(operand));
      if (stat.ok() && stat.value().meta.type == EntryType::Symlink && (follow || operand.back() == '/'))
        if (auto target = call_.vfs().stat(call_.path(operand)); target.ok() || errno_of(target.error()) != Errno::NoEntry) stat = std::move(target);
      // busybox does not show a link that leads nowhere; coreutils does.
      if (stat.ok() && stat.value().meta.type == EntryType::Symlink && follow && call_.busybox()) stat = call_.vfs().stat(call_.path(operand));
      if (!stat.ok()) {
        call_.busybox() ? call_.fail(operand + ": " + reason(stat.error())) : call_.fail("cannot access '" + operand + "': " + reason(stat.error()));
        code_ = call_.busybox() ? 1 : 2;
        continue;
      }
      const bool enter = stat.value().meta.type == EntryType::Directory && !options_.has('d');
      (enter ? directories : files).push_back({operand, operand, stat.value()});
    }
    sort(files);
    sort(directories);
    if (!files.empty()) {
      show(files, false);
      first_ = false;
    }
    const bool titles = operands.size() > 1 || options_.has('R');
    for (const Entry& directory : directories) enter(directory.path, titles, 0);
    return code_;
  }

 private:
  enum class Form { Default, One, Columns, Long };

  void sort(std::vector<Entry>& list) const {
    const bool by_time = options_.has('t'), by_size = options_.has('S');
    std::stable_sort(list.begin(), list.end(), [&](const Entry& a, const Entry& b) {
      if (by_time && a.stat.meta.mtime != b.stat.meta.mtime) return a.stat.meta.mtime > b.stat.meta.mtime;
      if (by_size && size_of(a.stat) != size_of(b.stat)) return size_of(a.stat) > size_of(b.stat);
      return a.name < b.name;
    });
    if (options_.has('r')) std::reverse(list.begin(), list.end());
  }

  void enter(const std::string& path, bool title, int depth) {
    auto names = call_.vfs().list(call_.path(path));
    if (!names.ok()) {
      call_.busybox() ? call_.fail("can't open '" + path + "': " + reason(names.error())) : call_.fail("cannot open directory '" + path + "': " + reason(names.error()));
      code_ = call_.busybox() ? 1 : depth == 0 ? 2 : 1;
      return;
    }
    if (depth > 200) {
      code_ = call_.refuse("a tree deeper than 200");
      return;
    }
    std::vector<std::string> all;
    const bool every = options_.has('a');
    if (every) all = {".", ".."};
    for (const std::string& name : names.value())
      if (name.front() != '.' || every || options_.has('A')) all.push_back(name);
    std::vector<Entry> entries;
    for (const std::string& name : all) {
      const std::string where = join_written(path, name);
      auto stat = call_.vfs().lstat(call_.path(where));
      if (stat.ok()) entries.push_back({name, where, std::move(stat).value()});
    }
    sort(entries);
    if (title) call_.out((first_ ? "" : "\n") + path + ":\n");
    first_ = false;
    if (form_ == Form::Long || options_.has('s')) {
      std::uint64_t total = 0;
      for (const Entry& entry : entries) total += blocks(entry.stat);
      call_.out("total " + (options_.has('h') ? (call_.busybox() ? left(human_whole(total * 1024), 7) : human(total * 1024)) : std::to_string(total)) + "\n");
    }
    show(entries, true);
    if (!options_.has('R')) return;
    for (const Entry& entry : entries)
      if (entry.stat.meta.type == EntryType::Directory && entry.name != "." && entry.name != "..") enter(entry.path, true, depth + 1);
  }

  // busybox's: tenths of the last division, rounded.
  struct Human {
    std::uint64_t whole = 0, tenths = 0;
    char unit = '\0';
  };
  static Human divide(std::uint64_t size) {
    constexpr std::string_view kUnits = "KMGTPE";
    Human result{size, 0, '\0'};
    for (size_t unit = 0; result.whole >= 1024 && unit < kUnits.size(); ++unit) {
      result.unit = kUnits[unit];
      result.tenths = ((result.whole % 1024) * 10 + 512) / 1024;
      result.whole /= 1024;
    }
    if (result.tenths >= 10) {
      ++result.whole;
      result.tenths = 0;
    }
    return result;
  }
  static std::string human_whole(std::uint64_t size) {
    const Human value = divide(size);
    return std::to_string(value.whole + (value.tenths >= 5 ? 1 : 0)) + (value.unit == '\0' ? "" : std::string(1, value.unit));
  }

  std::string human(std::uint64_t size) const {
    if (size < 1024) return std::to_string(size);
    if (call_.busybox()) {
      const Human parts = divide(size);
      return std::to_string(parts.whole) + "." + std::to_string(parts.tenths) + parts.unit;
    }
    constexpr std::string_view kUnits = "KMGTPE";
    double value = static_cast<double>(size);
    size_t unit = 0;
    for (value /= 1024; value >= 1024 && unit + 1 < kUnits.size(); value /= 1024) ++unit;
    auto tenths = static_cast<std::uint64_t>(value * 10);  // GNU rounds up
    if (static_cast<double>(tenths) < value * 10) ++tenths;
    if (tenths >= 100) {
      auto whole = static_cast<std::uint64_t>(value);
      if (static_cast<double>(whole) < value) ++whole;
      return std::to_string(whole) + kUnits[unit];
    }
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + kUnits[unit];
  }

  std::string suffix(const Entry& entry) const {
    const EntryType type = entry.stat.meta.type;
    if (type == EntryType::Directory && (options_.has('p') || options_.has('F'))) return "/";
    if (!options_.has('F')) return "";
    if (type == EntryType::Symlink) return form_ == Form::Long ? "" : "@";
    if (type == EntryType::Fifo) return "|";
    return type == EntryType::File && (entry.stat.meta.mode & 0111) != 0 ? "*" : "";
  }

  static std::string left(const std::string& text, size_t width) { return text.size() < width ? text + std::string(width - text.size(), ' ') : text; }
  static std::string right(const std::string& text, size_t width) { return text.size() < width ? std::string(width - text.size(), ' ') + text : text; }

  std::string date(Nanos at) const {
    if (options_.has('T')) {  // --full-time
      const std::string fraction = call_.busybox() ? "" : ".%N";
      return *format_date("%Y-%m-%d %H:%M:%S" + fraction + " +0000", at);
    }
    const Nanos now = call_.process.clock().now();
    const bool recent = call_.busybox() ? at <= now + 900 * kSecond && at > now - kHalfYear : at <= now && at > now - kHalfYear;
    return *format_date(recent ? "%b %e %H:%M" : "%b %e  %Y", at);
  }

  std::string owner(const Entry& entry) { return options_.has('n') ? std::to_string(entry.stat.meta.uid) : user_name(call_.process, entry.stat.meta.uid); }
  std::string group(const Entry& entry) { return options_.has('n') ? std::to_string(entry.stat.meta.gid) : group_name(call_.process, entry.stat.meta.gid); }
  std::string size(const Entry& entry) const {
    const auto& meta = entry.stat.meta;
    if (meta.type == EntryType::CharDevice || meta.type == EntryType::BlockDevice)
      return call_.busybox() ? right(std::to_string(meta.device_major), 4) + ", " + right(std::to_string(meta.device_minor), 3) : std::to_string(meta.device_major) + ", " + std::to_string(meta.device_minor);
    return options_.has('h') ? human(size_of(entry.stat)) : std::to_string(size_of(entry.stat));
  }

  void show(const std::vector<Entry>& entries, bool) {
    if (form_ == Form::Long) return show_long(entries);
    if (form_ == Form::Columns) return show_columns(entries);
    for (const Entry& entry : entries) call_.out(block_count(entry) + entry.name + suffix(entry) + "\n");
  }

  std::string block_count(const Entry& entry) const {
    if (!options_.has('s')) return "";
    return call_.busybox() ? right(std::to_string(blocks(entry.stat)), 6) + " " : std::to_string(blocks(entry.stat)) + " ";
  }

  void show_long(const std::vector<Entry>& entries) {
    size_t links = 0, owners = 0, groups = 0, sizes = 0;
    if (!call_.busybox())
      for (const Entry& entry : entries) {
        links = std::max(links, std::to_string(entry.stat.links).size());
        owners = std::max(owners, owner(entry).size());
        groups = std::max(groups, group(entry).size());
        sizes = std::max(sizes, size(entry).size());
      }
    for (const Entry& entry : entries) {
      const auto& meta = entry.stat.meta;
      std::string line = block_count(entry) + mode_string(meta.type, meta.mode);
      if (call_.busybox()) {
        line += " " + right(std::to_string(entry.stat.links), 4) + " " + left(owner(entry), 8) + " " + left(group(entry), 8) + " ";
        const bool device = meta.type == EntryType::CharDevice || meta.type == EntryType::BlockDevice;
        line += device ? size(entry) : right(size(entry), options_.has('h') ? 7 : 9);
      } else {
        const auto aligned = [&](const std::string& text, size_t width) { return options_.has('n') ? right(text, width) : left(text, width); };
        line += " " + right(std::to_string(entry.stat.links), links) + " " + aligned(owner(entry), owners) + " " + aligned(group(entry), groups) + " " + right(size(entry), sizes);
      }
      line += " " + date(meta.mtime) + " " + entry.name;
      if (meta.type == EntryType::Symlink) line += " -> " + meta.link_target;
      call_.out(line + suffix(entry) + "\n");
    }
  }

  // Down, then across. busybox: one width for all columns; coreutils fits each column, which is refused rather than guessed.
  void show_columns(const std::vector<Entry>& entries) {
    std::vector<std::string> names;
    size_t widest = 0;
    for (const Entry& entry : entries) {
      names.push_back(block_count(entry) + entry.name + suffix(entry));
      widest = std::max(widest, names.back().size());
    }
    if (names.empty()) return;
    if (!call_.busybox()) return columns_fitted(names);
    const size_t column = widest + 2;
    size_t count = width_ / column;
    size_t rows = names.size();
    if (count > 1) rows = names.size() / count;
    else count = 1;
    if (rows * count < names.size()) ++rows;
    for (size_t row = 0; row < rows; ++row) {
      std::string line;
      size_t at = 0, next = 0;
      for (size_t k = 0; k < count; ++k) {
        const size_t index = k * rows + row;
        if (index >= names.size()) continue;
        if (at > 0) {
          line += std::string(next - at, ' ');
          at = next;
        }
        next = at + column;
        line += names[index];
        at += names[index].size();
      }
      call_.out(line + "\n");
    }
  }

  // As many columns as fit, each as wide as its widest name and two blanks.
  void columns_fitted(const std::vector<std::string>& names) {
    const size_t most = std::max<size_t>(1, std::min(names.size(), static_cast<size_t>(width_) / 3));
    for (size_t count = most; count >= 1; --count) {
      const size_t rows = (names.size() + count - 1) / count;
      std::vector<size_t> widths(count, 0);
      for (size_t i = 0; i < names.size(); ++i) {
        const size_t column = i / rows;
        widths[column] = std::max(widths[column], names[i].size() + (column + 1 == count ? 0 : 2));
      }
      size_t total = 0;
      for (const size_t width : widths) total += width;
      if (total >= width_ && count > 1) continue;
      for (size_t row = 0; row < rows; ++row) {
        std::string line;
        size_t start = 0;
        for (size_t column = 0; column < count; ++column) {
          const size_t index = column * rows + row;
          if (index >= names.size()) break;
          line += names[index];
          if (index + rows >= names.size()) continue;
          // From the name's end to the next column, by tabs where they reach further than a blank would.
          size_t at = start + names[index].size();
          start += widths[column];
          while (at < start) {
            const bool tab = start / 8 > (at + 1) / 8;
            line += tab ? '\t' : ' ';
            at += tab ? 8 - at % 8 : 1;
          }
        }
        call_.out(line + "\n");
      }
      return;
    }
  }

  Call& call_;
  const Options& options_;
  Form form_ = Form::Default;
  std::uint32_t width_ = 80;
  bool first_ = true;
  int code_ = 0;
};

}  // namespace

int ls(Call& call) {
  Options options = parse_options(call.args, "1aAlndRrhpFtSsCT", {{"all", 'a'}, {"almost-all", 'A'}, {"directory", 'd'}, {"recursive", 'R'}, {"reverse", 'r'}, {"human-readable", 'h'}, {"full-time", 'T'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  for (const std::string& arg : call.args)
    if (arg.size() > 1 && arg[0] == '-' && arg[1] != '-' && arg.find('T') != std::string::npos) return call.unknown_option("-T");
  if (options.has('T') && !call.busybox()) options.order += 'l';
  return Lister(call, options).run();
}

}  // namespace strates::sim::programs
