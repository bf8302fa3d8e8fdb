# comptoir_precompile(target [PROTOS] [GRPC] [TESTS])
#
# Parses once per target what nearly all of its files include and what seldom changes; g++ spends
# most of its time on these. A file still includes what it uses: presets that don't precompile
# (COMPTOIR_PRECOMPILE) would not build otherwise.
function(comptoir_precompile target)
  if(NOT COMPTOIR_PRECOMPILE)
    return()
  endif()
  set(headers <algorithm> <cstdint> <deque> <functional> <map> <memory> <optional> <set> <string>
              <string_view> <utility> <vector> <absl/status/statusor.h> <absl/strings/str_cat.h>
              <absl/time/time.h> <absl/types/span.h>)
  if("PROTOS" IN_LIST ARGN)
    list(APPEND headers <comptoir/customer/v1/customer_service.pb.h>
         <comptoir/storage/v1/records.pb.h>)
  endif()
  if("GRPC" IN_LIST ARGN)
    list(APPEND headers <grpcpp/grpcpp.h>)
  endif()
  if("TESTS" IN_LIST ARGN)
    list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_precompile_headers(${target} PRIVATE ${headers})
  # As ccache's manual asks for.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  else()
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# comptoir_library(name SOURCES glob... [PUBLIC lib...] [PRIVATE lib...] [PRECOMPILE set...])
#
# A library of the .cc files that match the globs (relative to the current folder); main.cc and
# *_test.cc are left out. A folder without sources yet becomes an INTERFACE library, so that the
# layers above it configure.
function(comptoir_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE;PRECOMPILE")
  comptoir_glob(sources ${arg_SOURCES})
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC comptoir_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    comptoir_sanitize(${name})
    comptoir_precompile(${name} ${arg_PRECOMPILE})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE comptoir_options ${arg_PUBLIC} ${arg_PRIVATE})
  endif()
endfunction()

# comptoir_executable(name lib...): main.cc of the current folder; skipped while there is none.
function(comptoir_executable name)
  comptoir_glob_all(sources main.cc)
  if(sources)
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE comptoir_options ${ARGN})
    comptoir_sanitize(${name})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  endif()
endfunction()

function(comptoir_glob_all out)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  file(GLOB sources CONFIGURE_DEPENDS ${ARGN})
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

function(comptoir_glob out)
  comptoir_glob_all(sources ${ARGN})
  list(FILTER sources EXCLUDE REGEX "(/main|_test|_bench|_fuzz)\\.cc$")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
