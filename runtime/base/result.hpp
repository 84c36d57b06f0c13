// Result<T>: a value or an Error; TRY unwraps or returns the Error to the caller. Constructors cannot fail, factories return Results.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace strates {

template <typename T>
class [[nodiscard]] Result {
 public:
  using Value = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}        // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { assert(ok()); return *std::get_if<0>(&state_); }
  const T& value() const& { assert(ok()); return *std::get_if<0>(&state_); }
  T&& value() && { assert(ok()); return std::move(*std::get_if<0>(&state_)); }
  Error& error() & { assert(!ok()); return *std::get_if<1>(&state_); }
  const Error& error() const& { assert(!ok()); return *std::get_if<1>(&state_); }
  Error&& error() && { assert(!ok()); return std::move(*std::get_if<1>(&state_)); }
  T value_or(T fallback) && { return ok() ? std::move(*std::get_if<0>(&state_)) : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;
  Result() = default;
  Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return error_.index() == 0; }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok()); }
  Error& error() & { assert(!ok()); return *std::get_if<1>(&error_); }
  const Error& error() const& { assert(!ok()); return *std::get_if<1>(&error_); }
  Error&& error() && { assert(!ok()); return std::move(*std::get_if<1>(&error_)); }

 private:
  std::variant<std::monostate, Error> error_;
};

inline Result<void> success() { return {}; }

// The outcome is deliberately not looked at: a clean-up after another failure, a best effort. Says so at the call site.
template <typename T>
void ignore(const Result<T>&) {}

}  // namespace strates

// `auto x = TRY(f());` `TRY(g());`: the value, or return the Error. A GNU statement expression (GCC 12 and clang 14 agree).
#define TRY(expression) STRATES_TRY_(expression, STRATES_TRY_NAME_(try_result_, __COUNTER__))
#define STRATES_TRY_NAME_(prefix, number) STRATES_TRY_NAME_2_(prefix, number)
#define STRATES_TRY_NAME_2_(prefix, number) prefix##number
#define STRATES_TRY_(expression, name)                            \
  __extension__({                                                 \
    auto name = (expression);                                     \
    if (!name.ok()) [[unlikely]] return std::move(name).error(); \
    std::move(name).value();                                      \
  })
