// A rate limiter per customer: every network of 256 addresses may send so many bytes a second,
// and no customer takes from another. Try it with
//
//   superfluid graph run rate_limiter.click
//   superfluid graph run rate_limiter.click BURST=30B

define($RATE 1Bps, $BURST 60B);

// In place of a device: packets of two customers, typed.
source :: FromIPSummaryDump(STOP true, CHECKSUM true,
  DATA "!data src sport dst dport proto payload
192.0.2.1 1024 203.0.113.1 53 U a1
192.0.2.2 1024 203.0.113.1 53 U a2
192.0.2.3 1024 203.0.113.1 53 U a3
198.51.100.1 1024 203.0.113.1 53 U b1
192.0.2.1 1024 203.0.113.1 53 U a4");

source
  -> CheckIPHeader
  -> limiter :: TokenBucketPolicer($RATE, $BURST, KEY src/24)
  -> ToIPSummaryDump(-, HEADER false, FIELDS src dst proto payload)
  -> passed :: Discard;

limiter [1] -> exceeding :: Discard;

// At the end: who sent too much, and how many packets of it were taken out.
DriverManager(wait_stop, print limiter.customers);
