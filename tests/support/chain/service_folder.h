// The folder of one service: its database, a backup of it, its log.

#ifndef COMPTOIR_TESTS_SUPPORT_CHAIN_SERVICE_FOLDER_H_
#define COMPTOIR_TESTS_SUPPORT_CHAIN_SERVICE_FOLDER_H_

#include <filesystem>
#include <string>
#include <utility>

namespace comptoir::testing {

class ServiceFolder {
 public:
  explicit ServiceFolder(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
  }

  const std::string& path() const { return path_; }
  std::string data() const { return path_ + "/data"; }

  void Wipe() const { std::filesystem::remove_all(data()); }
  void Backup() const { Replace(data(), path_ + "/backup"); }
  void Restore() const { Replace(path_ + "/backup", data()); }

 private:
  static void Replace(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }

  // Constant after construction.
  const std::string path_;
};

}  // namespace comptoir::testing

#endif  // COMPTOIR_TESTS_SUPPORT_CHAIN_SERVICE_FOLDER_H_
