// Tables of docs/benchmarks.md that programs write.

#ifndef COMPTOIR_TESTS_BENCH_DOCS_TABLE_H_
#define COMPTOIR_TESTS_BENCH_DOCS_TABLE_H_

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace comptoir {

// Prints the table, and puts it in the file between "<!-- name -->" and "<!-- end of name -->"; no
// path: only prints. False if the file has no such place.
inline bool ShowTable(const std::string& name, const std::string& table, const std::string& path) {
  std::cout << table;
  if (path.empty()) return true;
  std::stringstream read;
  read << std::ifstream(path).rdbuf();
  std::string text = read.str();
  const std::string begin = "<!-- " + name + " -->\n";
  const size_t place = text.find(begin);
  const size_t end = text.find("<!-- end of " + name + " -->\n");
  if (place == std::string::npos || end == std::string::npos) {
    std::cerr << path << " has no place for the table " << name << ".\n";
    return false;
  }
  const size_t from = place + begin.size();
  text.replace(from, end - from, table);
  std::ofstream(path) << text;
  return true;
}

}  // namespace comptoir

#endif  // COMPTOIR_TESTS_BENCH_DOCS_TABLE_H_
