// Shared values without threads: an intrusive count that is not atomic, and copy-on-write through `edit`.
//
// A Ref is read-only; `edit` gives a value that nobody else sees, cloning it when it is shared. So old roots stay what they were, and a tree
// that nobody kept a copy of is changed in place. Values shared this way belong to one thread at a time.
#pragma once

#include <cstdint>
#include <utility>

namespace strates::sim {

class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) {}  // a copy starts with no references of its own
  Counted& operator=(const Counted&) { return *this; }

 private:
  template <typename T>
  friend class Ref;
  mutable std::uint32_t references_ = 0;
};

template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* fresh) : at_(fresh) { acquire(); }
  Ref(const Ref& other) : at_(other.at_) { acquire(); }
  Ref(Ref&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(at_, other.at_);
    return *this;
  }
  ~Ref() {
    if (at_ != nullptr && --at_->references_ == 0) delete at_;
  }

  explicit operator bool() const { return at_ != nullptr; }
  const T& operator*() const { return *at_; }
  const T* operator->() const { return at_; }
  const T* get() const { return at_; }
  bool shared() const { return at_ != nullptr && at_->references_ > 1; }
  // The value, nobody else's; made when there is none.
  T& edit() {
    if (at_ == nullptr) *this = Ref(new T());
    else if (shared()) *this = Ref(new T(*at_));
    return *at_;
  }

 private:
  void acquire() {
    if (at_ != nullptr) ++at_->references_;
  }
  T* at_ = nullptr;
};

template <typename T, typename... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace strates::sim
