# cmake --install BUILD [--component services|cli|protos] [--prefix FOLDER]

include(GNUInstallDirs)

if(TARGET hq-service AND TARGET channel-service)
  install(TARGETS hq-service channel-service RUNTIME COMPONENT services)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/deploy/ DESTINATION ${CMAKE_INSTALL_DATADIR}/comptoir/deploy
          COMPONENT services)
endif()
if(TARGET comptoir)
  install(TARGETS comptoir RUNTIME COMPONENT cli)
endif()

# One folder, so that it is the only -I that protoc needs. Records as databases keep them are nobody
# else's business.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/proto/ DESTINATION ${CMAKE_INSTALL_DATADIR}/comptoir/proto
        COMPONENT protos FILES_MATCHING PATTERN "*.proto" PATTERN storage EXCLUDE)
