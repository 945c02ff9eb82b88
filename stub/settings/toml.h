// The TOML parser as settings files need it, whatever they hold: without
// exceptions, and without its assertions. Input breaks those (`a = [}]`): a
// build without NDEBUG would abort, and clang with it assumes that they hold.
// Without them the parser refuses such input.
#ifndef DANEBOUND_STUB_SETTINGS_TOML_H_
#define DANEBOUND_STUB_SETTINGS_TOML_H_

#define TOML_EXCEPTIONS 0
#define TOML_ASSERT(condition) static_cast<void>(0)

#pragma push_macro("NDEBUG")
#undef NDEBUG  // else the parser ignores TOML_ASSERT
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#endif  // DANEBOUND_STUB_SETTINGS_TOML_H_
