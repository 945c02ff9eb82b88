// Owners of what C libraries hand out.
#ifndef DANEBOUND_STUB_SYSTEM_FREE_WITH_H_
#define DANEBOUND_STUB_SYSTEM_FREE_WITH_H_

namespace danebound {

// For std::unique_ptr: frees what it is given with a function of a C library.
template <auto free_function>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_FREE_WITH_H_
