#include "linux/process/monitor_frame.hpp"

#include "linux/process/packing.hpp"

namespace strates::linux_world {

namespace {

template <typename... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overload(Fs...) -> Overload<Fs...>;

template <typename T>
T read_start(Unpacker& in) {
  T out;
  out.host_pid = in.number<std::int64_t>();
  out.skipped = in.numbers<std::uint32_t>();
  return out;
}

void write_start(Packer& out, const auto& start) {
  out.number(start.host_pid);
  out.numbers(start.skipped);
}

frame::Failed read_failed(Unpacker& in) {
  frame::Failed out;
  out.error.kind = static_cast<ErrorKind>(in.number<std::uint8_t>());
  out.error.code = in.text();
  out.error.operation = in.text();
  out.error.object = in.text();
  out.error.cause = in.text();
  out.error.advice = in.text();
  return out;
}

frame::Exited read_exited(Unpacker& in) {
  frame::Exited out;
  out.status.code = in.number<std::int32_t>();
  out.status.signal = in.number<std::int32_t>();
  out.status.oom_killed = in.number<std::uint8_t>() != 0;
  out.status.at = in.number<Nanos>();
  return out;
}

frame::Resize read_resize(Unpacker& in) {
  frame::Resize out;
  out.rows = in.number<std::uint16_t>();
  out.columns = in.number<std::uint16_t>();
  return out;
}

Result<Frame> read_frame(size_t kind, Unpacker& in) {
  switch (kind) {
    case 0: return Frame(read_start<frame::Ready>(in));
    case 1: return Frame(read_start<frame::Started>(in));
    case 2: return Frame(read_failed(in));
    case 3: return Frame(frame::Hello{in.number<std::int64_t>()});
    case 4: {
      const auto stream = static_cast<engine::StdStream>(in.number<std::uint8_t>());
      const auto at = in.number<Nanos>();
      return Frame(frame::Output{stream, at, in.rest()});
    }
    case 5: return Frame(frame::StdinTaken{in.number<std::uint32_t>()});
    case 6: return Frame(read_exited(in));
    case 7: return Frame(frame::Continue{});
    case 8: return Frame(frame::Stdin{in.rest()});
    case 9: return Frame(frame::CloseStdin{});
    case 10: return Frame(read_resize(in));
    default: return make_error(ErrorKind::Internal, "process.message", "read frame", std::to_string(kind), "unknown kind");
  }
}

}  // namespace

std::string encode_frame(const Frame& frame) {
  Packer out;
  out.number(static_cast<std::uint8_t>(frame.index()));
  std::visit(Overload{
                 [&](const frame::Ready& value) { write_start(out, value); },
                 [&](const frame::Started& value) { write_start(out, value); },
                 [&](const frame::Failed& value) {
                   out.number(static_cast<std::uint8_t>(value.error.kind));
                   // A message has a bound; what is cut is never the code.
                   for (const auto* text : {&value.error.code, &value.error.operation, &value.error.object, &value.error.cause, &value.error.advice})
                     out.text(std::string_view(*text).substr(0, 8192));
                 },
                 [&](const frame::Hello& value) { out.number(value.host_pid); },
                 [&](const frame::Output& value) {
                   out.number(static_cast<std::uint8_t>(value.stream));
                   out.number(value.at);
                   out.raw(value.bytes);
                 },
                 [&](const frame::StdinTaken& value) { out.number(value.count); },
                 [&](const frame::Exited& value) {
                   out.number(static_cast<std::int32_t>(value.status.code));
                   out.number(static_cast<std::int32_t>(value.status.signal));
                   out.number(static_cast<std::uint8_t>(value.status.oom_killed));
                   out.number(value.status.at);
                 },
                 [&](const frame::Continue&) {},
                 [&](const frame::Stdin& value) { out.raw(value.bytes); },
                 [&](const frame::CloseStdin&) {},
                 [&](const frame::Resize& value) {
                   out.number(value.rows);
                   out.number(value.columns);
                 },
             },
             frame);
  return out.take();
}

Result<Frame> decode_frame(std::string_view bytes) {
  Unpacker in(bytes);
  const auto kind = in.number<std::uint8_t>();
  if (!in.ok()) return make_error(ErrorKind::Internal, "process.message", "read frame", "", "empty");
  auto frame = read_frame(kind, in);
  if (frame.ok() && !in.ok()) return make_error(ErrorKind::Internal, "process.message", "read frame", std::to_string(kind), "cut short");
  return frame;
}

}  // namespace strates::linux_world
