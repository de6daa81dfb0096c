package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.http.upstream.UpstreamConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The section {@code upstreams}.
 *
 * @param clusters by id, in the order written
 */
public record UpstreamsConfig(Map<String, UpstreamConfig> clusters) {
  public static final UpstreamsConfig NONE = new UpstreamsConfig(Map.of());

  /** How the section is read. */
  public static final ConfigType<UpstreamsConfig> TYPE =
      Types.mapOf(UpstreamTypes.UPSTREAM)
          .mapped(Codes.UNFIT, UpstreamsConfig::new, UpstreamsConfig::clusters);

  public UpstreamsConfig {
    clusters = Collections.unmodifiableMap(new LinkedHashMap<>(clusters));
  }
}
