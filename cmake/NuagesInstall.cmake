# What `cmake --install` puts down: static libraries, public headers, the nuages command, and a CMake package that finds
# what the libraries need. The same package is written into the build tree, so the command works from there too.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/nuages)
get_property(modules GLOBAL PROPERTY NUAGES_MODULES)
list(APPEND modules nuages_options nuages_warnings nuages_nuages)
foreach(module IN LISTS modules)
    string(REGEX REPLACE "^nuages_" "" export_name ${module})
    get_target_property(folder ${module} SOURCE_DIR)
    string(FIND ${folder} ${PROJECT_SOURCE_DIR}/nuages/ is_module)
    if(is_module EQUAL 0)  # nuages_db_models stands in nuages/db/models: nuages::db::models
        file(RELATIVE_PATH export_name ${PROJECT_SOURCE_DIR}/nuages ${folder})
        string(REPLACE "/" "::" export_name ${export_name})
    endif()
    set_target_properties(${module} PROPERTIES EXPORT_NAME ${export_name})
    set(export_set nuagesTargets)
    if(module STREQUAL "nuages_test")  # needs GoogleTest: a component of its own
        set(export_set nuagesTestTargets)
        set(has_test_component ON)
    endif()
    install(TARGETS ${module} EXPORT ${export_set} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
if(TARGET nuages_cli)
    install(TARGETS nuages_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/nuages/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/nuages
    FILES_MATCHING PATTERN "*.hpp"
    PATTERN detail EXCLUDE PATTERN project_template EXCLUDE PATTERN app_template EXCLUDE PATTERN cli EXCLUDE)

install(FILES cmake/NuagesSite.cmake cmake/embed.cmake DESTINATION ${package_folder})
set(NUAGES_CMAKE_FOLDER "\${CMAKE_CURRENT_LIST_DIR}")
configure_package_config_file(cmake/nuagesConfig.cmake.in ${PROJECT_BINARY_DIR}/install/nuagesConfig.cmake
    INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/nuagesConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/install/nuagesConfig.cmake ${PROJECT_BINARY_DIR}/nuagesConfigVersion.cmake
    DESTINATION ${package_folder})

set(NUAGES_CMAKE_FOLDER ${PROJECT_SOURCE_DIR}/cmake)
configure_package_config_file(cmake/nuagesConfig.cmake.in ${PROJECT_BINARY_DIR}/nuagesConfig.cmake
    INSTALL_DESTINATION ${PROJECT_BINARY_DIR})

foreach(export_set IN ITEMS nuagesTargets nuagesTestTargets)
    if(export_set STREQUAL "nuagesTargets" OR has_test_component)
        install(EXPORT ${export_set} NAMESPACE nuages:: DESTINATION ${package_folder})
        export(EXPORT ${export_set} NAMESPACE nuages:: FILE ${PROJECT_BINARY_DIR}/${export_set}.cmake)
    endif()
endforeach()
