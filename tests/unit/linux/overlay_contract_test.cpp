#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;

TEST_CASE("overlayfs snapshots keep the contract of both worlds") {
  if (!is_root("overlay contract")) return;
  snapshots_contract([] { return make_linux_store(linux_world::MountWay::Newest); });
}
