package io.fairlead.http;

import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;

/**
 * Copies of a route's requests for another upstream.
 *
 * @param upstream id of a cluster
 * @param percent of the requests
 * @param bodyMax of a request that is copied
 * @param atOnce copies under way
 */
public record MirrorConfig(String upstream, int percent, ByteSize bodyMax, int atOnce) {
  static final RecordType<MirrorConfig> TYPE =
      RecordType.define(
          "Mirror",
          "copies of requests for another upstream, whose answers nobody waits for",
          ReloadClass.LIVE,
          f -> {
            var upstream =
                f.key("upstream", Types.reference("upstreams"), "Where copies go.").required();
            var percent =
                f.key("percent", Types.integer().between(1, 100), "How many of the requests.")
                    .orElse(100);
            var body =
                f.key(
                        "body",
                        Types.size().atMost(new ByteSize(64 << 20)),
                        "Longest body that is copied; it is held in memory until it is complete.")
                    .orElse(new ByteSize(1 << 20));
            var atOnce =
                f.key(
                        "at_once",
                        Types.integer().between(1, 10_000),
                        "Copies under way; further requests are not copied.")
                    .orElse(128);
            return v ->
                new MirrorConfig(v.get(upstream).id(), v.get(percent), v.get(body), v.get(atOnce));
          });
}
