# comptoir_library(name SOURCES glob... [PUBLIC lib...] [PRIVATE lib...])
#
# A library of the .cc files that match the globs (relative to the current folder); main.cc and
# *_test.cc are left out. "**.cc" matches the files of subfolders too. A folder without sources yet
# becomes an INTERFACE library, so that the layers above it configure.
function(comptoir_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE")
  comptoir_glob(sources ${arg_SOURCES})
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC comptoir_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    comptoir_sanitize(${name})
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

# comptoir_use_jemalloc(executable): memory is had from jemalloc. What one thread allocates another
# one frees all the time in a service, which costs the C library's allocator twice the instructions.
# Sanitizers have an allocator of their own.
function(comptoir_use_jemalloc executable)
  if(TARGET ${executable} AND NOT COMPTOIR_SANITIZERS)
    target_link_libraries(${executable} PRIVATE jemalloc::jemalloc)
  endif()
endfunction()

# Glob by glob, each in the order of the files' names, whatever their subfolder: neighbours are
# compiled at once (unity builds), and files of one subfolder often have helpers of the same names.
function(comptoir_glob_all out)
  set(sources)
  foreach(glob IN LISTS ARGN)
    set(kind GLOB)
    if(glob MATCHES "\\*\\*")
      set(kind GLOB_RECURSE)
    endif()
    string(REPLACE "**" "*" glob ${glob})
    file(${kind} files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${glob})
    list(TRANSFORM files REPLACE "^(.*/)([^/]*)$" "\\2|\\1\\2")
    list(SORT files)
    list(TRANSFORM files REPLACE "^[^|]*\\|" "")
    list(APPEND sources ${files})
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

function(comptoir_glob out)
  comptoir_glob_all(sources ${ARGN})
  list(FILTER sources EXCLUDE REGEX "(/main|_test|_bench|_fuzz)\\.cc$")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
