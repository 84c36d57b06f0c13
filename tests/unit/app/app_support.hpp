// What the tests of the painter share: one OpenGL context, ink in pictures, programs in other environments.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "viewer/app/headless.hpp"

namespace strates::viewer::test {

// The context of all tests of this program, opened once. Null, with a message, only on a machine that has no EGL driver at all: a driver
// that is installed and does not work fails the test.
Headless* headless();

// The picture, or a failed test.
Pixels painted(const Drawing& drawing, const Theme& theme = {});

// The smallest box around everything inside `within` that is not `ground`; empty (w 0) when there is nothing.
Box ink_in(const Pixels& pixels, const Box& within, Colour ground);

// Runs this program again for one test case, with these environment variables set ("NAME=value") or removed ("NAME"): its exit code.
int run_case(const std::string& test_case, const std::vector<std::string>& environment);

// A folder of the test's own, removed with everything in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An environment variable while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value);  // null: removed
  ~Variable();
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_, before_;
  bool was_set_ = false;
};

}  // namespace strates::viewer::test
