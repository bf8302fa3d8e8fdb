#include "tests/support/files.h"

#include <fstream>
#include <sstream>

namespace comptoir {

std::string ReadFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace comptoir
