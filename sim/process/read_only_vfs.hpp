// `docker run --read-only`: the root file system refuses changes (EROFS); /dev, volumes and the provided files are other mounts and take them.
#pragma once

#include <memory>
#include <vector>

#include "engine/ports.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

std::unique_ptr<Vfs> make_read_only(std::unique_ptr<Vfs> below, const std::vector<engine::ProvidedFile>& files,
                                   const std::vector<engine::ContainerMount>& mounts = {});

}  // namespace strates::sim
