#ifndef COMPTOIR_TESTS_SUPPORT_TEMP_DIR_H_
#define COMPTOIR_TESTS_SUPPORT_TEMP_DIR_H_

#include <filesystem>
#include <string>
#include <string_view>

namespace comptoir {

// A folder of its own for one test, removed with all it holds at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();

  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Returns the path of `name` in the folder; creates nothing.
  std::string File(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_TEMP_DIR_H_
