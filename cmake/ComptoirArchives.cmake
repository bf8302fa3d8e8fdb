# Libraries that calls run through (gRPC, protobuf, Abseil, RocksDB, libphonenumber, jemalloc) are
# linked from their archives: a call into a shared one jumps through a table. That was a fifth of
# the processor time of a create. What is shared stays the machine's, which mends it for all:
# OpenSSL, ICU, what packs, the C and C++ libraries. Sanitizers have all of them shared: they tell
# our code from others' by the library that it is in.

if(NOT COMPTOIR_MOLD)
  message(FATAL_ERROR "Archives in any order are what mold takes: install it, or link shared "
                      "libraries with -DCOMPTOIR_ARCHIVES=OFF.")
endif()

set(COMPTOIR_ARCHIVED "^(.*/lib(absl_[a-z0-9_]+|grpc|grpc\\+\\+|grpc\\+\\+_reflection|gpr|upb|")
string(APPEND COMPTOIR_ARCHIVED "address_sorting|protobuf|rocksdb|phonenumber|jemalloc))\\.so")

# comptoir_link_archive(target): from its archive, if it is one of those. One that ends in _pic is
# for programs that may lie anywhere, as ours do.
function(comptoir_link_archive target)
  get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
  set(suffixes "")
  foreach(configuration IN LISTS configurations)
    list(APPEND suffixes "_${configuration}")
  endforeach()
  foreach(suffix IN LISTS suffixes ITEMS "")
    get_target_property(location ${target} IMPORTED_LOCATION${suffix})
    if(NOT location MATCHES ${COMPTOIR_ARCHIVED})
      continue()
    endif()
    set(archive ${CMAKE_MATCH_1}_pic.a)
    if(NOT EXISTS ${archive})
      set(archive ${CMAKE_MATCH_1}.a)
    endif()
    if(NOT EXISTS ${archive})
      message(FATAL_ERROR "There is no archive of ${location}.")
    endif()
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION${suffix} ${archive})
  endforeach()
endfunction()

get_directory_property(COMPTOIR_IMPORTED IMPORTED_TARGETS)
foreach(target IN LISTS COMPTOIR_IMPORTED)
  comptoir_link_archive(${target})
endforeach()

# What shared libraries find by themselves.
set_property(TARGET RocksDB::rocksdb-shared APPEND PROPERTY
             INTERFACE_LINK_LIBRARIES snappy bz2 lz4 zstd z)
set_property(TARGET protobuf::libprotobuf APPEND PROPERTY INTERFACE_LINK_LIBRARIES z)
set_property(TARGET phonenumber::phonenumber APPEND PROPERTY
             INTERFACE_LINK_LIBRARIES protobuf::libprotobuf ICU::i18n ICU::uc absl::synchronization)
