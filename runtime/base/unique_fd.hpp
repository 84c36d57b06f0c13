// One handle template with the closer as parameter; a raw descriptor never crosses a function.
#pragma once

#include <unistd.h>

#include <utility>

namespace strates {

template <typename T, T kNone, auto kClose>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T raw) : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, kNone)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) reset(std::exchange(other.raw_, kNone));
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  T get() const { return raw_; }
  explicit operator bool() const { return raw_ != kNone; }
  T release() { return std::exchange(raw_, kNone); }
  void reset(T raw = kNone) {
    if (raw_ != kNone) kClose(raw_);
    raw_ = raw;
  }

 private:
  T raw_ = kNone;
};

using UniqueFd = Handle<int, -1, ::close>;

}  // namespace strates
