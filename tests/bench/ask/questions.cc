#include "tests/bench/ask/questions.h"

#include <arpa/inet.h>
#include <resolv.h>

#include <array>
#include <optional>

#include "tests/bench/ask/asker.h"

namespace danebound::bench {
namespace {

constexpr size_t kAuthenticData = 3;  // octet of the header that has the bit
constexpr uint8_t kAuthenticDataBit = 0x20;
constexpr ns_type kTlsa = static_cast<ns_type>(52);

std::string HostOf(ns_msg* message, const ns_rr& record) {
  std::array<char, NS_MAXDNAME> name;
  if (ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
                         ns_rr_rdata(record) + NS_INT16SZ, name.data(),
                         name.size()) < 0) {
    Fail("an MX record that cannot be read");
  }
  return name.data();
}

}  // namespace

std::vector<Question> QuestionsOf(const std::vector<std::string>& hosts) {
  std::vector<Question> questions;
  for (const std::string& host : hosts) {
    questions.push_back({host, ns_t_a});
    questions.push_back({host, ns_t_aaaa});
    questions.push_back({"_25._tcp." + host, kTlsa});
  }
  return questions;
}

std::vector<uint8_t> EncodeQuery(const Question& question, uint16_t id) {
  std::vector<uint8_t> octets(NS_PACKETSZ);
  const int size =
      res_mkquery(ns_o_query, question.name.c_str(), ns_c_in, question.type,
                  nullptr, 0, nullptr, octets.data(), NS_PACKETSZ);
  if (size < 0) Fail("no query can be made for " + question.name);
  octets.resize(static_cast<size_t>(size));
  octets[0] = static_cast<uint8_t>(id >> 8);
  octets[1] = static_cast<uint8_t>(id);
  octets[kAuthenticData] |= kAuthenticDataBit;
  return octets;
}

std::vector<std::string> ReadAnswer(const Question& question,
                                    const uint8_t* octets, size_t size) {
  ns_msg message;
  if (ns_initparse(octets, static_cast<int>(size), &message) != 0 ||
      ns_msg_getflag(message, ns_f_rcode) != ns_r_noerror) {
    Fail("no answer for " + question.name);
  }
  if ((octets[kAuthenticData] & kAuthenticDataBit) == 0) {
    Fail("not validated: " + question.name);
  }
  std::vector<std::string> hosts;
  std::vector<std::string> rdata;
  const int count = ns_msg_count(message, ns_s_an);
  for (int i = 0; i < count; ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (ns_rr_type(record) != question.type) continue;
    if (question.type == ns_t_mx) {
      hosts.push_back(HostOf(&message, record));
    } else {
      rdata.emplace_back(reinterpret_cast<const char*>(ns_rr_rdata(record)),
                         ns_rr_rdlen(record));
    }
  }
  if (hosts.empty() && rdata.empty()) Fail("no record of " + question.name);
  return hosts;
}

}  // namespace danebound::bench
