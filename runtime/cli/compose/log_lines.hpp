// Lines of several containers on one output, each behind the name of who said it.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "cli/console.hpp"

namespace strates::cli {

enum class Prefix { Names, None };
enum class Colors { No, Yes };

// Any thread.
class LogLines {
 public:
  LogLines(Console& console, Prefix prefix, Colors colors) : console_(console), prefix_(prefix), colors_(colors) {}
  // All names before the first line: the prefixes are as wide as the widest.
  void add(const std::string& name);
  // Whole lines are printed, the rest waits for its end. stream: 1 standard output, 2 standard error.
  void feed(const std::string& name, int stream, std::string_view bytes);
  // Prints what waits, and then `line` without its prefix: "web-1 exited with code 0".
  void end(const std::string& name, const std::string& line = {});

 private:
  void print(const std::string& name, std::string_view line);

  Console& console_;
  Prefix prefix_;
  Colors colors_;
  std::mutex mutex_;
  size_t width_ = 0;
  std::map<std::string, size_t> colors_of_;
  std::map<std::pair<std::string, int>, std::string> pending_;
};

}  // namespace strates::cli
