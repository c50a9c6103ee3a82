# The example as a project of its own, with muster installed:
#   cmake -B build -D CMAKE_PREFIX_PATH=PREFIX && cmake --build build && build/optimize
cmake_minimum_required(VERSION 3.21)
project(optimize LANGUAGES C)
find_package(muster REQUIRED)
add_executable(optimize optimize.c)
target_link_libraries(optimize PRIVATE muster::search m)
