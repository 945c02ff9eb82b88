// The reading of a sub-query, with a stand-in for Unbound's side of unbound.h.
#include "module/read_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

struct MadeRrset {
  std::string owner;
  uint16_t type = 0;
  std::vector<std::string> rdata;
  bool is_from_wildcard = false;
};

struct unbound_result {
  std::string name;
  std::vector<MadeRrset> answer;
  std::vector<MadeRrset> authority;
  std::vector<std::string> reasons;
};

namespace {

const uint8_t* Octets(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

extern "C" {

void unbound_read(const unbound_result* result, unbound_message* out) {
  *out = {};
  out->name = Octets(result->name);
  out->name_size = result->name.size();
  out->type = 1;
  out->has_reply = 1;
  out->security = unbound_secure;
  out->ede = -1;
  out->ttl = 60;
  out->answer_count = result->answer.size();
  out->authority_count = result->authority.size();
}

void unbound_read_rrset(const unbound_result* result, size_t index,
                        unbound_rrset* out) {
  const MadeRrset& rrset =
      index < result->answer.size()
          ? result->answer[index]
          : result->authority[index - result->answer.size()];
  *out = {};
  out->owner = Octets(rrset.owner);
  out->owner_size = rrset.owner.size();
  out->type = rrset.type;
  out->security = unbound_secure;
  out->is_from_wildcard = rrset.is_from_wildcard ? 1 : 0;
  out->ttl = 300;
  out->count = rrset.rdata.size();
  out->records = &rrset.rdata;
}

const uint8_t* unbound_read_rdata(const unbound_rrset* rrset, size_t index,
                                  size_t* size) {
  const auto* rdata =
      static_cast<const std::vector<std::string>*>(rrset->records);
  *size = (*rdata)[index].size();
  return Octets((*rdata)[index]);
}

const char* unbound_read_reason(const unbound_result* result, void** cursor) {
  size_t index = 0;
  std::memcpy(&index, cursor, sizeof(index));
  if (index == result->reasons.size()) return nullptr;
  const char* reason = result->reasons[index++].c_str();
  std::memcpy(cursor, &index, sizeof(index));
  return reason;
}

}  // extern "C"

namespace danebound {
namespace {

using ::testing::ElementsAre;

std::string Wire(absl::string_view text) {
  return std::string(Name::ParseText(text).value().wire());
}

const std::string kUnreadable = "\x40no name";

unbound_result Result() {
  unbound_result result;
  result.name = Wire("mx.example");
  result.answer = {{Wire("mx.example"), 5, {Wire("host.example")}, true},
                   {Wire("host.example"), 1, {"abcd", "efgh"}}};
  result.authority = {{Wire("example"), 47, {"x"}}};
  result.reasons = {"one,", "two"};
  return result;
}

TEST(ReadMessage, CopiesQuestionSectionsAndReasons) {
  const unbound_result result = Result();
  const absl::optional<JobQuestion> question = ReadQuestion(&result);
  ASSERT_TRUE(question.has_value());
  EXPECT_EQ(question->name.ToText(), "mx.example");
  EXPECT_EQ(question->type, 1);
  const ResolverMessage message = ReadMessage(&result);
  EXPECT_TRUE(message.is_readable);
  EXPECT_EQ(message.security, ResolverSecurity::kSecure);
  EXPECT_EQ(message.reasons, "one, two");
  ASSERT_EQ(message.answer.size(), 2U);
  EXPECT_TRUE(message.answer[0].is_from_wildcard);
  EXPECT_FALSE(message.answer[1].is_from_wildcard);
  EXPECT_THAT(message.answer[1].rdata, ElementsAre("abcd", "efgh"));
  ASSERT_EQ(message.authority.size(), 1U);
  EXPECT_EQ(message.authority[0].type, 47);
}

// RFC 7672 2.1.2: without that RRset the message might read as a denial.
TEST(ReadMessage, IsNotReadableWhenTheOwnerOfAnyRrsetIsNot) {
  unbound_result result = Result();
  result.answer[0].owner = kUnreadable;
  EXPECT_FALSE(ReadMessage(&result).is_readable);
  result = Result();
  result.authority[0].owner = kUnreadable;
  EXPECT_FALSE(ReadMessage(&result).is_readable);
}

TEST(ReadMessage, HasNoQuestionWhenItsNameCannotBeRead) {
  unbound_result result = Result();
  result.name = kUnreadable;
  EXPECT_FALSE(ReadQuestion(&result).has_value());
}

}  // namespace
}  // namespace danebound
