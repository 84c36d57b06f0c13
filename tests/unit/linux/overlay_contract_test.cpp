#include "tests/support/snapshots_take_contract.hpp"
#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;

TEST_CASE("overlayfs snapshots keep the contract of both worlds") {
  if (!is_root("overlay contract")) return;
  snapshots_contract([] { return make_linux_store(linux_world::MountWay::Newest); });
}

TEST_CASE("a writable layer becomes a layer without a copy, and is the layer a copy would be") {
  if (!is_root("take contract")) return;
  snapshots_take_contract([] { return make_linux_store(linux_world::MountWay::Newest); });
}
