// What is believed of one name server's reply under the keys of its zone, and
// what is not. The replies are signed here, by ldns.
#include "stub/nameservers/validation.h"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/rr_type.h"
#include "stub/system/free_with.h"

// Last: it makes macros of words of C++.
#include <ldns/ldns.h>

namespace danebound {
namespace {

using ::testing::HasSubstr;

using KeyPtr = std::unique_ptr<ldns_key, FreeWith<ldns_key_deep_free>>;
// Of keys that others own; ldns would free those too.
void FreeList(ldns_key_list* list) {
  std::free(list->_keys);
  std::free(list);
}
using KeyListPtr = std::unique_ptr<ldns_key_list, FreeWith<FreeList>>;
using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using RrPtr = std::unique_ptr<ldns_rr, FreeWith<ldns_rr_free>>;
using RrListPtr =
    std::unique_ptr<ldns_rr_list, FreeWith<ldns_rr_list_deep_free>>;
using TextPtr = std::unique_ptr<char, FreeWith<std::free>>;
using Lines = std::vector<std::string>;
using Records = std::vector<DnsRecord>;

constexpr int64_t kNow = 1'800'000'000;
constexpr int64_t kDay = 86400;
constexpr uint16_t kZoneKey = 0x0100;
constexpr const char* kZone = "example.org.";
constexpr const char* kOwner = "_25._tcp.mx.example.org.";
constexpr const char* kTlsa =
    "_25._tcp.mx.example.org. 3600 IN TLSA 3 1 1 "
    "0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3";
constexpr const char* kSoa =
    "example.org. 1800 IN SOA ns.example.org. h.example.org. 1 9 9 9 900";

Name NameOf(const std::string& text) { return *Name::ParseText(text); }

std::string Octets(const ldns_rdf* rdf) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
          ldns_rdf_size(rdf)};
}

DnsRecord RecordFrom(const ldns_rr* rr) {
  DnsRecord record;
  record.owner = *Name::ParseWire(Octets(ldns_rr_owner(rr)));
  record.type = static_cast<uint16_t>(ldns_rr_get_type(rr));
  record.ttl = ldns_rr_ttl(rr);
  for (size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    record.rdata += Octets(ldns_rr_rdf(rr, i));
  }
  return record;
}

KeyPtr NewKey(const std::string& owner = kZone) {
  KeyPtr key(ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256));
  ldns_key_set_pubkey_owner(
      key.get(), ldns_rdf_new_frm_str(LDNS_RDF_TYPE_DNAME, owner.c_str()));
  ldns_key_set_flags(key.get(), kZoneKey);
  const RrPtr dnskey(ldns_key2rr(key.get()));
  ldns_key_set_keytag(key.get(), ldns_calc_keytag(dnskey.get()));
  return key;
}

std::string DnskeyOf(ldns_key* key) {
  return RecordFrom(RrPtr(ldns_key2rr(key)).get()).rdata;
}

// RFC 4034 B
uint16_t KeyTagOf(const std::string& dnskey) {
  uint32_t sum = 0;
  for (size_t i = 0; i < dnskey.size(); ++i) {
    const uint32_t octet = static_cast<uint8_t>(dnskey[i]);
    sum += i % 2 == 0 ? octet << 8 : octet;
  }
  return static_cast<uint16_t>(sum + (sum >> 16));
}

// When a signature holds, in seconds from kNow.
struct Times {
  int64_t begins = -kDay;
  int64_t ends = kDay;
};

// One RRset, in lines of a zone file, with its signature behind it.
Records Signed(const Lines& lines, ldns_key* key, const Times& times = {}) {
  const RrListPtr set(ldns_rr_list_new());
  Records records;
  for (const std::string& line : lines) {
    ldns_rr* rr = nullptr;
    EXPECT_EQ(ldns_rr_new_frm_str(&rr, line.c_str(), 0, nullptr, nullptr),
              LDNS_STATUS_OK)
        << line;
    ldns_rr_list_push_rr(set.get(), rr);
    records.push_back(RecordFrom(rr));
  }
  ldns_key_set_inception(key, static_cast<uint32_t>(kNow + times.begins));
  ldns_key_set_expiration(key, static_cast<uint32_t>(kNow + times.ends));
  const KeyListPtr keys(ldns_key_list_new());
  ldns_key_list_push_key(keys.get(), key);
  const RrListPtr signatures(ldns_sign_public(set.get(), keys.get()));
  records.push_back(RecordFrom(ldns_rr_list_rr(signatures.get(), 0)));
  return records;
}

Records Joined(const std::vector<Records>& all) {
  Records joined;
  for (const Records& records : all) {
    joined.insert(joined.end(), records.begin(), records.end());
  }
  return joined;
}

// The same records as if another name had them, as a wildcard's are.
Records Renamed(Records records, const std::string& owner) {
  for (DnsRecord& record : records) record.owner = NameOf(owner);
  return records;
}

class Validation : public ::testing::Test {
 protected:
  Records Of(const Lines& lines) const { return Signed(lines, key_.get()); }

  absl::StatusOr<uint32_t> Verify(Records answer, Records authority = {},
                                  uint16_t type = kTypeTlsa) const {
    DnsReply reply;
    reply.answer = std::move(answer);
    reply.authority = std::move(authority);
    return VerifyRecords(reply, NameOf(kOwner), type, keys_, kNow);
  }

  // With the zone's SOA.
  absl::StatusOr<uint32_t> Deny(const std::vector<Records>& proof,
                                const std::string& name = kOwner) const {
    DnsReply reply;
    reply.authority = Joined(proof);
    const Records soa = Of({kSoa});
    reply.authority.insert(reply.authority.end(), soa.begin(), soa.end());
    return VerifyDenial(reply, NameOf(name), kTypeTlsa, keys_, kNow);
  }

  void ExpectRefused(const absl::StatusOr<uint32_t>& result,
                     const std::string& why) const {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(result.status().message()), HasSubstr(why));
  }
  void ExpectUnproven(const absl::StatusOr<uint32_t>& result) const {
    ExpectRefused(result, "no valid NSEC or NSEC3 record proves it");
  }

  KeyPtr key_ = NewKey();
  KeyPtr other_ = NewKey();
  ZoneKeys keys_ = {NameOf(kZone), {DnskeyOf(key_.get())}};
};

// RFC 4034 3.1.4
TEST_F(Validation, GivesTheTtlThatWasSigned) {
  Records records = Of({kTlsa});
  for (DnsRecord& record : records) record.ttl = 1;
  EXPECT_EQ(*Verify(records), 3600U);
}

TEST_F(Validation, WantsASignature) {
  Records records = Of({kTlsa});
  const DnsRecord rrsig = records.back();
  records.pop_back();
  ExpectRefused(Verify(records), "no signature");
  ExpectRefused(Verify({rrsig}), "no records");
  // of another type, or of another name
  ExpectRefused(
      Verify(Joined(
          {records, {Of({absl::StrCat(kOwner, " 3600 IN TXT x")}).back()}})),
      "no signature");
  ExpectRefused(
      Verify(Joined({records, Renamed({rrsig}, "_26._tcp.mx.example.org.")})),
      "no signature");
}

TEST_F(Validation, RefusesOtherRecordsUnderASignature) {
  Records records = Of({kTlsa});
  records.front().rdata.back() ^= 1;
  ExpectRefused(Verify(records), "ignature");
  Records more = Of({kTlsa});
  more.push_back(more.front());
  more.back().rdata.back() ^= 1;
  ExpectRefused(Verify(more), "ignature");
}

// RFC 4035 5.3.1
TEST_F(Validation, KeepsToTheTimesOfASignature) {
  for (const Times& bad : {Times{-2 * kDay, -1}, Times{1, kDay}}) {
    ExpectRefused(Verify(Signed({kTlsa}, key_.get(), bad)),
                  bad.begins > 0 ? "not incepted" : "expired");
  }
  for (const Times& good : {Times{-kDay, 1}, Times{-1, kDay}}) {
    EXPECT_TRUE(Verify(Signed({kTlsa}, key_.get(), good)).ok());
  }
}

TEST_F(Validation, RefusesASignatureByAnotherKey) {
  EXPECT_FALSE(Verify(Signed({kTlsa}, other_.get())).ok());
}

// RFC 4035 5.3.1: though the key is a right one
TEST_F(Validation, RefusesASignatureInAnotherZonesName) {
  for (const char* signer : {"org.", "mx.example.org.", "example.net."}) {
    ldns_rdf_deep_free(ldns_key_pubkey_owner(key_.get()));
    ldns_key_set_pubkey_owner(
        key_.get(), ldns_rdf_new_frm_str(LDNS_RDF_TYPE_DNAME, signer));
    ExpectRefused(Verify(Of({kTlsa})), "signed by another zone");
  }
}

// RFC 4034 2.1.1, 2.1.2; RFC 5011 2.1
TEST_F(Validation, TakesKeysThatMaySignZonesAlone) {
  const std::string dnskey = keys_.dnskeys[0];
  const auto verify_with = [&](const std::string& header) {
    keys_.dnskeys = {header + dnskey.substr(3)};
    ldns_key_set_keytag(key_.get(), KeyTagOf(keys_.dnskeys[0]));
    return Verify(Of({kTlsa}));
  };
  EXPECT_TRUE(verify_with(std::string("\1\0\3", 3)).ok());
  EXPECT_TRUE(verify_with("\1\1\3").ok());
  for (const std::string& header :
       {std::string("\0\0\3", 3), std::string("\1\x80\3", 3),
        std::string("\1\0\2", 3)}) {
    EXPECT_FALSE(verify_with(header).ok());
  }
  keys_.dnskeys = {};
  EXPECT_FALSE(Verify(Of({kTlsa})).ok());
}

// RFC 4035 5.3.3
TEST_F(Validation, IsContentWithOneSignatureOfSome) {
  Records records = Of({kTlsa});
  const DnsRecord good = records.back();
  records.pop_back();
  const DnsRecord bad = Signed({kTlsa}, other_.get()).back();
  for (int i = 0; i < 7; ++i) records.push_back(bad);
  EXPECT_TRUE(Verify(Joined({records, {good}})).ok());
  records.push_back(bad);
  ExpectRefused(Verify(Joined({records, {good}})), "too many signatures");
}

// RFC 4035 5.3.1
TEST_F(Validation, RefusesASignatureOfALongerName) {
  ExpectRefused(Verify(Renamed(Of({
                                   "a._25._tcp.mx.example.org. 60 IN TXT x",
                               }),
                               kOwner),
                       {}, kTypeTxt),
                "a signature of a longer name");
}

// A wildcard's records with the wildcard's own name.
constexpr const char* kWild = "*.mx.example.org. 3600 IN TLSA 3 1 1 0b9f";
// Nothing is nearer to kOwner than *.mx.
constexpr const char* kNothingNearer =
    "*.mx.example.org. 900 IN NSEC a.example.org. TLSA RRSIG NSEC";

// RFC 4035 5.3.4
TEST_F(Validation, WantsProofThatNothingIsNearerThanAWildcard) {
  const Records expanded = Renamed(Of({kWild}), kOwner);
  EXPECT_EQ(*Verify(expanded, Of({kNothingNearer})), 3600U);
  const std::string why = "a wildcard's, with no proof";
  ExpectRefused(Verify(expanded), why);
  // by another key; of a name elsewhere; of another wildcard's place
  ExpectRefused(Verify(expanded, Signed({kNothingNearer}, other_.get())), why);
  ExpectRefused(
      Verify(expanded, Of({"b.example.org. 900 IN NSEC c.example.org. A"})),
      why);
  ExpectRefused(
      Verify(expanded, Of({"_tcp.mx.example.org. 900 IN NSEC a.example.org. "
                           "A RRSIG NSEC"})),
      why);
}

// The hash of a name as the first label of an NSEC3 record's owner.
std::string HashOf(const std::string& name, uint16_t iterations) {
  const RdfPtr rdf(ldns_rdf_new_frm_str(LDNS_RDF_TYPE_DNAME, name.c_str()));
  const RdfPtr hash(
      ldns_nsec3_hash_name(rdf.get(), LDNS_SHA1, iterations, 0, nullptr));
  const TextPtr text(ldns_rdf2str(hash.get()));
  std::string label(text.get());
  return absl::AsciiStrToLower(label.substr(0, label.find('.')));
}

// The NSEC3 records of a zone: from the hash of each name the whole set.
class Hashes {
 public:
  //   types  of each name in the zone.
  explicit Hashes(const std::map<std::string, std::string>& types,
                  uint16_t iterations = 0)
      : iterations_(iterations) {
    for (const auto& [name, has] : types) {
      types_[HashOf(name, iterations)] = has;
    }
  }

  // Those but the ones that match or cover one of these names.
  std::vector<Records> Without(ldns_key* key, const Lines& names = {}) const {
    std::vector<Records> proof;
    for (auto each = types_.begin(); each != types_.end(); ++each) {
      bool counts = true;
      for (const std::string& name : names) counts = counts && each != At(name);
      if (counts) proof.push_back(Signed({LineOf(each)}, key));
    }
    return proof;
  }

 private:
  using Types = std::map<std::string, std::string>;

  Types::const_iterator At(const std::string& name) const {
    const auto after = types_.upper_bound(HashOf(name, iterations_));
    return std::prev(after == types_.begin() ? types_.end() : after);
  }

  std::string LineOf(Types::const_iterator each) const {
    const auto next =
        std::next(each) == types_.end() ? types_.begin() : std::next(each);
    return absl::StrCat(each->first, ".", kZone, " 900 IN NSEC3 1 0 ",
                        iterations_, " - ", next->first, " ", each->second);
  }

  Types types_;
  uint16_t iterations_;
};

// The names of a zone without _25._tcp.mx.
const std::map<std::string, std::string> kNames = {
    {"example.org.", "NS SOA DNSKEY RRSIG"},
    {"mx.example.org.", "A RRSIG"},
    {"www.example.org.", "A RRSIG"},
    {"sub.example.org.", "NS"},
    {"alias.example.org.", "DNAME RRSIG"}};

// RFC 5155 8.8
TEST_F(Validation, TakesProofByHashesForAWildcard) {
  const Records expanded = Renamed(Of({kWild}), kOwner);
  const Hashes hashes(kNames);
  EXPECT_TRUE(Verify(expanded, Joined(hashes.Without(key_.get()))).ok());
  ExpectRefused(Verify(expanded, Joined(hashes.Without(
                                     key_.get(), {"_tcp.mx.example.org."}))),
                "a wildcard's, with no proof");
}

constexpr const char* kAlias =
    "_25._tcp.mx.example.org. 3600 IN CNAME t.example.net.";

TEST_F(Validation, VerifiesAnAlias) {
  Records records = Of({kAlias});
  EXPECT_TRUE(Verify(records, {}, kTypeCname).ok());
  // RFC 2181 10.1
  records.push_back(records.front());
  ExpectRefused(Verify(records, {}, kTypeCname), "more than one CNAME");
  records = Of({kAlias});
  records.front().rdata = std::string(NameOf("t.example.com.").wire());
  EXPECT_FALSE(Verify(records, {}, kTypeCname).ok());
}

// RFC 6672 5.3.1
TEST_F(Validation, VerifiesAnAliasByTheDnameItIsMadeFrom) {
  const Records dname = Of({"mx.example.org. 600 IN DNAME x.example.net."});
  const auto with = [&](const std::string& target, const Records& by) {
    Records alias = Of({absl::StrCat(kOwner, " 3600 IN CNAME ", target)});
    alias.pop_back();
    return Verify(Joined({alias, by}), {}, kTypeCname);
  };
  EXPECT_EQ(*with("_25._tcp.x.example.net.", dname), 600U);
  ExpectRefused(with("_26._tcp.x.example.net.", dname), "no signature");
  ExpectRefused(with("_25._tcp.x.example.net.", {dname.front()}),
                "no signature");
  ExpectRefused(with("_25._tcp.x.example.net.",
                     Signed({"mx.example.org. 600 IN DNAME x.example.net."},
                            other_.get())),
                "");
  ExpectRefused(with("_25._tcp.x.example.net.",
                     Of({"www.example.org. 600 IN DNAME x.example.net."})),
                "no signature");
}

constexpr const char* kHasTxt =
    "_25._tcp.mx.example.org. 900 IN NSEC a.example.org. TXT RRSIG NSEC";

// RFC 2308 5
TEST_F(Validation, GivesTheTtlOfADenial) {
  EXPECT_EQ(*Deny({Of({kHasTxt})}), 900U);
}

TEST_F(Validation, WantsTheSoaOfADenial) {
  DnsReply reply;
  reply.authority = Of({kHasTxt});
  const auto verify = [&] {
    return VerifyDenial(reply, NameOf(kOwner), kTypeTlsa, keys_, kNow);
  };
  ExpectRefused(verify(), "its SOA: no records");
  const Records soa = Signed({kSoa}, other_.get());
  reply.authority.insert(reply.authority.end(), soa.begin(), soa.end());
  ExpectRefused(verify(), "its SOA: ");
}

// RFC 4035 5.4
TEST_F(Validation, BelievesThatANameHasNoSuchType) {
  ExpectUnproven(Deny({}));
  ExpectUnproven(Deny({Signed({kHasTxt}, other_.get())}));
  ExpectUnproven(Deny({Signed({kHasTxt}, key_.get(), {-2 * kDay, -1})}));
  for (const char* has : {"TLSA", "CNAME"}) {
    ExpectUnproven(Deny({Of({absl::StrCat(
        kOwner, " 900 IN NSEC a.example.org. ", has, " RRSIG NSEC")})}));
  }
}

// RFC 6840 4.1
TEST_F(Validation, BelievesNothingOfTheZoneAboveADelegation) {
  const std::string nsec = " 900 IN NSEC a.example.org. NS RRSIG NSEC";
  ExpectUnproven(Deny({Of({absl::StrCat(kOwner, nsec)})}));
  const Records no_wildcard =
      Of({"example.org. 900 IN NSEC 0.example.org. NS SOA"});
  ExpectUnproven(
      Deny({Of({absl::StrCat("_tcp.mx.example.org.", nsec)}), no_wildcard}));
  EXPECT_TRUE(
      Deny({Of({absl::StrCat(kOwner, " 900 IN NSEC a.example.org. NS SOA")})})
          .ok());
  // nor of names below a DNAME
  ExpectUnproven(Deny({Of({"_tcp.mx.example.org. 900 IN NSEC a.example.org. "
                           "DNAME RRSIG NSEC"}),
                       no_wildcard}));
}

// RFC 4035 5.4: neither the name, nor a wildcard for it
TEST_F(Validation, BelievesThatThereIsNoSuchName) {
  const Records mx = Of({"mx.example.org. 900 IN NSEC www.example.org. A"});
  EXPECT_TRUE(Deny({mx}).ok());  // which covers *.mx too
  const std::string absent = "_25._tcp.no.example.org.";
  const Records covers = Of({"mx.example.org. 900 IN NSEC www.example.org. A"});
  const Records apex =
      Of({"example.org. 900 IN NSEC a.example.org. NS SOA RRSIG NSEC"});
  EXPECT_TRUE(Deny({covers, apex}, absent).ok());
  ExpectUnproven(Deny({covers}, absent));
  ExpectUnproven(Deny({apex}, absent));
  // a wildcard has another type, or this one
  const std::string wildcard = "*.example.org. 900 IN NSEC a.example.org. ";
  EXPECT_TRUE(Deny({covers, Of({wildcard + "TXT"})}, absent).ok());
  ExpectUnproven(Deny({covers, Of({wildcard + "TLSA"})}, absent));
}

// RFC 4592 2.2.2
TEST_F(Validation, BelievesThatANameOnlyHasNamesBelow) {
  EXPECT_TRUE(Deny({Of({"mx.example.org. 900 IN NSEC "
                        "x._25._tcp.mx.example.org. A"})})
                  .ok());
}

// A wildcard's NSEC given another name would deny what that name has.
TEST_F(Validation, BelievesNoNsecThatAWildcardWasMadeTo) {
  ExpectUnproven(Deny({Renamed(
      Of({"*.mx.example.org. 900 IN NSEC a.example.org. TXT"}), kOwner)}));
}

// RFC 5155 8.4 to 8.7
TEST_F(Validation, BelievesDenialsByHashes) {
  const Hashes hashes(kNames);
  ldns_key* key = key_.get();
  EXPECT_TRUE(Deny(hashes.Without(key), "mx.example.org.").ok());
  EXPECT_TRUE(Deny(hashes.Without(key)).ok());
  // the encloser, the next closer name, the wildcard
  for (const char* gone :
       {"mx.example.org.", "_tcp.mx.example.org.", "*.mx.example.org."}) {
    ExpectUnproven(Deny(hashes.Without(key, {gone})));
  }
  ExpectUnproven(
      Deny(hashes.Without(key, {"mx.example.org."}), "mx.example.org."));
  ExpectUnproven(Deny(hashes.Without(other_.get())));
  // what the wildcard has
  auto names = kNames;
  names["*.mx.example.org."] = "TXT RRSIG";
  EXPECT_TRUE(Deny(Hashes(names).Without(key)).ok());
  names["*.mx.example.org."] = "TLSA RRSIG";
  ExpectUnproven(Deny(Hashes(names).Without(key)));
  names[kOwner] = "TLSA RRSIG";
  ExpectUnproven(Deny(Hashes(names).Without(key)));
}

// RFC 6840 4.1, RFC 5155 8.3
TEST_F(Validation, BelievesNoHashesOfTheZoneAboveADelegation) {
  const Hashes hashes(kNames);
  for (const char* name : {"sub.example.org.", "_25._tcp.sub.example.org.",
                           "_25._tcp.alias.example.org."}) {
    ExpectUnproven(Deny(hashes.Without(key_.get()), name));
  }
}

// RFC 9276 3.2
TEST_F(Validation, BelievesNoHashesOfManyIterations) {
  EXPECT_TRUE(Deny(Hashes(kNames, 150).Without(key_.get())).ok());
  ExpectUnproven(Deny(Hashes(kNames, 151).Without(key_.get())));
}

// A server chooses how many it sends.
TEST_F(Validation, LooksAtSomeRecordsOfADenialAlone) {
  std::vector<Records> proof;
  for (int i = 0; i < 15; ++i) {
    proof.push_back(Of(
        {absl::StrCat("b", i, ".example.org. 900 IN NSEC c.example.org. A")}));
  }
  proof.push_back(Of({kHasTxt}));
  EXPECT_TRUE(Deny(proof).ok());
  proof.insert(proof.begin(),
               Of({"d.example.org. 900 IN NSEC e.example.org. A"}));
  ExpectUnproven(Deny(proof));
}

}  // namespace
}  // namespace danebound
