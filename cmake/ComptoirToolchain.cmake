# Language level, warnings, sanitizers, and the tools that only make building faster.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(COMPTOIR_CCACHE ccache)
  if(COMPTOIR_CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER ${COMPTOIR_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${COMPTOIR_CCACHE})
  endif()
endif()

find_program(COMPTOIR_MOLD mold)
if(COMPTOIR_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Every library and executable of ours links this; generated code doesn't.
add_library(comptoir_options INTERFACE)
target_include_directories(comptoir_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(comptoir_options INTERFACE -Wall -Wextra -Werror
                       -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # These look through inlined library code and are often wrong there in g++ 12.
  target_compile_options(comptoir_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized
                         -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
                         -Wno-free-nonheap-object)
else()
  target_compile_options(comptoir_options INTERFACE -Wthread-safety)
endif()

# comptoir_sanitize(target): the target's own files get the sanitizers of this build; generated code
# doesn't. All of ours must: abseil's containers have another layout under AddressSanitizer.
function(comptoir_sanitize target)
  if(NOT COMPTOIR_SANITIZERS)
    return()
  endif()
  target_compile_options(${target} PRIVATE -fsanitize=${COMPTOIR_SANITIZERS}
                         -fno-omit-frame-pointer)
  if(COMPTOIR_FUZZERS)
    # What libFuzzer needs to see new code reached. With its comparisons traced too, as its own flag
    # has it, the simulation takes half as long again.
    target_compile_options(${target} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)
  endif()
  # For tests that do less under sanitizers: compilers don't agree on what says so.
  target_compile_definitions(${target} PRIVATE COMPTOIR_SANITIZED)
  if(COMPTOIR_SANITIZERS MATCHES "undefined")
    # vptr, null and alignment make g++ 12 four times slower and have never found anything here.
    target_compile_options(${target} PRIVATE -fno-sanitize=vptr,null,alignment
                           -fno-sanitize-recover=all)
  endif()
  if(COMPTOIR_SANITIZERS MATCHES "thread")
    # protobuf's headers give map fields another layout if they see ThreadSanitizer, which the
    # packaged library hasn't; libstdc++ shall still know.
    target_compile_options(${target} PRIVATE -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
  endif()
endfunction()

if(COMPTOIR_SANITIZERS)
  add_link_options(-fsanitize=${COMPTOIR_SANITIZERS})
endif()
