// The DNS questions of a delivery, and what a mail server reads of the answers.
#ifndef DANEBOUND_TESTS_BENCH_ASK_QUESTIONS_H_
#define DANEBOUND_TESTS_BENCH_ASK_QUESTIONS_H_

#include <arpa/nameser.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace danebound::bench {

struct Question {
  std::string name;
  ns_type type = ns_t_invalid;
};

// A, AAAA and TLSA of each host.
std::vector<Question> QuestionsOf(const std::vector<std::string>& hosts);

// A query with the AD bit: the resolver is to say whether it validated (RFC
// 6840 5.7), without sending signatures.
std::vector<uint8_t> EncodeQuery(const Question& question, uint16_t id);

// Reads one answer: copies RDATA of the type asked for, and takes host names
// out of MX records.
//
//   returns  the hosts, of an answer to a question for MX.
// Ends the program where there is no such record, or the AD bit is not set.
std::vector<std::string> ReadAnswer(const Question& question,
                                    const uint8_t* octets, size_t size);

}  // namespace danebound::bench

#endif  // DANEBOUND_TESTS_BENCH_ASK_QUESTIONS_H_
