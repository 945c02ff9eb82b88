#include "stub/serve/log/metrics.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Page(const Metrics& metrics) { return metrics.Text(Gauges()); }

TEST(LabelledCounter, EscapesTheValuesOfLabels) {
  LabelledCounter counter("answers_total", "Answers.", {"key", "word"});
  counter.Add({"a\"b\\c\nd", "x"}, 2);
  std::string page;
  counter.AppendTo(&page);
  EXPECT_EQ(page,
            "# HELP answers_total Answers.\n# TYPE answers_total counter\n"
            "answers_total{key=\"a\\\"b\\\\c\\nd\",word=\"x\"} 2\n");
}

TEST(LabelledCounter, HasABoundOnItsSeries) {
  LabelledCounter counter("c", "Help.", {"key"});
  for (int i = 0; i < 1000; ++i) counter.Add({absl::StrCat(i)});
  std::string page;
  counter.AppendTo(&page);
  EXPECT_THAT(page, HasSubstr("c{key=\"99\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("c{key=\"100\"}")));
  EXPECT_THAT(page, HasSubstr("c{key=\"other\"} 900\n"));
}

TEST(Metrics, CountAReasonOnceAVerdict) {
  Verdict verdict;
  verdict.reasons = {{ReasonId::kInsecureMx, "", {}}};
  verdict.hosts.resize(2);
  for (HostVerdict& host : verdict.hosts) {
    host.reasons = {{ReasonId::kTlsaFailed, "", {}}};
  }
  Metrics metrics;
  metrics.CountVerdict(verdict, 1000);
  EXPECT_THAT(
      Page(metrics),
      HasSubstr("danebound_serve_reasons_total{reason=\"insecure-mx\"} 1\n"
                "danebound_serve_reasons_total{reason=\"tlsa-failed\"} 1\n"));
}

TEST(Metrics, ShowWhenTheLastSecureVerdictCame) {
  constexpr const char* kLast =
      "\ndanebound_serve_last_secure_verdict_timestamp_seconds 1000\n";
  Verdict verdict;
  Metrics metrics;
  metrics.CountVerdict(verdict, 900);
  EXPECT_THAT(Page(metrics), Not(HasSubstr("last_secure")));
  verdict.security = Security::kSecure;
  verdict.kind = Kind::kMx;
  metrics.CountVerdict(verdict, 1000);
  // Secure because the operator named the host.
  verdict.kind = Kind::kHost;
  metrics.CountVerdict(verdict, 1100);
  EXPECT_THAT(Page(metrics), HasSubstr(kLast));
}

TEST(Metrics, CountLookupsUpToEachBound) {
  Metrics metrics;
  metrics.CountLookup(0.03);
  metrics.CountLookup(60.0);
  EXPECT_THAT(Page(metrics),
              HasSubstr("danebound_serve_lookup_seconds_bucket{le=\"0.02\"} 0\n"
                        "danebound_serve_lookup_seconds_bucket{le=\"0.1\"} 1"));
  EXPECT_THAT(Page(metrics),
              HasSubstr("danebound_serve_lookup_seconds_bucket{le=\"+Inf\"} 2\n"
                        "danebound_serve_lookup_seconds_sum 60.03\n"
                        "danebound_serve_lookup_seconds_count 2\n"));
}

TEST(Metrics, ShowTheStateOfTheResolverWhileSomebodyLooks) {
  Gauges gauges;
  gauges.mta_resolver = "bad";
  gauges.resolv_conf_stale = true;
  const std::string page = Metrics().Text(gauges);
  EXPECT_THAT(page,
              HasSubstr("danebound_serve_mta_resolver{state=\"bad\"} 1\n"
                        "danebound_serve_mta_resolver{state=\"good\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("danebound_serve_mta_resolv_conf_stale 1\n"));
  gauges.mta_resolver = "off";
  EXPECT_THAT(Metrics().Text(gauges), Not(HasSubstr("mta_resol")));
}

TEST(Metrics, ShowWhetherOurUnboundIsOlderWhereThePackageKnows) {
  Gauges gauges;
  EXPECT_THAT(Metrics().Text(gauges), Not(HasSubstr("unbound_older")));
  gauges.unbound_older = true;
  EXPECT_THAT(Metrics().Text(gauges),
              HasSubstr("danebound_serve_unbound_older 1\n"));
  gauges.unbound_older = false;
  EXPECT_THAT(Metrics().Text(gauges),
              HasSubstr("danebound_serve_unbound_older 0\n"));
}

}  // namespace
}  // namespace danebound
