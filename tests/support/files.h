#ifndef COMPTOIR_TESTS_SUPPORT_FILES_H_
#define COMPTOIR_TESTS_SUPPORT_FILES_H_

#include <filesystem>
#include <string>

namespace comptoir {

// The whole content; empty if there is no such file.
std::string ReadFile(const std::filesystem::path& path);

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_SUPPORT_FILES_H_
