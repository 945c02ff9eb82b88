// Nothing but the headers of tests/CMakeLists.txt.
