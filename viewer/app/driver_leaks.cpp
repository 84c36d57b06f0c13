#include "viewer/app/driver_leaks.hpp"

#if defined(__SANITIZE_ADDRESS__)

#include <dlfcn.h>
#include <link.h>

#include <string>
#include <string_view>
#include <vector>

// Mesa's software driver and the compiler it brings (seen: 128 bytes of swrast_dri, 56 of libLLVM). Nothing else is excused.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:swrast_dri.so\n"
         "leak:libgallium\n"
         "leak:libLLVM\n";
}

namespace strates::viewer {

void keep_driver_loaded() {
  std::vector<std::string> names;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* found) {
        const std::string_view name = info->dlpi_name;
        for (const char* part : {"_dri.so", "libgallium", "libLLVM"})
          if (name.find(part) != std::string_view::npos) static_cast<std::vector<std::string>*>(found)->emplace_back(name);
        return 0;
      },
      &names);
  for (const std::string& name : names)
    if (void* handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE); handle != nullptr) ::dlclose(handle);
}

}  // namespace strates::viewer

#else

namespace strates::viewer {
void keep_driver_loaded() {}
}  // namespace strates::viewer

#endif
