package io.fairlead.proxy;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Every forward proxy service, by id: the section {@code forward}.
 *
 * @param services in the order written
 */
public record ProxyConfig(Map<String, ForwardConfig> services) {
  /** The section's value. */
  public static final ConfigType<Map<String, ForwardConfig>> SECTION =
      Types.mapOf(ForwardConfig.TYPE);

  public static final ProxyConfig NONE = new ProxyConfig(Map.of());

  public ProxyConfig {
    services = Map.copyOf(services);
  }

  /** These services, each under its own id. */
  public static ProxyConfig of(List<ForwardConfig> services) {
    return new ProxyConfig(
        services.stream().collect(Collectors.toMap(ForwardConfig::id, service -> service)));
  }
}
