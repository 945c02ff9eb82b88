#include "stub/nameservers/question.h"

#include <ldns/ldns.h>
#include <sys/time.h>

#include <cstdlib>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "stub/system/free_with.h"

namespace danebound {
namespace {

using ResolverPtr =
    std::unique_ptr<ldns_resolver, FreeWith<ldns_resolver_deep_free>>;
using PacketPtr = std::unique_ptr<ldns_pkt, FreeWith<ldns_pkt_free>>;
using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using TextPtr = std::unique_ptr<char, FreeWith<std::free>>;

// Fits where fragments do not come through.
constexpr uint16_t kUdpSize = 1232;

absl::Status AddServer(ldns_resolver* resolver, const std::string& address) {
  const ldns_rdf_type type =
      absl::StrContains(address, ":") ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A;
  const RdfPtr rdf(ldns_rdf_new_frm_str(type, address.c_str()));
  if (rdf == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(address, " is no IP address"));
  }
  ldns_resolver_push_nameserver(resolver, rdf.get());
  return absl::OkStatus();
}

ResolverPtr NewResolver(const DnsServers& servers) {
  ldns_resolver* resolver = nullptr;
  if (!servers.addresses.empty()) {
    resolver = ldns_resolver_new();
  } else if (ldns_resolver_new_frm_file(&resolver, nullptr) != LDNS_STATUS_OK) {
    return nullptr;
  }
  return ResolverPtr(resolver);
}

absl::StatusOr<ResolverPtr> ResolverFor(const DnsServers& servers) {
  ResolverPtr resolver = NewResolver(servers);
  if (resolver == nullptr) {
    return absl::UnavailableError("/etc/resolv.conf can't be read");
  }
  for (const std::string& address : servers.addresses) {
    const absl::Status status = AddServer(resolver.get(), address);
    if (!status.ok()) return status;
  }
  ldns_resolver_set_recursive(resolver.get(), servers.recursive);
  ldns_resolver_set_random(resolver.get(), false);
  ldns_resolver_set_timeout(resolver.get(), absl::ToTimeval(servers.timeout));
  ldns_resolver_set_retry(resolver.get(), 2);
  ldns_resolver_set_retrans(resolver.get(), 0);
  ldns_resolver_set_edns_udp_size(resolver.get(), kUdpSize);
  return resolver;
}

Name NameFrom(const ldns_rdf* rdf) {
  const absl::string_view wire(
      reinterpret_cast<const char*>(ldns_rdf_data(rdf)), ldns_rdf_size(rdf));
  return Name::ParseWire(wire).value_or(Name());
}

DnsRecord RecordFrom(const ldns_rr* rr) {
  DnsRecord record;
  record.owner = NameFrom(ldns_rr_owner(rr));
  record.type = static_cast<uint16_t>(ldns_rr_get_type(rr));
  // RFC 2181 8: a TTL with the top bit set is zero.
  record.ttl = ldns_rr_ttl(rr) > 0x7fffffff ? 0 : ldns_rr_ttl(rr);
  for (size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
    const ldns_rdf* rdf = ldns_rr_rdf(rr, i);
    record.rdata.append(reinterpret_cast<const char*>(ldns_rdf_data(rdf)),
                        ldns_rdf_size(rdf));
  }
  return record;
}

std::vector<DnsRecord> RecordsFrom(const ldns_rr_list* list) {
  std::vector<DnsRecord> records;
  for (size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    records.push_back(RecordFrom(ldns_rr_list_rr(list, i)));
  }
  return records;
}

// ldns does not look.
bool Answers(const ldns_pkt* reply, const ldns_pkt* query) {
  const ldns_rr_list* asked = ldns_pkt_question(query);
  const ldns_rr_list* told = ldns_pkt_question(reply);
  if (ldns_pkt_id(reply) != ldns_pkt_id(query) || !ldns_pkt_qr(reply) ||
      ldns_rr_list_rr_count(told) != 1) {
    return false;
  }
  const ldns_rr* mine = ldns_rr_list_rr(asked, 0);
  const ldns_rr* theirs = ldns_rr_list_rr(told, 0);
  return ldns_rr_get_type(mine) == ldns_rr_get_type(theirs) &&
         NameFrom(ldns_rr_owner(mine)) == NameFrom(ldns_rr_owner(theirs));
}

absl::StatusOr<DnsReply> ReplyFrom(const ldns_pkt* packet) {
  const ldns_pkt_rcode rcode = ldns_pkt_get_rcode(packet);
  if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN) {
    const TextPtr text(ldns_pkt_rcode2str(rcode));
    return absl::UnavailableError(text.get());
  }
  return DnsReply{ldns_pkt_aa(packet), ldns_pkt_ad(packet),
                  rcode == LDNS_RCODE_NOERROR,
                  RecordsFrom(ldns_pkt_answer(packet)),
                  RecordsFrom(ldns_pkt_authority(packet))};
}

absl::StatusOr<DnsReply> Send(ldns_resolver* resolver, ldns_pkt* query) {
  ldns_pkt* packet = nullptr;
  const ldns_status status = ldns_resolver_send_pkt(&packet, resolver, query);
  const PacketPtr reply(packet);
  if (status == LDNS_STATUS_NETWORK_ERR || status == LDNS_STATUS_ERR) {
    return absl::UnavailableError("no reply");
  }
  if (status != LDNS_STATUS_OK) {
    return absl::UnavailableError(ldns_get_errorstr_by_id(status));
  }
  if (reply == nullptr || !Answers(reply.get(), query)) {
    return absl::UnavailableError("the reply is to another question");
  }
  return ReplyFrom(reply.get());
}

}  // namespace

absl::StatusOr<DnsReply> AskDns(const DnsServers& servers, const Name& name,
                                uint16_t type) {
  const auto resolver = ResolverFor(servers);
  if (!resolver.ok()) return resolver.status();
  const RdfPtr rdf(ldns_rdf_new_frm_data(
      LDNS_RDF_TYPE_DNAME, name.wire().size(), name.wire().data()));
  ldns_pkt* packet = nullptr;
  const uint16_t flags = servers.recursive ? LDNS_RD : 0;
  if (ldns_resolver_prepare_query_pkt(
          &packet, resolver->get(), rdf.get(), static_cast<ldns_rr_type>(type),
          LDNS_RR_CLASS_IN, flags) != LDNS_STATUS_OK) {
    return absl::UnavailableError("the question can't be made");
  }
  const PacketPtr query(packet);
  ldns_pkt_set_edns_do(packet, !servers.recursive);
  ldns_pkt_set_ad(packet, servers.recursive);
  return Send(resolver->get(), query.get());
}

}  // namespace danebound
