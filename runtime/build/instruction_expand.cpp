// Which words of an instruction may hold variables (docs.docker.com/engine/reference/builder, "Environment replacement").
#include "build/instruction.hpp"

namespace strates::build {

namespace {

struct Expander {
  const ExpandWord& expand;

  Result<void> in(std::string& word) const {
    word = TRY(expand(word));
    return {};
  }
  Result<void> in(std::vector<std::string>& words) const {
    for (std::string& word : words) TRY(in(word));
    return {};
  }
  Result<void> in(Pairs& pairs) const {
    for (auto& [key, value] : pairs) {
      TRY(in(key));
      TRY(in(value));
    }
    return {};
  }

  Result<void> operator()(Copy& copy) const {
    TRY(in(copy.chown));
    TRY(in(copy.chmod));
    TRY(in(copy.checksum));
    TRY(in(copy.sources));
    return in(copy.destination);
  }
  Result<void> operator()(Arg& arg) const {
    for (auto& [name, value] : arg.values) {
      TRY(in(name));
      if (value) TRY(in(*value));
    }
    return {};
  }
  Result<void> operator()(Env& env) const { return in(env.values); }
  Result<void> operator()(Label& label) const { return label.literal ? success() : in(label.values); }
  Result<void> operator()(Workdir& workdir) const { return in(workdir.path); }
  Result<void> operator()(Expose& expose) const { return in(expose.ports); }
  Result<void> operator()(User& user) const { return in(user.user); }
  Result<void> operator()(Volume& volume) const { return in(volume.paths); }
  Result<void> operator()(StopSignal& stop) const { return in(stop.signal); }
  template <typename Other>
  Result<void> operator()(Other&) const {
    return {};
  }
};

}  // namespace

Result<Instruction> expand_instruction(const Instruction& instruction, const ExpandWord& expand) {
  Instruction out = instruction;
  TRY(std::visit(Expander{expand}, out));
  return out;
}

}  // namespace strates::build
