// What a descriptor of a simulated process points to: a file of the container, an end of a pipe, a device, its terminal, its log.
//
// Nothing blocks: a call that a kernel would put to sleep answers Blocked and changes nothing; the process tries again at its next step.
// Descriptors that were duplicated (fork, `2>&1`) share one OpenFile, hence one offset, as POSIX has it ("open file description").
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sim/vfs.hpp"

namespace strates::sim {

class Terminal;

struct Reading {
  enum class Kind { Data, End, Blocked, Failed };
  Kind kind = Kind::End;
  std::string bytes;  // Data: at least one
  std::string error;  // Failed: "Is a directory"
};

struct Writing {
  enum class Kind { Done, Blocked, Broken, Failed };
  Kind kind = Kind::Done;
  size_t count = 0;   // Done and Blocked: how many bytes were taken
  std::string error;  // Failed: "No space left on device"
};

class OpenFile {
 public:
  virtual ~OpenFile() = default;
  virtual Reading read(size_t most);
  virtual Writing write(std::string_view bytes);
  // Gives back what was read too far; nothing for what cannot seek.
  virtual void unread(size_t) {}
  virtual Terminal* terminal() { return nullptr; }
  // Whole contents are known now: no wait can bring more.
  virtual bool seekable() const { return false; }
};

using OpenFilePtr = std::shared_ptr<OpenFile>;

// The bytes a file had when it was opened.
class FileReader : public OpenFile {
 public:
  explicit FileReader(std::string bytes) : bytes_(std::move(bytes)) {}
  Reading read(size_t most) override;
  void unread(size_t count) override { at_ -= count < at_ ? count : at_; }
  bool seekable() const override { return true; }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

// Writes at the end of the file that was opened. Once another file has its name, or none, the bytes go nowhere, as those of an unlinked file.
class FileWriter : public OpenFile {
 public:
  FileWriter(Vfs& vfs, std::string path, std::uint64_t inode) : vfs_(vfs), path_(std::move(path)), inode_(inode) {}
  Writing write(std::string_view bytes) override;

 private:
  Vfs& vfs_;
  std::string path_;
  std::uint64_t inode_;
};

class DirectoryFile : public OpenFile {
 public:
  Reading read(size_t) override { return {Reading::Kind::Failed, {}, "Is a directory"}; }
};

enum class Device { Null, Zero, Full, Random };

class DeviceFile : public OpenFile {
 public:
  explicit DeviceFile(Device device) : device_(device) {}
  Reading read(size_t most) override;
  Writing write(std::string_view bytes) override;

 private:
  Device device_;
  std::uint64_t state_ = 0x9e3779b97f4a7c15u;  // Random: splitmix64 from a fixed seed, so that every run is the same
};

// Bytes handed over between the world outside and a process: standard input of a container.
class InputFile : public OpenFile {
 public:
  Reading read(size_t most) override;
  void push(std::string_view bytes) { bytes_ += bytes; }
  void close() { closed_ = true; }

 private:
  std::string bytes_;
  bool closed_ = false;
};

class OutputFile : public OpenFile {
 public:
  explicit OutputFile(std::function<void(std::string_view)> sink) : sink_(std::move(sink)) {}
  Writing write(std::string_view bytes) override;

 private:
  std::function<void(std::string_view)> sink_;
};

// A pipe of 65,536 bytes (pipe(7)): {reading end, writing end}.
std::pair<OpenFilePtr, OpenFilePtr> make_pipe();

}  // namespace strates::sim
