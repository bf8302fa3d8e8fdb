#include "tests/support/temp_dir.h"

#include <cstdlib>
#include <system_error>

#include "common/base/check.h"

namespace comptoir {

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "comptoir-XXXXXX").string();
  COMPTOIR_CHECK(mkdtemp(name.data()) != nullptr) << name;
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace comptoir
