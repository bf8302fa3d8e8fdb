// A disk whose sync takes COMPTOIR_SYNC_MICROSECONDS longer, for any program that this library is
// loaded into (LD_PRELOAD): the program itself is the one that is deployed.

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using Sync = int (*)(int);

unsigned Delay() {
  static const char* const text = std::getenv("COMPTOIR_SYNC_MICROSECONDS");
  return text == nullptr ? 0 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

int Slowly(const char* name, int file) {
  usleep(Delay());
  return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" {

int fsync(int file) { return Slowly("fsync", file); }
int fdatasync(int file) { return Slowly("fdatasync", file); }

}  // extern "C"
