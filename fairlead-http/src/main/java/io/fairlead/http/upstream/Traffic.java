package io.fairlead.http.upstream;

/** What an endpoint is chosen for; where the method measures answers, streams are told apart. */
enum Traffic {
  REQUESTS,
  /** One byte stream: goes where fewest are. */
  STREAM,
  /** Datagrams of one client: stay together. */
  DATAGRAMS
}
