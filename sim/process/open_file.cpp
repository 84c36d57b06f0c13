#include "sim/process/open_file.hpp"

namespace strates::sim {

namespace {

constexpr size_t kPipeCapacity = 65'536;

struct PipeState {
  std::string bytes;
  int readers = 0, writers = 0;
};

class PipeReader : public OpenFile {
 public:
  explicit PipeReader(std::shared_ptr<PipeState> state) : state_(std::move(state)) { state_->readers++; }
  ~PipeReader() override { state_->readers--; }
  Reading read(size_t most) override {
    if (state_->bytes.empty()) return {state_->writers == 0 ? Reading::Kind::End : Reading::Kind::Blocked, {}, {}};
    Reading reading{Reading::Kind::Data, state_->bytes.substr(0, most), {}};
    state_->bytes.erase(0, reading.bytes.size());
    return reading;
  }

 private:
  std::shared_ptr<PipeState> state_;
};

class PipeWriter : public OpenFile {
 public:
  explicit PipeWriter(std::shared_ptr<PipeState> state) : state_(std::move(state)) { state_->writers++; }
  ~PipeWriter() override { state_->writers--; }
  Writing write(std::string_view bytes) override {
    if (state_->readers == 0) return {Writing::Kind::Broken, 0, "Broken pipe"};
    const size_t room = kPipeCapacity - state_->bytes.size();
    const size_t count = bytes.size() < room ? bytes.size() : room;
    state_->bytes += bytes.substr(0, count);
    return {count == bytes.size() ? Writing::Kind::Done : Writing::Kind::Blocked, count, {}};
  }

 private:
  std::shared_ptr<PipeState> state_;
};

}  // namespace

Reading OpenFile::read(size_t) { return {Reading::Kind::Failed, {}, "Bad file descriptor"}; }

Writing OpenFile::write(std::string_view) { return {Writing::Kind::Failed, 0, "Bad file descriptor"}; }

Reading FileReader::read(size_t most) {
  if (at_ >= bytes_.size()) return {};
  Reading reading{Reading::Kind::Data, bytes_.substr(at_, most), {}};
  at_ += reading.bytes.size();
  return reading;
}

Writing FileWriter::write(std::string_view bytes) {
  const auto now = vfs_.stat(path_);
  if (!now.ok() || now.value().inode != inode_) return {Writing::Kind::Done, bytes.size(), {}};
  if (auto written = vfs_.write(path_, bytes, Vfs::Write::Append, 0666); !written.ok())
    return {Writing::Kind::Failed, 0, std::string(errno_text(errno_of(written.error())))};
  // The copy-up of the first write may have given the file another number.
  if (const auto after = vfs_.stat(path_); after.ok()) inode_ = after.value().inode;
  return {Writing::Kind::Done, bytes.size(), {}};
}

Reading DeviceFile::read(size_t most) {
  switch (device_) {
    case Device::Null: return {};
    case Device::Zero:
    case Device::Full: return {Reading::Kind::Data, std::string(most, '\0'), {}};
    case Device::Random: break;
  }
  std::string bytes(most, '\0');
  for (char& byte : bytes) {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    byte = static_cast<char>((mixed ^ (mixed >> 31)) & 0xff);
  }
  return {Reading::Kind::Data, std::move(bytes), {}};
}

Writing DeviceFile::write(std::string_view bytes) {
  if (device_ == Device::Full) return {Writing::Kind::Failed, 0, "No space left on device"};
  return {Writing::Kind::Done, bytes.size(), {}};
}

Reading InputFile::read(size_t most) {
  if (bytes_.empty()) return {closed_ ? Reading::Kind::End : Reading::Kind::Blocked, {}, {}};
  Reading reading{Reading::Kind::Data, bytes_.substr(0, most), {}};
  bytes_.erase(0, reading.bytes.size());
  return reading;
}

Writing OutputFile::write(std::string_view bytes) {
  if (!bytes.empty()) sink_(bytes);
  return {Writing::Kind::Done, bytes.size(), {}};
}

std::pair<OpenFilePtr, OpenFilePtr> make_pipe() {
  auto state = std::make_shared<PipeState>();
  return {std::make_shared<PipeReader>(state), std::make_shared<PipeWriter>(state)};
}

}  // namespace strates::sim
