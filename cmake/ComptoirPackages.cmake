# Third-party packages, all from the distribution (tools/packages.txt).

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)  # module mode: Debian ships no config file
find_package(absl CONFIG REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)

# Packages without CMake files become imported targets of the same look.
function(comptoir_import_library target header library)
  string(MAKE_C_IDENTIFIER ${target} id)
  find_path(COMPTOIR_${id}_INCLUDE ${header} REQUIRED)
  find_library(COMPTOIR_${id}_LIBRARY ${library} REQUIRED)
  mark_as_advanced(COMPTOIR_${id}_INCLUDE COMPTOIR_${id}_LIBRARY)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${COMPTOIR_${id}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${COMPTOIR_${id}_INCLUDE})
endfunction()

if(NOT COMPTOIR_GRPC_FREE_PARTS_ONLY)
  find_package(gRPC CONFIG REQUIRED)
  find_package(ICU REQUIRED COMPONENTS uc i18n)
  find_package(CLI11 CONFIG REQUIRED)
  find_package(nlohmann_json CONFIG REQUIRED)
  comptoir_import_library(phonenumber::phonenumber phonenumbers/phonenumberutil.h phonenumber)
  comptoir_import_library(csv::csv csv.h csv)
  comptoir_import_library(LZ4::lz4 lz4.h lz4)
  comptoir_import_library(jemalloc::jemalloc jemalloc/jemalloc.h jemalloc)
endif()

if(COMPTOIR_TESTS OR COMPTOIR_BENCHMARKS)
  find_package(GTest CONFIG REQUIRED)
endif()
if(COMPTOIR_BENCHMARKS)
  find_package(benchmark CONFIG REQUIRED)
endif()
