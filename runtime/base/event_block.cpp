#include "base/event_block.hpp"

#include <algorithm>
#include <concepts>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/event_shape.hpp"

namespace strates {

namespace {

using event::Shape;

template <typename T>
concept Fact = requires { Shape<T>::kName; };

// How a string begins: 0 is the empty one, 1 a new one (what it shares with the last new one, what is left, those bytes), from 2 on one that was there.
enum StringTag : std::uint64_t { kEmpty, kNew, kFirstKnown };

size_t shared_prefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin()).first - a.begin());
}

// Small negative numbers stay small: 0, -1, 1, -2, ...
std::uint64_t zigzag(std::int64_t value) { return (static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0); }
std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0)); }

}  // namespace

struct EventBlock::Writing {
  std::unordered_map<std::string, std::uint64_t> known;
  std::string last;
};

namespace {

// --- writing

struct Writer {
  std::string& bytes;
  std::unordered_map<std::string, std::uint64_t>& known;
  std::string& last;

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
    bytes.push_back(static_cast<char>(value));
  }

  void put(std::uint64_t value) { number(value); }
  void put(std::int64_t value) { number(zigzag(value)); }
  void put(int value) { number(zigzag(value)); }
  void put(bool value) { number(value ? 1 : 0); }
  void put(const std::string& text) {
    if (text.empty()) return number(kEmpty);
    const auto [found, is_new] = known.try_emplace(text, known.size());
    if (!is_new) return number(kFirstKnown + found->second);
    const size_t shared = shared_prefix(last, text);
    number(kNew);
    number(shared);
    number(text.size() - shared);
    bytes.append(text, shared);
    last = text;
  }
  template <typename Tag>
  void put(const Named<Tag>& name) { put(name.str()); }
  template <typename T>
  void put(const std::vector<T>& values) {
    number(values.size());
    for (const T& value : values) put(value);
  }
  template <Fact T>
  void put(const T& fact) {
    Shape<T>::fields(fact, [this](const char*, const auto& member) { put(member); });
  }
  template <typename... Ts>
  void put(const std::variant<Ts...>& one_of) {
    number(one_of.index());
    std::visit([this](const auto& value) { put(value); }, one_of);
  }
};

// --- reading what was written here: nothing is missing

struct Reader {
  const std::string& bytes;
  size_t at = 0;
  std::vector<std::string> known = {};

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; at < bytes.size() && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  void get(std::uint64_t& value) { value = number(); }
  void get(std::int64_t& value) { value = unzigzag(number()); }
  void get(int& value) { value = static_cast<int>(unzigzag(number())); }
  void get(bool& value) { value = number() != 0; }
  void get(std::string& text) {
    const std::uint64_t tag = number();
    if (tag == kEmpty) return text.clear();
    if (tag >= kFirstKnown) {
      text = known[tag - kFirstKnown];
      return;
    }
    const size_t shared = number(), rest = number();
    if (shared > 0) text.assign(known.back(), 0, shared);
    else text.clear();
    text.append(bytes, at, rest);
    at += rest;
    known.push_back(text);
  }
  template <typename Tag>
  void get(Named<Tag>& name) {
    std::string text;
    get(text);
    name = Named<Tag>(std::move(text));
  }
  template <typename T>
  void get(std::vector<T>& values) {
    values.resize(number());
    for (T& value : values) get(value);
  }
  template <Fact T>
  void get(T& fact) {
    Shape<T>::fields(fact, [this](const char*, auto& member) { get(member); });
  }
  template <typename... Ts>
  void get(std::variant<Ts...>& one_of) { alternative<0>(number(), one_of); }

 private:
  template <size_t kIndex, typename Variant>
  void alternative(std::uint64_t wanted, Variant& out) {
    if constexpr (kIndex < std::variant_size_v<Variant>) {
      if (wanted != kIndex) return alternative<kIndex + 1>(wanted, out);
      get(out.template emplace<kIndex>());
    }
  }
};

}  // namespace

EventBlock::EventBlock() : writing_(std::make_unique<Writing>()) {}
EventBlock::~EventBlock() = default;
EventBlock::EventBlock(EventBlock&&) noexcept = default;
EventBlock& EventBlock::operator=(EventBlock&&) noexcept = default;

void EventBlock::add(const Event& event) {
  if (count_ == 0) first_ = event.seq;
  Writer writer{bytes_, writing_->known, writing_->last};
  writer.put(static_cast<std::int64_t>(static_cast<std::uint64_t>(event.at) - static_cast<std::uint64_t>(last_at_)));  // no time is too far from another
  writer.put(event.op);
  writer.put(event.parent);
  writer.put(event.what);
  last_at_ = event.at;
  ++count_;
}

void EventBlock::close() {
  writing_.reset();
  bytes_.shrink_to_fit();
}

EventBlock EventBlock::closed_copy() const {
  EventBlock out;
  out.writing_.reset();
  out.bytes_ = bytes_;
  out.first_ = first_;
  out.count_ = count_;
  return out;
}

void EventBlock::each(const std::function<void(const Event&)>& visit) const {
  Reader reader{bytes_};
  Event event;
  for (std::uint64_t i = 0; i < count_; ++i) {
    event.seq = first_ + i;
    Nanos passed = 0;
    reader.get(passed);
    event.at = static_cast<Nanos>(static_cast<std::uint64_t>(event.at) + static_cast<std::uint64_t>(passed));
    reader.get(event.op);
    reader.get(event.parent);
    reader.get(event.what);
    visit(event);
  }
}

}  // namespace strates
