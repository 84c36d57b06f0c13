// Values to bytes and back, for messages between our own processes on one machine: little ends first, lengths before texts.
//
// Reading never trusts: past the end or over a bound, `ok()` turns false and stays so, and what is read is empty.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace strates::linux_world {

class Packer {
 public:
  template <typename T>
  requires std::is_integral_v<T>
  void number(T value) {
    auto wide = static_cast<std::uint64_t>(value);
    for (size_t i = 0; i < sizeof(T); ++i, wide >>= 8) bytes_ += static_cast<char>(wide & 0xff);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) text(value);
  }
  template <typename T>
  void numbers(const std::vector<T>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const T value : values) number(value);
  }
  void raw(std::string_view value) { bytes_ += value; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

  template <typename T>
  requires std::is_integral_v<T> T number() {
    if (rest_.size() < sizeof(T)) return fail(), T{};
    std::uint64_t wide = 0;
    for (size_t i = 0; i < sizeof(T); ++i) wide |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    rest_.remove_prefix(sizeof(T));
    return static_cast<T>(wide);
  }
  std::string text() {
    const auto size = number<std::uint32_t>();
    if (!ok_ || size > rest_.size()) return fail(), std::string{};
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return out;
  }
  // A count is believed only as far as the bytes that are left could hold it.
  size_t count() {
    const auto size = number<std::uint32_t>();
    if (!ok_ || size > rest_.size()) return fail(), 0;
    return size;
  }
  std::vector<std::string> texts() {
    std::vector<std::string> out;
    for (size_t left = count(); left > 0 && ok_; --left) out.push_back(text());
    return out;
  }
  template <typename T>
  std::vector<T> numbers() {
    std::vector<T> out;
    for (size_t left = count(); left > 0 && ok_; --left) out.push_back(number<T>());
    return out;
  }

 private:
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace strates::linux_world
