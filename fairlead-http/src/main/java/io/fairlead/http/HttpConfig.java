package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The section {@code http}.
 *
 * @param sites by id, in the order written
 */
public record HttpConfig(Map<String, SiteConfig> sites) {
  public static final HttpConfig NONE = new HttpConfig(Map.of());

  /** How the section is read. */
  public static final ConfigType<HttpConfig> TYPE =
      Types.mapOf(SiteTypes.SITE).mapped(Codes.UNFIT, HttpConfig::new, HttpConfig::sites);

  public HttpConfig {
    sites = Collections.unmodifiableMap(new LinkedHashMap<>(sites));
  }

  /** Files it names whose content is part of it. */
  public List<Path> namedFiles() {
    return sites.values().stream().flatMap(site -> site.namedFiles().stream()).toList();
  }
}
