// A directory that goes away with all it holds unless it was given its name: how everything in the store is made.
#pragma once

#include <string>

#include "linux/storage/files.hpp"

namespace strates::linux_world {

class TemporaryDirectory {
 public:
  // `parent` must outlive it.
  static Result<TemporaryDirectory> make(int parent, std::string name);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  int fd() const { return fd_.get(); }
  // A directory inside, open to all that can reach it (0755).
  Result<UniqueFd> make_inside(const std::string& name);
  // EEXIST when the name is taken: it stays temporary.
  Result<void> rename_to(const std::string& name);

 private:
  TemporaryDirectory(int parent, std::string name) : parent_(parent), name_(std::move(name)) {}
  int parent_;
  std::string name_;
  UniqueFd fd_;
};

}  // namespace strates::linux_world
