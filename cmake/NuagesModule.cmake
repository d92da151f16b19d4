# nuages_module(FOLDER [SOURCES ...] [DEPENDS folder ...] [LINK target ...])
#
# One folder of nuages/ is one static library: target nuages_<folder with _ for />, alias nuages::<folder with :: for />.
# Without SOURCES every *.cpp of the folder and its detail/ is taken; *_test.cpp make nuages_<folder>_test,
# *_bench.cpp make nuages_<folder>_bench. DEPENDS are other folders (public), LINK are outside targets (private).
include_guard()

add_library(nuages_options INTERFACE)
add_library(nuages::options ALIAS nuages_options)
target_compile_features(nuages_options INTERFACE cxx_std_20)
target_include_directories(nuages_options INTERFACE
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
# g++ 12 warns about designated initializers of aggregates with a base whatever their defaults (design, section 1).
target_compile_options(nuages_options INTERFACE -Wno-missing-field-initializers)

add_library(nuages_warnings INTERFACE)
# -Wrestrict is wrong about std::string's operator+ in g++ 12 (GCC bug 105651).
target_compile_options(nuages_warnings INTERFACE -Wall -Wextra
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${NUAGES_WERROR}>:-Werror>)

if(NUAGES_SANITIZE)
    add_compile_options(-fsanitize=${NUAGES_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${NUAGES_SANITIZE})
endif()

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(NUAGES_CCACHE ccache)
    if(NUAGES_CCACHE AND PROJECT_IS_TOP_LEVEL)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
            CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${NUAGES_CCACHE})
    endif()
endif()
find_program(NUAGES_MOLD mold)
if(NUAGES_MOLD AND PROJECT_IS_TOP_LEVEL)
    add_link_options(-fuse-ld=mold)
endif()

if(NUAGES_PRECOMPILED_HEADERS AND NUAGES_BUILD_TESTS)
    file(WRITE ${CMAKE_BINARY_DIR}/nuages_test_pch.cpp "")
    add_library(nuages_test_pch STATIC ${CMAKE_BINARY_DIR}/nuages_test_pch.cpp)
    target_link_libraries(nuages_test_pch PUBLIC nuages_options GTest::gtest PRIVATE nuages_warnings)
    target_precompile_headers(nuages_test_pch PRIVATE <gtest/gtest.h> <string> <vector>)
endif()

# nuages_test(NAME SOURCES ... [LINK target ...]): a GoogleTest executable, run by CTest from the source folder.
function(nuages_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LINK} nuages_warnings GTest::gtest GTest::gtest_main)
    if(TARGET nuages_test_pch)
        target_precompile_headers(${name} REUSE_FROM nuages_test_pch)
    endif()
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# The same test again with NUAGES_TEST_DATABASE=postgresql: tests that ask nuages/db/backends/testing.hpp for a database.
function(nuages_test_on_postgresql name)
    get_target_property(folder ${name} SOURCE_DIR)
    add_test(NAME ${name}_postgresql COMMAND ${name} WORKING_DIRECTORY ${folder})
    set_tests_properties(${name}_postgresql PROPERTIES TIMEOUT 300 ENVIRONMENT NUAGES_TEST_DATABASE=postgresql)
endfunction()

function(nuages_module folder)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LINK;TEST_LINK;TEST_DEPENDS" ${ARGN})
    string(REPLACE "/" "_" name nuages_${folder})
    string(REPLACE "/" "::" alias nuages::${folder})

    file(GLOB sources CONFIGURE_DEPENDS *.cpp detail/*.cpp)
    file(GLOB tests CONFIGURE_DEPENDS *_test.cpp detail/*_test.cpp)
    file(GLOB benches CONFIGURE_DEPENDS *_bench.cpp)
    if(arg_SOURCES)
        set(sources ${arg_SOURCES})
    endif()
    if(tests)
        list(REMOVE_ITEM sources ${tests})
    endif()
    if(benches)
        list(REMOVE_ITEM sources ${benches})
    endif()

    set(depends nuages_options)
    foreach(dependency IN LISTS arg_DEPENDS)
        string(REPLACE "/" "_" target nuages_${dependency})
        list(APPEND depends ${target})
    endforeach()

    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC ${depends} PRIVATE ${arg_LINK} $<BUILD_INTERFACE:nuages_warnings>)
    else()
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${depends})
    endif()
    add_library(${alias} ALIAS ${name})
    set_property(GLOBAL APPEND PROPERTY NUAGES_MODULES ${name})

    set(test_depends)
    foreach(dependency IN LISTS arg_TEST_DEPENDS)
        string(REPLACE "/" "_" target nuages_${dependency})
        list(APPEND test_depends ${target})
    endforeach()
    if(tests AND NUAGES_BUILD_TESTS)
        nuages_test(${name}_test SOURCES ${tests} LINK ${name} ${test_depends} ${arg_TEST_LINK})
    endif()
    if(benches AND NUAGES_BUILD_BENCH)
        add_executable(${name}_bench ${benches})
        target_link_libraries(${name}_bench PRIVATE ${name} ${test_depends} ${arg_TEST_LINK} nuages_warnings benchmark::benchmark benchmark::benchmark_main)
    endif()
endfunction()
