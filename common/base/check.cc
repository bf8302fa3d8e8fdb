#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace comptoir::check_internal {

Failure::Failure(const char* file, int line, const char* condition) {
  stream_ << file << ":" << line << ": Check failed: " << condition << " ";
}

Failure::~Failure() {
  const std::string text = stream_.str() + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
  std::abort();
}

}  // namespace comptoir::check_internal
