// Any text as a name, an address and a next hop, and any octets as a wire-form
// name: refused, or what is read, written and read again, is the same.
// RFC 1035 3.1, 5.1, RFC 5891.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/dane/address.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

void CheckName(const Name& name) {
  Require(!name.wire().empty() && name.wire().size() <= 255 &&
              name.wire().back() == '\0',
          "a wire form that cannot be");
  const auto text = Name::ParseText(name.ToText());
  Require(text.ok() && *text == name, "its own text is another name");
  const auto wire = Name::ParseWire(name.wire());
  Require(wire.ok() && *wire == name, "its own wire form is another name");
  Require(name.IsRoot() == (name.LabelCount() == 0), "labels of the root");
  Require(name.IsAtOrBelow(name.Parent()) && name.IsAtOrBelow(Name()),
          "it is not below its parent");
  Require(name.IsRoot() || name.Parent().LabelCount() + 1 == name.LabelCount(),
          "its parent has not one label less");
  ToUnicode(name);
  const auto longer = name.WithLabel("_tcp");
  Require(longer.ok() == (name.wire().size() + 5 <= 255), "the wrong bound");
  Require(!longer.ok() || longer->Parent() == name, "a label changes the rest");
}

void CheckNextHop(absl::string_view text) {
  const auto next_hop = ParseNextHop(text);
  if (!next_hop.ok()) return;
  Require(next_hop->port != 0, "port 0");
  Require((next_hop->form == NextHopForm::kAddress) ==
              !next_hop->address.octets().empty(),
          "an address that is none");
  Require((next_hop->form == NextHopForm::kAddress) == next_hop->name.IsRoot(),
          "a name that is none");
  const auto again = ParseNextHop(ToText(*next_hop), next_hop->port);
  Require(again.ok() && *again == *next_hop,
          "its own text is another next hop");
}

void CheckWire(absl::string_view octets) {
  absl::string_view rest = octets;
  const auto name = Name::TakeWire(&rest);
  if (!name.ok()) {
    Require(rest.size() == octets.size(), "an error takes octets");
    return;
  }
  Require(octets.size() - rest.size() == name->wire().size(),
          "it takes other octets than it has");
  CheckName(*name);
}

void Try(absl::string_view octets) {
  const auto name = Name::ParseText(octets);
  if (name.ok()) CheckName(*name);
  CheckWire(octets);
  CheckNextHop(octets);
  const auto address = Address::ParseText(octets);
  if (!address.ok()) return;
  const auto again = Address::ParseText(address->ToText());
  Require(again.ok() && *again == *address, "its own text is another address");
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
